//! What functions call that no request waits for: jobs, each on what requests left for it.

use blob::Bucket;
use cloud::Environment;
use dynamo::{Activity, ActivityRow, Actor, Key, Read, Stretch, Table};
use jiff::{SignedDuration, Timestamp};
use kernel::{Clock, shanghai_day};
use seal::Seals;
use serde_json::{Value, json};
use system::{
    Scene,
    tour::{
        Ask,
        analytics::night,
        dues::leave_open,
        findings::leave_to_be_found,
        imports::leave_unfinished,
        inbox::{in_office, leave_undelivered},
        media::leave_behind,
        tasks::leave_news,
    },
};
use testkit::{Call, Town, Wire, stream_event};

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
        "/v1/meetings/{meeting}" => vec![("meeting-notices", Box::pin(meeting_notices(scene)).await)],
        "/v1/jobs" => vec![("job-watch", Box::pin(watch(scene)).await)],
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

    let scene = Scene::set().await;
    Box::pin(leave_undelivered(&scene)).await;
    calls.push(("notifier", Box::pin(notifier(&scene)).await));

    let scene = Scene::set().await;
    Box::pin(leave_news(&scene)).await;
    calls.push(("task-warnings", Box::pin(task_warnings(&scene)).await));

    let scene = Scene::set().await;
    Box::pin(leave_open(&scene)).await;
    calls.push(("dues-bills", Box::pin(dues_bills(&scene)).await));

    let scene = Scene::set().await;
    Box::pin(leave_to_be_found(&scene)).await;
    calls.push(("nightly-findings", Box::pin(nightly_findings(&scene)).await));

    let scene = Scene::set().await;
    calls.push(("nightly-scoring", Box::pin(nightly_scoring(&scene)).await));

    let scene = Scene::set().await;
    calls.push(("rollup", Box::pin(rollup(&scene)).await));
    Box::pin(night(&scene)).await;
    let path = format!("/v1/analytics/organizations?organization={}&by=area", scene.town.city.id);
    assert_eq!(scene.chief("analytics").get(&path).await.status, 200, "what stands directly below a committee");
    calls.push(("analytics", scene.wire("analytics").take()));

    let scene = Scene::at(Clock::system().now()).await;
    Box::pin(leave_behind(&scene)).await;
    calls.push(("media-sweep", Box::pin(media_sweep(&scene)).await));
    let own = scene.client("media").with(Town::caller(&scene.member, &[]));
    let path = format!("/v1/media?organization={}", scene.town.branch.id);
    assert_eq!(own.get(&path).await.status, 200, "a member sees what is kept for the branch");
    calls.push(("media", scene.wire("media").take()));

    let scene = Scene::set().await;
    let officer = Box::pin(in_office(&scene)).await;
    let _ = scene.wire("inbox").take();
    assert_eq!(officer.get("/v1/me/todos").await.status, 200, "an officer sees what waits for them");
    calls.push(("inbox", scene.wire("inbox").take()));
    calls
}

async fn relocation(scene: &Scene) -> Vec<Call> {
    let (env, wire) = wired(scene);
    let app = relocation::App::connect(&env).await.unwrap();
    relocation::run(&app, event(include_str!("../../../../../events/relocation.json"))).await.unwrap();
    wire.take()
}

/// The trace says that something was done in the branch.
async fn tell(scene: &Scene, at: Timestamp) {
    let told = Activity::new(at, Actor::job("test"), "thing.made", scene.town.branch.id, "x");
    let table = Table::open(&scene.bench.env, "ACTIVITIES_TABLE").unwrap();
    table.put(&ActivityRow::from(told)).await.unwrap();
}

/// The night after: one day is sealed, the next one is to be.
async fn seal(scene: &Scene) -> Vec<Call> {
    let day = SignedDuration::from_hours(24);
    scene.bench.pass(day);
    let (env, wire) = wired(scene);
    let app = audit_seal::App::connect(&env).await.unwrap();
    let at = scene.bench.now() - day;
    tell(scene, at).await;
    let mut event = event(include_str!("../../../../../events/audit-seal.json"));
    event["time"] = json!(scene.bench.now());
    audit_seal::run(&app, event.clone()).await.unwrap();
    // As after a run that died before the head of the day.
    let head = Seals::head_key(shanghai_day(at));
    Bucket::open(&scene.bench.env, "SEAL_BUCKET").unwrap().delete(&head).await.unwrap();
    audit_seal::run(&app, event).await.unwrap();
    wire.take()
}

/// The first night, which asks for every branch, and the one after something was done in a branch.
async fn nightly_scoring(scene: &Scene) -> Vec<Call> {
    let (env, wire) = wired(scene);
    let app = nightly_scoring::App::connect(&env).await.unwrap();
    for asked in [2, 1] {
        tell(scene, scene.bench.now()).await;
        scene.bench.pass(SignedDuration::from_hours(24));
        let mut event = event(include_str!("../../../../../events/nightly-scoring.json"));
        event["time"] = json!(scene.bench.now());
        let report = nightly_scoring::run(&app, event).await.unwrap();
        assert_eq!((&report["organizations"], &report["messages"]), (&json!(asked), &json!(1)), "{report}");
        let batch = scene.bench.post.batch().unwrap();
        let answer = nightly_scoring::run(&app, batch.clone()).await.unwrap();
        assert!(scene.bench.post.answered(&batch, &answer), "{answer}");
    }
    wire.take()
}

/// The stream brings what was done in a branch, and the night after it: the first one, which asks every organisation, and another.
async fn rollup(scene: &Scene) -> Vec<Call> {
    let (env, wire) = wired(scene);
    let app = rollup::App::connect(&env).await.unwrap();
    for number in [1, 2] {
        let told = Activity::new(scene.bench.now(), Actor::job("test"), "task.issued", scene.town.branch.id, "x");
        let row = ActivityRow::from(told);
        Table::open(&scene.bench.env, "ACTIVITIES_TABLE").unwrap().put(&row).await.unwrap();
        scene.bench.pass(SignedDuration::from_hours(24));
        rollup::run(&app, stream_event([(number, &row)])).await.unwrap();
        let mut event = event(include_str!("../../../../../events/rollup.json"));
        event["time"] = json!(scene.bench.now());
        let report = rollup::run(&app, event).await.unwrap();
        assert_eq!((&report["organizations"], &report["differences"]), (&json!(1), &json!(0)), "{report}");
    }
    wire.take()
}

/// A night that finds what is to be decided about two persons, and one that finds the same.
async fn nightly_findings(scene: &Scene) -> Vec<Call> {
    let (env, wire) = wired(scene);
    let app = nightly_findings::App::connect(&env).await.unwrap();
    for (days, found) in [(0, true), (1, false)] {
        scene.bench.pass(SignedDuration::from_hours(24 * days));
        let mut event = event(include_str!("../../../../../events/nightly-findings.json"));
        event["time"] = json!(scene.bench.now());
        let report = nightly_findings::run(&app, event).await.unwrap();
        assert_eq!(report["opened"].as_u64().unwrap() >= 2, found, "{report}");
        assert_eq!(report["told"].as_u64().unwrap() > 0, found, "{report}");
    }
    wire.take()
}

/// The token of a sign-in is checked.
async fn authorizer(scene: &Scene, ask: &Ask) -> Vec<Call> {
    let tokens = ask.send("POST", &scene.client("accounts")).await;
    let (env, wire) = wired(scene);
    let app = authorizer::App::connect(&env).await.unwrap();
    let mut question = event(include_str!("../../../../../events/authorizer.forged-token.json"));
    question["identitySource"] = json!([format!("Bearer {}", tokens.text("/accessToken"))]);
    let verdict = authorizer::authorize(&app, serde_json::from_value(question).unwrap()).await;
    assert!(verdict.context["member"].is_string(), "{verdict:?}");
    wire.take()
}

async fn import_jobs(scene: &Scene) -> Vec<Call> {
    let (env, wire) = wired(scene);
    let app = import_jobs::App::connect(&env).await.unwrap();
    let report = import_jobs::run(&app, event(include_str!("../../../../../events/import-jobs.json"))).await.unwrap();
    assert_eq!(report, json!({ "jobs": 5, "finished": 5, "failed": 0 }));
    wire.take()
}

async fn watch(scene: &Scene) -> Vec<Call> {
    let (env, wire) = wired(scene);
    let app = job_watch::App::connect(&env).await.unwrap();
    job_watch::run(&app, event(include_str!("../../../../../events/job-watch.json"))).await.unwrap();
    wire.take()
}

/// A person hears something, the service of a robot is down for good, and a message finds no robot any more.
async fn notifier(scene: &Scene) -> Vec<Call> {
    let (mut env, wire) = wired(scene);
    env.settings = env.settings.with("ROBOT_ENDPOINT", "http://127.0.0.1:1").with("DELIVERY_TRIES", "1");
    let app = notifier::App::connect(&env).await.unwrap();
    let report = notifier::run(&app, event(include_str!("../../../../../events/notifier.json"))).await.unwrap();
    let ends = ["sent", "dead", "dropped"].map(|end| report[end].as_u64());
    assert_eq!(ends, [Some(1); 3], "{report}");
    wire.take()
}

/// A task is new, red, and not answered; on a day after that there is a bill.
async fn task_warnings(scene: &Scene) -> Vec<Call> {
    let (env, wire) = wired(scene);
    let app = task_warnings::App::connect(&env).await.unwrap();
    for days in [0, 10, 6] {
        scene.bench.pass(SignedDuration::from_hours(24 * days));
        let mut event = event(include_str!("../../../../../events/task-warnings.json"));
        event["time"] = json!(scene.bench.now());
        task_warnings::run(&app, event).await.unwrap();
    }
    let mut event = self::event(include_str!("../../../../../events/task-warnings.bills.json"));
    event["time"] = json!(scene.bench.now());
    let report = task_warnings::run(&app, event).await.unwrap();
    assert_eq!(report["bills"], 1, "{report}");
    let mut event = self::event(include_str!("../../../../../events/task-warnings.recount.json"));
    event["time"] = json!(scene.bench.now());
    task_warnings::run(&app, event).await.unwrap();
    wire.take()
}

/// A meeting was moved; what was told of it is to be told once more, as after a run that died. In the end nothing is left to
/// tell.
async fn meeting_notices(scene: &Scene) -> Vec<Call> {
    let table = Table::open(&scene.bench.env, "MEETINGS_TABLE").unwrap();
    let mut rows: Vec<Value> = Vec::new();
    for shard in 0..8 {
        let due = Stretch::whole(format!("TELL#{shard}")).of_index("tell", "tellShard", "tellKey");
        for key in table.first::<Value>(&due, 10).await.unwrap().items {
            let key = Key::new(key["pk"].as_str().unwrap(), "TELL");
            rows.extend(table.get::<Value>(key, Read::Consistent).await.unwrap());
        }
    }
    let (env, wire) = wired(scene);
    let app = meeting_notices::App::connect(&env).await.unwrap();
    for (run, days) in [0, 0, 20].into_iter().enumerate() {
        scene.bench.pass(SignedDuration::from_hours(24 * days));
        let mut event = event(include_str!("../../../../../events/meeting-notices.json"));
        event["time"] = json!(scene.bench.now());
        meeting_notices::run(&app, event).await.unwrap();
        if run == 0 {
            table.put_all(&rows).await.unwrap();
        }
    }
    wire.take()
}

/// Bills of the next month, and a member who has not paid for three months and then for six.
async fn dues_bills(scene: &Scene) -> Vec<Call> {
    let (env, wire) = wired(scene);
    let app = dues_bills::App::connect(&env).await.unwrap();
    for (job, days) in [("dues-bills", 7), ("dues-bills.arrears", 0), ("dues-bills.arrears", 93)] {
        scene.bench.pass(SignedDuration::from_hours(24 * days));
        let mut event = event(include_str!("../../../../../events/dues-bills.json"));
        event["time"] = json!(scene.bench.now());
        event["detail"]["job"] = json!(job);
        dues_bills::run(&app, event).await.unwrap();
    }
    wire.take()
}

/// With a page of one, so that a run does not come to the end.
async fn media_sweep(scene: &Scene) -> Vec<Call> {
    let (env, wire) = wired(scene);
    let app = media_sweep::App::connect(&env).await.unwrap();
    let app = app.within(media_sweep::Bounds { uploads: 10, page: 1, pages: 1 });
    for _ in 0..3 {
        media_sweep::run(&app, event(include_str!("../../../../../events/media-sweep.json"))).await.unwrap();
    }
    wire.take()
}
