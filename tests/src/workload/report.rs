//! What became of it all.

use super::model::Model;
use crate::Content;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};
use testkit::{Reply, Tally};

/// What one or several lanes came to.
#[derive(Debug, Default)]
pub struct Report {
    /// What the client set out to do.
    pub operations: u64,
    /// Requests that it sent for it.
    pub requests: u64,
    /// Changes that were acknowledged, by kind.
    pub acknowledged: BTreeMap<&'static str, u64>,
    /// Changes that a rule refused, by kind and code.
    pub refused: BTreeMap<String, u64>,
    /// Operations that had to wait for better times.
    pub gave_up: u64,
    /// Events that were delivered to jobs.
    pub jobs: u64,
    /// Runs of jobs that broke and were left to the next one.
    pub failed_jobs: u64,
    /// What the store did.
    pub tally: Tally,
    /// Acknowledged, and not there.
    pub lost: Vec<String>,
    /// There more often than it was acknowledged.
    pub duplicated: Vec<String>,
    /// What else is not as it must be.
    pub violations: Vec<String>,
}

/// Beginnings of kinds of what is told without a request for it: sessions that end, what nights find, and bills that something else
/// makes on its way, which an invariant counts.
const NOT_OF_A_CLIENT: [&str; 3] = ["session.", "finding.", "dues.billed"];

impl Report {
    pub(super) fn acknowledged(&mut self, kind: &'static str) {
        *self.acknowledged.entry(kind).or_default() += 1;
    }

    pub(super) fn refused(&mut self, kind: &str, reply: &Reply) {
        *self.refused.entry(format!("{kind}: {}", reply.code())).or_default() += 1;
    }

    /// Takes in what another lane came to.
    pub fn add(&mut self, other: Self) {
        self.operations += other.operations;
        self.requests += other.requests;
        self.gave_up += other.gave_up;
        self.jobs += other.jobs;
        self.failed_jobs += other.failed_jobs;
        other.acknowledged.into_iter().for_each(|(kind, count)| *self.acknowledged.entry(kind).or_default() += count);
        other.refused.into_iter().for_each(|(kind, count)| *self.refused.entry(kind).or_default() += count);
        self.tally.attempts += other.tally.attempts;
        self.tally.most_tries = self.tally.most_tries.max(other.tally.most_tries);
        self.tally.most_transactions = self.tally.most_transactions.max(other.tally.most_transactions);
        other.tally.faults.into_iter().for_each(|(fault, count)| *self.tally.faults.entry(fault).or_default() += count);
        self.lost.extend(other.lost);
        self.duplicated.extend(other.duplicated);
        self.violations.extend(other.violations);
    }

    /// Faults of all kinds.
    #[must_use]
    pub fn faults(&self) -> u64 {
        self.tally.faults.values().sum()
    }

    /// Whether everything is as it must be.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.lost.is_empty() && self.duplicated.is_empty() && self.violations.is_empty()
    }

    /// Compares what was acknowledged with what is there.
    pub(super) fn compare(&mut self, model: &Model, content: &Content) {
        let mut there: BTreeMap<String, usize> = BTreeMap::new();
        for activity in &content.activities {
            if !NOT_OF_A_CLIENT.iter().any(|kind| activity.kind.starts_with(kind)) {
                *there.entry(activity.kind.clone()).or_default() += 1;
            }
        }
        let kinds: BTreeSet<_> = there.keys().chain(model.done.keys()).collect();
        for kind in kinds {
            let (told, found) = (model.done.get(kind).copied().unwrap_or(0), there.get(kind).copied().unwrap_or(0));
            let what = format!("{kind} was acknowledged {told} times and is there {found} times");
            match told.cmp(&found) {
                std::cmp::Ordering::Less => self.duplicated.push(what),
                std::cmp::Ordering::Greater => self.lost.push(what),
                std::cmp::Ordering::Equal => {}
            }
        }
        if model.keyed != content.answers {
            let what =
                format!("{} keyed requests were acknowledged, {} answers are kept", model.keyed, content.answers);
            self.violations.push(format!("I2 {what}"));
        }
        for person in &model.people {
            let row = content.members.get(&person.member()).map(|row| &row.member);
            let known = (Some(person.state), Some(person.version), person.unit.as_deref());
            let unit = row.and_then(|member| member.unit.as_ref()).map(|unit| unit.as_ref());
            if known != (row.map(|member| member.state), row.map(|member| member.version), unit) {
                self.lost.push(format!("{person:?} is {row:?}"));
            }
        }
        for place in &model.places {
            let row = place.id.parse().ok().and_then(|id| content.organizations.get(&id)).map(|row| &row.node);
            let parent = place.parent.map(|at| model.places[at].id.clone());
            let found = row.map(|node| {
                let (parent, due) =
                    (node.path.parent().map(|id| id.to_string()), node.term.map(|term| term.due_on.to_string()));
                (node.name.to_string(), node.closed_on.is_none(), parent, due)
            });
            if found != Some((place.name.clone(), place.open, parent, place.due.clone())) {
                self.lost.push(format!("{place:?} is {row:?}"));
            }
        }
        let there: BTreeMap<_, _> = (content.transfers.iter())
            .map(|row| (row["id"].as_str(), (row["state"].as_str(), row["version"].as_u64())))
            .collect();
        for transfer in &model.transfers {
            let known = (Some(transfer.state.slug()), Some(transfer.version));
            let found = there.get(&Some(&*transfer.id));
            if found != Some(&known) {
                self.lost.push(format!("{transfer:?} is {found:?}"));
            }
        }
        let there: BTreeMap<_, _> =
            content.media.iter().map(|row| (row.media.id.to_string(), row.media.state)).collect();
        for file in &model.files {
            let found = there.get(&file.id).copied();
            if found != file.state.stored() {
                self.lost.push(format!("{file:?} is {found:?}"));
            }
        }
        let there: BTreeMap<_, _> = (content.payments.iter())
            .map(|row| (row["id"].as_str(), row["received"].as_array().map_or(0, Vec::len)))
            .collect();
        for payment in &model.dues.payments {
            let found = there.get(&Some(&*payment.id)).copied();
            if found != Some(payment.times()) {
                self.lost.push(format!("{payment:?} has {found:?} receipts of money"));
            }
        }
        let held: BTreeMap<_, _> = (content.appointments.iter())
            .map(|row| (row.appointment.id.to_string(), row.appointment.until.is_some()))
            .collect();
        for office in &model.offices {
            if held.get(&office.id) != Some(&office.ended) {
                self.lost.push(format!("{office:?} is {:?}", held.get(&office.id)));
            }
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "operations    {:>9}   of the client", self.operations)?;
        writeln!(f, "requests      {:>9}   of the client, repetitions with them", self.requests)?;
        writeln!(f, "attempts      {:>9}   of the SDK", self.tally.attempts)?;
        writeln!(f, "jobs          {:>9}   events delivered, {} runs left to the next", self.jobs, self.failed_jobs)?;
        writeln!(f, "faults        {:>9}", self.faults())?;
        for (fault, count) in &self.tally.faults {
            writeln!(f, "              {count:>9}   {}", fault.text())?;
        }
        writeln!(f, "acknowledged  {:>9}", self.acknowledged.values().sum::<u64>())?;
        for (kind, count) in &self.acknowledged {
            writeln!(f, "              {count:>9}   {kind}")?;
        }
        writeln!(f, "refused       {:>9}", self.refused.values().sum::<u64>())?;
        for (kind, count) in &self.refused {
            writeln!(f, "              {count:>9}   {kind}")?;
        }
        writeln!(f, "waited        {:>9}   operations that took more than a dozen requests", self.gave_up)?;
        for (title, found) in [("lost", &self.lost), ("duplicated", &self.duplicated), ("violations", &self.violations)]
        {
            writeln!(f, "{title:13} {:>9}", found.len())?;
            for what in found.iter().take(20) {
                writeln!(f, "              {what}")?;
            }
        }
        Ok(())
    }
}
