//! Sealing, day by day.

use crate::{
    App, Report,
    domain::{Packer, locked_until},
};
use dynamo::{SHARDS, StoreError};
use jiff::{Timestamp, ToSpan, civil::Date};
use kernel::InvalidId;
use seal::{BEGINNING, Head, Part, PartLine, SealError, place};

/// Activities in one request.
const PAGE: u16 = 1_000;
/// Days before its own last one with which the first run ever begins: each is a step that stays done, whatever breaks
/// off the run. What is older than that was there before anybody could seal it.
const FIRST: i32 = 31;

/// Why a day is not sealed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WorkError {
    #[error("the trace cannot be read")]
    Store(#[from] StoreError),
    #[error(transparent)]
    Seal(#[from] SealError),
    #[error("the index has something that is no activity: {0}")]
    Id(#[from] InvalidId),
    #[error("{0}: what is in the bucket does not go together; run verify-audit and see docs/RUNBOOK.md")]
    Broken(String),
}

/// How far sealing a day came.
enum Outcome {
    Sealed(Head),
    /// The time is over.
    OutOfTime,
    /// Another run was here at the same time: look again at what is there.
    Overtaken,
}

/// Seals every day up to `last` that is not sealed yet, until `deadline`.
pub(crate) async fn all(app: &App, last: Date, deadline: Timestamp, report: &mut Report) -> Result<(), WorkError> {
    let (mut day, mut previous) = match app.seals.days().await?.pop() {
        Some(sealed) => {
            let head = app.seals.head(sealed).await?.ok_or_else(|| WorkError::Broken(sealed.to_string()))?;
            (sealed.saturating_add(1.day()), head.chain)
        }
        None => (last.saturating_sub(FIRST.days()), BEGINNING.to_owned()),
    };
    while day <= last {
        match seal(app, day, &previous, deadline, report).await? {
            Outcome::Sealed(head) => {
                report.days.push(day.to_string());
                day = day.saturating_add(1.day());
                previous = head.chain;
            }
            Outcome::OutOfTime => {
                report.more = true;
                return Ok(());
            }
            Outcome::Overtaken => tracing::info!(%day, "another run is sealing as well"),
        }
    }
    Ok(())
}

async fn seal(
    app: &App,
    day: Date,
    previous: &str,
    deadline: Timestamp,
    report: &mut Report,
) -> Result<Outcome, WorkError> {
    let until = locked_until(day, app.clock.now(), app.retention);
    let (mut lines, reached) = found(app, day).await?;
    let mut packer = Packer::new(day, number(lines.len() + 1), app.part);
    let began = reached.as_deref().map(place);
    for shard in SHARDS.into_iter().filter(|shard| began.is_none_or(|(began, _)| *shard >= began)) {
        // Keys are a group, `#` and an id: this one is behind all of the group that was reached.
        let mut after = began.filter(|(began, _)| *began == shard).map(|(_, group)| format!("{group}#\u{10ffff}"));
        loop {
            let page = app.trace.of_day((day, shard), after.as_deref(), PAGE).await?;
            for line in page.items {
                if let Some(part) = packer.push(line.group(), line.sk.parse()?, line.hash.clone()) {
                    let Some(line) = keep(app, &part, until, report).await? else { return Ok(Outcome::Overtaken) };
                    lines.push(line);
                    if app.clock.now() >= deadline {
                        return Ok(Outcome::OutOfTime);
                    }
                }
            }
            after = page.after;
            if after.is_none() {
                break;
            }
        }
    }
    if let Some(part) = packer.finish() {
        let Some(line) = keep(app, &part, until, report).await? else { return Ok(Outcome::Overtaken) };
        lines.push(line);
    }
    let head = Head::seal(day, lines, previous);
    if app.seals.put_head(&head, until).await? || app.seals.head(day).await?.as_ref() == Some(&head) {
        return Ok(Outcome::Sealed(head));
    }
    Err(WorkError::Broken(day.to_string()))
}

/// The parts of `day` that an earlier run wrote, and the last group in them.
async fn found(app: &App, day: Date) -> Result<(Vec<PartLine>, Option<String>), WorkError> {
    let mut lines: Vec<PartLine> = Vec::new();
    for found in app.seals.parts(day).await? {
        let part = app.seals.part(day, found).await?;
        let part = part.filter(|part| part.part == number(lines.len() + 1) && part.day == day && part.is_sound());
        lines.push(part.ok_or_else(|| WorkError::Broken(format!("{day}, part {found}")))?.line());
    }
    let reached = lines.last().map(|line| line.last.clone());
    Ok((lines, reached))
}

/// Writes a part down; `None` when another one is there instead.
async fn keep(app: &App, part: &Part, until: Timestamp, report: &mut Report) -> Result<Option<PartLine>, WorkError> {
    let line = part.line();
    if app.seals.put_part(part, until).await? {
        report.parts += 1;
        report.activities += line.activities;
        return Ok(Some(line));
    }
    let there = app.seals.part(part.day, part.part).await?;
    Ok((there.as_ref() == Some(part)).then_some(line))
}

fn number(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
