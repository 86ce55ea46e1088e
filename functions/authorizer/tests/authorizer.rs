//! The authorizer, from the gateway's question to its answer. Sessions are those of the accounts function itself.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use authorizer::{App, authorize};
use authz::{Caller, Grant, Role};
use dynamo::{Key, Read, Table};
use jiff::{SignedDuration, civil::Date};
use kernel::{AppointmentId, ErrorCode, MemberId, Settings};
use register::{Accounts, Appointment, AppointmentRow, Member, Node};
use serde_json::{Value, json};
use std::{fs, path::Path};
use testkit::{Bench, Client, Crash, Reply, Town};

const PASSWORD: &str = "jasmine tea at noon";

struct Stage {
    bench: Bench,
    town: Town,
    person: Member,
    accounts: Client,
    app: App,
}

impl Stage {
    async fn new() -> Self {
        Self::with(|settings| settings).await
    }

    async fn with(adjust: impl FnOnce(Settings) -> Settings) -> Self {
        let bench = Bench::with(adjust).await;
        let town = Town::build(&bench).await;
        let person = town.person(1, "陈静", &town.branch).await;
        let hash = accounts::hash_password(PASSWORD).unwrap();
        Table::open(&bench.env, "ACCOUNTS_TABLE").unwrap().put(&accounts::demo_row(person.id, &hash)).await.unwrap();
        let accounts = Client::new(accounts::router(accounts::App::connect(&bench.env).await.unwrap()), None);
        let app = App::connect(&bench.env).await.unwrap();
        Self { bench, town, person, accounts, app }
    }

    async fn appoint(&self, role: Role, node: &Node, from: Date, until: Option<Date>) {
        let appointment = Appointment {
            id: AppointmentId::new(self.bench.now()),
            organization: node.id,
            role,
            holder: self.person.id,
            holder_name: "陈静".try_into().unwrap(),
            from,
            until,
            decision: "〔2024〕1号".try_into().unwrap(),
            version: 1,
        };
        let table = Table::open(&self.bench.env, "ORGANIZATIONS_TABLE").unwrap();
        table.put(&AppointmentRow::of_holder(appointment)).await.unwrap();
    }

    async fn sign_in(&self) -> Reply {
        let body = json!({ "phone": "13900000001", "password": PASSWORD });
        let reply = self.accounts.post("/v1/sessions", body).await;
        assert_eq!(reply.status, 201, "{reply:?}");
        reply
    }

    /// The context for a header; the request goes through.
    async fn context(&self, header: &str) -> Value {
        let (authorized, context) = self.ask(header).await;
        assert!(authorized, "{header:.50}");
        context
    }

    async fn ask(&self, header: &str) -> (bool, Value) {
        let mut question = event("no-bearer");
        question["identitySource"] = json!([header]);
        let answer = authorize(&self.app, serde_json::from_value(question).unwrap()).await;
        let answer = serde_json::to_value(answer).unwrap();
        (answer["isAuthorized"].as_bool().unwrap(), answer["context"].clone())
    }

    async fn with_token(&self, tokens: &Reply) -> Value {
        self.context(&format!("Bearer {}", tokens.text("/accessToken"))).await
    }

    /// The caller of these tokens with these offices, as the gateway hands it on.
    fn caller(&self, tokens: &Reply, grants: &[(Role, &Node)]) -> Value {
        let grants = grants.iter().map(|(role, node)| Grant { role: *role, org: node.id }).collect();
        http_api::context(Ok(&Caller {
            member: self.person.id,
            session: tokens.text("/session").parse().unwrap(),
            grants,
        }))
    }

    fn pass(&self, seconds: i64) {
        self.bench.pass(SignedDuration::from_secs(seconds));
    }
}

fn event(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../events/authorizer.{name}.json"));
    serde_json::from_reader(fs::File::open(path).unwrap()).unwrap()
}

fn refusal(code: ErrorCode) -> Value {
    http_api::context(Err(code))
}

const LONG_AGO: Date = Date::constant(2024, 1, 1);

#[tokio::test]
async fn a_session_is_its_person_with_the_offices_in_force() {
    let stage = Stage::new().await;
    stage.appoint(Role::GroupLeader, &stage.town.group, LONG_AGO, None).await;
    let tokens = stage.sign_in().await;
    let _ = stage.bench.wire.take();
    assert_eq!(stage.with_token(&tokens).await, stage.caller(&tokens, &[(Role::GroupLeader, &stage.town.group)]));
    let mut calls: Vec<_> =
        stage.bench.wire.take().into_iter().map(|call| (call.operation, call.units.to_string())).collect();
    calls.sort();
    assert_eq!(calls, [("GetItem".to_owned(), "1".to_owned()), ("Query".to_owned(), "1".to_owned())], "the budget");
}

#[tokio::test]
async fn without_a_token_of_ours_nobody_is_asked() {
    let stage = Stage::new().await;
    let token = stage.sign_in().await.text("/accessToken");
    let elsewhere = Stage::new().await.sign_in().await.text("/accessToken");
    let settings = stage.bench.env.settings.clone().with("AUDIENCE", "others");
    let env = cloud::Environment { settings, ..stage.bench.env.clone() };
    let same_key = Stage { app: App::connect(&env).await.unwrap(), ..Stage::new().await };
    assert_eq!(
        same_key.context(&format!("Bearer {token}")).await,
        refusal(ErrorCode::Unauthenticated),
        "another audience"
    );

    let _ = stage.bench.wire.take();
    let (head, tail) = token.split_at(token.len() - 4);
    let turned: String = tail.chars().rev().collect();
    for header in [
        String::new(),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        format!("Basic {token}"),
        token.clone(),
        format!("Bearer {elsewhere}"),
        format!("Bearer {head}"),
        format!("Bearer {head}{turned}x"),
        format!("Bearer {token} {token}"),
        "Bearer a.b.c".to_owned(),
    ] {
        assert_eq!(stage.context(&header).await, refusal(ErrorCode::Unauthenticated), "{header:.50}");
    }
    assert_eq!(stage.bench.wire.take(), []);
}

#[tokio::test]
async fn only_what_cannot_be_a_token_is_turned_away_by_the_gateway() {
    let stage = Stage::new().await;
    let header = |length: usize| format!("Bearer {}", "x".repeat(length - 7));
    assert_eq!(stage.ask(&header(4_096)).await, (true, refusal(ErrorCode::Unauthenticated)));
    assert_eq!(stage.ask(&header(4_097)).await, (false, json!({})));
    assert_eq!(stage.ask(&header(100_000)).await, (false, json!({})));
}

#[tokio::test]
async fn an_access_token_lasts_a_quarter_of_an_hour() {
    let stage = Stage::new().await;
    let tokens = stage.sign_in().await;
    stage.pass(904);
    assert_eq!(stage.with_token(&tokens).await, stage.caller(&tokens, &[]), "clocks may differ by five seconds");
    stage.pass(1);
    let _ = stage.bench.wire.take();
    assert_eq!(stage.with_token(&tokens).await, refusal(ErrorCode::TokenExpired));
    assert_eq!(stage.bench.wire.take(), []);
    stage.pass(-905 - 6);
    assert_eq!(stage.with_token(&tokens).await, refusal(ErrorCode::Unauthenticated), "from the future");
}

#[tokio::test]
async fn an_ended_session_is_out_with_the_next_request() {
    let stage = Stage::new().await;
    let (tokens, other) = (stage.sign_in().await, stage.sign_in().await);
    let session = tokens.text("/session").parse().unwrap();
    let client = stage.accounts.with(Caller { session, ..testkit::caller(stage.person.id, &[]) });
    assert_eq!(client.delete("/v1/sessions/current").await.status, 204);
    assert_eq!(stage.with_token(&tokens).await, refusal(ErrorCode::SessionEnded));
    assert_eq!(stage.with_token(&other).await, stage.caller(&other, &[]));
}

#[tokio::test]
async fn a_session_ends_on_its_last_day_to_the_second() {
    let stage = Stage::new().await;
    let mut tokens = stage.sign_in().await;
    for _ in 0..3 {
        stage.pass(29 * 86_400);
        let body = json!({ "refreshToken": tokens.text("/refreshToken") });
        tokens = stage.accounts.post("/v1/sessions/refresh", body).await;
        assert_eq!(tokens.status, 200, "{tokens:?}");
    }
    stage.pass(3 * 86_400 - 100);
    let body = json!({ "refreshToken": tokens.text("/refreshToken") });
    let last = stage.accounts.post("/v1/sessions/refresh", body).await;
    stage.pass(99);
    assert_eq!(stage.with_token(&last).await, stage.caller(&last, &[]));
    stage.pass(1);
    assert_eq!(stage.with_token(&last).await, refusal(ErrorCode::SessionEnded));
}

#[tokio::test]
async fn a_suspended_account_is_out_with_the_next_request() {
    let stage = Stage::new().await;
    let tokens = stage.sign_in().await;
    let administrator =
        testkit::caller(MemberId::from_bytes(9, [9; 10]), &[(Role::SecurityAdministrator, stage.town.city.id)]);
    let administrator = stage.accounts.with(administrator);
    let path = format!("/v1/accounts/{}/suspension", stage.person.id);
    assert_eq!(administrator.post(&path, json!({ "reason": "调查" })).await.status, 204);
    assert_eq!(stage.with_token(&tokens).await, refusal(ErrorCode::AccountSuspended));
    assert_eq!(administrator.delete(&path).await.status, 204);
    assert_eq!(stage.with_token(&tokens).await, refusal(ErrorCode::SessionEnded));
}

#[tokio::test]
async fn offices_that_need_a_second_factor_count_once_it_was_proved() {
    let stage = Stage::new().await;
    stage.appoint(Role::Secretary, &stage.town.branch, LONG_AGO, None).await;
    stage.appoint(Role::GroupLeader, &stage.town.group, LONG_AGO, None).await;
    let tokens = stage.sign_in().await;
    let leader = (Role::GroupLeader, &stage.town.group);
    assert_eq!(
        stage.with_token(&tokens).await,
        stage.caller(&tokens, &[leader]),
        "a demo account, but this is no demo"
    );

    let session = tokens.text("/session").parse().unwrap();
    let client = stage.accounts.with(Caller { session, ..testkit::caller(stage.person.id, &[]) });
    let secret = client.post("/v1/me/second-factor", json!({})).await.text("/secret");
    assert_eq!(stage.with_token(&tokens).await, stage.caller(&tokens, &[leader]), "not confirmed yet");
    let secret = totp_rs::Secret::try_from_base32(secret).unwrap();
    let totp = totp_rs::Builder::new().with_secret(secret).with_account_name("test").build().unwrap();
    let code = totp.generate(u64::try_from(stage.bench.now().as_second()).unwrap()).to_string();
    assert_eq!(client.post("/v1/me/second-factor/confirmations", json!({ "code": code })).await.status, 204);
    let context = stage.with_token(&tokens).await;
    let mut roles: Vec<Grant> = serde_json::from_str(context["grants"].as_str().unwrap()).unwrap();
    roles.sort_by_key(|grant| grant.role);
    let expected = [(Role::Secretary, stage.town.branch.id), (Role::GroupLeader, stage.town.group.id)];
    assert_eq!(roles, expected.map(|(role, org)| Grant { role, org }), "with the same access token");
}

#[tokio::test]
async fn demo_accounts_do_without_where_the_deployment_says_so_and_others_do_not() {
    let stage = Stage::with(|settings| settings.with("SECOND_FACTOR", "demo")).await;
    stage.appoint(Role::Secretary, &stage.town.branch, LONG_AGO, None).await;
    let tokens = stage.sign_in().await;
    assert_eq!(stage.with_token(&tokens).await, stage.caller(&tokens, &[(Role::Secretary, &stage.town.branch)]));

    // The same account without the mark.
    let table = Table::open(&stage.bench.env, "ACCOUNTS_TABLE").unwrap();
    let mut row: Value = table.get(Accounts::key(stage.person.id), Read::Consistent).await.unwrap().unwrap();
    row.as_object_mut().unwrap().remove("demo").unwrap();
    table.put(&row).await.unwrap();
    assert_eq!(stage.with_token(&tokens).await, stage.caller(&tokens, &[]));
}

#[tokio::test]
async fn production_takes_no_demonstration() {
    for (mode, stage, starts) in
        [("demo", "prod", false), ("required", "prod", true), ("demo", "dev", true), ("off", "dev", false)]
    {
        let bench = Bench::with(|settings| settings.with("SECOND_FACTOR", mode).with("STAGE", stage)).await;
        assert_eq!(App::connect(&bench.env).await.is_ok(), starts, "{mode} {stage}");
    }
}

#[tokio::test]
async fn an_office_begins_and_ends_with_the_day_in_shanghai() {
    let stage = Stage::new().await;
    let today = Date::constant(2026, 11, 24);
    stage
        .appoint(Role::GroupLeader, &stage.town.group, today.tomorrow().unwrap(), Some(today.tomorrow().unwrap()))
        .await;
    stage.appoint(Role::CommitteeMember, &stage.town.branch, LONG_AGO, Some(today.yesterday().unwrap())).await;
    let mut tokens = stage.sign_in().await;
    assert_eq!(stage.with_token(&tokens).await, stage.caller(&tokens, &[]));
    // It is ten in the morning.
    stage.pass(14 * 3_600 - 1);
    tokens = stage.sign_in().await;
    assert_eq!(stage.with_token(&tokens).await, stage.caller(&tokens, &[]), "the last second of the day before");
    stage.pass(1);
    assert_eq!(stage.with_token(&tokens).await, stage.caller(&tokens, &[(Role::GroupLeader, &stage.town.group)]));
    stage.pass(86_400 - 1);
    tokens = stage.sign_in().await;
    assert_eq!(stage.with_token(&tokens).await, stage.caller(&tokens, &[(Role::GroupLeader, &stage.town.group)]));
    stage.pass(1);
    assert_eq!(stage.with_token(&tokens).await, stage.caller(&tokens, &[]), "the day after");
}

#[tokio::test]
async fn when_the_store_does_not_answer_the_client_is_told_to_come_again() {
    let stage = Stage::new().await;
    let tokens = stage.sign_in().await;
    for at in [Crash::Before(0), Crash::After(0), Crash::Before(1), Crash::After(1)] {
        stage.bench.wire.crash(Some(at));
        assert_eq!(stage.with_token(&tokens).await, refusal(ErrorCode::Unavailable), "{at:?}");
    }
    stage.bench.wire.crash(None);
    assert_eq!(stage.with_token(&tokens).await, stage.caller(&tokens, &[]));
}

#[tokio::test]
async fn an_account_that_cannot_be_read_lets_nobody_in() {
    let stage = Stage::new().await;
    let tokens = stage.sign_in().await;
    let table = Table::open(&stage.bench.env, "ACCOUNTS_TABLE").unwrap();
    let mut row: Value = table.get(Accounts::key(stage.person.id), Read::Consistent).await.unwrap().unwrap();
    row["status"] = json!("unheard-of");
    table.put(&row).await.unwrap();
    assert_eq!(stage.with_token(&tokens).await, refusal(ErrorCode::Internal));
}

#[tokio::test]
async fn nothing_that_proves_anything_leaves_the_store() {
    let stage = Stage::new().await;
    let tokens = stage.sign_in().await;
    let key = Accounts::key(stage.person.id);
    let table = Table::open(&stage.bench.env, "ACCOUNTS_TABLE").unwrap();
    let session = tokens.text("/session");
    let wanted: [&[&str]; 3] = [&["status"], &["sessions", &session, "expiresAt"], &["absent", "thing"]];
    let part: Value = table.get_part(key, Read::Consistent, &wanted).await.unwrap().unwrap();
    let sessions = json!({ session.clone(): { "expiresAt": tokens.text("/refreshExpiresAt") } });
    assert_eq!(part, json!({ "status": "active", "sessions": sessions }));
    let nothing: Option<Value> = table.get_part(Key::new("x", "y"), Read::Consistent, &wanted).await.unwrap();
    assert_eq!(nothing, None);
}

#[tokio::test]
async fn every_event_is_answered() {
    let stage = Stage::new().await;
    for name in ["no-bearer", "forged-token"] {
        let answer = authorize(&stage.app, serde_json::from_value(event(name)).unwrap()).await;
        assert_eq!((answer.is_authorized, answer.context), (true, refusal(ErrorCode::Unauthenticated)), "{name}");
    }
}
