//! Activities: what every change leaves behind.
//!
//! What is done to an account (signing in and out, passwords, second factors, suspension) is no matter of the
//! organisation: it would show its officers when somebody is at their phone. Such an activity has the subject
//! `account:<member id>` ([`Activity::of_account`]) and lies in a partition of that name, so that neither the
//! organisation's list nor the person's timeline, whose subject is the member id, has it. It is found by its subject only:
//! by the person, and by those who may do `ReadAccountTrace`.

use crate::{Filter, Found, StoreError, Stretch, Table, sealing};
use cloud::Environment;
use jiff::{Timestamp, ToSpan, civil::Date};
use kernel::{ActivityId, MemberId, MissingSetting, OrgId, start_of_shanghai_day};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// What the subject begins with when it is an account.
const ACCOUNT: &str = "account:";

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Actor {
    /// The person; absent for a job.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub member: Option<MemberId>,
    /// The office it was done in; `self` in one's own matters, the name of the job for a job.
    pub role: String,
}

/// One line of the trace: who did what to which record, when, and what it was before and after.
///
/// `before` and `after` hold the fields that changed. Numbers of persons are masked in them: the trace outlives the
/// record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Activity {
    /// Its id; sorts by time.
    pub id: ActivityId,
    /// When, in UTC.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// What, as `<record>.<past participle>`: `member.registered`.
    pub kind: String,
    /// The organisation in whose matters it was done.
    pub organization: OrgId,
    /// The record it was done to: its id; `account:` and the person's id for an account.
    pub subject: String,
    /// The fields that changed, before.
    #[serde(skip_serializing_if = "Value::is_null", default)]
    pub before: Value,
    /// The fields that changed, after.
    #[serde(skip_serializing_if = "Value::is_null", default)]
    pub after: Value,
}

impl Actor {
    /// A person in an office.
    #[must_use]
    pub fn person(member: MemberId, role: &str) -> Self {
        Self { member: Some(member), role: role.to_owned() }
    }

    /// A person in their own matters.
    #[must_use]
    pub fn oneself(member: MemberId) -> Self {
        Self::person(member, "self")
    }

    /// A job.
    #[must_use]
    pub fn job(name: &str) -> Self {
        Self { member: None, role: name.to_owned() }
    }
}

impl Activity {
    /// What `actor` did to `subject` in the matters of `organization` at `now`; `kind` as in [`Self::kind`].
    #[must_use]
    pub fn new(now: Timestamp, actor: Actor, kind: &str, organization: OrgId, subject: impl Into<String>) -> Self {
        let (kind, subject) = (kind.to_owned(), subject.into());
        Self {
            id: ActivityId::new(now),
            at: now,
            actor,
            kind,
            organization,
            subject,
            before: Value::Null,
            after: Value::Null,
        }
    }

    /// What `actor` did to the account of `member`, who belonged to `organization` then; the organisation does not see it.
    #[must_use]
    pub fn of_account(now: Timestamp, actor: Actor, kind: &str, organization: OrgId, member: MemberId) -> Self {
        Self::new(now, actor, kind, organization, Self::account(member))
    }

    /// The subject of what is done to the account of `member`.
    #[must_use]
    pub fn account(member: MemberId) -> String {
        format!("{ACCOUNT}{member}")
    }

    /// Whether what is done to `subject` is done to an account.
    #[must_use]
    pub fn is_of_account(subject: &str) -> bool {
        subject.starts_with(ACCOUNT)
    }

    /// The same with something else that was stated: a reason, a decision.
    #[must_use]
    pub fn stating(mut self, name: &str, value: impl Serialize) -> Self {
        let value = serde_json::to_value(value).unwrap_or_default();
        match &mut self.after {
            Value::Object(fields) => drop(fields.insert(name.to_owned(), value)),
            other => *other = Map::from_iter([(name.to_owned(), value)]).into(),
        }
        self
    }

    /// The partition of an organisation's trace.
    #[must_use]
    pub fn partition(organization: OrgId) -> String {
        format!("ORG#{organization}")
    }

    /// The same with the fields in which two views of the record differ, version and time of change left out.
    #[must_use]
    pub fn between(mut self, before: &Value, after: &Value) -> Self {
        (self.before, self.after) = (only_in(before, after), only_in(after, before));
        self
    }
}

/// The fields of `one` that `other` does not have or has otherwise.
fn only_in(one: &Value, other: &Value) -> Value {
    let Value::Object(fields) = one else { return Value::Null };
    let differs = |(name, value): &(&String, &Value)| {
        !matches!(name.as_str(), "version" | "updatedAt") && other.get(name.as_str()) != Some(*value)
    };
    fields.iter().filter(differs).map(|(name, value)| (name.clone(), value.clone())).collect::<Map<_, _>>().into()
}

/// An activity as it is stored: under its organisation, or its account, in order of time, and found by its subject and by
/// its day.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ActivityRow {
    /// `ORG#<organisation>`; the subject, where that is an account.
    pub pk: String,
    /// The activity's id.
    pub sk: String,
    /// Its Shanghai day and the part of that day: partition of the index `day`.
    #[serde(default)]
    pub day: String,
    /// Its group and its id: sort key of the index `day`.
    #[serde(rename = "dayKey", default)]
    pub day_key: String,
    /// [`Activity::hash`], which the nightly seal covers.
    #[serde(default)]
    pub hash: String,
    /// The activity.
    #[serde(flatten)]
    pub activity: Activity,
}

impl From<Activity> for ActivityRow {
    fn from(activity: Activity) -> Self {
        let pk = if Activity::is_of_account(&activity.subject) {
            activity.subject.clone()
        } else {
            Activity::partition(activity.organization)
        };
        let (day, day_key) = sealing::keys(&activity);
        Self { pk, sk: activity.id.to_string(), day, day_key, hash: activity.hash(), activity }
    }
}

/// The table of activities, for reading. Writing is [`crate::Ledger::commit`]'s.
///
/// | pattern | request | units |
/// |--|--|--|
/// | an organisation's activities between two days | `Query` | 0.5 per 4 KB |
/// | one of them by its id | `Query`, consistent | 1 |
/// | those of one record or account | `Query` index `subject` | 0.5 per 4 KB |
/// | the hashes of a day, by organisation | `Query` index `day` | 0.5 per 4 KB, about a dozen activities |
#[derive(Debug, Clone)]
pub struct Trace {
    table: Table,
}

impl Trace {
    /// Over the table that `ACTIVITIES_TABLE` names.
    ///
    /// # Errors
    /// When the setting is missing.
    pub fn open(env: &Environment) -> Result<Self, MissingSetting> {
        Ok(Self { table: Table::open(env, "ACTIVITIES_TABLE")? })
    }

    /// What was done in the matters of `organization` from the day `from` to the day `until` (Shanghai days, both
    /// included), latest first.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn of_organization(
        &self,
        organization: OrgId,
        (from, until): (Option<Date>, Option<Date>),
        after: Option<&str>,
        limit: u16,
    ) -> Result<Found<Activity>, StoreError> {
        let mut stretch = Stretch::beginning(Activity::partition(organization), "act_").descending();
        // Ids sort by the time they were made, so a day is a stretch of ids.
        if let Some(day) = from {
            stretch.from = first_id_of(day);
        }
        if let Some(day) = until {
            stretch.until = first_id_of(day.saturating_add(1.day()));
        }
        self.page(&stretch, after, limit).await
    }

    /// What was done to the record or account `subject`, latest first; with `organization` only what was done in its matters.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn of_subject(
        &self,
        subject: &str,
        organization: Option<OrgId>,
        after: Option<&str>,
        limit: u16,
    ) -> Result<Found<Activity>, StoreError> {
        let stretch = Stretch::beginning(subject, "act_").of_index("subject", "subject", "sk").descending();
        let here = organization.map(|id| Filter::default().equals("organization", &id.to_string()));
        self.page(&stretch.only(here.unwrap_or_default()), after, limit).await
    }

    /// What was done in the matters of `organization` since the instant `since`, latest first, every acknowledged write
    /// with it; the last `most` lines of it.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn lately(
        &self,
        organization: OrgId,
        since: Timestamp,
        most: u16,
    ) -> Result<Found<Activity>, StoreError> {
        let mut stretch = Stretch::beginning(Activity::partition(organization), "act_").descending().consistent();
        stretch.from = first_id_at(since);
        let found: Found<ActivityRow> = self.table.first(&stretch, most).await?;
        Ok(Found { items: found.items.into_iter().map(|row| row.activity).collect(), after: found.after })
    }

    pub(crate) fn table(&self) -> &Table {
        &self.table
    }

    async fn page(&self, stretch: &Stretch, after: Option<&str>, limit: u16) -> Result<Found<Activity>, StoreError> {
        let found: Found<ActivityRow> = self.table.page(stretch, after, limit).await?;
        Ok(Found { items: found.items.into_iter().map(|row| row.activity).collect(), after: found.after })
    }
}

/// The smallest id that an activity of `day` can have.
pub(crate) fn first_id_of(day: Date) -> String {
    first_id_at(start_of_shanghai_day(day))
}

/// The smallest id that an activity at `instant` can have.
fn first_id_at(instant: Timestamp) -> String {
    ActivityId::of_instant(instant, [0; 10]).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_changed_is_told() {
        let made = Activity::new(
            Timestamp::UNIX_EPOCH,
            Actor::job("test"),
            "thing.changed",
            OrgId::from_bytes(1, [1; 10]),
            "x",
        );
        let old = json!({"a": 1, "b": 2, "version": 1});
        let changed =
            made.clone().between(&old, &json!({"a": 1, "b": 3, "c": 4, "version": 2})).stating("reason", "why");
        assert_eq!((changed.before, changed.after), (json!({"b": 2}), json!({"b": 3, "c": 4, "reason": "why"})));
        let new = made.clone().between(&Value::Null, &old);
        assert_eq!((new.before, new.after), (Value::Null, json!({"a": 1, "b": 2})));
        assert_eq!(made.stating("reason", "why").after, json!({"reason": "why"}));
    }

    #[test]
    fn what_is_done_to_an_account_does_not_lie_with_the_organisation() {
        let (organization, member) = (OrgId::from_bytes(1, [1; 10]), MemberId::from_bytes(2, [2; 10]));
        let (now, actor) = (Timestamp::UNIX_EPOCH, Actor::oneself(member));
        let row = ActivityRow::from(Activity::of_account(now, actor.clone(), "session.opened", organization, member));
        assert_eq!((&row.pk, &row.activity.subject), (&format!("account:{member}"), &format!("account:{member}")));
        let row = ActivityRow::from(Activity::new(now, actor, "member.edited", organization, member));
        assert_eq!((row.pk, row.activity.subject), (format!("ORG#{organization}"), member.to_string()));
    }

    #[test]
    fn the_ids_of_a_day_lie_between_its_ends() {
        let day: Date = "2026-11-24".parse().unwrap();
        let (first, next) = (first_id_of(day), first_id_of(day.saturating_add(1.day())));
        for (at, inside) in [
            ("2026-11-23T15:59:59.999Z", false),
            ("2026-11-23T16:00:00Z", true),
            ("2026-11-24T15:59:59.999Z", true),
            ("2026-11-24T16:00:00Z", false),
        ] {
            let id = ActivityId::new(at.parse().unwrap()).to_string();
            assert_eq!(first <= id && id < next, inside, "{at}");
        }
    }
}
