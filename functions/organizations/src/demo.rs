//! A branch that is merged, for demo data, made by the rules that requests go through.

use crate::{
    domain::{closing, ended},
    routes::closed,
};
use authz::Role;
use dynamo::{Activity, Actor};
use jiff::Timestamp;
use kernel::{Line, MemberId, Refusal, shanghai_day};
use register::{Appointment, AppointmentRow, Node, NodeRow, Organizations};
use serde_json::{Value, json};

/// A branch that is merged into another one.
#[derive(Debug, Clone, Copy)]
pub struct DemoMerger<'a> {
    /// The branch, which its members have left.
    pub branch: &'a Node,
    /// The other one.
    pub into: &'a Node,
    /// Who is in office there.
    pub officers: &'a [Appointment],
    /// Who does it: an officer of the committee above both.
    pub by: MemberId,
}

/// The items of the branch and its officers after it was merged at `now`, and what that leaves in the trace. No name is among them:
/// that is free again.
///
/// # Errors
/// As a rule refuses.
pub fn demo_merger(merger: DemoMerger<'_>, now: Timestamp) -> Result<(Vec<Value>, Vec<Activity>), Refusal> {
    let (old, today) = (merger.branch, shanghai_day(now));
    let new = closing(old, Some(merger.into), today, now, today)?;
    let offices: Vec<_> = merger.officers.iter().map(|held| ended(held, today)).collect();
    let actor = Actor::person(merger.by, Role::PartyAffairsOfficer.slug());
    let why = (&Line::ours("正式党员已不足 3 人，并入相邻支部（演示）")?, &Line::ours("撤并批复（演示）")?);
    let told = closed(&actor, (old, &new), &offices, why);
    let mut rows = vec![
        Organizations::below(new.id).counted(1),
        // Once for each appointment, and once for the end of all.
        AppointmentRow::counter(NodeRow::partition(new.id)).counted(offices.len() + 1),
        json!(NodeRow::new(new)),
    ];
    for held in offices {
        rows.push(json!(AppointmentRow::of_organization(held.clone())));
        rows.push(json!(AppointmentRow::of_holder(held)));
    }
    Ok((rows, told))
}
