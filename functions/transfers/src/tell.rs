//! Who is told of a step.

use crate::domain::{Hand, Transfer};
use notices::{Announcement, Notice};

/// The member, that they belong to the destination now.
pub(crate) fn received(transfer: &Transfer, hand: Hand) -> Notice {
    Notice::new(hand.at, transfer.member, "transfer.received", &format!("transfer/{}/received", transfer.id))
        .saying("组织关系转接已接收", "您的组织关系已由转入党组织接收，请按其安排参加组织生活、交纳党费。")
        .about(transfer.id)
        .by("教管条例 §25")
}

/// The member, that the destination did not receive them.
pub(crate) fn returned(transfer: &Transfer, hand: Hand) -> Notice {
    Notice::new(hand.at, transfer.member, "transfer.returned", &format!("transfer/{}/returned", transfer.id))
        .saying("组织关系转接被退回", "转入党组织退回了您的组织关系转接，理由见转接记录。您的组织关系仍在原党组织。")
        .about(transfer.id)
        .by("教管条例 §25")
}

/// The destination, where it is in this installation, that somebody waits for being received.
pub(crate) fn issued(transfer: &Transfer, hand: Hand) -> Option<Announcement> {
    Some(Announcement {
        organization: transfer.to.organization()?,
        cause: format!("transfer/{}/issued/{}", transfer.id, transfer.letters.len()),
        kind: "transfer.issued".to_owned(),
        title: "有党员组织关系转入，待接收".to_owned(),
        at: hand.at,
    })
}
