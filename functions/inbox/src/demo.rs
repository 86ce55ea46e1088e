//! Notices and duties for demo data.

use jiff::{SignedDuration, Timestamp, ToSpan};
use kernel::{MemberId, shanghai_day};
use notices::{CauseRow, Duty, MarkRow, Notice, NoticeRow, Todo, TodoRow};
use serde_json::{Value, json};

/// Items of the inbox of an ordinary `member` and of their `secretary` at `now`: something read, something unread, and
/// something to do for each.
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
    let today = shanghai_day(now);
    let duty = |key: &str, title: &str, days: i64, article: &str, act: &str| Duty {
        key: key.to_owned(),
        title: title.to_owned(),
        due_on: today.saturating_add(days.days()),
        article: Some(article.to_owned()),
        subject: None,
        act: act.to_owned(),
    };
    let duties = [
        Todo {
            member, duty: duty("demo/1", "参加本月主题党日（演示）", 10, "支部条例 §16", "GET /v1/me/notices")
        },
        Todo {
            member: secretary,
            duty: duty("demo/2", "办理党员信息更正申请（演示）", 5, "个保法 §46", "GET /v1/corrections"),
        },
        Todo {
            member: secretary,
            duty: duty("demo/3", "核对未回执的组织关系转接（演示）", 3, "教管条例 §25", "GET /v1/transfers/receipts"),
        },
    ];
    rows.chain(duties.iter().map(|todo| json!(TodoRow::of(todo)))).collect()
}
