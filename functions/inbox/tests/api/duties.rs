//! Duties, as records make them: in somebody's own person, and in their offices.

use crate::stage::{Stage, stage};
use authz::Role;
use dynamo::Table;
use kernel::MemberId;
use register::{Member, Node, NodeRow, NodeStatus, Term};
use serde_json::{Value, json};
use testkit::{Client, Reply, Town, caller};

/// A client of another function.
macro_rules! function {
    ($name:ident, $stage:expr) => {
        Client::new($name::router($name::App::connect(&$stage.bench.env).await.unwrap()), None)
    };
}

pub(crate) fn ok(reply: Reply) -> Reply {
    assert!((200..300).contains(&reply.status), "{reply:?}");
    reply
}

/// What `member` has to do in these offices.
pub(crate) async fn todos(stage: &Stage, member: &Member, offices: &[(Role, &Node)]) -> Vec<Value> {
    let reply = ok(stage.own.with(Town::caller(member, offices)).get("/v1/me/todos").await);
    reply.body["items"].as_array().unwrap().clone()
}

/// The duties of one kind among them.
pub(crate) fn of<'a>(duties: &'a [Value], kind: &str) -> Vec<&'a Value> {
    duties.iter().filter(|duty| duty["kind"] == kind).collect()
}

#[tokio::test]
async fn a_task_that_awaits_its_owner_is_a_duty_until_it_does_not() {
    let stage = stage().await;
    let tasks = Client::new(tasks::router(tasks::App::connect(&stage.bench.env).await.unwrap()), None);
    let grants = [(Role::PartyAffairsOfficer, stage.town.district.id)];
    let officer = tasks.with(caller(MemberId::from_bytes(70, [7; 10]), &grants));
    let body = json!({
        "kind": "key", "organization": stage.town.branch.id, "owner": stage.member.id, "title": "走访",
        "dueAt": "2026-12-18T16:00:00Z",
    });
    let path = officer.post("/v1/tasks", body).await.header("location").to_owned();
    let own = tasks.with(Town::caller(&stage.member, &[]));
    let duty = async || stage.own.get("/v1/me/todos").await.body["items"].as_array().unwrap().clone();
    let found = duty().await;
    let id = path.rsplit('/').next().unwrap();
    assert_eq!(found.len(), 1);
    let shown = ["key", "title", "dueOn", "act", "subject"].map(|name| found.first().unwrap()[name].as_str().unwrap());
    let act = format!("POST {path}/sign");
    assert_eq!(shown, [&format!("task/{id}"), "签收任务：走访", "2026-12-19", &act, id]);
    own.send("POST", &format!("{path}/sign"), None).await;
    assert_eq!(duty().await.first().unwrap()["title"], "办理任务并上报进度：走访");
    own.post(&format!("{path}/progress"), json!({ "percent": 100, "note": "已完成" })).await;
    own.send("POST", &format!("{path}/submit"), None).await;
    assert!(duty().await.is_empty(), "it waits for somebody else");
    let above = stage.own.with(caller(MemberId::from_bytes(70, [7; 10]), &[]));
    let review = async || above.get("/v1/me/todos").await.body["items"].as_array().unwrap().clone();
    let found = review().await;
    let shown = ["title", "dueOn", "act"].map(|name| found.first().unwrap()[name].as_str().unwrap());
    let act = format!("POST {path}/decision");
    assert_eq!(shown, ["审核任务：走访", "2026-12-19", &act]);
    officer.post(&format!("{path}/decision"), json!({ "accept": false, "reason": "材料不全" })).await;
    assert!(review().await.is_empty(), "it is decided");
    assert_eq!(duty().await.first().unwrap()["title"], "重新办理被退回的任务：走访");
}

#[tokio::test]
async fn a_meeting_is_written_down_and_signed_and_counts_then() {
    let stage = stage().await;
    let (branch, secretary) = (&stage.town.branch, stage.town.person(1, "林书", &stage.town.branch).await);
    let office = [(Role::Secretary, branch)];
    let meetings = function!(meetings, stage).with(Town::caller(&secretary, &office));
    let plan = json!({
        "organization": branch.id, "kinds": ["theme-day"], "title": "主题党日", "mode": "offline", "place": "党群服务中心",
        "startsAt": "2026-11-23T19:00:00+08:00", "endsAt": "2026-11-23T20:30:00+08:00",
        "host": secretary.id, "recorder": stage.member.id,
    });
    let path = ok(meetings.post("/v1/meetings", plan).await).header("location").to_owned();
    let id = path.rsplit('/').next().unwrap();
    let owed = format!("org-life/{}/theme-day/2026-11", branch.id);
    let still_owed = async || {
        let duties = todos(&stage, &secretary, &office).await;
        duties.into_iter().find(|duty| duty["key"] == owed)
    };

    let own = todos(&stage, &stage.member, &[]).await;
    let duty = of(&own, "minutes")[0];
    let shown = ["subject", "dueOn", "article", "title"].map(|name| duty[name].as_str().unwrap());
    assert_eq!(shown, [id, "2026-11-30", "支部条例 §16、教管条例 §16", "登记出席并记录会议：主题党日"]);
    assert_eq!(duty["act"], format!("PUT {path}/minutes"));
    let due = still_owed().await.unwrap();
    assert_eq!((&due["dueOn"], &due["title"]), (&json!("2026-11-30"), &json!("召开：主题党日（2026-11）")));
    assert!(of(&todos(&stage, &secretary, &office).await, "minutes").is_empty(), "it is the recorder's");

    ok(meetings.put(&format!("{path}/attendance"), json!({ "others": "present" })).await);
    let written =
        json!({ "heldFrom": "2026-11-23T11:00:00Z", "heldTo": "2026-11-23T12:30:00Z", "text": "学习，讨论。" });
    ok(meetings.if_match("\"v1\"").put(&format!("{path}/minutes"), written).await);
    assert!(of(&todos(&stage, &stage.member, &[]).await, "minutes").is_empty());
    let duties = todos(&stage, &secretary, &office).await;
    let duty = of(&duties, "signature")[0];
    assert_eq!((&duty["subject"], &duty["dueOn"]), (&json!(id), &json!("2026-12-01")));
    assert!(of(&todos(&stage, &secretary, &[]).await, "signature").is_empty(), "without the office it is not theirs");
    assert!(still_owed().await.is_some(), "only what is signed counts");

    ok(meetings.if_match("\"v2\"").send("POST", &format!("{path}/signature"), None).await);
    assert!(of(&todos(&stage, &secretary, &office).await, "signature").is_empty());
    assert_eq!(still_owed().await, None);
    let missing = format!("org-life/{}/theme-day/2026-10", branch.id);
    let duties = todos(&stage, &secretary, &office).await;
    let late = duties.iter().find(|duty| duty["key"] == missing).unwrap();
    assert_eq!(late["dueOn"], "2026-10-31");
}

#[tokio::test]
async fn what_a_group_missed_stays_missing_after_it_is_closed() {
    let stage = stage().await;
    let (branch, group) = (&stage.town.branch, &stage.town.group);
    let owed = async |month: &str| {
        let key = format!("org-life/{}/group-meeting/{month}", branch.id);
        todos(&stage, &stage.member, &[(Role::Secretary, branch)]).await.iter().any(|duty| duty["key"] == key)
    };
    assert_eq!((owed("2026-10").await, owed("2026-11").await), (true, true));
    let closed = Node { status: NodeStatus::Dissolved, closed_on: "2026-11-15".parse().ok(), ..group.clone() };
    let table = Table::open(&stage.bench.env, "ORGANIZATIONS_TABLE").unwrap();
    table.put(&NodeRow::new(closed)).await.unwrap();
    assert_eq!((owed("2026-10").await, owed("2026-11").await), (true, false), "it was there in October");
}

#[tokio::test]
async fn dues_wait_for_who_keeps_them_and_for_nobody_who_began_it() {
    let stage = stage().await;
    let branch = &stage.town.branch;
    let (secretary, treasurer) =
        (stage.town.person(1, "林书", branch).await, stage.town.person(3, "吴会", branch).await);
    let (office, till) = ([(Role::Secretary, branch)], [(Role::DuesOfficer, branch)]);
    let dues = function!(dues, stage).with(Town::caller(&treasurer, &till));
    let duties = todos(&stage, &secretary, &office).await;
    let duty = of(&duties, "dues-standards")[0];
    let shown = ["title", "dueOn", "article"].map(|name| duty[name].as_str().unwrap());
    assert_eq!(shown, ["3名党员尚未核定2026年党费标准", "2026-11-30", "组电明字〔2017〕5号"]);
    for member in [&secretary, &treasurer, &stage.member] {
        let body = json!({ "member": member.id, "from": "2026-11", "class": "student" });
        ok(dues.post("/v1/dues/standards", body).await);
    }
    assert!(of(&todos(&stage, &secretary, &office).await, "dues-standards").is_empty());

    let body = json!({ "member": stage.member.id, "months": ["2026-11"], "channel": "cash" });
    let payment = ok(dues.post("/v1/dues/payments", body).await).header("location").to_owned();
    ok(dues.post(&format!("{payment}/reversal"), json!({ "reason": "录错人" })).await);
    let duties = todos(&stage, &secretary, &office).await;
    let duty = of(&duties, "dues-reversal")[0];
    assert_eq!(
        (&duty["dueOn"], &duty["act"]),
        (&json!("2026-12-01"), &json!(format!("POST {payment}/reversal/decision")))
    );
    assert!(of(&todos(&stage, &treasurer, &till).await, "dues-reversal").is_empty(), "they asked for it");

    let relief = format!("/v1/members/{}/dues/2026/relief", stage.member.id);
    let body = json!({ "from": "2026-12", "until": "2026-12", "monthly": 0, "reason": "住院治疗" });
    ok(dues.post(&relief, body).await);
    let above = async |member: &Member, role| todos(&stage, member, &[(role, &stage.town.street)]).await;
    let duties = above(&secretary, Role::PartyAffairsOfficer).await;
    let duty = of(&duties, "dues-relief")[0];
    assert_eq!((&duty["subject"], &duty["article"]), (&json!(stage.member.id), &json!("党费规定 §7")));
    assert_eq!(duty["act"], format!("POST {relief}/decision"));
    assert!(of(&above(&stage.member, Role::PartyAffairsOfficer).await, "dues-relief").is_empty(), "it is about them");
    assert!(of(&above(&secretary, Role::DuesOfficer).await, "dues-relief").is_empty(), "the committee decides");

    let paid = json!({ "member": secretary.id, "months": ["2026-11"], "channel": "cash" });
    ok(dues.post("/v1/dues/payments", paid).await);
    ok(dues.post("/v1/dues/remittances", json!({ "organization": branch.id })).await);
    let duties = above(&secretary, Role::DuesOfficer).await;
    assert_eq!(of(&duties, "dues-remittance")[0]["dueOn"], "2026-12-09");
    assert!(of(&above(&treasurer, Role::DuesOfficer).await, "dues-remittance").is_empty(), "they sent it");
}

#[tokio::test]
async fn dues_are_a_duty_of_who_owes_them_until_they_are_paid() {
    let stage = stage().await;
    let branch = &stage.town.branch;
    let (treasurer, till) = (stage.town.person(3, "吴会", branch).await, [(Role::DuesOfficer, branch)]);
    let dues = function!(dues, stage).with(Town::caller(&treasurer, &till));
    let standard = json!({ "member": stage.member.id, "from": "2026-10", "class": "student" });
    ok(dues.post("/v1/dues/standards", standard).await);
    let owed = async || {
        let duties = todos(&stage, &stage.member, &[]).await;
        let found = of(&duties, "dues").first().map(|duty| ["title", "dueOn"].map(|name| duty[name].clone()));
        (duties, found)
    };
    let (duties, found) = owed().await;
    assert_eq!(found, Some([json!("交纳党费：2个月，共0.40元"), json!("2026-10-31")]));
    let shown = ["article", "subject", "act"].map(|name| of(&duties, "dues")[0][name].clone());
    assert_eq!(shown, [json!("党费规定 §12"), json!(stage.member.id), json!("POST /v1/dues/payments")]);
    assert!(of(&todos(&stage, &treasurer, &till).await, "dues").is_empty(), "nothing is set for them");
    for (month, left) in
        [("2026-10", Some([json!("交纳党费：1个月，共0.20元"), json!("2026-11-30")])), ("2026-11", None)]
    {
        let paid = json!({ "member": stage.member.id, "months": [month], "channel": "cash" });
        ok(dues.post("/v1/dues/payments", paid).await);
        assert_eq!(owed().await.1, left, "{month}");
    }
}

#[tokio::test]
async fn a_transfer_waits_for_one_side_after_the_other() {
    let stage = stage().await;
    let town = &stage.town;
    let officer = town.person(3, "周组织员", &town.neighbour).await;
    let secretary = town.person(1, "林书", &town.branch).await;
    let (sender, receiver) = ([(Role::Secretary, &town.branch)], [(Role::Secretary, &town.neighbour)]);
    let street = [(Role::PartyAffairsOfficer, &town.street)];
    let transfers = function!(transfers, stage);
    let kinds = async |member: &Member, offices: &[(Role, &Node)]| -> Vec<String> {
        let duties = todos(&stage, member, offices).await;
        let kinds = duties.iter().map(|duty| duty["kind"].as_str().unwrap().to_owned());
        kinds.filter(|kind| kind.starts_with("transfer-")).collect()
    };
    let to = json!({ "organization": town.neighbour.id });
    let draft = json!({ "member": stage.member.id, "kind": "within-committee", "to": to, "reason": "迁居" });
    let drafts = transfers.with(Town::caller(&secretary, &sender));
    let path = ok(drafts.post("/v1/transfers", draft).await).header("location").to_owned();
    assert_eq!(kinds(&officer, &street).await, ["transfer-decision"]);
    let district = [(Role::PartyAffairsOfficer, &town.district)];
    assert!(kinds(&officer, &district).await.is_empty(), "a committee stands between");
    assert!(kinds(&stage.member, &street).await.is_empty(), "nobody decides about themselves");

    let above = transfers.with(Town::caller(&officer, &street));
    ok(above.post(&format!("{path}/decision"), json!({ "accept": true })).await);
    assert_eq!(kinds(&officer, &street).await, ["transfer-letter"]);
    let letter = json!({ "number": "榕组介〔2026〕1号", "duesUntil": "2026-11" });
    ok(above.post(&format!("{path}/letters"), letter).await);
    assert!(kinds(&officer, &street).await.is_empty());
    assert_eq!(kinds(&officer, &receiver).await, ["transfer-reception"]);

    let taking = transfers.with(Town::caller(&officer, &receiver));
    ok(taking.send("POST", &format!("{path}/receive"), None).await);
    assert!(kinds(&officer, &receiver).await.is_empty());
    let duties = todos(&stage, &secretary, &sender).await;
    let duty = of(&duties, "transfer-receipt")[0];
    assert_eq!((&duty["dueOn"], &duty["act"]), (&json!("2026-12-24"), &json!(format!("POST {path}/receipt"))));
}

#[tokio::test]
async fn what_takes_two_waits_for_the_second() {
    let stage = stage().await;
    let branch = &stage.town.branch;
    let (secretary, deputy) = (stage.town.person(1, "林书", branch).await, stage.town.person(3, "吴副", branch).await);
    let (first, second) = ([(Role::Secretary, branch)], [(Role::DeputySecretary, branch)]);

    let ask = json!({ "proposal": { "field": "joined-on", "value": "2009-07-01" }, "reason": "档案为 2009 年" });
    ok(function!(members, stage).with(Town::caller(&secretary, &[])).post("/v1/me/corrections", ask).await);
    let people = json!([stage.member.id]);
    let training = json!({
        "organization": branch.id, "title": "集中培训", "from": "2026-11-20", "to": "2026-11-20", "halfDays": 2, "people": people,
    });
    ok(function!(learning, stage).with(Town::caller(&secretary, &first)).post("/v1/trainings", training).await);
    let asked = imports::demo_export(
        branch.id,
        (secretary.id, "secretary"),
        (60, "统计".try_into().unwrap()),
        stage.bench.now(),
    );
    Table::open(&stage.bench.env, "IMPORTS_TABLE").unwrap().put(&asked.unwrap()).await.unwrap();

    let (own, others) = (todos(&stage, &secretary, &first).await, todos(&stage, &deputy, &second).await);
    for (kind, due_on) in [("correction", "2026-12-15"), ("training", "2026-12-24"), ("export", "2026-12-01")] {
        assert!(of(&own, kind).is_empty(), "{kind}: they began it");
        let found = of(&others, kind);
        assert_eq!((found.len(), &found[0]["dueOn"]), (1, &json!(due_on)), "{kind}");
        assert!(found[0]["article"].is_string(), "{kind}");
    }
    stage.bench.pass(jiff::SignedDuration::from_hours(8 * 24));
    assert!(of(&todos(&stage, &deputy, &second).await, "export").is_empty(), "it has lapsed");
}

#[tokio::test]
async fn an_election_is_a_duty_half_a_year_before() {
    let stage = stage().await;
    let office = [(Role::Secretary, &stage.town.branch)];
    let table = Table::open(&stage.bench.env, "ORGANIZATIONS_TABLE").unwrap();
    for (due_on, is_duty) in [("2027-05-24", true), ("2027-05-25", false)] {
        let due_on = due_on.parse().unwrap();
        let term = Some(Term { elected_on: "2022-05-24".parse().unwrap(), ends_on: due_on, due_on });
        table.put(&NodeRow::new(Node { term, ..stage.town.branch.clone() })).await.unwrap();
        let duties = todos(&stage, &stage.member, &office).await;
        assert_eq!(!of(&duties, "election").is_empty(), is_duty, "{due_on}");
    }
}

#[tokio::test]
async fn the_list_is_in_order_each_duty_once_and_says_when_there_is_more() {
    let stage = stage().await;
    let branch = &stage.town.branch;
    let both = todos(&stage, &stage.member, &[(Role::Secretary, branch), (Role::DuesOfficer, branch)]).await;
    let mut keys: Vec<_> =
        both.iter().map(|duty| (duty["dueOn"].as_str().unwrap(), duty["key"].as_str().unwrap())).collect();
    let shown = keys.clone();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(shown, keys);
    let _ = stage.bench.wire.take();
    assert!(todos(&stage, &stage.member, &[]).await.is_empty());
    assert_eq!(stage.bench.wire.take().len(), 4, "two lists of tasks, one of meetings, one of bills");
    todos(&stage, &stage.member, &[(Role::Secretary, branch)]).await;
    let calls = stage.bench.wire.take().len();
    assert!(calls <= 20, "{calls} requests, one of them for the group");
    let table = Table::open(&stage.bench.env, "ORGANIZATIONS_TABLE").unwrap();
    for n in 50_u8..56 {
        let id = kernel::OrgId::from_bytes(u64::from(n), [n; 10]);
        let path = branch.path.child(id).unwrap();
        table.put(&NodeRow::new(Node { id, path, ..stage.town.group.clone() })).await.unwrap();
    }
    let _ = stage.bench.wire.take();
    todos(&stage, &stage.member, &[(Role::Secretary, branch)]).await;
    assert_eq!(stage.bench.wire.take().len(), calls + 6, "one for each group");
    let many: Vec<_> = (0..9).map(|n| (Role::Secretary, kernel::OrgId::from_bytes(n, [9; 10]))).collect();
    let reply = ok(stage.own.with(caller(stage.member.id, &many)).get("/v1/me/todos").await);
    assert_eq!(reply.body["more"], true);
}
