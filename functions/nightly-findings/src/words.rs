//! What people read.

use finding_records::{Cause, Check, Finding};
use jiff::Timestamp;
use kernel::MemberId;
use notices::Notice;

/// What whom a finding is about is told: once.
pub(crate) fn to_member(member: MemberId, cause: &Cause<'_>, finding: &Finding, now: Timestamp) -> Notice {
    let body = format!("{}。{}如与实际不符，请向党支部说明，更正有关记录。", finding.name, finding.says);
    Notice::new(now, member, "finding.opened", &cause.name())
        .saying("有一项与您有关的提醒", body)
        .about(finding.id.to_string())
        .by(&finding.article)
}

/// The same for who leads the organisation.
pub(crate) fn to_leader(leader: MemberId, cause: &Cause<'_>, finding: &Finding, now: Timestamp) -> Notice {
    // An extension is not recorded before probation ends.
    let may_be = cause.rule.check == Check::ProbationOver;
    let extended = if may_be { "如已决定延长预备期，请注明后关闭。" } else { "" };
    let body = format!("{}{extended}补录或办理后自动消除；确有其他原因的，请说明后关闭。", finding.says);
    Notice::new(now, leader, "finding.opened", &cause.name())
        .saying(&format!("工作提醒：{}", finding.name), body)
        .about(finding.id.to_string())
        .by(&finding.article)
}
