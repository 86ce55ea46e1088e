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
    (on.year() == year).then(|| StarEvidence {
        activity: activity.id,
        organization: activity.organization,
        kind: activity.kind.clone(),
        subject: activity.subject.clone(),
        on,
    })
}
