//! What the nightly seal and its check read: the activities of a day.
//!
//! Each activity is found by its day in the index `day`, which carries keys and hash and nothing else. A day is spread
//! over sixteen partitions, by the last digit of the organisation's id, which is a random one: 8.2 million activities are
//! six writes a second in each. Inside a partition they lie by group and id.

use crate::{Activity, ActivityRow, Found, StoreError, Stretch, Trace, trace::first_id_of};
use jiff::{ToSpan, civil::Date};
use kernel::{ActivityId, OrgId};
use serde::Deserialize;
use serde_json::Value;

/// The parts that a day is spread over.
pub const SHARDS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];

/// The group that an activity is sealed with: those of its organisation on its day. What was done to accounts is a group
/// of its own, `<organisation>/accounts`: who checks the one sees nothing of the other.
#[must_use]
pub fn group(activity: &Activity) -> String {
    let accounts = if Activity::is_of_account(&activity.subject) { "/accounts" } else { "" };
    format!("{}{accounts}", activity.organization)
}

/// An activity as the index `day` has it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DayLine {
    /// The partition of the activity itself.
    pub pk: String,
    /// Its id.
    pub sk: String,
    /// Its group and its id.
    pub day_key: String,
    /// The hash of its content, as it was when it was written.
    pub hash: String,
}

impl DayLine {
    /// Its group.
    #[must_use]
    pub fn group(&self) -> &str {
        self.day_key.split('#').next().unwrap_or_default()
    }
}

/// An item of a partition of the trace, whatever somebody may have made of it.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Its sort key: the id of an activity.
    pub id: String,
    /// The activity; `None` when the item does not read as one.
    pub row: Option<ActivityRow>,
}

impl Kept {
    /// Whether it lies where its activity belongs, with the keys by which the index of its day has it.
    #[must_use]
    pub fn is_in_place(&self) -> bool {
        self.row.as_ref().is_some_and(|row| {
            let made = ActivityRow::from(row.activity.clone());
            (&row.pk, &row.sk, &row.day, &row.day_key) == (&made.pk, &made.sk, &made.day, &made.day_key)
        })
    }

    /// Whether it lies among the activities of `day`.
    #[must_use]
    pub fn is_of(&self, day: Date) -> bool {
        let (first, next) = (first_id_of(day), first_id_of(day.saturating_add(1.day())));
        first <= self.id && self.id < next
    }
}

/// The keys of an activity in the index `day`: by its id and not by `at`, as the partitions of the table are sorted.
pub(crate) fn keys(activity: &Activity) -> (String, String) {
    let day = partition(activity.id.day(), shard(activity.organization));
    (day, format!("{}#{}", group(activity), activity.id))
}

fn shard(organization: OrgId) -> char {
    organization.to_string().chars().next_back().unwrap_or('0')
}

fn partition(day: Date, shard: char) -> String {
    format!("{day}#{shard}")
}

impl Trace {
    /// The activities of a part of `day` after the key `after`, by group and id.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn of_day(
        &self,
        (day, shard): (Date, char),
        after: Option<&str>,
        limit: u16,
    ) -> Result<Found<DayLine>, StoreError> {
        let stretch = Stretch::beginning(partition(day, shard), "org_").of_index("day", "day", "dayKey");
        self.table().page(&stretch, after, limit).await
    }

    /// The organisations in which something was done on a part of a day, each once where its lines follow each other, after the key
    /// `after`; of `limit` lines at most. What is done to accounts is no matter of theirs.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn done_on(
        &self,
        part: (Date, char),
        after: Option<&str>,
        limit: u16,
    ) -> Result<Found<OrgId>, StoreError> {
        let page = self.of_day(part, after, limit).await?;
        let mut organizations: Vec<OrgId> = page.items.iter().filter_map(|line| line.group().parse().ok()).collect();
        organizations.dedup();
        Ok(Found { items: organizations, after: page.after })
    }

    /// What the partition `pk` of the table has of the days from `from` to `until`, in order of id, every acknowledged write included.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn of_partition(
        &self,
        pk: &str,
        (from, until): (Date, Date),
        after: Option<&str>,
        limit: u16,
    ) -> Result<Found<Kept>, StoreError> {
        let mut stretch = Stretch::beginning(pk, "act_").consistent();
        (stretch.from, stretch.until) = (first_id_of(from), first_id_of(until.saturating_add(1.day())));
        let found: Found<Value> = self.table().page(&stretch, after, limit).await?;
        let kept = found.items.into_iter().map(|item| {
            let id = item.get("sk").and_then(Value::as_str).unwrap_or_default().to_owned();
            Kept { id, row: serde_json::from_value(item).ok() }
        });
        Ok(Found { items: kept.collect(), after: found.after })
    }

    /// The activity `id` in the partition of an organisation or account, if it is there.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn one(&self, pk: &str, id: ActivityId) -> Result<Option<Activity>, StoreError> {
        let mut stretch = Stretch::beginning(pk, "act_").consistent();
        (stretch.from, stretch.until) = (id.to_string(), id.to_string());
        let found: Found<ActivityRow> = self.table().page(&stretch, None, 1).await?;
        Ok(found.items.into_iter().next().map(|row| row.activity))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Actor;
    use jiff::Timestamp;
    use kernel::MemberId;

    #[test]
    fn an_activity_lies_with_its_organisation_on_its_day() {
        let at: Timestamp = "2026-11-23T16:00:00Z".parse().unwrap();
        let (organization, member) = (OrgId::from_bytes(1, [0x5c; 10]), MemberId::from_bytes(2, [2; 10]));
        let told = Activity::new(at, Actor::job("test"), "thing.changed", organization, member);
        assert_eq!(keys(&told), ("2026-11-24#c".to_owned(), format!("{organization}#{}", told.id)));
        let told = Activity::of_account(at, Actor::oneself(member), "session.opened", organization, member);
        assert_eq!(keys(&told), ("2026-11-24#c".to_owned(), format!("{organization}/accounts#{}", told.id)));
        assert!(SHARDS.contains(&shard(organization)));
    }
}
