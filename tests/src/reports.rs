//! Many people at work on one tree of tasks whose store misbehaves: they report, hand in, decide and withdraw at once, ask
//! again until they are answered, and sometimes send the same twice. In the end everything that was acknowledged is there
//! once, and the sums are those that a recount finds. Meanwhile the job that warns is delivered twice at a time, again and again,
//! and at last cut off in the middle.

use crate::{
    Content, Scene, invariants,
    invoker::{self, JOBS},
};
use dynamo::Ledger;
use fastrand::Rng;
use futures_util::future::join_all;
use kernel::{Clock, TaskId};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};
use task_records::{Difference, Tasks};
use testkit::{Chaos, Client, Faults, Reply, Tally, Town};

/// Who does how much.
#[derive(Debug, Clone, Copy)]
pub struct Crowd {
    /// People at once.
    pub people: u64,
    /// Progress reports of each.
    pub reports: u64,
    /// Parts of the root, of each of these, and of each of those.
    pub widths: [u64; 3],
}

/// What became of it.
#[derive(Debug, Default)]
pub struct Reports {
    /// Requests, with those that were sent again.
    pub requests: u64,
    /// Steps that were acknowledged, by what was done.
    pub acknowledged: BTreeMap<&'static str, u64>,
    /// Steps that a rule refused, by code.
    pub refused: BTreeMap<String, u64>,
    /// Answers to the same request that was sent once more.
    pub repeated: u64,
    /// Events of the job that warns which were delivered, each twice at once.
    pub events: u64,
    /// Roll-ups that had been left to the next reader.
    pub left: usize,
    /// Tasks that were counted again.
    pub recounted: usize,
    /// Tasks whose sum is not what their parts come to.
    pub differences: Vec<Difference>,
    /// Acknowledged, and not there.
    pub lost: Vec<String>,
    /// There more often than it was acknowledged.
    pub duplicated: Vec<String>,
    /// What else is not as it must be.
    pub violations: Vec<String>,
    /// What the store did.
    pub tally: Tally,
}

impl Reports {
    /// Whether everything is as it must be.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.lost.is_empty()
            && self.duplicated.is_empty()
            && self.violations.is_empty()
            && self.differences.is_empty()
            && self.recounted > 0
    }
}

impl fmt::Display for Reports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "requests      {:>9}", self.requests)?;
        writeln!(f, "attempts      {:>9}", self.tally.attempts)?;
        writeln!(f, "faults        {:>9}   {:?}", self.tally.faults.values().sum::<u64>(), self.tally.faults)?;
        writeln!(f, "acknowledged  {:>9}   {:?}", self.acknowledged.values().sum::<u64>(), self.acknowledged)?;
        writeln!(f, "refused       {:>9}   {:?}", self.refused.values().sum::<u64>(), self.refused)?;
        writeln!(f, "sent twice    {:>9}", self.repeated)?;
        writeln!(f, "events        {:>9}   of task-warnings, each delivered twice at once", self.events)?;
        writeln!(f, "left          {:>9}   roll-ups", self.left)?;
        writeln!(f, "recounted     {:>9}   {} differences", self.recounted, self.differences.len())?;
        for (name, found) in [("lost", &self.lost), ("duplicated", &self.duplicated), ("violations", &self.violations)]
        {
            writeln!(f, "{name:13} {:>9}", found.len())?;
            found.iter().take(10).try_for_each(|what| writeln!(f, "  {what}"))?;
        }
        Ok(())
    }
}

/// A root that was split over three levels; the paths of what is not split, and of what stands above them.
struct Tree {
    root: TaskId,
    leaves: Vec<String>,
    above: Vec<String>,
}

/// Splits the task at `path` into `width` parts; their paths.
async fn split(scene: &Scene, path: &str, width: u64) -> Vec<String> {
    let officer = scene.chief("tasks");
    let part = |n: u64| {
        let weight = 100 / width + u64::from(n < 100 % width);
        json!({ "organization": scene.town.branch.id, "owner": scene.member.id, "title": "走访", "weight": weight })
    };
    let parts: Vec<Value> = (0..width).map(part).collect();
    let reply = officer.post(&format!("{path}/split"), json!({ "parts": parts })).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let rollup = officer.get(&format!("{path}/rollup")).await;
    let parts = rollup.body["parts"].as_array().unwrap();
    parts.iter().map(|part| format!("/v1/tasks/{}", part["task"].as_str().unwrap())).collect()
}

async fn tree(scene: &Scene, [wide, deep, leaves]: [u64; 3]) -> Tree {
    let body = json!({
        "kind": "key", "organization": scene.town.street.id, "owner": scene.member.id, "title": "示范点建设",
        "dueAt": "2026-12-18T10:00:00Z",
    });
    let root = scene.chief("tasks").post("/v1/tasks", body).await;
    let path = root.header("location").to_owned();
    let mut tree = Tree { root: root.text("/id").parse().unwrap(), leaves: Vec::new(), above: Vec::new() };
    for part in split(scene, &path, wide).await {
        for below in split(scene, &part, deep).await {
            tree.leaves.extend(split(scene, &below, leaves).await);
            tree.above.push(below);
        }
        tree.above.push(part);
    }
    let owner = scene.client("tasks").with(Town::caller(&scene.member, &[]));
    for leaf in &tree.leaves {
        assert_eq!(owner.send("POST", &format!("{leaf}/sign"), None).await.status, 200);
    }
    tree
}

/// One of the people.
struct Worker<'a> {
    scene: &'a Scene,
    tree: &'a Tree,
    dice: Rng,
    found: &'a Mutex<Reports>,
}

impl Worker<'_> {
    fn note(&self, what: impl FnOnce(&mut Reports)) {
        what(&mut self.found.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Sends a request again and again until it is answered.
    async fn insist(&self, client: &Client, path: &str, body: Option<&Value>) -> Reply {
        loop {
            let reply = client.send("POST", path, body.map(Value::to_string)).await;
            let wrong = invariants::of_reply(&reply).map(|what| format!("{what} ({path})"));
            self.note(|found| {
                found.requests += 1;
                found.violations.extend(wrong);
            });
            if reply.status < 500 {
                return reply;
            }
        }
    }

    /// Takes a step, and one time in ten sends the same once more, as an impatient phone does.
    async fn step(&mut self, what: &'static str, client: Client, path: String, body: Option<Value>) {
        let reply = self.insist(&client, &path, body.as_ref()).await;
        self.note(|found| {
            if reply.status < 300 {
                *found.acknowledged.entry(what).or_default() += 1;
            } else {
                *found.refused.entry(format!("{what}: {}", reply.code())).or_default() += 1;
            }
        });
        if reply.status < 300 && self.dice.u32(..10) == 0 {
            let again = self.insist(&client, &path, body.as_ref()).await;
            self.note(|found| {
                found.repeated += 1;
                if (again.status, &again.body) != (reply.status, &reply.body) {
                    found.violations.push(format!("I2 {path} was answered {reply:?}, then {again:?}"));
                }
            });
        }
    }

    /// Mostly reports, sometimes goes on to the end, seldom withdraws.
    async fn work(mut self, name: u64, reports: u64) {
        let owner = self.scene.client("tasks").with(Town::caller(&self.scene.member, &[]));
        for n in 0..reports {
            let leaf = &self.tree.leaves[self.dice.usize(..self.tree.leaves.len())];
            let key = |what: &str| format!("of-{name:04}-{n:04}-{what}");
            let percent = [0, 30, 45, 60, 100][self.dice.usize(..5)];
            let report = json!({ "percent": percent, "note": "走访" });
            self.step("task.reported", owner.idempotency(&key("report")), format!("{leaf}/progress"), Some(report))
                .await;
            match self.dice.u32(..100) {
                0..4 => {
                    let path = format!("{leaf}/submit");
                    self.step("task.submitted", owner.idempotency(&key("submit")), path, None).await;
                    let accept = self.dice.u32(..4) == 0;
                    let body = json!({ "accept": accept, "reason": "已核实" });
                    let officer = self.scene.chief("tasks").idempotency(&key("decision"));
                    let what = if accept { "task.accepted" } else { "task.returned" };
                    self.step(what, officer, format!("{leaf}/decision"), Some(body)).await;
                }
                4 if name.is_multiple_of(10) => {
                    let above = self.dice.u32(..20) == 0;
                    let above = above.then(|| &self.tree.above[self.dice.usize(..self.tree.above.len())]);
                    let path = format!("{}/withdraw", above.unwrap_or(leaf));
                    let officer = self.scene.chief("tasks").idempotency(&key("withdraw"));
                    self.step("withdrawals", officer, path, Some(json!({ "reason": "工作调整" }))).await;
                }
                _ => {}
            }
        }
    }
}

/// The event of the job that warns, as it is due now.
fn due(scene: &Scene) -> Value {
    let job = JOBS.iter().find(|job| job.name == "task-warnings").unwrap();
    let mut event = job.event();
    event["time"] = json!(scene.bench.now());
    event
}

/// Delivers the event of the job twice at once, again and again: as a schedule may, whose deliveries are not counted.
async fn warn(scene: &Scene, chaos: &Chaos, found: &Mutex<Reports>) {
    loop {
        let (event, env) = (due(scene), chaos.before(&scene.bench.env));
        // What a run leaves it says; the next one finds it.
        let call = |env| invoker::call(&scene.bench.post, env, &event);
        let _ = join_all([call(env.clone()), call(env)]).await;
        found.lock().unwrap_or_else(PoisonError::into_inner).events += 1;
    }
}

/// Lets everybody work under `faults`, finishes what was left, and counts again. The seed says what they do; what the
/// store does depends on the order in which it is asked.
pub async fn run(seed: u64, crowd: Crowd, faults: Faults) -> Reports {
    let clock: Arc<OnceLock<Clock>> = Arc::default();
    let reading = Arc::clone(&clock);
    let chaos = Chaos::new(seed, Clock::new(move || reading.get().map(Clock::now).unwrap_or_default()));
    let scene = Box::pin(Scene::through(|env| chaos.before(&env))).await;
    let _ = clock.set(scene.bench.env.clock.clone());
    let tree = tree(&scene, crowd.widths).await;
    let found = Mutex::new(Reports::default());
    chaos.set(faults);
    let people = join_all((0..crowd.people).map(|name| {
        let dice = Rng::with_seed(seed * 1_000 + name);
        Worker { scene: &scene, tree: &tree, dice, found: &found }.work(name, crowd.reports)
    }));
    tokio::select! {
        _ = people => {}
        () = Box::pin(warn(&scene, &chaos, &found)) => {}
    }
    chaos.set(Faults::none());
    let patient = Box::new(scene.patient());
    let last = Box::pin(invoker::call(&scene.bench.post, (*patient).clone(), &due(&scene))).await;

    let mut reports = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    reports.tally = chaos.tally();
    reports.violations.extend(last.err().map(|error| format!("the job fails without a fault: {error}")));
    let tasks = Tasks::open(&patient, Ledger::of_job(&patient).unwrap()).unwrap();
    // A call finishes a bounded number; the job comes again.
    while let settled @ 1.. = tasks.settle_marked(scene.bench.now(), 100_000).await.unwrap() {
        reports.left += settled;
    }
    let recount = tasks.recount(tree.root).await.unwrap();
    (reports.recounted, reports.differences) = (recount.tasks, recount.differences);
    let content = Content::read(&patient).await;
    reports.violations.extend(invariants::violations(&content));
    for kind in ["task.reported", "task.submitted", "task.accepted", "task.returned"] {
        let there = content.activities.iter().filter(|activity| activity.kind == kind).count();
        let (told, there) = (reports.acknowledged.get(kind).copied().unwrap_or(0), u64::try_from(there).unwrap());
        let what = format!("{kind} was acknowledged {told} times and is there {there} times");
        match told.cmp(&there) {
            std::cmp::Ordering::Less => reports.duplicated.push(what),
            std::cmp::Ordering::Greater => reports.lost.push(what),
            std::cmp::Ordering::Equal => {}
        }
    }
    let sums = scene.chief("tasks").get(&format!("/v1/tasks/{}/rollup", tree.root)).await;
    if sums.body["pending"] != false {
        reports.violations.push(format!("I6 the roll-up is not done: {sums:?}"));
    }
    reports
}
