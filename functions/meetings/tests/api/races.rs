//! Many at once.

use crate::stage::stage;
use futures_util::future::join_all;
use register::{Member, MemberRow, MemberState, People};
use serde_json::json;

#[tokio::test]
async fn forty_who_check_in_at_once_are_all_there_and_the_recorder_with_them() {
    let stage = stage().await;
    let mut people = Vec::new();
    for n in 20..60 {
        people.push(stage.town.person(n, "郑众", &stage.town.branch).await);
    }
    let path = stage.planned(&["branch-meeting"], "2026-11-25").await;
    stage.at("2026-11-25T19:00:00");
    let shown = stage.office.send("POST", &format!("{path}/code"), None).await;
    let code = json!({ "code": shown.text("/code"), "online": true });
    let check_in = async |member: &Member| {
        let client = stage.of(member);
        loop {
            let reply = client.post(&format!("{path}/check-in"), code.clone()).await;
            if reply.status != 409 {
                return reply.status;
            }
        }
    };
    let few = json!({ "people": [{ "member": stage.probationer.id, "presence": "absent", "reason": "病假" }] });
    let entering = async { stage.of(&stage.recorder).put(&format!("{path}/attendance"), few).await.status };
    let (statuses, entered) = tokio::join!(join_all(people.iter().map(check_in)), entering);
    assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
    assert_eq!(entered, 200);
    let tally = stage.office.get(&path).await.body["tally"].clone();
    assert_eq!((&tally["present"], &tally["absent"], &tally["open"]), (&json!(40), &json!(1), &json!(4)), "{tally}");
}

#[tokio::test]
async fn a_large_branch_meets_group_by_group_and_who_left_or_is_suspended_is_not_expected() {
    let stage = stage().await;
    let gone = stage.town.person(70, "许离", &stage.town.branch).await;
    let gone = Member { state: MemberState::TransferredOut, ..gone };
    People::open(&stage.bench.env).unwrap().table().put(&MemberRow::new(gone)).await.unwrap();
    let suspended = |member: &mut Member| member.state = MemberState::Suspended;
    stage.town.person_as(71, "许停", &stage.town.branch, suspended).await;
    let reply = stage.office.post("/v1/meetings", stage.plan(&["branch-meeting"], "2026-11-25")).await;
    assert_eq!(reply.body["people"].as_array().unwrap().len(), 5);
    for n in 100..186 {
        stage.town.person(n, "郑众", &stage.town.branch).await;
    }
    let reply = stage.office.post("/v1/meetings", stage.plan(&["branch-meeting"], "2026-11-25")).await;
    assert_eq!((reply.status, reply.text("/fields/0/pointer").as_str()), (422, "/kinds"), "{reply:?}");
}
