//! Which activities of the trace an item can rest on.

use crate::domain::{Rules, StarEvidence};
use dynamo::Activity;
use kernel::shanghai_day;
use serde_json::Value;

/// What `activity` is as evidence for the year `year`; `None` where the rules name no such kind, it does not state what they ask
/// for, or it is of another year.
pub(crate) fn evidence(activity: &Activity, year: i16, rules: &Rules) -> Option<StarEvidence> {
    let rule = rules.fact(&activity.kind)?;
    let stated = |name: &str| activity.after.get(name).and_then(Value::as_str);
    if rule.only.as_ref().is_some_and(|only| stated(&only.name) != Some(only.value.as_str())) {
        return None;
    }
    let day = rule.day.as_deref().and_then(stated).and_then(|day| day.parse().ok());
    let on = day.unwrap_or_else(|| shanghai_day(activity.at));
    let of = rule.year.as_deref().and_then(|name| activity.after.get(name)).and_then(Value::as_i64);
    (of.unwrap_or_else(|| on.year().into()) == i64::from(year)).then(|| StarEvidence {
        activity: activity.id,
        organization: activity.organization,
        kind: activity.kind.clone(),
        subject: activity.subject.clone(),
        on,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use dynamo::Actor;
    use kernel::OrgId;

    #[test]
    fn accounts_that_are_published_in_january_are_of_the_year_that_they_state() {
        let at = "2027-01-15T10:00:00+08:00".parse().unwrap();
        let bare = Activity::new(at, Actor::job("test"), "dues.published", OrgId::from_bytes(1, [1; 10]), "books");
        let stated = bare.clone().stating("year", 2026);
        let counts = |told: &Activity, year: i16| evidence(told, year, Rules::get().unwrap()).is_some();
        assert!(counts(&stated, 2026) && !counts(&stated, 2027));
        assert!(counts(&bare, 2027) && !counts(&bare, 2026), "by its day where it states none");
    }

    #[test]
    fn a_whistle_task_counts_once_it_is_rated() {
        let at = "2026-03-15T10:00:00+08:00".parse().unwrap();
        let rated = Activity::new(at, Actor::job("test"), "task.rated", OrgId::from_bytes(1, [1; 10]), "tsk_1");
        assert!(evidence(&rated, 2026, Rules::get().unwrap()).is_some());
    }
}
