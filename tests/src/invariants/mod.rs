//! What must hold whatever went wrong: the invariants of the fault tests, in one place.
//!
//! | | says | where |
//! |--|--|--|
//! | I1 | money is in exactly one place, and what came in once counts once | [`STORE`] |
//! | I2 | an acknowledged request has its effect exactly once, one that was not at most once | [`crate::workload`], by a model |
//! | I3 | what was acknowledged is seen by the next reading | [`crate::workload`], by a model |
//! | I5 | states follow each other legally, versions count activities | [`STORE`] |
//! | I6 | copies, claims and counters are what the records say | [`STORE`] |
//! | I7 | what was told was told once, and is there | [`STORE`], `functions/notifier/tests` |
//! | I8 | nothing points to what is not there | [`STORE`] |
//! | I9 | no id from outside the caller's place is in an answer | [`outside`] |
//! | I10 | whatever is refused is a problem with a code; no failure is ours | [`of_reply`] |
//! | I11 | tries are bounded | [`of_tally`] |
//!
//! A capability adds its own: a function over [`Content`] and a line in [`STORE`].

mod content;
mod copies;
mod dues;
mod findings;
mod history;
mod notices;
mod orphans;
mod tasks;

pub use content::Content;

use serde_json::Value;
use std::collections::BTreeSet;
use testkit::{Reply, Tally};

/// Something that holds of the content of the store, whenever no request is under way.
#[derive(Debug, Clone, Copy)]
pub struct Invariant {
    /// `I5`, …
    pub code: &'static str,
    /// What it says.
    pub says: &'static str,
    /// What is wrong, in words; empty when it holds.
    pub check: fn(&Content) -> Vec<String>,
}

/// Every invariant of the store.
pub const STORE: &[Invariant] = &[
    Invariant { code: "I1", says: "entries have two equal sides, and closes say what they say", check: dues::entries },
    Invariant { code: "I1", says: "every fen of dues is in exactly one place", check: dues::places },
    Invariant { code: "I1", says: "a bill is paid once, and its money is income", check: dues::bills },
    Invariant { code: "I1", says: "a transaction of a provider counts once", check: dues::transactions },
    Invariant { code: "I5", says: "the trace tells of every bill once", check: dues::told },
    Invariant { code: "I5", says: "a person's states follow each other legally", check: history::states },
    Invariant { code: "I5", says: "a version counts the activities of its record", check: history::versions },
    Invariant { code: "I6", says: "index keys are what the records say", check: copies::keys },
    Invariant { code: "I6", says: "paths are what the tree says", check: copies::paths },
    Invariant { code: "I6", says: "an open correction is listed where its member belongs", check: copies::corrections },
    Invariant { code: "I6", says: "numbers and names are claimed by who bears them", check: copies::claims },
    Invariant { code: "I6", says: "counters count what they stand for", check: copies::counters },
    Invariant { code: "I6", says: "quotas are what the uploads come to", check: copies::quotas },
    Invariant { code: "I7", says: "what was told is claimed, and what is unread was told", check: notices::claimed },
    Invariant { code: "I8", says: "nothing points to what is not there", check: orphans::records },
    Invariant { code: "I8", says: "who has an open transfer is marked, nobody else", check: orphans::transfers },
    Invariant { code: "I8", says: "a kept file is there", check: orphans::files },
    Invariant { code: "I8", says: "nobody is left behind in what is closed", check: orphans::closed },
    Invariant { code: "I5", says: "a task's steps are legal and its version counts them", check: tasks::steps },
    Invariant { code: "I6", says: "what parts say and come to is what a recount makes of them", check: tasks::sums },
    Invariant { code: "I6", says: "weights of parts total 100", check: tasks::weights },
    Invariant { code: "I6", says: "the size of a tree is that of its tasks", check: tasks::sizes },
    Invariant { code: "I6", says: "a task is listed where it stands", check: tasks::keys },
    Invariant { code: "I6", says: "a finding is listed where its organisation stands", check: findings::keys },
    Invariant { code: "I8", says: "a finding names what it rests on, and who closed it", check: findings::references },
    Invariant { code: "I6", says: "an open warning is of a task that awaits its owner", check: tasks::warnings },
    Invariant { code: "I7", says: "a period has one bill, which was told once", check: tasks::bills },
    Invariant { code: "I7", says: "a cause was told once", check: notices::once },
    Invariant { code: "I8", says: "a task has its organisation, owner, parent and parts", check: tasks::references },
];

/// Everything that is wrong with the content of a store.
#[must_use]
pub fn violations(content: &Content) -> Vec<String> {
    let found = STORE.iter().flat_map(|invariant| {
        let Invariant { code, says, check } = invariant;
        check(content).into_iter().map(move |what| format!("{code} {says}: {what}"))
    });
    found.collect()
}

/// I10: what is wrong with an answer as such.
#[must_use]
pub fn of_reply(reply: &Reply) -> Option<String> {
    let Reply { status, body, .. } = reply;
    let refused = *status >= 400;
    let problem = reply.header("content-type").starts_with("application/problem+json") && !reply.code().is_empty();
    let busy = *status == 503 && !reply.header("retry-after").is_empty();
    let wrong = (refused && !problem) || (*status >= 500 && !busy);
    wrong.then(|| format!("I10 whatever is refused is a problem with a code: {status} {body}"))
}

/// I9: ids of organisations and persons in an answer that are not among those its reader may see.
#[must_use]
pub fn outside(body: &Value, visible: &BTreeSet<String>) -> Vec<String> {
    fn walk(value: &Value, visible: &BTreeSet<String>, found: &mut Vec<String>) {
        match value {
            Value::String(text)
                if (text.starts_with("org_") || text.starts_with("mbr_")) && !visible.contains(text) =>
            {
                found.push(format!("I9 no id from outside is in an answer: {text}"));
            }
            Value::Array(items) => items.iter().for_each(|item| walk(item, visible, found)),
            Value::Object(fields) => fields.values().for_each(|field| walk(field, visible, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    walk(body, visible, &mut found);
    found
}

/// Tries of one call by the SDK, at most.
const TRIES: u32 = 3;
/// Tries of one transaction that meets others, at most.
const TRANSACTIONS: u64 = 8;

/// I11: what was tried more often than it may be.
#[must_use]
pub fn of_tally(tally: &Tally) -> Vec<String> {
    of_tries(tally).into_iter().chain(of_transactions(tally.most_transactions)).collect()
}

/// What is wrong with the tries of a call.
#[must_use]
pub fn of_tries(tally: &Tally) -> Option<String> {
    (tally.most_tries > TRIES).then(|| format!("I11 tries are bounded: {} of one call", tally.most_tries))
}

/// What is wrong with a request that made this number of transactions.
#[must_use]
pub fn of_transactions(made: u64) -> Option<String> {
    (made > TRANSACTIONS).then(|| format!("I11 tries are bounded: {made} transactions of one request"))
}
