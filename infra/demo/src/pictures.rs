//! A few pictures of a branch: generated patterns, the same each time.

use crate::{bytes, load::LoadError, seeded};
use blob::Bucket;
use cloud::{Environment, StartError};
use dynamo::{Activity, ActivityRow, Actor, Key, StoreError, Table};
use jiff::Timestamp;
use kernel::{Line, MediaId};
use register::{Media, MediaRecords, MediaRow, Member};
use serde::Serialize;

/// What they are called.
const NAMES: [&str; 4] =
    ["主题党日合影（演示）.png", "支部活动室（演示）.png", "党员大会现场（演示）.png", "支部工作图解（演示）.png"];

/// What the uploads of somebody come to.
#[derive(Serialize)]
struct Quota {
    pk: String,
    sk: String,
    bytes: u64,
    files: usize,
}

/// Keeps the pictures of the branch that `uploader` belongs to, and gives the lines of the trace that tell of them and the id
/// of the last one, of which a lesson can be made.
///
/// # Errors
/// When a setting is missing, or table or bucket refuse.
pub(crate) async fn keep(
    env: &Environment,
    uploader: &Member,
    now: Timestamp,
) -> Result<(Vec<ActivityRow>, MediaId), LoadError> {
    let table = Table::open(env, "MEDIA_TABLE").map_err(StartError::from)?;
    let bucket = Bucket::open(env, "MEDIA_BUCKET").map_err(StartError::from)?;
    let mut random = seeded("pictures");
    let (mut rows, mut told): (Vec<MediaRow>, Vec<ActivityRow>) = (Vec::new(), Vec::new());
    for name in NAMES {
        let name: Line<120> = name.try_into().map_err(|_| LoadError::Facts)?;
        let (id, tint) = (MediaId::of_instant(now, bytes(&mut random)), random.u8(..));
        let picture = media::demo_picture(id, uploader.organization, uploader.id, name, tint, now);
        let (row, file) = picture.ok_or(LoadError::Facts)?;
        bucket.put(&Media::kept(id), row.media.media_type.mime(), file).await.map_err(StoreError::from)?;
        let activity = Activity::new(now, Actor::job("demo"), "media.completed", uploader.organization, id);
        told.push(activity.stating("mediaType", row.media.media_type).into());
        rows.push(row);
    }
    let Key { pk, sk } = MediaRecords::quota(uploader.id);
    let used = rows.iter().map(|row| row.media.length()).sum();
    table.put(&Quota { pk, sk, bytes: used, files: rows.len() }).await?;
    table.put_all(&rows).await?;
    let last = rows.last().ok_or(LoadError::Facts)?.media.id;
    Ok((told, last))
}
