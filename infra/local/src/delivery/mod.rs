//! Deliveries: what Lambda does with the event source mappings of the template.
//!
//! Each mapping is read by itself, once a second, and on and on while there is something. A batch waits until it is full or
//! its window is over. What a function leaves undone comes again: messages when they are no longer hidden, changes after a
//! pause that grows, from the first one that is not done. What is done is noted down after it is done, so whatever happens in
//! between, everything comes at least once.

mod messages;
mod stream;

#[cfg(test)]
mod tests;

use crate::{
    invoke::Callee,
    stores::{Changes, Folder, Post, StoreError, forget},
    template::{Mapping, Source, Template},
};
use futures_util::future::join_all;
use messages::Messages;
use objects::server::Stop;
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};
use stream::Stream;
use tokio::time::MissedTickBehavior;

/// How often the runner looks whether there is something.
const TICK: Duration = Duration::from_secs(1);

/// The mappings of the template, at work.
#[derive(Debug)]
pub(crate) struct Deliveries {
    readers: Vec<Reader>,
}

#[derive(Debug)]
enum Reader {
    Messages(Messages),
    Stream(Stream),
}

impl Deliveries {
    /// The mappings of `template`, for functions by their names. Without `changes`, as the tables are in another store, no
    /// stream is read.
    pub(crate) fn new(
        template: &Template,
        functions: &BTreeMap<String, Arc<Callee>>,
        post: &Arc<Post>,
        changes: Option<&Changes>,
    ) -> Self {
        let reader = |mapping: &Mapping| {
            let function = functions.get(&template.function(&mapping.function)?.name)?;
            let (mapping, function, post) = (mapping.clone(), Arc::clone(function), Arc::clone(post));
            match mapping.source.clone() {
                Source::Queue { name, at_once } => {
                    let queue = template.queues.iter().find(|queue| queue.name == name)?.clone();
                    Some(Reader::Messages(Messages::new(mapping, queue, at_once, function, post)))
                }
                Source::Stream(stream) => {
                    let Some(changes) = changes.cloned() else {
                        tracing::warn!(mapping = mapping.name, "the changes of another store are not read");
                        return None;
                    };
                    Some(Reader::Stream(Stream::new(mapping, stream, function, post, changes)))
                }
            }
        };
        Self { readers: template.mappings.iter().filter_map(reader).collect() }
    }

    /// Delivers until there is nothing more, without waiting for batches to fill. What failed and waits to be tried again is
    /// left waiting.
    pub(crate) async fn settle(&self) -> Result<(), StoreError> {
        loop {
            let mut any = false;
            for reader in &self.readers {
                while reader.step(true).await? {
                    any = true;
                }
            }
            if !any {
                return Ok(());
            }
        }
    }

    /// Delivers until `stop`; then lets what runs finish.
    pub(crate) async fn keep(self: Arc<Self>, stop: Stop) {
        join_all(self.readers.iter().map(|reader| reader.keep(&stop))).await;
    }
}

impl Reader {
    fn mapping(&self) -> &Mapping {
        match self {
            Self::Messages(messages) => &messages.mapping,
            Self::Stream(stream) => &stream.mapping,
        }
    }

    /// Hands over what there is to hand over now, one batch of a stream or several of a queue; whether there was any. In
    /// `haste` no batch waits until it is full.
    async fn step(&self, haste: bool) -> Result<bool, StoreError> {
        match self {
            Self::Messages(messages) => messages.step(haste).await,
            Self::Stream(stream) => stream.step(haste).await,
        }
    }

    async fn keep(&self, stop: &Stop) {
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            let more = self.step(false).await.unwrap_or_else(|problem| {
                tracing::warn!(mapping = self.mapping().name, %problem, "nothing is delivered for now");
                false
            });
            let next = async {
                if !more {
                    ticks.tick().await;
                }
            };
            tokio::select! {
                biased;
                () = stop.called() => return,
                () = next => {}
            }
        }
    }
}

/// Deletes from the tables in `folder`, which nobody has open, the changes that every mapping of their stream has read.
pub(crate) fn tidy(template: &Template, post: &Post, folder: &Folder) -> Result<(), StoreError> {
    if !folder.records().exists() {
        return Ok(());
    }
    // A mapping that has read nothing is before every other.
    let mut least: BTreeMap<&str, Option<String>> = BTreeMap::new();
    for mapping in &template.mappings {
        let Source::Stream(stream) = &mapping.source else { continue };
        let position = post.position(&mapping.name)?;
        let known = least.entry(&stream.table).or_insert_with(|| position.clone());
        *known = known.take().min(position);
    }
    for (table, position) in least {
        if let Some(position) = position {
            forget(&folder.records(), table, &position)?;
        }
    }
    Ok(())
}

/// Calls the function of `mapping` with an `event` about `items`; which of them it leaves undone.
async fn hand_over(function: &Callee, mapping: &Mapping, event: Value, id: &str, items: &[&str]) -> BTreeSet<usize> {
    match function.work(event, id).await {
        Ok(answer) if mapping.partial => undone(&answer, items),
        Ok(_) => BTreeSet::new(),
        Err(failure) => {
            let (mapping, function) = (&mapping.name, &function.name);
            tracing::error!(mapping, function, request_id = id, %failure, "a batch failed");
            (0..items.len()).collect()
        }
    }
}

/// What an answer of the form `{"batchItemFailures": [{"itemIdentifier": …}]}` leaves undone: everything, when it names what
/// is not in the batch or is not understood.
fn undone(answer: &Value, items: &[&str]) -> BTreeSet<usize> {
    let failures = match answer.get("batchItemFailures") {
        None | Some(Value::Null) => return BTreeSet::new(),
        Some(failures) => failures.as_array(),
    };
    let named = |failure: &Value| {
        let name = failure.get("itemIdentifier")?.as_str()?;
        items.iter().position(|item| *item == name)
    };
    let named: Option<BTreeSet<usize>> = failures.and_then(|failures| failures.iter().map(named).collect());
    named.unwrap_or_else(|| (0..items.len()).collect())
}
