//! Activities that the stream of the trace brings.

use crate::{AT_ONCE, App, Report};
use dues_records::Month;
use dynamo::{Activity, ActivityRow, Changes, Failures, Sequence, StoreError};
use futures_util::future::join_all;
use kernel::OrgId;
use std::collections::BTreeMap;
use study::Rules;

/// Activities with their numbers, in order.
type Told = Vec<(Sequence, Activity)>;

/// Takes a batch in; what of it is to come again.
///
/// # Errors
/// When the rules do not read; then all of it comes again.
pub(crate) async fn take(app: &App, changes: Changes) -> Result<Failures, StoreError> {
    let rules = Rules::get()?;
    let mut report = Report::default();
    let (told, mut failed) = sorted(changes);
    let told: Vec<_> = told.into_iter().collect();
    for some in told.chunks(AT_ONCE) {
        let each = some.iter().map(|(whose, activities)| Box::pin(keep(app, *whose, activities, rules)));
        for (outcome, ((organization, month), activities)) in join_all(each).await.into_iter().zip(some) {
            match outcome {
                Ok(taken) => report.taken += taken,
                Err(error) => {
                    tracing::warn!(%organization, %month, error = &error as &dyn std::error::Error, "not counted");
                    report.left += 1;
                    failed.extend(activities.first().map(|(sequence, _)| sequence.clone()));
                }
            }
        }
    }
    jobs::Report::log(&report);
    Ok(Failures::from_first(failed))
}

/// The activities of a batch by organisation and month, and in each partition the first that does not read: later ones of it must not
/// overtake it, those of others need not wait. What is done to accounts is no matter of organisations.
fn sorted(changes: Changes) -> (BTreeMap<(OrgId, Month), Told>, Vec<Sequence>) {
    let mut records = changes.records;
    records.sort_by(|one, other| one.sequence().cmp(other.sequence()));
    let mut told: BTreeMap<(OrgId, Month), Told> = BTreeMap::new();
    let mut unread: BTreeMap<Option<&str>, Sequence> = BTreeMap::new();
    for change in &records {
        if unread.contains_key(&change.partition()) {
            continue;
        }
        match change.inserted::<ActivityRow>() {
            Ok(Some(ActivityRow { activity, .. })) if !Activity::is_of_account(&activity.subject) => {
                let whose = (activity.organization, Month::of(activity.id.day()));
                told.entry(whose).or_default().push((change.sequence().clone(), activity));
            }
            Ok(_) => {}
            Err(error) => {
                let sequence = change.sequence();
                tracing::error!(%sequence, error = &error as &dyn std::error::Error, "an activity that does not read");
                unread.insert(change.partition(), sequence.clone());
            }
        }
    }
    (told, unread.into_values().collect())
}

/// Keeps what is new of `activities` in the row of an organisation and month; how many were.
async fn keep(
    app: &App,
    (organization, month): (OrgId, Month),
    activities: &[(Sequence, Activity)],
    rules: &Rules,
) -> Result<u64, StoreError> {
    let old = app.store.counters.month(organization, month).await?;
    let taken = app.store.counters.change((organization, month), old, |row| {
        let (mut row, mut taken) = (row.clone(), 0);
        for (sequence, activity) in activities {
            taken += u64::from(row.take(sequence, activity, rules));
        }
        (taken > 0).then_some((row, taken))
    });
    Ok(taken.await?.unwrap_or_default())
}
