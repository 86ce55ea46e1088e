//! Appeals: filed by the member, decided by the committee above, counted by the next night.

use crate::stage::{Stage, is, items, line, meeting, points, stage};
use authz::Role;
use dynamo::{Activity, Actor, Change, Found, Key, Ledger, Read, Stretch, Table, Trace};
use kernel::OrgId;
use notices::{NoticeRow, Notices};
use register::{Node, NodeRow, OrgKind};
use serde_json::{Value, json};
use testkit::Town;

fn about(n: u8) -> Value {
    json!({ "year": 2026, "rule": "org-life.theme-days", "record": meeting(n), "reason": "当日在场，漏记" })
}

/// The path of an appeal of the member about the theme day.
async fn filed(stage: &Stage) -> String {
    let reply = stage.of(&stage.member).post("/v1/me/appeals", about(1)).await;
    assert_eq!((reply.status, reply.text("/state").as_str()), (201, "filed"), "{reply:?}");
    reply.header("location").to_owned()
}

#[tokio::test]
async fn what_is_granted_is_counted_in_the_next_night() {
    let stage = stage().await;
    let path = filed(&stage).await;
    let own = stage.of(&stage.member);
    is(&own.post("/v1/me/appeals", about(1)).await, 409, "already-open");
    is(&own.post("/v1/me/appeals", about(2)).await, 422, "invalid-field");
    let decision = json!({ "outcome": "counted", "reason": "签到照片已核实" });
    let decide = format!("{path}/decision");
    is(&stage.chair().post(&decide, decision.clone()).await, 403, "forbidden");
    is(&own.post(&decide, decision.clone()).await, 404, "not-found");
    let list = format!("/v1/organizations/{}/appeals", stage.town.branch.id);
    assert_eq!(items(&stage.office().get(&list).await)[0]["reason"], "当日在场，漏记");
    is(&stage.chair().get(&list).await, 403, "forbidden");
    // Nor in another office that they hold above the branch.
    let town = &stage.town;
    let offices = [(Role::Secretary, &town.branch), (Role::PartyAffairsOfficer, &town.street)];
    let both = stage.client.with(Town::caller(&stage.secretary, &offices));
    is(&both.get(&list).await, 403, "own-case");
    is(&both.get(&path).await, 403, "own-case");
    is(&both.post(&decide, decision.clone()).await, 403, "own-case");

    let decided = stage.office().post(&decide, decision.clone()).await;
    assert_eq!((decided.status, decided.text("/state").as_str()), (200, "granted"), "{decided:?}");
    is(&stage.office().post(&decide, decision).await, 409, "already-decided");
    assert_eq!(points(&stage.portrait().await)[0], 7_000, "not before the night");
    stage.pass(1);
    stage.night("2026-11-25").await;
    let portrait = stage.portrait().await;
    assert_eq!(points(&portrait)[0], 10_000);
    let line = line(&portrait, &meeting(1).to_string());
    assert_eq!((&line["why"], &line["correctedBy"]), (&json!("done"), &decided.body["id"]));
    let mine = own.get("/v1/me/appeals").await;
    assert_eq!(items(&mine)[0]["answer"], "签到照片已核实");
    assert_eq!(own.get(&path).await.text("/outcome"), "counted");
    is(&stage.of(&stage.deputy).get(&path).await, 404, "not-found");
}

#[tokio::test]
async fn what_is_refused_changes_nothing_and_can_be_appealed_against_once_more_before_somebody_else() {
    let stage = stage().await;
    let first = filed(&stage).await;
    let decision = json!({ "outcome": "refused", "reason": "记录无误" });
    let decided = stage.office().post(&format!("{first}/decision"), decision.clone()).await;
    assert_eq!((decided.status, decided.text("/state").as_str()), (200, "refused"), "{decided:?}");
    assert_eq!((&decided.body["round"], &decided.body["before"]), (&json!(1), &Value::Null));
    let second = filed(&stage).await;
    let own = stage.of(&stage.member);
    is(&own.post("/v1/me/appeals", about(1)).await, 409, "already-open");
    let shown = own.get(&second).await;
    assert_eq!((&shown.body["round"], &shown.body["before"]), (&json!(2), &decided.body["id"]));
    let again = format!("{second}/decision");
    is(&stage.office().post(&again, decision.clone()).await, 403, "own-case");
    let other = stage.holding(&stage.deputy, Role::Secretary, &stage.town.street);
    assert_eq!(other.post(&again, decision).await.text("/state"), "refused");
    is(&own.post("/v1/me/appeals", about(1)).await, 409, "illegal-transition");
    stage.pass(1);
    stage.night("2026-11-25").await;
    assert_eq!(points(&stage.portrait().await)[0], 7_000);
}

#[tokio::test]
async fn the_trace_of_no_organisation_tells_who_appeals() {
    let stage = stage().await;
    let (trace, town) = (Trace::open(&stage.bench.env).unwrap(), &stage.town);
    let told = async || {
        let mut all = Vec::new();
        for node in [&town.city, &town.district, &town.street, &town.branch, &town.group] {
            all.extend(trace.of_organization(node.id, (None, None), None, 200).await.unwrap().items);
        }
        all
    };
    let before = told().await.len();
    let path = filed(&stage).await;
    let id = path.rsplit('/').next().unwrap();
    assert_eq!(told().await.len(), before, "nothing while it is open");
    let decision = json!({ "outcome": "refused", "reason": "记录无误" });
    assert_eq!(stage.office().post(&format!("{path}/decision"), decision).await.status, 200);
    let all = told().await;
    let of_it: Vec<_> = all.iter().filter(|activity| activity.subject == id).collect();
    let [decided] = of_it.as_slice() else { panic!("{of_it:?}") };
    assert_eq!((decided.kind.as_str(), decided.organization), ("appeal.decided", town.branch.id));
    let line = serde_json::to_string(decided).unwrap();
    assert!(!line.contains(&stage.member.id.to_string()), "{line}");
    // They themselves find it, and with it the decision.
    let own = trace.of_subject(&Activity::account(stage.member.id), None, None, 50).await.unwrap().items;
    let [filed] = own.as_slice() else { panic!("{own:?}") };
    assert_eq!((filed.kind.as_str(), filed.actor.member), ("appeal.filed", Some(stage.member.id)));
    assert_eq!((&filed.after, filed.organization), (&json!({ "appeal": id }), town.branch.id));
}

#[tokio::test]
async fn another_rule_opens_no_other_rounds_about_a_record() {
    let stage = stage().await;
    let (first, own) = (filed(&stage).await, stage.of(&stage.member));
    let mut study = about(1);
    study["rule"] = json!("study.hours");
    is(&own.post("/v1/me/appeals", study.clone()).await, 409, "already-open");
    let decision = json!({ "outcome": "refused", "reason": "记录无误" });
    assert_eq!(stage.office().post(&format!("{first}/decision"), decision.clone()).await.status, 200);
    let second = own.post("/v1/me/appeals", study.clone()).await;
    assert_eq!((second.status, &second.body["round"]), (201, &json!(2)), "{second:?}");
    let other = stage.holding(&stage.deputy, Role::Secretary, &stage.town.street);
    let again = format!("{}/decision", second.header("location"));
    assert_eq!(other.post(&again, decision).await.status, 200);
    for appeal in [about(1), study] {
        is(&own.post("/v1/me/appeals", appeal).await, 409, "illegal-transition");
    }
}

#[tokio::test]
async fn an_appeal_from_before_they_were_counted_is_decided_as_the_first() {
    let stage = stage().await;
    let path = filed(&stage).await;
    let id = path.rsplit('/').next().unwrap();
    let table = Table::open(&stage.bench.env, "PORTRAITS_TABLE").unwrap();
    let mut row: Value = table.get(Key::new(format!("APL#{id}"), "APL"), Read::Consistent).await.unwrap().unwrap();
    row.as_object_mut().unwrap().remove("round").unwrap();
    table.put(&row).await.unwrap();
    let counted = Key::new(format!("MBR#{}", stage.member.id), format!("RND#{}", meeting(1)));
    let uncounted = Change::new().remove(&table, counted);
    Ledger::of_job(&stage.bench.env).unwrap().carry_out(uncounted, []).await.unwrap();
    let decision = json!({ "outcome": "refused", "reason": "记录无误" });
    let decided = stage.office().post(&format!("{path}/decision"), decision).await;
    assert_eq!((decided.status, &decided.body["round"]), (200, &json!(1)), "{decided:?}");
    let second = stage.of(&stage.member).post("/v1/me/appeals", about(1)).await;
    assert_eq!((second.status, &second.body["round"]), (201, &json!(2)), "{second:?}");
}

#[tokio::test]
async fn what_is_asked_twice_at_once_is_one_appeal() {
    let stage = stage().await;
    let own = stage.of(&stage.member);
    let (one, other) = tokio::join!(own.post("/v1/me/appeals", about(1)), own.post("/v1/me/appeals", about(1)));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409], "{one:?} {other:?}");
}

#[tokio::test]
async fn a_general_branch_does_not_decide_for_the_committee() {
    let stage = stage().await;
    let (street, branch) = (&stage.town.street, &stage.town.branch);
    // It stands between the branch and the sub-district from now on.
    let id = OrgId::from_bytes(1, [90; 10]);
    let (kind, path, name) =
        (OrgKind::GeneralBranch, street.path.child(id).unwrap(), "东片区党总支".try_into().unwrap());
    let general = Node { id, path, name, kind, ..street.clone() };
    let below = Node { path: general.path.child(branch.id).unwrap(), ..branch.clone() };
    let table = Table::open(&stage.bench.env, "ORGANIZATIONS_TABLE").unwrap();
    for node in [&general, &below] {
        table.put(&NodeRow::new(node.clone())).await.unwrap();
    }
    let path = filed(&stage).await;
    let decision = json!({ "outcome": "counted", "reason": "已核实" });
    let between = stage.holding(&stage.deputy, Role::Secretary, &general);
    is(&between.get(&path).await, 403, "forbidden");
    is(&between.get(&format!("/v1/organizations/{}/appeals", branch.id)).await, 403, "forbidden");
    is(&between.post(&format!("{path}/decision"), decision.clone()).await, 403, "forbidden");
    assert_eq!(stage.office().post(&format!("{path}/decision"), decision).await.status, 200);
}

#[tokio::test]
async fn of_a_year_that_is_scored_no_more_the_member_hears_no_promise() {
    let stage = stage().await;
    let path = filed(&stage).await;
    // In April.
    stage.pass(135);
    let decision = json!({ "outcome": "counted", "reason": "已核实" });
    let decided = stage.office().post(&format!("{path}/decision"), decision).await;
    assert_eq!((decided.status, decided.text("/state").as_str()), (200, "granted"), "{decided:?}");
    let table = Notices::open(&stage.bench.env).unwrap();
    let told = Stretch::beginning(format!("MBR#{}", stage.member.id), "ntc_");
    let told: Found<NoticeRow> = table.table().first(&told, 10).await.unwrap();
    let body = told.items.iter().find(|row| row.notice.kind == "appeal.decided").map(|row| row.notice.body.as_str());
    assert_eq!(body, Some("您的申诉已被采纳。该年度计分已截止，更正仅随申诉留存，请在“我的申诉”中查看。"));
}

#[tokio::test]
async fn two_members_are_corrected_in_one_record() {
    let stage = stage().await;
    for (who, outcome) in [(&stage.member, "counted"), (&stage.deputy, "left-out")] {
        let reply = stage.of(who).post("/v1/me/appeals", about(1)).await;
        let path = format!("{}/decision", reply.header("location"));
        let decided = stage.office().post(&path, json!({ "outcome": outcome, "reason": "已核实" })).await;
        assert_eq!(decided.status, 200, "{decided:?}");
    }
    stage.pass(1);
    stage.night("2026-11-25").await;
    assert_eq!(points(&stage.portrait().await)[0], 10_000);
    let deputy = stage.of(&stage.deputy).get("/v1/me/portrait").await;
    let line = line(&deputy, &meeting(1).to_string());
    assert_eq!((&line["why"], points(&deputy)[0]), (&json!("exempt"), 10_000));
}

#[tokio::test]
async fn who_made_the_record_does_not_decide() {
    let stage = stage().await;
    let actor = Actor::person(stage.officer.id, Role::Secretary.slug());
    let (branch, record) = (stage.town.branch.id, meeting(1).to_string());
    let recorded = Activity::new(stage.bench.now(), actor, "meeting.recorded", branch, record);
    Ledger::of_job(&stage.bench.env).unwrap().carry_out(Change::new(), [recorded]).await.unwrap();
    let path = format!("{}/decision", filed(&stage).await);
    let decision = json!({ "outcome": "counted", "reason": "已核实" });
    is(&stage.office().post(&path, decision.clone()).await, 403, "own-case");
    let other = stage.holding(&stage.deputy, Role::Secretary, &stage.town.street);
    assert_eq!(other.post(&path, decision).await.status, 200);
}

#[tokio::test]
async fn who_confirmed_the_rating_does_not_decide() {
    let stage = stage().await;
    stage.pass(8);
    let rating = format!("/v1/members/{}/ratings/2026", stage.member.id);
    let rated = stage.office().post(&rating, json!({ "band": "fair", "basis": "街道党工委核定" })).await;
    assert_eq!(rated.status, 201, "{rated:?}");
    let path = format!("{}/decision", filed(&stage).await);
    let decision = json!({ "outcome": "counted", "reason": "已核实" });
    is(&stage.office().post(&path, decision.clone()).await, 403, "own-case");
    // Nor does who confirmed one that was revised since.
    let better = json!({ "band": "good", "basis": "支部党员大会决议" });
    assert_eq!(stage.chair().if_match("\"v1\"").put(&rating, better.clone()).await.status, 200);
    assert_eq!(stage.chair().if_match("\"v2\"").put(&rating, better).await.status, 200);
    is(&stage.office().post(&path, decision.clone()).await, 403, "own-case");
    let other = stage.holding(&stage.deputy, Role::Secretary, &stage.town.street);
    assert_eq!(other.post(&path, decision).await.status, 200);
}
