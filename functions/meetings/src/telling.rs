//! What the job `meeting-notices` does: who has to hear of a meeting is told.
//!
//! | pattern | request | units |
//! |--|--|--|
//! | what is due | `Query` index `tell`, 8 | 0.5 per 4 KB |
//! | a meeting with its people | `Query` `MTG#id`, consistent | 1 per 4 KB |
//! | after a change: who was told before | `BatchGetItem`, consistent | 1 per person and earlier change |
//! | telling | `TransactWriteItems` for each 33 | 8 per person |
//! | what is to be told next, and that this was told | `TransactWriteItems` of two | 6, and 4 for index `tell` |

use crate::{
    domain::{Outlook, Stage, concerned, earlier, messages},
    store::{SHARDS, TellRow, parts},
};
use cloud::{Environment, StartError};
use dynamo::{Activity, Actor, Change, Found, Ledger, StoreError, Table};
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use kernel::{Clock, MeetingId};
use notices::Notices;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How long a run begins new meetings; less than the quarter of an hour between two.
const LASTING: SignedDuration = SignedDuration::from_mins(10);
/// Meetings that are told of at the same time.
const AT_ONCE: usize = 10;
/// Meetings that are read from the index at once.
const PAGE: u16 = 500;

/// What the job works with.
#[derive(Debug, Clone)]
pub struct Telling {
    table: Table,
    notices: Notices,
    ledger: Ledger,
    clock: Clock,
}

/// What a run did.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Told {
    /// Meetings of which something was due.
    pub meetings: u64,
    /// Messages.
    pub notices: u64,
    /// Meetings that did not get through; the next run finds them again.
    pub left: u64,
    /// Whether there was more to do than one run does.
    pub more: bool,
}

impl jobs::Report for Told {
    fn log(&self) {
        let Self { meetings, notices, left, more } = self;
        tracing::info!(meetings, notices, left, more, "told what was due");
    }

    fn counts(&self) -> Vec<(&'static str, u64)> {
        vec![("ToldMeetings", self.meetings), ("MeetingNotices", self.notices)]
    }

    fn failure(&self) -> Option<String> {
        (self.left > 0).then(|| format!("{} meetings did not get through", self.left))
    }
}

/// A meeting as index `tell` has it.
#[derive(Deserialize)]
struct Due {
    meeting: MeetingId,
}

impl Telling {
    /// Connects to the tables.
    ///
    /// # Errors
    /// When a setting is missing.
    pub fn open(env: &Environment) -> Result<Self, StartError> {
        let (table, notices) = (Table::open(env, "MEETINGS_TABLE")?, Notices::open(env)?);
        Ok(Self { table, notices, ledger: Ledger::of_job(env)?, clock: env.clock.clone() })
    }

    /// Tells everybody what is due. Any number of runs, at once or broken off anywhere, tells once; what is left stays due.
    ///
    /// # Errors
    /// When what is due cannot be found.
    pub async fn tell(&self, told: &mut Told) -> Result<(), StoreError> {
        let now = self.clock.now();
        for shard in 0..SHARDS {
            let mut after = None;
            loop {
                let due: Found<Due> = self.table.page(&TellRow::due(shard, now), after.as_deref(), PAGE).await?;
                let ids: Vec<_> = due.items.into_iter().map(|due| due.meeting).collect();
                for some in ids.chunks(AT_ONCE) {
                    if self.clock.now() > now + LASTING {
                        told.more = true;
                        return Ok(());
                    }
                    for outcome in join_all(some.iter().map(|id| Box::pin(self.one(*id, now)))).await {
                        match outcome {
                            Ok(notices) => {
                                told.meetings += 1;
                                told.notices += notices;
                            }
                            Err(error) => {
                                told.left += 1;
                                tracing::warn!(%error, "left for the next run");
                            }
                        }
                    }
                }
                after = due.after;
                if after.is_none() {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Tells what is due of one meeting, and notes what is next; how many messages that were.
    async fn one(&self, id: MeetingId, now: Timestamp) -> Result<u64, StoreError> {
        let (meeting, people, tell) = parts(&self.table, id).await?;
        // The index may be behind; the row is not.
        let Some(tell) = tell.filter(|tell| tell.is_due(now)) else { return Ok(0) };
        let know = if tell.stage == Stage::News && meeting.sequence > 0 {
            self.notices.who_knows(&concerned(&meeting, &people), &earlier(&meeting)).await?
        } else {
            BTreeSet::new()
        };
        let notices = messages((&meeting, &people), tell.stage, &know, now);
        let posted = self.notices.post_each_once(&self.ledger, &notices).await?;
        let change = Change::new();
        let change = match Outlook::next(&meeting, tell.stage, now) {
            Some(next) => {
                // What another run noted is not noted again.
                let read = (tell.version, &[("tellKey", Some(tell.tell_key.as_str()))][..]);
                change.replace_as_read(&self.table, &TellRow::new(&meeting, next), read)
            }
            None => change.remove_unchanged(&self.table, TellRow::key(id), tell.version),
        };
        let told = (!notices.is_empty()).then(|| {
            let (by, id) = (Actor::job("meeting-notices"), meeting.id.to_string());
            let told = Activity::new(now, by, "meeting.told", meeting.organization, id);
            told.stating("stage", tell.stage).stating("people", notices.len())
        });
        // Where the meeting changed meanwhile, what is to be told stays due.
        self.ledger.attempt(change, told).await?;
        Ok(posted)
    }
}
