//! What is posted is there exactly if its cause happened, and once.
#![expect(clippy::unwrap_used, reason = "tests")]

use dynamo::{Change, Found, Ledger, Read, StoreError, Stretch};
use jiff::SignedDuration;
use kernel::{ErrorCode, MemberId, OrgId};
use notices::{Announcement, CauseRow, MarkRow, Notice, NoticeRow, Notices, Recipient, due_until, shard};
use serde_json::Value;
use testkit::{Bench, Crash};

struct Stage {
    bench: Bench,
    notices: Notices,
    ledger: Ledger,
    member: MemberId,
}

async fn stage() -> Stage {
    let bench = Bench::new().await;
    let (notices, ledger) = (Notices::open(&bench.env).unwrap(), Ledger::of_job(&bench.env).unwrap());
    Stage { bench, notices, ledger, member: MemberId::from_bytes(1, [1; 10]) }
}

impl Stage {
    fn notice(&self, cause: &str) -> Notice {
        Notice::new(self.bench.now(), self.member, "test.done", cause).saying("题目", "内容").about(self.member)
    }

    async fn commit(&self, change: Change) -> Result<(), StoreError> {
        self.ledger.carry_out(change, []).await
    }

    async fn rows(&self, start: &str) -> Vec<Value> {
        let stretch = Stretch::beginning(Recipient::Member(self.member).partition(), start).consistent();
        let found: Found<Value> = self.notices.table().page(&stretch, None, 100).await.unwrap();
        found.items
    }
}

#[tokio::test]
async fn the_same_cause_is_told_once_however_often_and_whenever_it_is_posted() {
    let stage = stage().await;
    assert!(stage.notices.post_once(&stage.ledger, &stage.notice("job/rule/2026-11")).await.unwrap());
    stage.bench.pass(SignedDuration::from_hours(30));
    assert!(!stage.notices.post_once(&stage.ledger, &stage.notice("job/rule/2026-11")).await.unwrap());
    assert!(stage.notices.post_once(&stage.ledger, &stage.notice("job/rule/2026-12")).await.unwrap());
    for (start, count) in [("ntc_", 2), ("UNREAD#", 2), ("CAUSE#", 2)] {
        assert_eq!(stage.rows(start).await.len(), count, "{start}");
    }
}

#[tokio::test]
async fn a_crash_at_any_call_tells_nothing_twice() {
    for crash in [Crash::Before(0), Crash::After(0), Crash::Before(1), Crash::After(1)] {
        let stage = stage().await;
        let _ = stage.bench.wire.take();
        stage.bench.wire.crash(Some(crash));
        let first = stage.notices.post_once(&stage.ledger, &stage.notice("a")).await;
        stage.bench.wire.crash(None);
        let second = stage.notices.post_once(&stage.ledger, &stage.notice("a")).await;
        assert!(second.is_ok(), "{crash:?}: {first:?} {second:?}");
        assert_eq!(stage.rows("UNREAD#").await.len(), 1, "{crash:?}");
    }
}

#[tokio::test]
async fn a_notice_is_there_exactly_if_its_change_is() {
    let stage = stage().await;
    let other = MarkRow::key(stage.member, stage.notice("not there").id());
    let refused = stage.notices.post(Change::new(), &stage.notice("a")).remove(stage.notices.table(), other);
    assert!(matches!(stage.commit(refused).await, Err(StoreError::Refused(_))));
    assert_eq!(stage.rows("ntc_").await.len(), 0);
    stage.commit(stage.notices.post(Change::new(), &stage.notice("a"))).await.unwrap();
    let row: Option<NoticeRow> = {
        let id = stage.notice("a").id();
        stage.notices.table().get(NoticeRow::key(stage.member, id), Read::Consistent).await.unwrap()
    };
    assert_eq!(row.unwrap().notice, stage.notice("a"));
    let mark: MarkRow = serde_json::from_value(stage.rows("UNREAD#").await.remove(0)).unwrap();
    assert_eq!(mark.notice(), Some(stage.notice("a").id()));
    let again = stage.commit(stage.notices.post(Change::new(), &stage.notice("a"))).await;
    assert!(matches!(again, Err(StoreError::Refused(refusal)) if refusal.code == ErrorCode::Conflict));
}

#[tokio::test]
async fn what_is_told_is_due_at_once_in_the_part_of_its_recipient() {
    let stage = stage().await;
    let organization = OrgId::from_bytes(1, [2; 10]);
    let (cause, kind, title) = ("t/1".to_owned(), "transfer.issued".to_owned(), "有组织关系待接收".to_owned());
    let announcement = Announcement { organization, cause, kind, title, at: stage.bench.now() };
    let change = stage.notices.announce(stage.notices.post(Change::new(), &stage.notice("a")), &announcement);
    stage.commit(change).await.unwrap();
    for recipient in [Recipient::Member(stage.member), Recipient::Organization(organization)] {
        let mut due = Stretch::whole(shard(&recipient.partition())).of_index("due", "dueShard", "dueKey");
        due.until = due_until(stage.bench.now());
        let found: Found<CauseRow> = stage.notices.table().page(&due, None, 10).await.unwrap();
        assert!(found.items.iter().any(|row| row.recipient == recipient), "{recipient:?}");
        due.until = due_until(stage.bench.now() - SignedDuration::from_secs(1));
        let found: Found<CauseRow> = stage.notices.table().page(&due, None, 10).await.unwrap();
        assert_eq!(found.items.len(), 0);
    }
}
