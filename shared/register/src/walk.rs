//! Lists over the parts of a tree, one after the other.

use dynamo::{Found, StoreError, Stretch, Table};
use kernel::OrgPath;
use serde::de::DeserializeOwned;

/// One page over `areas` ([`crate::Organizations::areas`]), of each what `stretch` says, beginning after the place that
/// the page before gave as its `after`.
///
/// # Errors
/// When a call fails or an item does not read as `T`.
pub async fn walk<T: DeserializeOwned>(
    table: &Table,
    areas: &[OrgPath],
    after: Option<&str>,
    size: u16,
    stretch: impl Fn(&OrgPath) -> Stretch,
) -> Result<Found<T>, StoreError> {
    let (reached, mut within) = after.unwrap_or_default().split_once('|').map_or((0, None), |(area, key)| {
        (areas.iter().position(|path| path.as_str() == area).unwrap_or(areas.len()), Some(key.to_owned()))
    });
    let mut items: Vec<T> = Vec::new();
    for area in areas.iter().skip(reached) {
        let left = size - u16::try_from(items.len()).unwrap_or(size);
        let found: Found<T> = table.page(&stretch(area), within.take().as_deref(), left).await?;
        items.extend(found.items);
        let cursor = |key: &str| Some(format!("{area}|{key}"));
        if let Some(key) = found.after {
            return Ok(Found { items, after: cursor(&key) });
        }
        if items.len() >= usize::from(size) && Some(area) != areas.last() {
            // The next area begins where this one ended: behind every key.
            return Ok(Found { items, after: cursor("\u{10ffff}") });
        }
    }
    Ok(Found { items, after: None })
}
