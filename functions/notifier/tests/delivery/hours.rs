//! At a decent hour.

use crate::{receiver::Mood, stage::stage};
use notices::{Digest, Minute, NoticeSettings, QuietHours, RobotService, WantedChannel};

#[tokio::test]
async fn what_comes_in_the_night_is_one_message_at_eight() {
    let stage = stage().await;
    stage.wants_texts().await;
    stage.at("2026-11-24T20:59:00");
    stage.tell("晚间").await;
    stage.run().await;
    assert_eq!(stage.receiver.take().len(), 1, "a minute before nine it is sent");
    stage.at("2026-11-24T21:00:00");
    stage.tell("夜间一").await;
    assert_eq!(stage.run().await["deferred"], 1);
    stage.at("2026-11-25T03:30:00");
    stage.tell("夜间二").await;
    for time in ["03:30:00", "07:59:00", "07:59:59"] {
        stage.at(&format!("2026-11-25T{time}"));
        stage.run().await;
        assert_eq!(stage.receiver.asked(), 1, "{time}");
    }
    assert_eq!(stage.inbox().await, (3, 3), "the inbox has it at once");
    stage.at("2026-11-25T08:00:00");
    stage.run().await;
    let taken = stage.receiver.take();
    assert_eq!((taken.len(), stage.due().await), (1, 0), "{taken:?}");
}

#[tokio::test]
async fn who_wants_one_message_a_day_gets_one_that_lists_what_came() {
    let stage = stage().await;
    let quiet_hours = QuietHours { from: Minute::at(22, 0), until: Minute::at(7, 30) };
    stage.wants(NoticeSettings { channels: vec![WantedChannel::Sms], quiet_hours, digest: Digest::Daily }).await;
    for (at, cause) in
        [("24T10:00:00", "one"), ("24T15:00:00", "two"), ("24T23:00:00", "three"), ("25T07:29:59", "four")]
    {
        stage.at(&format!("2026-11-{at}"));
        stage.tell(cause).await;
        stage.run().await;
        assert_eq!(stage.receiver.asked(), 0, "{at}");
    }
    stage.at("2026-11-25T07:30:00");
    stage.run().await;
    let taken = stage.receiver.take();
    let body = &taken.first().unwrap().body;
    assert!(taken.len() == 1 && ["one", "two", "three", "four"].iter().all(|cause| body.contains(cause)), "{body}");
    stage.at("2026-11-26T07:30:00");
    stage.run().await;
    assert_eq!(stage.receiver.asked(), 1, "a day without news is a day without a message");
}

#[tokio::test]
async fn a_message_that_failed_in_the_evening_is_not_tried_in_the_night() {
    let stage = stage().await;
    stage.robot(RobotService::Wecom).await;
    stage.at("2026-11-24T20:59:30");
    stage.announce("待办").await;
    stage.receiver.expect(&[Mood::Fails(503)]);
    stage.run().await;
    for minute in ["24T21:01:00", "24T23:00:00", "25T07:59:00"] {
        stage.at(&format!("2026-11-{minute}"));
        stage.run().await;
        assert_eq!(stage.receiver.asked(), 1, "{minute}");
    }
    stage.at("2026-11-25T08:00:00");
    stage.run().await;
    assert_eq!((stage.receiver.take().len(), stage.due().await), (1, 0));
}
