//! What is told of an objection, and to whom.

use crate::domain::StarObjection;
use dynamo::{Activity, Actor};
use jiff::Timestamp;
use kernel::OrgId;
use notices::{Announcement, Notice};

/// What the access log says of reading who raised an objection.
pub(crate) const READ: &str = "star-objections";

/// The group chats of `committee`, that an objection waits.
pub(crate) fn raised(objection: &StarObjection, committee: OrgId) -> Announcement {
    Announcement {
        organization: committee,
        cause: format!("star-objection/{}", objection.id),
        kind: "star-objection.raised".to_owned(),
        title: "有一项星级公示异议等待答复".to_owned(),
        at: objection.raised_at,
    }
}

/// The trace, where who raised it, of the organisation `home`, finds it, and not who reads the trace of an organisation: the answer
/// names the objection as well, and is of the same moment as what it does to the application.
pub(crate) fn raising(objection: &StarObjection, home: OrgId) -> Activity {
    let (at, by) = (objection.raised_at, objection.raised_by);
    Activity::of_account(at, Actor::oneself(by), "star-objection.raised", home, by)
}

/// The trace of `committee`, that it was answered.
pub(crate) fn answering(objection: &StarObjection, committee: OrgId, (actor, at): (Actor, Timestamp)) -> Activity {
    Activity::new(at, actor, "star-objection.answered", committee, objection.id.to_string())
        .stating("state", objection.state)
        .stating("version", objection.version)
}

/// Who raised it, that it was answered.
pub(crate) fn answered(objection: &StarObjection, at: Timestamp) -> Notice {
    let cause = format!("star-objection/{}/answered", objection.id);
    Notice::new(at, objection.raised_by, "star-objection.answered", &cause)
        .saying("您提出的星级异议已有答复", "答复和理由请在“达标创星”中查看。")
        .about(objection.application.to_string())
}
