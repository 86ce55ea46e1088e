//! Transfers for demo data, made by the rules that requests go through.

use crate::{
    domain::{Destination, Done, Draft, Hand, Kind, Month, NewLetter, Place, Receipt, Transfer},
    store::{OpenRow, TransferRow},
};
use dynamo::{Activity, Actor};
use jiff::{SignedDuration, Timestamp};
use kernel::{ErrorCode, Line, MemberId, Refusal};
use register::{Member, Node};
use serde_json::{Value, json};

/// How far a demo transfer is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DemoStage {
    /// Waits for the committee.
    Draft,
    /// Waits for its letter.
    Approved,
    /// On the way.
    Issued,
    /// Its letter has lapsed.
    Overdue,
    /// The member belongs to the destination; the receipt is missing.
    Received,
    /// Sent back by the destination.
    Returned,
    /// Taken back by the sender.
    Withdrawn,
    /// The member belongs to the destination, and the receipt came back.
    Acknowledged,
}

impl DemoStage {
    /// Every stage that is shown of the members of a branch that goes on.
    pub const ALL: [Self; 7] =
        [Self::Draft, Self::Approved, Self::Issued, Self::Overdue, Self::Received, Self::Returned, Self::Withdrawn];
}

/// Between whom a demo transfer goes: two branches of one committee, and who acts for each of the three.
#[derive(Debug, Clone, Copy)]
pub struct DemoSides<'a> {
    /// The branch that the member leaves, and who drafts.
    pub from: (&'a Node, MemberId),
    /// The committee above both, and who decides.
    pub committee: (&'a Node, MemberId),
    /// The branch that they go to, and who receives.
    pub to: (&'a Node, MemberId),
}

/// What papers say of a demo transfer.
#[derive(Debug, Clone, Copy)]
pub struct DemoPaper<'a> {
    /// Why the member goes.
    pub reason: &'a str,
    /// Counts the letters of the committee in a year.
    pub number: u16,
}

/// What a demo transfer leaves behind.
#[derive(Debug)]
pub struct DemoTransfer {
    /// Items of the table of transfers.
    pub rows: Vec<Value>,
    /// What was done.
    pub activities: Vec<Activity>,
    /// The member as they are now.
    pub member: Member,
}

/// A transfer of `member` that is as far as `stage` at `now`.
///
/// # Errors
/// When a rule refuses it.
pub fn demo_transfer(
    stage: DemoStage,
    member: &Member,
    sides: DemoSides<'_>,
    paper: DemoPaper<'_>,
    now: Timestamp,
) -> Result<DemoTransfer, Refusal> {
    let hand = |by, days: i64| Hand { by, at: now - SignedDuration::from_hours(24 * days) };
    let committee = sides.committee.0.clone();
    let place = |node: &Node| Place { node: node.clone(), seat: node.path.clone(), committee: committee.clone() };
    let (from, to) = (place(sides.from.0), place(sides.to.0));

    let draft = Draft {
        member: member.id,
        kind: Kind::WithinCommittee,
        to: Destination::Organization(to.node.id),
        reason: Line::ours(paper.reason)?,
        keep_until: None,
        keep_longer: false,
    };
    let mut transfer = Transfer::drafted(draft, member, (&from, Some(&to)), hand(sides.from.1, 20))?;
    let mut member = member.clone();
    if !matches!(stage, DemoStage::Draft) {
        transfer = transfer.decided(true, None, hand(sides.committee.1, 19))?;
    }
    if !matches!(stage, DemoStage::Draft | DemoStage::Approved) {
        let days_ago = if stage == DemoStage::Overdue { 18 } else { 5 };
        let hand = hand(sides.committee.1, days_ago);
        let month = hand.today().strftime("%Y-%m").to_string();
        let number = format!("演示〔{}〕第{:04}号", hand.today().year(), paper.number);
        let unread = |_| Refusal::new(ErrorCode::Internal);
        let letter = NewLetter {
            number: Line::try_from(number).map_err(unread)?,
            dues_until: Month::try_from(month).map_err(unread)?,
            days: None,
            reason: None,
        };
        let name = Line::try_from(to.node.name.as_str()).map_err(unread)?;
        transfer = transfer.issued(letter, &member, &from, name, hand)?;
    }
    match stage {
        DemoStage::Received | DemoStage::Acknowledged => {
            (transfer, member) = transfer.received(&member, &to.node, hand(sides.to.1, 2))?;
            if stage == DemoStage::Acknowledged {
                let hand = hand(sides.from.1, 1);
                let receipt = Receipt { on: hand.today(), received_on: None };
                transfer = transfer.acknowledged(receipt, hand)?;
            }
        }
        DemoStage::Returned => {
            transfer = transfer.returned(Line::ours("本人已不在本社区（演示）")?, hand(sides.to.1, 2))?;
        }
        DemoStage::Withdrawn => {
            transfer = transfer.withdrawn(Line::ours("本人不再搬迁（演示）")?, hand(sides.from.1, 2))?;
        }
        DemoStage::Draft | DemoStage::Approved | DemoStage::Issued | DemoStage::Overdue => {}
    }

    let mut activities = Vec::new();
    for step in &transfer.steps {
        let tell = |kind: &str, organization| {
            let told = Activity::new(step.at, Actor::job("demo"), kind, organization, transfer.member);
            told.stating("transfer", transfer.id)
        };
        let kind = format!("transfer.{}", step.done.slug());
        // Each side has its own line of a member who was received.
        if step.done == Done::Received {
            activities.push(tell("member.transferred", transfer.from));
            activities.push(tell(&kind, to.node.id).stating("from", transfer.from));
        } else {
            activities.push(tell(&kind, transfer.from));
        }
    }
    let mut rows = Vec::new();
    if transfer.state.is_open() {
        rows.push(json!(OpenRow::new(transfer.member)));
    }
    rows.push(json!(TransferRow::new(transfer, from.node.path, Some(to.node.path))));
    Ok(DemoTransfer { rows, activities, member })
}
