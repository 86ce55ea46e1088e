//! Clearing up.

use crate::{Bounds, Report, store::Store};
use blob::Listed;
use dynamo::StoreError;
use jiff::Timestamp;
use kernel::MediaId;
use register::{Media, MediaState};
use std::collections::BTreeSet;

/// One run.
pub(crate) async fn all(store: &Store, now: Timestamp, bounds: Bounds, report: &mut Report) -> Result<(), StoreError> {
    expire(store, now, bounds, report).await?;
    untaken(store, now, bounds, report).await?;
    compare(store, now, bounds, report).await
}

/// Uploads that were declared a day ago and are not completed.
async fn expire(store: &Store, now: Timestamp, bounds: Bounds, report: &mut Report) -> Result<(), StoreError> {
    let waiting = store.waiting(now - Media::OPEN, bounds.uploads).await?;
    report.more |= waiting.len() >= bounds.uploads.into();
    for media in waiting {
        report.expired += u64::from(store.expire(&media, now).await?);
    }
    Ok(())
}

/// Objects that were put a day ago and that nobody will take any more. Their keys are in the order of time, so the first
/// page has the oldest.
async fn untaken(store: &Store, now: Timestamp, bounds: Bounds, report: &mut Report) -> Result<(), StoreError> {
    for object in store.objects(Media::INCOMING, None, bounds.uploads.min(1_000)).await? {
        if is_old(&object, now) && state(store, &object.key, Media::INCOMING).await? != Some(MediaState::Pending) {
            store.discard(&object.key).await?;
            report.orphans += 1;
        }
    }
    Ok(())
}

/// Goes through kept objects and completed records side by side, from where the last run stopped.
async fn compare(store: &Store, now: Timestamp, bounds: Bounds, report: &mut Report) -> Result<(), StoreError> {
    let begun = store.mark().await?;
    let mut after = begun.clone();
    for _ in 0..bounds.pages {
        let objects = store.objects(Media::KEPT, after.as_deref(), bounds.page).await?;
        let records = store.completed(after.as_deref(), bounds.page).await?;
        let stretch = Stretch::of(objects, records, bounds.page.into());
        for object in &stretch.without_record {
            if is_old(object, now) && state(store, &object.key, Media::KEPT).await?.is_none() {
                store.discard(&object.key).await?;
                report.orphans += 1;
            }
        }
        for id in &stretch.without_object {
            let key = format!("{}{id}", Media::KEPT);
            if state(store, &key, Media::KEPT).await? == Some(MediaState::Ready) && !store.holds(&key).await? {
                tracing::error!(media = id, "the object of a record is not there");
                report.missing += 1;
            }
        }
        after = stretch.until;
        if after.is_none() {
            break;
        }
    }
    report.more |= after.is_some();
    if after == begun { Ok(()) } else { store.set_mark(after).await }
}

/// The state of the record that an object belongs to; `None` for an object of nobody.
async fn state(store: &Store, key: &str, prefix: &str) -> Result<Option<MediaState>, StoreError> {
    match key.strip_prefix(prefix).and_then(|id| id.parse::<MediaId>().ok()) {
        Some(id) => store.state(id).await,
        None => Ok(None),
    }
}

/// Whether an object is so old that no request can be at work on it.
fn is_old(object: &Listed, now: Timestamp) -> bool {
    now.duration_since(object.modified) >= Media::OPEN
}

/// What a stretch of two lists, both in order, does not have in common.
#[derive(Debug, PartialEq)]
struct Stretch {
    without_record: Vec<Listed>,
    without_object: Vec<String>,
    /// The last id of the stretch; `None` when both lists are at their end.
    until: Option<String>,
}

impl Stretch {
    /// Of a page of objects and a page of ids. A list that filled its page of `full` goes on behind its last item, so
    /// nothing is said about what lies behind the shorter one of these.
    fn of(objects: Vec<Listed>, records: Vec<String>, full: usize) -> Self {
        let id = |object: &Listed| object.key.strip_prefix(Media::KEPT).unwrap_or_default().to_owned();
        let last_object = objects.last().filter(|_| objects.len() >= full).map(id);
        let last_record = records.last().filter(|_| records.len() >= full).cloned();
        let until = last_object.into_iter().chain(last_record).min();
        let within = |id: &str| until.as_deref().is_none_or(|until| id <= until);
        let known: BTreeSet<String> = records.into_iter().filter(|id| within(id)).collect();
        let (mut held, mut without_record) = (BTreeSet::new(), Vec::new());
        for object in objects {
            let id = id(&object);
            if !within(&id) {
                break;
            }
            if !known.contains(&id) {
                without_record.push(object);
            }
            held.insert(id);
        }
        let without_object = known.into_iter().filter(|id| !held.contains(id)).collect();
        Self { without_record, without_object, until }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(id: &str) -> Listed {
        Listed { key: format!("media/{id}"), length: 1, modified: Timestamp::UNIX_EPOCH }
    }

    fn stretch(objects: &str, records: &str, full: usize) -> (String, String, Option<String>) {
        let each = |text: &str| text.chars().map(String::from).collect::<Vec<_>>();
        let objects = each(objects).iter().map(|id| object(id)).collect();
        let Stretch { without_record, without_object, until } = Stretch::of(objects, each(records), full);
        let keys = without_record.iter().map(|object| object.key.trim_start_matches("media/"));
        (keys.collect(), without_object.concat(), until)
    }

    fn told(objects: &str, records: &str, until: Option<&str>) -> (String, String, Option<String>) {
        (objects.to_owned(), records.to_owned(), until.map(str::to_owned))
    }

    #[test]
    fn what_only_one_list_has_is_told() {
        assert_eq!(stretch("abd", "acd", 9), told("b", "c", None));
        assert_eq!(stretch("", "", 9), told("", "", None));
        assert_eq!(stretch("ab", "", 9), told("ab", "", None));
        assert_eq!(stretch("", "ab", 9), told("", "ab", None));
    }

    #[test]
    fn nothing_is_said_about_what_lies_behind_a_full_page() {
        assert_eq!(stretch("abc", "a", 3), told("bc", "", Some("c")));
        assert_eq!(stretch("ac", "abc", 3), told("", "b", Some("c")));
        assert_eq!(stretch("abc", "bde", 3), told("ac", "", Some("c")));
        assert_eq!(stretch("bde", "abc", 3), told("", "ac", Some("c")));
    }
}
