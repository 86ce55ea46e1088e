//! Notices for demo data. What the cast has to do shows itself: it is read off the other demo records.

use jiff::{SignedDuration, Timestamp};
use kernel::MemberId;
use notices::{CauseRow, MarkRow, Notice, NoticeRow};
use serde_json::{Value, json};

/// Items of the inbox of an ordinary `member` and of their `secretary` at `now`: something read, something unread.
#[must_use]
pub fn demo_rows(member: MemberId, secretary: MemberId, now: Timestamp) -> Vec<Value> {
    let days_ago = |days: i64| now - SignedDuration::from_hours(24 * days);
    let told = [
        (
            Notice::new(days_ago(9), member, "correction.accepted", "demo/1")
                .saying("更正申请已办结", "您申请更正的工作单位已按您所填改正。（演示）")
                .by("个保法 §46"),
            false,
        ),
        (
            Notice::new(days_ago(1), member, "meeting.announced", "demo/2")
                .saying("支部党员大会通知", "本月党员大会定于下周三 19:00 在党群服务中心召开。（演示）")
                .by("支部条例 §11"),
            true,
        ),
        (
            Notice::new(days_ago(2), secretary, "transfer.received", "demo/3")
                .saying("组织关系转接已接收", "转出的一名党员已由对方支部接收，回执待回。（演示）")
                .by("教管条例 §25"),
            true,
        ),
    ];
    let rows = told.iter().flat_map(|(notice, unread)| {
        let kept = [json!(CauseRow::of(notice).done()), json!(NoticeRow::of(notice))];
        kept.into_iter().chain(unread.then(|| json!(MarkRow::of(notice))))
    });
    rows.collect()
}
