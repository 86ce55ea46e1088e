//! Transfers from the first branch to the one beside it: one for each way that a transfer can stand.

use crate::{CAST, LoadError, Stage, Tree};
use dynamo::ActivityRow;
use jiff::Timestamp;
use kernel::{MemberId, OrgId};
use register::{Appointment, Member, Node};
use serde_json::Value;
use std::collections::HashSet;
use transfers::{DemoPaper, DemoSides, DemoStage, demo_transfer};

/// The items of the transfers at `now`, and what they leave in the trace. Who was received is in their new branch then.
///
/// # Errors
/// [`LoadError::Facts`] when the branches have too few members without an office, or a rule refuses.
pub(crate) fn transfers(
    tree: &Tree,
    appointments: &[Appointment],
    records: &mut [Member],
    now: Timestamp,
) -> Result<(Vec<Value>, Vec<ActivityRow>), LoadError> {
    let node = |id: OrgId| tree.nodes.iter().find(|node| node.id == id).ok_or(LoadError::Facts);
    let who = |title: &str, records: &[Member]| -> Result<MemberId, LoadError> {
        let at = CAST.iter().position(|part| part.title == title);
        at.and_then(|at| records.get(at)).map(|member| member.id).ok_or(LoadError::Facts)
    };
    let side = |stage, title: &str, records: &[Member]| -> Result<(&Node, MemberId), LoadError> {
        Ok((node(tree.at(stage))?, who(title, records)?))
    };
    let sides = DemoSides {
        from: side(Stage::Branch, "支部书记", records)?,
        committee: side(Stage::SubDistrict, "街道党务干部", records)?,
        to: side(Stage::Neighbour, "相邻支部书记", records)?,
    };
    let busy: HashSet<MemberId> = appointments.iter().map(|held| held.holder).collect();
    let home = &sides.from.0.path;
    // The cast stays where its parts are played. The others belong to the branch or to a group of it.
    let leaving = records.iter_mut().skip(CAST.len());
    let mut leaving = leaving.filter(|member| home.contains(&member.path) && !busy.contains(&member.id));
    let (mut rows, mut trace) = (Vec::new(), Vec::new());
    for (stage, number) in DemoStage::ALL.into_iter().zip(1..) {
        let member = leaving.next().ok_or(LoadError::Facts)?;
        let from = (node(member.organization)?, sides.from.1);
        let (sides, paper) = (DemoSides { from, ..sides }, DemoPaper { reason: "搬到相邻社区居住（演示）", number });
        let made = demo_transfer(stage, member, sides, paper, now).map_err(|_| LoadError::Facts)?;
        rows.extend(made.rows);
        trace.extend(made.activities.into_iter().map(ActivityRow::from));
        *member = made.member;
    }
    Ok((rows, trace))
}
