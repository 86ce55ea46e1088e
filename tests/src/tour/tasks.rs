//! Tasks of the branch.

use super::{Ask, For, Step, day, hour, step};
use crate::Scene;
use authz::{Action, Role};
use dynamo::Ledger;
use futures_util::future::BoxFuture;
use jiff::SignedDuration;
use serde_json::{Value, json};
use task_records::{TaskRow, Tasks, shard};
use testkit::{Client, Town};

/// A key task that the member of the scene answers for.
fn key(scene: &Scene) -> Value {
    json!({
        "kind": "key", "organization": scene.town.branch.id, "owner": scene.member.id, "title": "示范点建设",
        "dueAt": hour(day(scene, 24), 18),
    })
}

/// The branch calls the one beside it.
fn whistle(scene: &Scene) -> Value {
    json!({
        "kind": "whistle", "organization": scene.town.street.id, "caller": scene.town.branch.id,
        "owner": scene.member.id, "title": "消防通道被占用", "dueAt": hour(day(scene, 24), 18),
    })
}

/// Two parts, both answered for by the member.
fn parts(scene: &Scene) -> Value {
    let part = |weight| json!({ "organization": scene.town.branch.id, "owner": scene.member.id, "title": "走访", "weight": weight });
    json!({ "parts": [part(60), part(40)] })
}

fn secretary(scene: &Scene) -> Client {
    scene.client("tasks").with(Town::caller(&scene.secretary, &[(Role::Secretary, &scene.town.branch)]))
}

/// The member, who answers for every task here.
fn owner(scene: &Scene) -> Client {
    scene.client("tasks").with(Town::caller(&scene.member, &[]))
}

/// The path of a task that was issued.
async fn issued(scene: &Scene, task: Value) -> String {
    secretary(scene).post("/v1/tasks", task).await.header("location").to_owned()
}

/// One that was signed.
async fn signed(scene: &Scene, task: Value) -> String {
    let path = issued(scene, task).await;
    owner(scene).send("POST", &format!("{path}/sign"), None).await;
    path
}

/// One that was handed in.
async fn submitted(scene: &Scene, task: Value) -> String {
    let path = signed(scene, task).await;
    // So that the thread has one order.
    scene.bench.pass(SignedDuration::from_secs(1));
    owner(scene).post(&format!("{path}/progress"), json!({ "percent": 100, "note": "已完成" })).await;
    owner(scene).send("POST", &format!("{path}/submit"), None).await;
    path
}

/// One that was split, and the first of its parts, which is signed.
async fn split(scene: &Scene) -> (String, String) {
    let path = issued(scene, key(scene)).await;
    // So that lists have the parts behind it.
    scene.bench.pass(SignedDuration::from_secs(1));
    secretary(scene).post(&format!("{path}/split"), parts(scene)).await;
    let rollup = secretary(scene).get(&format!("{path}/rollup")).await;
    let part = format!("/v1/tasks/{}", rollup.text("/parts/0/task"));
    owner(scene).send("POST", &format!("{part}/sign"), None).await;
    (path, part)
}

/// A board of a task that was split.
async fn board(scene: &Scene) -> String {
    split(scene).await.0.replace("/tasks/", "/boards/")
}

/// Leaves behind what `task-warnings` is there for: the member was given a task and does nothing about it, and one that was
/// split whose parts are not rolled up.
pub async fn leave_news(scene: &Scene) {
    signed(scene, key(scene)).await;
    let tasks = Tasks::open(&scene.bench.env, Ledger::of_job(&scene.bench.env).unwrap()).unwrap();
    let (_, part) = split(scene).await;
    let id = part.rsplit('/').next().unwrap().parse().unwrap();
    let mut marked = tasks.row(id).await.unwrap();
    (marked.rollup, marked.rollup_key) =
        (Some(TaskRow::rollup(shard(&marked.root))), Some(format!("{}#{id}", marked.root)));
    tasks.table().put(&marked).await.unwrap();
}

fn switch(scene: &Scene) -> Value {
    json!({ "shown": true, "until": day(scene, 24), "reason": "年终评比" })
}

const fn task(
    method: &'static str,
    route: &'static str,
    whom: For,
    status: u16,
    ask: fn(&Scene) -> BoxFuture<'_, Ask>,
) -> Step {
    step("tasks", method, route, whom, status, ask)
}

const READ: For = For::Whoever(Action::ReadTask);

pub(super) const STEPS: &[Step] = &[
    task("POST", "/v1/tasks", For::Whoever(Action::CreateTask), 201, |scene| {
        Box::pin(async { Ask::with("/v1/tasks", key(scene)) })
    }),
    task("GET", "/v1/tasks", READ, 200, |scene| {
        Box::pin(async {
            split(scene).await;
            Ask::get(format!("/v1/tasks?organization={}", scene.town.branch.id))
        })
    }),
    task("GET", "/v1/tasks/{task}", READ, 200, |scene| Box::pin(async { Ask::get(split(scene).await.0) })),
    task("POST", "/v1/tasks/{task}/split", For::Whoever(Action::CreateTask), 200, |scene| {
        Box::pin(async { Ask::with(format!("{}/split", issued(scene, key(scene)).await), parts(scene)) })
    }),
    task("GET", "/v1/tasks/{task}/rollup", READ, 200, |scene| {
        Box::pin(async { Ask::get(format!("{}/rollup", split(scene).await.0)) })
    }),
    task("POST", "/v1/tasks/{task}/sign", For::Oneself, 200, |scene| {
        Box::pin(async { Ask::get(format!("{}/sign", issued(scene, key(scene)).await)) })
    }),
    // Of a part, so that there is something above to be rolled up; with a document of the branch.
    task("POST", "/v1/tasks/{task}/progress", For::Oneself, 200, |scene| {
        Box::pin(async {
            let media = super::media::kept(scene).await.replace("/v1/media/", "");
            let body = json!({ "percent": 45, "note": "已走访 45 户", "evidence": [media] });
            Ask::with(format!("{}/progress", split(scene).await.1), body)
        })
    }),
    task("POST", "/v1/tasks/{task}/submit", For::Oneself, 200, |scene| {
        Box::pin(async {
            let path = signed(scene, key(scene)).await;
            owner(scene).post(&format!("{path}/progress"), json!({ "percent": 100, "note": "已完成" })).await;
            Ask::get(format!("{path}/submit"))
        })
    }),
    // Of a part: whoever accepts it changes what is done of the whole.
    task("POST", "/v1/tasks/{task}/decision", For::Whoever(Action::DecideTask), 200, |scene| {
        Box::pin(async {
            let (_, part) = split(scene).await;
            owner(scene).post(&format!("{part}/progress"), json!({ "percent": 100, "note": "已完成" })).await;
            owner(scene).send("POST", &format!("{part}/submit"), None).await;
            Ask::with(format!("{part}/decision"), json!({ "accept": true }))
        })
    }),
    task("POST", "/v1/tasks/{task}/rating", For::Whoever(Action::CallWhistle), 200, |scene| {
        Box::pin(async {
            let path = submitted(scene, whistle(scene)).await;
            Ask::with(format!("{path}/rating"), json!({ "stars": 5, "note": "通道已清理" }))
        })
    }),
    // With everything below it.
    task("POST", "/v1/tasks/{task}/withdraw", For::Whoever(Action::CreateTask), 200, |scene| {
        Box::pin(async {
            let (path, part) = split(scene).await;
            owner(scene).post(&format!("{part}/progress"), json!({ "percent": 45, "note": "已走访 45 户" })).await;
            Ask::with(format!("{path}/withdraw"), json!({ "reason": "工作调整" }))
        })
    }),
    task("POST", "/v1/tasks/{task}/comments", READ, 201, |scene| {
        Box::pin(async {
            Ask::with(format!("{}/comments", issued(scene, key(scene)).await), json!({ "text": "请抓紧" }))
        })
    }),
    task("GET", "/v1/tasks/{task}/comments", READ, 200, |scene| {
        Box::pin(async { Ask::get(format!("{}/comments", submitted(scene, key(scene)).await)) })
    }),
    task("GET", "/v1/me/tasks", For::Oneself, 200, |scene| {
        Box::pin(async {
            split(scene).await;
            Ask::get("/v1/me/tasks")
        })
    }),
    task("GET", "/v1/me/bills", For::Oneself, 200, |_| Box::pin(async { Ask::get("/v1/me/bills") })),
    task("GET", "/v1/boards/{task}", READ, 200, |scene| Box::pin(async { Ask::get(board(scene).await) })),
    task("GET", "/v1/boards/{task}/ranking", For::Whoever(Action::ShowRanking), 200, |scene| {
        Box::pin(async {
            let path = format!("{}/ranking", board(scene).await);
            secretary(scene).put(&path, switch(scene)).await;
            Ask::get(path)
        })
    }),
    task("PUT", "/v1/boards/{task}/ranking", For::Whoever(Action::ShowRanking), 200, |scene| {
        Box::pin(async { Ask::with(format!("{}/ranking", board(scene).await), switch(scene)) })
    }),
];
