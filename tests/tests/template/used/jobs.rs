//! What functions call that no request waits for: jobs, each on what requests left for it.

use blob::Bucket;
use cloud::Environment;
use dynamo::{Activity, ActivityRow, Actor, Table};
use jiff::SignedDuration;
use kernel::{Clock, shanghai_day};
use seal::Seals;
use serde_json::{Value, json};
use system::{
    Scene,
    tour::{Ask, imports::leave_unfinished, media::leave_behind},
};
use testkit::{Call, Town, Wire};

/// The calls of each function.
type Calls = Vec<(&'static str, Vec<Call>)>;

/// What a function of a scene is started with, and the wire that its calls go over.
fn wired(scene: &Scene) -> (Environment, Wire) {
    let wire = Wire::default();
    let (settings, clock) = (scene.bench.env.settings.clone(), scene.bench.env.clock.clone());
    (Environment::with_http(settings, clock, wire.client()).unwrap(), wire)
}

fn event(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// What has to be done, or can be, once the example of `route` was sent.
pub(super) async fn after(scene: &Scene, route: &str, ask: &Ask) -> Calls {
    match route {
        "/v1/organizations/{organization}/move" => vec![("relocation", Box::pin(relocation(scene)).await)],
        "/v1/audit/proofs/{activity}" => vec![("audit-seal", Box::pin(seal(scene)).await)],
        "/v1/sessions" => vec![("authorizer", Box::pin(authorizer(scene, ask)).await)],
        _ => Vec::new(),
    }
}

/// What is left over by requests that nobody finished, in every state that it can be left in.
pub(super) async fn left_over() -> Calls {
    let scene = Scene::set().await;
    let _ = scene.wire("imports").take();
    Box::pin(leave_unfinished(&scene)).await;
    let mut calls =
        vec![("imports", scene.wire("imports").take()), ("import-jobs", Box::pin(import_jobs(&scene)).await)];

    let scene = Scene::at(Clock::system().now()).await;
    Box::pin(leave_behind(&scene)).await;
    calls.push(("media-sweep", Box::pin(media_sweep(&scene)).await));
    let own = scene.client("media").with(Town::caller(&scene.member, &[]));
    let path = format!("/v1/media?organization={}", scene.town.branch.id);
    assert_eq!(own.get(&path).await.status, 200, "a member sees what is kept for the branch");
    calls.push(("media", scene.wire("media").take()));
    calls
}

async fn relocation(scene: &Scene) -> Vec<Call> {
    let (env, wire) = wired(scene);
    let app = relocation::App::connect(&env).await.unwrap();
    relocation::run(&app, event(include_str!("../../../../events/relocation.json"))).await.unwrap();
    wire.take()
}

/// The night after: one day is sealed, the next one is to be.
async fn seal(scene: &Scene) -> Vec<Call> {
    let day = SignedDuration::from_hours(24);
    scene.bench.pass(day);
    let (env, wire) = wired(scene);
    let app = audit_seal::App::connect(&env).await.unwrap();
    let at = scene.bench.now() - day;
    let told = Activity::new(at, Actor::job("test"), "thing.made", scene.town.branch.id, "x");
    let table = Table::open(&scene.bench.env, "ACTIVITIES_TABLE").unwrap();
    table.put(&ActivityRow::from(told)).await.unwrap();
    let mut event = event(include_str!("../../../../events/audit-seal.json"));
    event["time"] = json!(scene.bench.now());
    audit_seal::run(&app, event.clone()).await.unwrap();
    // As after a run that died before the head of the day.
    let head = Seals::head_key(shanghai_day(at));
    Bucket::open(&scene.bench.env, "SEAL_BUCKET").unwrap().delete(&head).await.unwrap();
    audit_seal::run(&app, event).await.unwrap();
    wire.take()
}

/// The token of a sign-in is checked.
async fn authorizer(scene: &Scene, ask: &Ask) -> Vec<Call> {
    let tokens = ask.send("POST", &scene.client("accounts")).await;
    let (env, wire) = wired(scene);
    let app = authorizer::App::connect(&env).await.unwrap();
    let mut question = event(include_str!("../../../../events/authorizer.forged-token.json"));
    question["identitySource"] = json!([format!("Bearer {}", tokens.text("/accessToken"))]);
    let verdict = authorizer::authorize(&app, serde_json::from_value(question).unwrap()).await;
    assert!(verdict.context["member"].is_string(), "{verdict:?}");
    wire.take()
}

async fn import_jobs(scene: &Scene) -> Vec<Call> {
    let (env, wire) = wired(scene);
    let app = import_jobs::App::connect(&env).await.unwrap();
    let report = import_jobs::run(&app, event(include_str!("../../../../events/import-jobs.json"))).await.unwrap();
    assert_eq!(report, json!({ "jobs": 5, "finished": 5, "failed": 0 }));
    wire.take()
}

/// With a page of one, so that a run does not come to the end.
async fn media_sweep(scene: &Scene) -> Vec<Call> {
    let (env, wire) = wired(scene);
    let app = media_sweep::App::connect(&env).await.unwrap();
    let app = app.within(media_sweep::Bounds { uploads: 10, page: 1, pages: 1 });
    for _ in 0..3 {
        media_sweep::run(&app, event(include_str!("../../../../events/media-sweep.json"))).await.unwrap();
    }
    wire.take()
}
