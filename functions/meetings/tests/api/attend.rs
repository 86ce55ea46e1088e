//! Who came, and who sees it.

use crate::stage::{fields, is, stage};
use register::{Exemption, Member};
use serde_json::{Value, json};

#[tokio::test]
async fn a_code_is_good_for_two_minutes_and_for_those_who_should_attend() {
    let stage = stage().await;
    let path = stage.planned(&["branch-meeting"], "2026-11-25").await;
    let show = async || stage.office.send("POST", &format!("{path}/code"), None).await;
    is(&show().await, 409, "illegal-transition");
    stage.at("2026-11-25T18:30:00");
    let check_in =
        async |member, code: Value| stage.of(member).post(&format!("{path}/check-in"), json!({ "code": code })).await;
    let first = show().await.body["code"].clone();
    let second = show().await.body["code"].clone();
    if first != second {
        assert_eq!(fields(&check_in(&stage.member, first).await), "/code", "the last one shown counts");
    }
    is(&check_in(&stage.neighbour, second.clone()).await, 404, "not-found");
    assert_eq!(check_in(&stage.member, second.clone()).await.status, 200);
    stage.bench.pass(jiff::SignedDuration::from_mins(2));
    assert_eq!(fields(&check_in(&stage.probationer, second).await), "/code");
    is(&stage.of(&stage.member).send("POST", &format!("{path}/code"), None).await, 403, "forbidden");
}

#[tokio::test]
async fn nobody_guesses_a_code() {
    let stage = stage().await;
    let path = stage.planned(&["branch-meeting"], "2026-11-25").await;
    stage.at("2026-11-25T19:00:00");
    for n in 0..10 {
        let guess = json!({ "code": format!("{n:06}") });
        // No code is shown, so that none is right.
        assert_eq!(fields(&stage.of(&stage.member).post(&format!("{path}/check-in"), guess).await), "/code");
    }
    let shown = stage.office.send("POST", &format!("{path}/code"), None).await;
    let right = json!({ "code": shown.text("/code") });
    is(&stage.of(&stage.member).post(&format!("{path}/check-in"), right.clone()).await, 429, "too-many-attempts");
    assert_eq!(stage.of(&stage.probationer).post(&format!("{path}/check-in"), right).await.status, 200);
}

#[tokio::test]
async fn who_asked_not_to_have_to_come_is_absent_with_their_reason() {
    let stage = stage().await;
    let path = stage.planned(&["branch-meeting"], "2026-11-25").await;
    let asked = stage.of(&stage.member).post(&format!("{path}/leave"), json!({ "reason": "出差在外" })).await;
    assert_eq!((asked.status, &asked.body["asked"]), (200, &json!(true)), "{asked:?}");
    stage.at("2026-11-25T20:00:00");
    stage.attended(&path).await;
    let seen = stage.office.get(&path).await;
    let people = seen.body["people"].as_array().unwrap();
    let own = people.iter().find(|person| person["member"] == json!(stage.member.id)).unwrap();
    assert_eq!((&own["presence"], &own["reason"]), (&json!("absent"), &json!("出差在外")));
}

#[tokio::test]
async fn who_is_exempt_is_not_expected_keeps_their_vote_and_may_come() {
    let stage = stage().await;
    let exempt = |member: &mut Member| {
        let since = jiff::civil::Date::constant(2026, 11, 25);
        member.exemption = Some(Exemption { since, until: None });
    };
    let member = stage.town.person_as(7, "许老", &stage.town.branch, exempt).await;
    let tally = async |path: &str| stage.office.get(path).await.body["tally"].clone();
    let earlier = stage.planned(&["branch-meeting"], "2026-11-24").await;
    assert_eq!(tally(&earlier).await["shouldAttend"], 6, "since the day after");
    let path = stage.planned(&["branch-meeting"], "2026-11-25").await;
    let before = tally(&path).await;
    assert_eq!((&before["shouldAttend"], &before["shouldVote"], &before["open"]), (&json!(5), &json!(5), &json!(5)));
    let seen = stage.of(&member).get(&path).await.body["people"][0].clone();
    assert_eq!((&seen["presence"], &seen["reason"]), (&json!("exempt"), &json!("长期免予要求（教管条例 §23）")));
    stage.at("2026-11-25T19:00:00");
    let shown = stage.office.send("POST", &format!("{path}/code"), None).await;
    let came = stage.of(&member).post(&format!("{path}/check-in"), json!({ "code": shown.text("/code") })).await;
    assert_eq!(came.text("/presence"), "present");
    stage.attended(&path).await;
    let after = tally(&path).await;
    assert_eq!((&after["shouldAttend"], &after["present"], &after["presentVoting"]), (&json!(6), &json!(6), &json!(5)));
    let idle = stage.planned(&["theme-day"], "2026-11-28").await;
    let reply = stage.office.post(&format!("{idle}/cancellation"), json!({ "reason": "防汛" })).await;
    assert_eq!(reply.status, 200, "that somebody is exempt does not mean that it was held: {reply:?}");
}

#[tokio::test]
async fn a_member_sees_the_meeting_and_no_attendance_but_their_own() {
    let stage = stage().await;
    let path = stage.planned(&["branch-meeting"], "2026-11-25").await;
    let own = stage.of(&stage.member).get(&path).await;
    let people = own.body["people"].as_array().unwrap();
    assert_eq!((own.status, people.len(), &people[0]["member"]), (200, 1, &json!(stage.member.id)));
    is(&stage.of(&stage.neighbour).get(&path).await, 404, "not-found");
    is(
        &stage.of(&stage.member).put(&format!("{path}/attendance"), json!({ "others": "present" })).await,
        403,
        "forbidden",
    );
    assert_eq!(stage.of(&stage.recorder).get(&path).await.body["people"].as_array().unwrap().len(), 5);
}

#[tokio::test]
async fn a_committee_meeting_is_of_the_committee() {
    let stage = stage().await;
    let none = stage.office.post("/v1/meetings", stage.plan(&["committee-meeting"], "2026-11-25")).await;
    assert_eq!(fields(&none), "/kinds", "nobody is in office in the register");
}
