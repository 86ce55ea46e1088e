//! From a deployment with nothing in it to the first district.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

mod common;

use aws_sdk_dynamodb::Client;
use common::ask;
use dynamo::Table;
use jiff::Timestamp;
use kernel::{Clock, IdCard, MemberId};
use local::{
    Data, Listen, Options, RequestLog, Runner,
    bootstrap::{BootstrapError, Founded, Order, bootstrap, read_people},
};
use register::{OrgKind, TakenRow};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    fmt::Debug,
    path::PathBuf,
    sync::mpsc::{Receiver, Sender, channel},
};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
    subscriber::DefaultGuard,
};
use tracing_subscriber::{
    Layer,
    layer::{Context, SubscriberExt},
};
use vault::Vault;

/// 2026-12-01 in Shanghai.
const NOW: &str = "2026-12-01T02:00:00Z";

/// Every function of the project, the second factor required, no demo data.
struct Deployment {
    runner: Runner,
    codes: Receiver<String>,
    _log: DefaultGuard,
}

/// Hears the one-time codes that the function of accounts logs.
struct Codes(Sender<String>);

impl<S: Subscriber> Layer<S> for Codes {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        event.record(&mut Fields(&self.0));
    }
}

struct Fields<'a>(&'a Sender<String>);

impl Visit for Fields<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "code" {
            self.0.send(value.to_owned()).unwrap();
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
}

impl Deployment {
    async fn fresh() -> Self {
        let (sender, codes) = channel();
        let log = tracing::subscriber::set_default(tracing_subscriber::registry().with(Codes(sender)));
        let template = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../template.yaml"));
        let mut options = Options::new(template, Data::Ephemeral);
        options.clock = Clock::new(|| NOW.parse().unwrap());
        options.log = RequestLog::silent();
        options.parameters.insert("SecondFactor".to_owned(), "required".to_owned());
        Self { runner: Runner::open(options).await.unwrap(), codes, _log: log }
    }

    async fn bootstrap(&self, order: &Order) -> Result<Founded, BootstrapError> {
        bootstrap(&self.runner.whole_environment().unwrap(), order).await
    }

    /// What is refused; nothing changes by it.
    async fn refused(&self, order: &Order) -> String {
        let before = self.rows().await;
        let said = self.bootstrap(order).await.unwrap_err().to_string();
        assert_eq!(self.rows().await, before, "{said}");
        said
    }

    /// How many rows each table has.
    async fn rows(&self) -> BTreeMap<&'static str, i32> {
        let env = self.runner.whole_environment().unwrap();
        let client = Client::new(&env.sdk_for("DYNAMODB"));
        let mut rows = BTreeMap::new();
        for setting in ["ORGANIZATIONS_TABLE", "MEMBERS_TABLE", "ACTIVITIES_TABLE", "IDEMPOTENCY_TABLE"] {
            let scan = client.scan().table_name(env.settings.get(setting).unwrap());
            rows.insert(setting, scan.send().await.unwrap().count);
        }
        rows
    }
}

/// A valid number of a division that does not exist.
fn id_card(n: u32) -> String {
    let first17 = format!("35019919750101{n:03}");
    format!("{first17}{}", IdCard::check_character(&first17).unwrap())
}

fn people() -> Value {
    let person = |n: u32, name: &str, role: &str| {
        json!({
            "name": name, "idCard": id_card(n), "phone": format!("140{n:08}"), "ethnicity": "汉族", "category": "wage",
            "joinedOn": "2001-07-01", "fullSince": "2002-07-01", "role": role,
        })
    };
    json!([
        person(1, "林系统", "system-administrator"),
        person(2, "陈安全", "security-administrator"),
        person(3, "黄组织", "organization-department"),
    ])
}

fn order(people: &Value) -> Order {
    Order {
        name: "中共福州市委员会".try_into().unwrap(),
        kind: OrgKind::MunicipalCommittee,
        founded_on: "1949-08-17".parse().unwrap(),
        branch_name: "市委办公厅机关党支部".try_into().unwrap(),
        branch_founded_on: "1950-01-01".parse().unwrap(),
        decision: "系统初始化".try_into().unwrap(),
        people: read_people(people.to_string().as_bytes()).unwrap(),
    }
}

/// Sends JSON and reads it.
async fn json(address: std::net::SocketAddr, line: &str, token: &str, body: Value) -> (u16, Value) {
    let headers = if token.is_empty() { String::new() } else { format!("authorization: Bearer {token}\r\n") };
    let (status, body) = ask(address, line, &headers, &body.to_string()).await;
    (status, serde_json::from_str(&body).unwrap_or_default())
}

fn totp(secret: &str) -> String {
    let secret = totp_rs::Secret::try_from_base32(secret).unwrap();
    let totp = totp_rs::Builder::new().with_secret(secret).with_account_name("test").build().unwrap();
    let now: Timestamp = NOW.parse().unwrap();
    totp.generate(u64::try_from(now.as_second()).unwrap()).to_string()
}

#[tokio::test]
async fn a_deployment_is_usable_from_nothing() {
    let mut deployment = Deployment::fresh().await;
    let Founded { root, branch, officers } = deployment.bootstrap(&order(&people())).await.unwrap();
    let listen = Listen::new("127.0.0.1".parse().unwrap(), 0, false).unwrap();
    let at = deployment.runner.serve(listen).await.unwrap();

    let district = json!({
        "parent": root, "name": "中共鼓楼区委员会", "kind": "district-committee", "foundedOn": "1950-01-01", "decision": "〔2026〕1号",
    });
    for (n, (office, founds)) in (1..).zip(officers.iter().zip([403, 403, 201])) {
        let phone = format!("140{n:08}");
        let (status, asked) = json(at, "POST /v1/sign-in-codes", "", json!({ "phone": phone })).await;
        assert_eq!(status, 202, "{asked}");
        let proof =
            json!({ "phone": phone, "code": deployment.codes.recv().unwrap(), "challenge": asked["challenge"] });
        let (status, session) = json(at, "POST /v1/sessions", "", proof).await;
        assert_eq!((status, &session["member"]), (201, &json!(office.member)), "{session}");
        let token = session["accessToken"].as_str().unwrap();

        let (_, me) = json(at, "GET /v1/me", token, Value::Null).await;
        assert_eq!((&me["grants"], &me["withheld"][0]["role"]), (&json!([]), &json!(office.role)), "{me}");
        assert_eq!(me["organization"]["id"], json!(branch));
        assert_eq!(json(at, "POST /v1/organizations", token, district.clone()).await.0, 404, "no second factor yet");
        let (status, enrolment) = json(at, "POST /v1/me/second-factor", token, Value::Null).await;
        assert_eq!(status, 201, "{enrolment}");
        let proof = json!({ "code": totp(enrolment["secret"].as_str().unwrap()) });
        assert_eq!(json(at, "POST /v1/me/second-factor/confirmations", token, proof).await.0, 204);

        let (status, founded) = json(at, "POST /v1/organizations", token, district.clone()).await;
        assert_eq!(status, founds, "{}: {founded}", office.role.slug());
        if founds == 201 {
            let (_, list) = json(at, &format!("GET /v1/members?organization={branch}"), token, Value::Null).await;
            assert_eq!(list["items"].as_array().unwrap().len(), 3, "{list}");
            let (_, trace) = json(at, &format!("GET /v1/audit?organization={root}"), token, Value::Null).await;
            let told = trace["items"].as_array().unwrap().iter().filter(|told| told["actor"]["role"] == "bootstrap");
            let mut kinds: Vec<_> = told.map(|told| told["kind"].as_str().unwrap()).collect();
            kinds.sort_unstable();
            assert_eq!(
                kinds,
                ["officer.appointed", "officer.appointed", "officer.appointed", "organization.founded"],
                "{trace}"
            );
        }
    }
    deployment.runner.close().await;
}

#[tokio::test]
async fn it_happens_once() {
    let deployment = Deployment::fresh().await;
    let founded = deployment.bootstrap(&order(&people())).await.unwrap();
    // Two for each organisation and each appointment, one for what is done; a record and two numbers for each person.
    let rows = deployment.rows().await.into_values().collect::<Vec<_>>();
    assert_eq!(rows, [8, 0, 9, 11]);
    let mut other = order(&people());
    other.name = "中共厦门市委员会".try_into().unwrap();
    let said = deployment.refused(&other).await;
    let ids = [founded.root.to_string(), founded.branch.to_string(), founded.officers[2].member.to_string()];
    assert!(said.contains("2026-12-01T02:00:00Z already") && ids.iter().all(|id| said.contains(id)), "{said}");
    deployment.runner.close().await;
}

#[tokio::test]
async fn a_tree_that_somebody_else_planted_is_not_planted_again() {
    let deployment = Deployment::fresh().await;
    let env = deployment.runner.whole_environment().unwrap();
    demo::load(&env, &demo::Plan::small(), |_, _| {}).await.unwrap();
    let tree = demo::tree(&demo::Plan::small()).unwrap();
    let root = tree.nodes.iter().find(|node| node.id == tree.city).unwrap();
    let mut same = order(&people());
    same.name = root.name.clone();
    let said = deployment.refused(&same).await;
    assert!(said.contains(&format!("a root of the name {} already, {}", root.name, root.id)), "{said}");
    deployment.runner.close().await;
}

#[tokio::test]
async fn a_number_that_somebody_has_is_named_by_person_and_field() {
    let deployment = Deployment::fresh().await;
    let env = deployment.runner.whole_environment().unwrap();
    let order = order(&people());
    let index = Vault::open(&env).await.unwrap().index("phone", order.people[1].phone.reveal());
    let somebody = MemberId::new(NOW.parse().unwrap());
    Table::open(&env, "MEMBERS_TABLE").unwrap().put(&TakenRow::phone(&index, somebody)).await.unwrap();
    let said = deployment.refused(&order).await;
    assert!(said.contains("person 2 (security-administrator), phone: "), "{said}");
    deployment.runner.close().await;
}

#[tokio::test]
async fn an_order_that_cannot_be_is_refused_with_everything_that_is_wrong() {
    let deployment = Deployment::fresh().await;
    let mut wrong = people();
    wrong[0]["role"] = json!("editor");
    wrong[1]["idCard"] = wrong[0]["idCard"].clone();
    wrong[1]["joinedOn"] = json!("1990-07-01");
    wrong[2]["phone"] = json!("+86 140 0000 0002");
    wrong[2]["fullSince"] = json!("2000-07-01");
    let mut order = order(&wrong);
    order.founded_on = "2026-12-02".parse().unwrap();
    order.kind = OrgKind::Branch;
    let said = deployment.refused(&order).await;
    for part in [
        "--kind: a branch cannot be the root",
        "--founded-on: 2026-12-02 is later than today",
        "one has to be system-administrator (系统管理员), and 0 are",
        "person 1 (editor), role: is not one of the first offices",
        "person 2 (security-administrator), idCard: is that of person 1 too",
        "person 2 (security-administrator), joinedOn: 入党时须年满 18 周岁 (a member is at least 18 years old)",
        "person 3 (organization-department), phone: is that of person 2 too",
        "person 3 (organization-department), fullSince: 转正日期不能早于入党日期",
    ] {
        assert!(said.contains(part), "{part} in {said}");
    }
    assert_eq!(said.lines().count(), 9, "{said}");
    order.people.truncate(1);
    assert!(deployment.refused(&order).await.contains("organization-department (组织部门干部), and 0 are"));
    assert!(deployment.rows().await.into_values().all(|rows| rows == 0));
    deployment.runner.close().await;
}

#[test]
fn a_person_that_cannot_be_read_is_named_without_numbers() {
    let said = |person: usize, field: &str, value: Value| {
        let mut people = people();
        people[person][field] = value;
        read_people(people.to_string().as_bytes()).unwrap_err().to_string()
    };
    let wrong = said(1, "idCard", json!("350199197501010021"));
    assert!(wrong.contains("person 2 (security-administrator), idCard: 身份证号码不正确"), "{wrong}");
    let wrong = said(0, "phone", json!(14_000_000_001_i64));
    assert!(wrong.contains("person 1 (system-administrator), phone: ") && !wrong.contains("14000000001"), "{wrong}");
    let wrong = said(2, "joinedOn", json!("2001-13-01"));
    assert!(wrong.contains("person 3 (organization-department), joinedOn: "), "{wrong}");
    let wrong = said(2, "mail", json!("x"));
    assert!(wrong.contains("person 3 (organization-department): 有不认识的字段 (unknown field `mail`"), "{wrong}");
    let wrong = said(2, "role", json!("boss"));
    assert!(wrong.contains("person 3, role: 不是可选的值"), "{wrong}");
    let mut short = people();
    short[0].as_object_mut().unwrap().remove("phone");
    short[1]["name"] = json!("");
    let wrong = read_people(short.to_string().as_bytes()).unwrap_err().0;
    assert_eq!(wrong.len(), 2, "{wrong:?}");
    assert!(wrong[0].contains("person 1 (system-administrator): 缺少必填字段 (missing field `phone`)"), "{wrong:?}");
    let wrong = read_people(b"[{]").unwrap_err().to_string();
    assert!(wrong.contains("not a list in JSON at line 1, column 3"), "{wrong}");
}
