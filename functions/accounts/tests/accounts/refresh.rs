//! Renewing a session: a lost answer logs nobody out, a stolen token logs both out (F17).

use crate::stage::{Stage, is};
use serde_json::json;
use testkit::Reply;

#[tokio::test]
async fn a_session_is_renewed_by_a_token_that_changes() {
    let stage = Stage::new().await;
    let first = stage.sign_in().await;
    stage.pass(3_600);
    let second = stage.renew(&first).await;
    assert_eq!((second.status, second.text("/session")), (200, first.text("/session")), "{second:?}");
    assert_ne!(second.text("/refreshToken"), first.text("/refreshToken"));
    assert_eq!(second.text("/refreshExpiresAt"), "2026-12-24T03:00:00Z");
    assert_eq!(second.body.get("deviceToken"), None);
    let third = stage.renew(&second).await;
    assert_eq!(third.status, 200);
    assert_eq!(stage.kinds(stage.person.id).await, ["session.opened"], "a new token is no activity");
}

#[tokio::test]
async fn a_lost_answer_is_given_again_for_a_minute() {
    let stage = Stage::new().await;
    let first = stage.sign_in().await;
    let lost = stage.renew(&first).await;
    stage.pass(59);
    let again = stage.renew(&first).await;
    assert_eq!((again.status, again.text("/refreshToken")), (200, lost.text("/refreshToken")), "{again:?}");
    assert_eq!(stage.renew(&again).await.status, 200);
    assert_eq!(stage.kinds(stage.person.id).await, ["session.opened"]);
}

#[tokio::test]
async fn an_older_token_after_a_minute_ends_the_session() {
    let stage = Stage::new().await;
    let first = stage.sign_in().await;
    let second = stage.renew(&first).await;
    stage.pass(60);
    is(&stage.renew(&first).await, 401, "session-ended");
    is(&stage.renew(&second).await, 401, "session-ended");
    is(&stage.renew(&first).await, 401, "session-ended");

    let told = stage.told(stage.person.id).await;
    assert_eq!(told.len(), 2, "once");
    assert_eq!((told[1].kind.as_str(), told[1].actor.member), ("session.revoked", None));
    assert_eq!(told[1].after, json!({ "session": first.text("/session"), "reason": "refresh-token-reused" }));
    is(&stage.client(&first, &[]).get("/v1/me").await, 401, "session-ended");
}

#[tokio::test]
async fn a_token_whose_successor_was_used_ends_the_session_at_once() {
    let stage = Stage::new().await;
    let stolen = stage.sign_in().await;
    // The thief is first; the owner cannot know, comes with the same token and gets the same successor.
    let thief = stage.renew(&stolen).await;
    let owner = stage.renew(&stolen).await;
    assert_eq!(owner.text("/refreshToken"), thief.text("/refreshToken"));
    // One of them goes on; the other is a step behind by then, and a second step behind is the end.
    let thief = stage.renew(&thief).await;
    let thief = stage.renew(&thief).await;
    assert_eq!(thief.status, 200);
    is(&stage.renew(&owner).await, 401, "session-ended");
    is(&stage.renew(&thief).await, 401, "session-ended");
}

#[tokio::test]
async fn two_devices_do_not_touch_each_other() {
    let stage = Stage::new().await;
    let (phone, desk) = (stage.sign_in().await, stage.sign_in().await);
    let renewed = stage.renew(&phone).await;
    stage.pass(61);
    is(&stage.renew(&phone).await, 401, "session-ended");
    is(&stage.renew(&renewed).await, 401, "session-ended");
    assert_eq!(stage.renew(&desk).await.status, 200);
}

#[tokio::test]
async fn many_at_once_with_one_token_get_one_successor() {
    let stage = Stage::new().await;
    let first = stage.sign_in().await;
    let all: Vec<Reply> = futures_util::future::join_all((0..8).map(|_| stage.renew(&first))).await;
    assert!(
        all.iter().all(|reply| reply.status == 200 && reply.text("/refreshToken") == all[0].text("/refreshToken")),
        "{all:?}"
    );
    assert_eq!(stage.renew(&all[0]).await.status, 200);
}

#[tokio::test]
async fn an_invented_token_ends_nothing() {
    let stage = Stage::new().await;
    let first = stage.sign_in().await;
    let genuine = first.text("/refreshToken");
    let parts: Vec<_> = genuine.split('.').collect();
    let [format, member, session, secret, tag] = parts[..] else { panic!("{genuine}") };
    let other: String = secret.chars().rev().collect();
    let _ = stage.bench.wire.take();
    for forged in [
        format!("{format}.{member}.{session}.{other}.{tag}"),
        format!("{format}.{member}.{session}.{secret}"),
        format!("{format}.{member}.{session}.{secret}.{tag}.x"),
        format!("rt2.{member}.{session}.{secret}.{tag}"),
        format!("{format}.{session}.{member}.{secret}.{tag}"),
        first.text("/accessToken").chars().take(190).collect(),
        "x".to_owned(),
    ] {
        let reply = stage.api.post("/v1/sessions/refresh", json!({ "refreshToken": forged })).await;
        is(&reply, 401, "session-ended");
    }
    assert_eq!(stage.bench.wire.take(), [], "nothing is even read for it");
    assert_eq!(stage.renew(&first).await.status, 200);
}

#[tokio::test]
async fn a_session_ends_after_thirty_unused_days_and_after_ninety_in_any_case() {
    const DAY: i64 = 86_400;
    let stage = Stage::new().await;
    let unused = stage.sign_in().await;
    let mut used = stage.sign_in().await;
    stage.pass(30 * DAY - 1);
    used = stage.renew(&used).await;
    assert_eq!(used.status, 200);
    stage.pass(1);
    is(&stage.renew(&unused).await, 401, "session-ended");
    for _ in 0..2 {
        stage.pass(29 * DAY);
        used = stage.renew(&used).await;
        assert_eq!(used.status, 200);
    }
    // The 88th day: two are left, and the last access token does not outlive the session.
    assert_eq!(used.text("/refreshExpiresAt"), "2027-02-22T02:00:00Z");
    stage.pass(2 * DAY - 60);
    used = stage.renew(&used).await;
    assert_eq!(used.body["expiresIn"], 60);
    stage.pass(60);
    is(&stage.renew(&used).await, 401, "session-ended");
    assert_eq!(stage.kinds(stage.person.id).await, ["session.opened", "session.opened"], "none was revoked");
}

#[tokio::test]
async fn who_left_the_rolls_is_out_with_the_next_renewal() {
    let stage = Stage::new().await;
    let tokens = stage.sign_in().await;
    stage.town.person_as(1, "陈静", &stage.town.branch, |member| member.state = register::MemberState::Removed).await;
    is(&stage.renew(&tokens).await, 401, "session-ended");
}
