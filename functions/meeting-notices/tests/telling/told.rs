//! What is told at which hour.

use crate::stage::stage;
use jiff::civil::Date;
use register::{Exemption, Member, MemberRow, People};
use serde_json::json;

#[tokio::test]
async fn everybody_is_invited_reminded_on_the_evening_before_and_the_recorder_asked_on_the_morning_after() {
    let stage = stage().await;
    let path = stage.planned("2026-11-27").await;
    assert_eq!(stage.run().await, 4);
    let invitation = stage.inbox(stage.member.id).await.remove(0);
    assert_eq!((invitation.kind.as_str(), invitation.title.as_str()), ("meeting.planned", "会议通知"));
    assert_eq!(invitation.body, "主题党日：11月27日19:00，二楼会议室。不能参加的请在会前请假，并说明原因。");

    for (hour, posted) in
        [("2026-11-24T10:15", 0), ("2026-11-26T17:45", 0), ("2026-11-26T18:00", 4), ("2026-11-26T18:15", 0)]
    {
        stage.at(hour);
        assert_eq!(stage.run().await, posted, "{hour}");
    }
    for (hour, posted) in [("2026-11-28T08:45", 0), ("2026-11-28T09:00", 1), ("2026-11-30T09:00", 0)] {
        stage.at(hour);
        assert_eq!(stage.run().await, posted, "{hour}");
    }
    assert_eq!(stage.told(&stage.member).await, ["meeting.planned", "meeting.near"]);
    assert_eq!(stage.told(&stage.recorder).await, ["meeting.planned", "meeting.near", "meeting.unrecorded"]);
    assert_eq!(stage.traced(&path).await, [json!("record"), json!("reminder"), json!("news")]);
}

#[tokio::test]
async fn who_asked_for_leave_is_not_reminded_and_what_is_written_down_is_not_asked_for() {
    let stage = stage().await;
    let path = stage.planned("2026-11-27").await;
    stage.run().await;
    let leave = stage.of(&stage.other).post(&format!("{path}/leave"), json!({ "reason": "出差" })).await;
    assert_eq!(leave.status, 200, "{leave:?}");
    stage.at("2026-11-26T18:00");
    assert_eq!(stage.run().await, 3);
    assert_eq!(stage.told(&stage.other).await, ["meeting.planned"]);
    assert_eq!(stage.inbox(stage.member.id).await[1].title, "明天有会议");

    stage.at("2026-11-27T21:00");
    let recorder = stage.of(&stage.recorder);
    let entered = recorder.put(&format!("{path}/attendance"), json!({ "others": "present" })).await;
    assert_eq!(entered.status, 200, "{entered:?}");
    let etag = stage.office.get(&path).await.header("etag").to_owned();
    let minutes = json!({
        "heldFrom": "2026-11-27T19:00:00+08:00", "heldTo": "2026-11-27T20:30:00+08:00", "text": "学习，讨论。",
    });
    let written = recorder.if_match(&etag).put(&format!("{path}/minutes"), minutes).await;
    assert_eq!(written.status, 200, "{written:?}");
    stage.at("2026-11-28T09:00");
    assert_eq!(stage.run().await, 0);
}

#[tokio::test]
async fn who_is_exempt_is_invited_and_not_reminded() {
    let stage = stage().await;
    let exemption = Some(Exemption { since: Date::constant(2026, 11, 1), until: None });
    let old = stage.town.person_as(5, "许老", &stage.town.branch, |member| member.exemption = exemption).await;
    let recorder = Member { exemption, ..stage.recorder.clone() };
    People::open(&stage.bench.env).unwrap().table().put(&MemberRow::new(recorder)).await.unwrap();
    let path = stage.planned("2026-11-27").await;
    assert_eq!(stage.run().await, 5);
    let invitation = stage.inbox(old.id).await.remove(0);
    assert_eq!(invitation.body, "主题党日：11月27日19:00，二楼会议室。您可不参加，无须请假。");
    stage.at("2026-11-26T18:00");
    assert_eq!(stage.run().await, 4);
    assert_eq!(stage.told(&old).await, ["meeting.planned"]);
    assert_eq!(stage.told(&stage.recorder).await, ["meeting.planned", "meeting.near"], "somebody has to write it down");
    stage.cancelled(&path).await;
    assert_eq!(stage.run().await, 5, "that it is cancelled is told to everybody");
}

#[tokio::test]
async fn a_change_is_told_to_those_who_know_and_two_before_anybody_knows_are_one_invitation() {
    let stage = stage().await;
    let path = stage.planned("2026-11-30").await;
    stage.moved(&path, "2026-11-29", "二楼会议室").await;
    assert_eq!(stage.run().await, 4);
    stage.moved(&path, "2026-11-28", "一楼大厅").await;
    assert_eq!(stage.run().await, 4);
    let inbox = stage.inbox(stage.member.id).await;
    let kinds: Vec<_> = inbox.iter().map(|notice| notice.kind.as_str()).collect();
    assert_eq!(kinds, ["meeting.planned", "meeting.changed"]);
    assert!(inbox[0].body.contains("11月29日19:00"), "{}", inbox[0].body);
    assert_eq!(inbox[1].body, "主题党日改为：11月28日19:00，一楼大厅。");
    stage.at("2026-11-27T18:00");
    assert_eq!(stage.run().await, 4, "the reminder follows the new day");
}

#[tokio::test]
async fn a_cancellation_is_told_to_those_who_know_only() {
    let stage = stage().await;
    let unknown = stage.planned("2026-11-30").await;
    stage.cancelled(&unknown).await;
    assert_eq!(stage.run().await, 0, "nobody had heard of it");
    let known = stage.planned("2026-11-30").await;
    stage.run().await;
    stage.cancelled(&known).await;
    assert_eq!(stage.run().await, 4);
    let last = stage.inbox(stage.member.id).await.pop().unwrap();
    assert_eq!(
        (last.title.as_str(), last.body.as_str()),
        ("会议取消", "主题党日（原定11月30日19:00）取消，原因：台风。")
    );
    stage.at("2026-12-01T09:00");
    assert_eq!(stage.run().await, 0);
    // Nobody waits in vain, even where the job comes only after it would have begun.
    let late = stage.planned("2026-12-02").await;
    stage.run().await;
    stage.at("2026-12-02T18:55");
    stage.cancelled(&late).await;
    stage.at("2026-12-02T19:00");
    assert_eq!(stage.run().await, 4);
}

#[tokio::test]
async fn that_it_was_not_held_is_told_after_it_should_have_begun() {
    let stage = stage().await;
    let tonight = stage.planned("2026-11-25").await;
    assert_eq!(stage.run().await, 4);
    stage.at("2026-11-25T19:30");
    stage.cancelled(&tonight).await;
    assert_eq!(stage.run().await, 4);
    assert_eq!(stage.told(&stage.member).await, ["meeting.planned", "meeting.cancelled"]);
    stage.at("2026-11-26T09:00");
    assert_eq!(stage.run().await, 0, "the recorder is not asked for it");

    let forgotten = stage.planned("2026-11-27").await;
    assert_eq!(stage.run().await, 4);
    stage.at("2026-11-28T09:00");
    assert_eq!(stage.run().await, 1, "the recorder is asked");
    stage.cancelled(&forgotten).await;
    assert_eq!(stage.run().await, 4);
    assert_eq!(stage.run().await, 0);

    // Entered afterwards and by mistake: nobody had heard of it.
    let mistaken = stage.planned("2026-11-20").await;
    stage.cancelled(&mistaken).await;
    assert_eq!(stage.run().await, 0);
}

#[tokio::test]
async fn who_is_invited_on_the_day_before_is_not_reminded_and_what_began_is_not_told() {
    let stage = stage().await;
    stage.planned("2026-11-25").await;
    assert_eq!(stage.run().await, 4);
    stage.at("2026-11-24T18:00");
    assert_eq!(stage.run().await, 0, "they were told today");
    let late = stage.planned("2026-11-24").await;
    stage.at("2026-11-24T19:00");
    assert_eq!(stage.run().await, 0, "it has begun");
    stage.at("2026-11-25T09:00");
    assert_eq!(stage.run().await, 1, "the recorder of {late}");
    // Entered after it was held: there is nothing to tell.
    stage.planned("2026-11-20").await;
    assert_eq!(stage.run().await, 0);
}
