//! Papers and attempts: limits, keys, retries, results.

use crate::stage::{Stage, fields, is, items, question, stage};
use authz::Role;
use dynamo::Trace;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

/// The path of a published paper of four out of six questions.
async fn paper(stage: &Stage) -> String {
    stage.published(stage.paper(&stage.set(6).await, 4)).await
}

#[tokio::test]
async fn an_attempt_is_begun_answered_handed_in_and_marked_once() {
    let stage = stage().await;
    let paper = paper(&stage).await;
    let member = stage.of(&stage.member);
    assert_eq!(items(&member.get("/v1/me/papers").await).len(), 1);
    let begun = member.send("POST", &format!("{paper}/attempts"), None).await;
    assert_eq!((begun.status, begun.body["questions"].as_array().unwrap().len()), (201, 4), "{begun:?}");
    let deadline: Timestamp = begun.text("/deadline").parse().unwrap();
    assert_eq!(deadline, stage.bench.now() + SignedDuration::from_mins(30));
    assert!(!begun.body.to_string().contains("key"), "{begun:?}");
    let attempt = begun.header("location").to_owned();
    let handed = stage.sat(&member, &attempt, (3, 4)).await;
    assert_eq!(handed.body["result"]["score"], 3, "{handed:?}");
    assert_eq!((&handed.body["result"]["total"], &handed.body["result"]["passed"]), (&json!(4), &json!(true)));
    let told = |reply: &testkit::Reply| ["right", "key"].map(|name| !reply.body["questions"][3][name].is_null());
    assert_eq!(told(&handed), [false, false], "the paper is open yet, and of two options a wrong one names the other");

    let again = member.send("POST", &format!("{attempt}/submission"), None).await;
    assert_eq!((again.status, &again.body["result"]), (200, &handed.body["result"]));
    is(
        &member.put(&format!("{attempt}/answers/4"), json!({ "answer": { "choice": "A" } })).await,
        409,
        "illegal-transition",
    );
    is(&member.send("POST", &format!("{paper}/attempts"), None).await, 409, "illegal-transition");
    let trace = Trace::open(&stage.bench.env).unwrap().of_subject(&handed.text("/id"), None, None, 20).await.unwrap();
    let kinds: Vec<_> = trace.items.iter().map(|line| line.kind.as_str()).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == "attempt.marked").count(), 1, "{kinds:?}");
    assert_eq!(kinds.len(), 2);

    // It closes two days after it opened; answers are taken for the grace.
    stage.bench.pass(SignedDuration::from_secs(48 * 3600 + 30));
    assert_eq!(told(&member.get(&attempt).await), [false, false], "somebody may answer yet");
    stage.bench.pass(SignedDuration::from_secs(1));
    let after = member.get(&attempt).await;
    assert_eq!(told(&after), [true, true]);
    assert_eq!(after.body["questions"][3]["right"], false);
    assert_eq!(after.body["questions"][0]["key"], json!({ "choice": "A" }), "{after:?}");
    is(&stage.of(&stage.secretary).get(&attempt).await, 404, "not-found");
}

#[tokio::test]
async fn a_phone_that_lost_its_line_goes_on() {
    let stage = stage().await;
    let paper = paper(&stage).await;
    let (member, path) = (stage.of(&stage.member), format!("{paper}/attempts"));
    let keyed = member.idempotency("first-try-0001");
    let begun = keyed.send("POST", &path, None).await;
    let again = keyed.send("POST", &path, None).await;
    assert_eq!((begun.status, again.status), (201, 201));
    assert_eq!(begun.body, again.body, "the same key gets the first answer again");
    let attempt = begun.header("location").to_owned();
    let answer = json!({ "answer": { "choice": "B" } });
    assert_eq!(member.put(&format!("{attempt}/answers/2"), answer.clone()).await.body["answered"], 1);
    assert_eq!(member.put(&format!("{attempt}/answers/2"), answer).await.body["answered"], 1);
    let other = json!({ "answer": { "choice": "A" } });
    assert_eq!(member.put(&format!("{attempt}/answers/2"), other.clone()).await.body["answer"], other["answer"]);
    // Another phone, which knows nothing.
    let second = member.send("POST", &path, None).await;
    assert_eq!((second.status, &second.body["id"]), (200, &begun.body["id"]), "{second:?}");
    assert_eq!(second.body["questions"][1]["answer"], json!({ "choice": "A" }));
    let both = member.idempotency("other-try-0002");
    let (first, third) = (format!("{attempt}/answers/1"), format!("{attempt}/answers/3"));
    let (one, two) = tokio::join!(both.put(&first, other.clone()), member.put(&third, other));
    assert_eq!((one.status, two.status), (200, 200), "{one:?} {two:?}");
    assert_eq!(member.send("POST", &format!("{attempt}/submission"), None).await.body["result"]["score"], 3);
}

#[tokio::test]
async fn the_limit_is_the_servers_and_what_was_saved_counts() {
    let stage = stage().await;
    let paper = paper(&stage).await;
    let member = stage.of(&stage.member);
    let attempt = stage.begun(&member, &paper).await;
    let answer = json!({ "answer": { "choice": "A" } });
    for n in [1, 2] {
        assert_eq!(member.put(&format!("{attempt}/answers/{n}"), answer.clone()).await.status, 200);
    }
    stage.bench.pass(SignedDuration::from_secs(30 * 60 + 30));
    assert_eq!(member.put(&format!("{attempt}/answers/3"), answer.clone()).await.status, 200, "within the grace");
    stage.bench.pass(SignedDuration::from_secs(1));
    is(&member.put(&format!("{attempt}/answers/4"), answer).await, 409, "illegal-transition");
    let read = member.get(&attempt).await;
    assert_eq!((&read.body["result"]["score"], &read.body["result"]["byLimit"]), (&json!(3), &json!(true)), "{read:?}");
    let handed = member.send("POST", &format!("{attempt}/submission"), None).await;
    assert_eq!((handed.status, &handed.body["result"]), (200, &read.body["result"]));
}

#[tokio::test]
async fn there_is_a_second_try_and_no_third() {
    let stage = stage().await;
    let paper = paper(&stage).await;
    let member = stage.of(&stage.member);
    for number in 1..=2 {
        let attempt = stage.begun(&member, &paper).await;
        assert!(attempt.ends_with(&format!("/{number}")));
        assert_eq!(
            stage.sat(&member, &attempt, (2, 4)).await.body["result"]["passed"],
            false,
            "half is not sixty of a hundred"
        );
    }
    is(&member.send("POST", &format!("{paper}/attempts"), None).await, 409, "illegal-transition");
    assert_eq!(member.get("/v1/me/hours").await.body["countedMinutes"], 0);
}

#[tokio::test]
async fn an_attempt_that_was_left_is_closed_before_the_next_one() {
    let stage = stage().await;
    let paper = paper(&stage).await;
    let member = stage.of(&stage.member);
    let first = stage.begun(&member, &paper).await;
    stage.bench.pass(SignedDuration::from_hours(1));
    let second = stage.begun(&member, &paper).await;
    assert_ne!(first, second);
    assert_eq!(member.get(&first).await.body["result"]["score"], 0);
}

#[tokio::test]
async fn whom_a_paper_is_not_for_does_not_sit_it() {
    let stage = stage().await;
    let paper = paper(&stage).await;
    let neighbour = stage.of(&stage.neighbour);
    is(&neighbour.get(&paper).await, 404, "not-found");
    is(&neighbour.send("POST", &format!("{paper}/attempts"), None).await, 404, "not-found");
    let member = stage.of(&stage.member);
    is(
        &member.put(&format!("{paper}/attempts/1/answers/1"), json!({ "answer": { "truth": true } })).await,
        404,
        "not-found",
    );
    let attempt = stage.begun(&member, &paper).await;
    let wrong = member.put(&format!("{attempt}/answers/1"), json!({ "answer": { "truth": true } })).await;
    assert_eq!(fields(&wrong), ["/answer"]);
    is(&member.put(&format!("{attempt}/answers/5"), json!({ "answer": { "choice": "A" } })).await, 404, "not-found");
    stage.bench.pass(SignedDuration::from_hours(49));
    is(&stage.of(&stage.secretary).send("POST", &format!("{paper}/attempts"), None).await, 409, "illegal-transition");
}

#[tokio::test]
async fn results_are_for_officers_by_their_place_and_count_each_question() {
    let stage = stage().await;
    let mut body = stage.paper(&stage.set(4).await, 4);
    body["audience"] = json!([stage.town.street.id]);
    let paper = stage.published(body).await;
    for (person, right) in [(&stage.member, 4), (&stage.secretary, 1), (&stage.neighbour, 3)] {
        let client = stage.of(person);
        let attempt = stage.begun(&client, &paper).await;
        assert_eq!(stage.sat(&client, &attempt, (right, 4)).await.status, 200);
    }
    let officer = stage.of(&stage.officer);
    stage.begun(&officer, &paper).await;
    let all = stage.office.get(&format!("{paper}/statistics")).await;
    assert_eq!(
        (&all.body["marked"], &all.body["passed"], &all.body["open"]),
        (&json!(3), &json!(2), &json!(1)),
        "{all:?}"
    );
    let asked: u64 = all.body["questions"].as_array().unwrap().iter().map(|one| one["asked"].as_u64().unwrap()).sum();
    let right: u64 = all.body["questions"].as_array().unwrap().iter().map(|one| one["right"].as_u64().unwrap()).sum();
    assert_eq!((asked, right), (12, 8));

    let secretary = stage.holding(&stage.secretary, Role::Secretary, &stage.town.branch);
    is(&secretary.get(&format!("{paper}/results")).await, 404, "not-found");
    let own = secretary.get(&format!("{paper}/results?organization={}", stage.town.branch.id)).await;
    assert_eq!(items(&own).len(), 2, "{own:?}");
    is(&stage.of(&stage.member).get(&format!("{paper}/results")).await, 404, "not-found");
    let editor = stage.holding(&stage.neighbour, Role::Editor, &stage.town.street);
    is(&editor.get(&format!("{paper}/results")).await, 403, "forbidden");
    assert_eq!(editor.get(&paper).await.status, 200);

    // Who left is marked when somebody asks.
    stage.bench.pass(SignedDuration::from_hours(1));
    let settled = stage.office.get(&format!("{paper}/results?limit=200")).await;
    assert!(items(&settled).iter().all(|one| !one["result"].is_null()), "{settled:?}");
    assert_eq!(stage.office.get(&format!("{paper}/statistics")).await.body["marked"], 4);
}

#[tokio::test]
async fn statistics_show_no_question_before_the_paper_is_closed_and_nothing_of_a_draft_or_elsewhere() {
    let stage = stage().await;
    let mut body = stage.paper(&stage.set(4).await, 4);
    body["opensAt"] = json!(stage.bench.now() + SignedDuration::from_hours(1));
    let drafted = stage.office.post("/v1/papers", body).await;
    assert_eq!(drafted.status, 201, "{drafted:?}");
    let paper = drafted.header("location").to_owned();
    let reader = stage.holding(&stage.secretary, Role::OrganizationOfficer, &stage.town.branch);
    let discipline = stage.holding(&stage.neighbour, Role::DisciplineOfficer, &stage.town.street);
    let at_branch = format!("?organization={}", stage.town.branch.id);
    for what in ["results", "statistics"] {
        is(&stage.office.get(&format!("{paper}/{what}")).await, 404, "not-found");
        is(&reader.get(&format!("{paper}/{what}{at_branch}")).await, 404, "not-found");
    }
    assert_eq!(stage.office.send("POST", &format!("{paper}/publication"), None).await.status, 200);

    let texts = |reply: &testkit::Reply| {
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.body["questions"].as_array().unwrap().iter().filter(|one| one["text"].is_string()).count()
    };
    let (own, all) = (format!("{paper}/statistics{at_branch}"), format!("{paper}/statistics"));
    let counted = reader.get(&own).await;
    assert_eq!((texts(&counted), counted.body["questions"].as_array().unwrap().len()), (0, 4), "{counted:?}");
    assert_eq!(
        texts(&discipline.get(&all).await),
        0,
        "who reads results of the sub-district does not write its papers"
    );
    assert_eq!(texts(&stage.office.get(&all).await), 4, "who does knows them");

    // An office elsewhere, or above whose paper it is, opens nothing.
    let mut body = stage.paper(&stage.set(4).await, 4);
    body["organization"] = json!(stage.town.branch.id);
    let writer = stage.holding(&stage.secretary, Role::Secretary, &stage.town.branch);
    let set = json!({ "organization": stage.town.branch.id, "title": "题库", "questions": [question("第 1 题")] });
    let set = writer.post("/v1/question-sets", set).await.text("/id");
    body["questions"] = json!({ "fixed": [{ "set": set, "number": 1 }] });
    let drafted = writer.post("/v1/papers", body).await;
    let of_branch = drafted.header("location").to_owned();
    assert_eq!(writer.send("POST", &format!("{of_branch}/publication"), None).await.status, 200);
    let beside = stage.holding(&stage.neighbour, Role::Secretary, &stage.town.neighbour);
    let publicity = stage.holding(&stage.officer, Role::PublicityOfficer, &stage.town.street);
    for what in ["results", "statistics"] {
        let path = format!("{of_branch}/{what}?organization=");
        is(&beside.get(&format!("{path}{}", stage.town.neighbour.id)).await, 404, "not-found");
        is(&publicity.get(&format!("{path}{}", stage.town.street.id)).await, 404, "not-found");
        assert_eq!(stage.office.get(&format!("{of_branch}/{what}")).await.status, 200);
    }

    stage.bench.pass(SignedDuration::from_hours(48));
    assert_eq!((texts(&reader.get(&own).await), texts(&discipline.get(&all).await)), (4, 4));
}
