//! Many at once.

use crate::stage::stage;
use authz::Role;
use futures_util::future::join_all;
use register::{Member, MemberRow, MemberState, People};
use serde_json::json;

#[tokio::test]
async fn forty_who_check_in_at_once_are_all_there_and_the_recorder_with_them() {
    let stage = stage().await;
    let people = stage.town.persons("郑众", (20..60).map(|n| (n, &stage.town.branch))).await;
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
    stage.town.persons("郑众", (100..186).map(|n| (n, &stage.town.branch))).await;
    let reply = stage.office.post("/v1/meetings", stage.plan(&["branch-meeting"], "2026-11-25")).await;
    assert_eq!((reply.status, reply.text("/fields/0/pointer").as_str()), (422, "/kinds"), "{reply:?}");
    assert_eq!(reply.text("/article"), "支部条例 §4", "a branch meeting is none of groups");
    let reply = stage.office.post("/v1/meetings", stage.plan(&["theme-day"], "2026-11-25")).await;
    assert_eq!((reply.status, &reply.body["article"]), (422, &json!(null)), "{reply:?}");
}

#[tokio::test]
async fn as_many_as_fit_decide_as_much_as_fits_and_it_is_signed() {
    let stage = stage().await;
    let all = stage.town.crowd(90, 90).await;
    let (first, branch) = (all[0].id, all[0].organization);
    let office = stage.office.with(testkit::caller(first, &[(Role::Secretary, branch)]));
    let mut plan = stage.plan(&["branch-meeting"], "2026-11-25");
    plan["organization"] = json!(branch);
    (plan["host"], plan["recorder"]) = (json!(first), json!(first));
    let planned = office.post("/v1/meetings", plan.clone()).await;
    assert_eq!(planned.status, 201, "{planned:?}");
    let path = planned.header("location");
    stage.at("2026-11-25T21:00:00");
    assert_eq!(office.put(&format!("{path}/attendance"), json!({ "others": "present" })).await.status, 200);
    let resolution = |member: &Member| json!({ "text": "走访", "owner": member.id, "dueOn": "2026-12-18" });
    let resolutions: Vec<_> = all.iter().take(5).map(resolution).collect();
    let minutes = json!({
        "heldFrom": plan["startsAt"], "heldTo": plan["endsAt"], "text": "学习，讨论。", "resolutions": resolutions,
    });
    assert_eq!(office.if_match("\"v1\"").put(&format!("{path}/minutes"), minutes).await.status, 200);
    let signed = office.if_match("\"v2\"").send("POST", &format!("{path}/signature"), None).await;
    assert_eq!((signed.status, &signed.body["tally"]["present"]), (200, &json!(90)), "{signed:?}");
    assert!((0..5).all(|n| signed.body["minutes"]["resolutions"][n]["task"].is_string()), "{signed:?}");
}
