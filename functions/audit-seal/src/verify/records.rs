//! The records of a day, side by side with its seal.

use super::{Finding, VerifyError};
use dynamo::{Activity, DayLine, Found, Kept, SHARDS, Trace, group};
use jiff::civil::Date;
use kernel::OrgId;
use seal::{Group, PartLine, place};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// A walk along a day, group by group, in the order of the seal: what the index of the day has is taken along.
pub(super) struct Walk<'a> {
    trace: &'a Trace,
    day: Date,
    /// Parts of the day that the index was not asked for yet.
    shards: VecDeque<char>,
    /// What was read of the index and not looked at yet.
    lines: VecDeque<DayLine>,
    /// The part of the day that `lines` are from, and where its next page begins; `None` at its end.
    at: Option<(char, String)>,
    /// Groups that a part covers which cannot be read.
    skipped: Vec<PartLine>,
    /// Groups that were compared.
    sealed: BTreeSet<String>,
}

/// Lines in one request.
const PAGE: u16 = 1_000;

impl<'a> Walk<'a> {
    pub(super) fn new(trace: &'a Trace, day: Date) -> Self {
        let (lines, skipped, sealed) = (VecDeque::new(), Vec::new(), BTreeSet::new());
        Self { trace, day, shards: SHARDS.into(), lines, at: None, skipped, sealed }
    }

    /// Passes over the groups of a part that cannot be read.
    pub(super) fn skip(&mut self, line: &PartLine) {
        self.skipped.push(line.clone());
    }

    /// Compares a sealed group, and what the index has before it, which is in no seal.
    pub(super) async fn group(&mut self, sealed: &Group) -> Result<Vec<Finding>, VerifyError> {
        let (mut findings, mut own) = (Vec::new(), Vec::new());
        while let Some(line) = self.next().await? {
            if place(line.group()) > place(&sealed.group) {
                self.lines.push_front(line);
                break;
            }
            if line.group() == sealed.group {
                own.push(line);
            } else {
                findings.extend(self.unsealed(line));
            }
        }
        findings.extend(self.compare(sealed, &own).await?);
        self.sealed.insert(sealed.group.clone());
        Ok(findings)
    }

    /// What the index has behind the last sealed group.
    pub(super) async fn rest(&mut self) -> Result<Vec<Finding>, VerifyError> {
        let mut findings = Vec::new();
        while let Some(line) = self.next().await? {
            findings.extend(self.unsealed(line));
        }
        Ok(findings)
    }

    /// What of `all` that hides lies on the day with organisations of which nothing is sealed on it; but for what is `known`.
    pub(super) fn hidden(&self, all: &[(OrgId, Kept)], known: &[Finding]) -> Vec<Finding> {
        let of_day = all.iter().filter(|(_, kept)| kept.is_of(self.day));
        let named = of_day.map(|(organization, kept)| (organization.to_string(), kept.id.clone()));
        let open = named.filter(|(group, _)| !self.sealed.contains(group) && !self.is_unknown(group));
        let findings = open.map(|(group, activity)| Finding::Inserted { activity, group });
        findings.filter(|finding| !known.contains(finding)).collect()
    }

    /// A line of a group that is in no seal, unless nobody can say so.
    fn unsealed(&self, line: DayLine) -> Option<Finding> {
        let known = !self.is_unknown(line.group());
        known.then(|| Finding::Inserted { group: line.group().to_owned(), activity: line.sk })
    }

    /// Whether nobody can say what of a group is sealed.
    fn is_unknown(&self, group: &str) -> bool {
        self.skipped.iter().any(|part| part.covers(group))
    }

    async fn next(&mut self) -> Result<Option<DayLine>, VerifyError> {
        loop {
            if let Some(line) = self.lines.pop_front() {
                return Ok(Some(line));
            }
            let (shard, after) = match self.at.take() {
                Some((shard, after)) => (shard, Some(after)),
                None => match self.shards.pop_front() {
                    Some(shard) => (shard, None),
                    None => return Ok(None),
                },
            };
            let page = self.trace.of_day((self.day, shard), after.as_deref(), PAGE).await?;
            self.lines = page.items.into();
            self.at = page.after.map(|after| (shard, after));
        }
    }

    /// Compares a group with the records in the partitions that it can have: its organisation's, and of accounts those
    /// that the index names.
    async fn compare(&self, sealed: &Group, own: &[DayLine]) -> Result<Vec<Finding>, VerifyError> {
        let mut partitions: BTreeSet<String> = own.iter().map(|line| line.pk.clone()).collect();
        if let Ok(organization) = sealed.group.parse::<OrgId>() {
            partitions.insert(Activity::partition(organization));
        }
        let name = |activity: &str| (activity.to_owned(), sealed.group.clone());
        let mut missing: BTreeMap<String, &str> =
            sealed.leaves.iter().map(|leaf| (leaf.0.to_string(), leaf.1.as_str())).collect();
        let mut findings = Vec::new();
        for partition in &partitions {
            for Kept { id, row } in self.records(partition).await? {
                let Some(hash) = missing.remove(&id) else {
                    // Somebody's account can have belonged to two organisations in one day.
                    let elsewhere = row.as_ref().is_some_and(|row| group(&row.activity) != sealed.group);
                    if !(Activity::is_of_account(partition) && elsewhere) {
                        let (activity, group) = name(&id);
                        findings.push(Finding::Inserted { activity, group });
                    }
                    continue;
                };
                let (activity, group) = name(&id);
                match row {
                    Some(row) if row.activity.hash() == hash && row.hash == hash => {}
                    Some(row) if row.activity.hash() == hash => findings.push(Finding::Mislabelled { activity, group }),
                    _ => findings.push(Finding::Altered { activity, group }),
                }
            }
        }
        // What the index has and no partition that was read: it lies where it does not belong.
        findings.extend(missing.into_keys().map(|id| {
            let (activity, group) = name(&id);
            Finding::Removed { activity, group }
        }));
        Ok(findings)
    }

    async fn records(&self, partition: &str) -> Result<Vec<Kept>, VerifyError> {
        let (mut kept, mut after) = (Vec::new(), None);
        loop {
            let days = (self.day, self.day);
            let page: Found<Kept> = self.trace.of_partition(partition, days, after.as_deref(), PAGE).await?;
            kept.extend(page.items);
            after = page.after;
            if after.is_none() {
                return Ok(kept);
            }
        }
    }
}

/// What lies with `organizations` on days from the first of `days` to the last and cannot be found by the index of its day, in the order of
/// organisations. Each is read once.
pub(super) async fn hiding(
    trace: &Trace,
    organizations: &BTreeSet<OrgId>,
    days: (Date, Date),
) -> Result<Vec<(OrgId, Kept)>, VerifyError> {
    let mut hiding = Vec::new();
    for organization in organizations {
        let (partition, mut after) = (Activity::partition(*organization), None);
        loop {
            let page: Found<Kept> = trace.of_partition(&partition, days, after.as_deref(), PAGE).await?;
            let out_of_place = page.items.into_iter().filter(|kept| !kept.is_in_place());
            hiding.extend(out_of_place.map(|kept| (*organization, kept)));
            after = page.after;
            if after.is_none() {
                break;
            }
        }
    }
    Ok(hiding)
}
