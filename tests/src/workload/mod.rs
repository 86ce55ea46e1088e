//! A client on a bad line at work on a growing town whose store behaves badly: it does what people do, asks again under
//! the same key until it is answered, and knows what was acknowledged to it. In the end everything that was
//! acknowledged is there, once, and nothing else is.

mod dues;
mod files;
mod imports;
mod letters;
mod looks;
mod model;
mod report;
mod steps;

pub use report::Report;
pub use steps::id_card;

use crate::{
    Content, Invoker, Scene, invariants,
    invoker::{JOBS, Job, call, due_in},
};
use authz::Role;
use fastrand::Rng;
use jiff::SignedDuration;
use kernel::Clock;
use model::Model;
use register::Organizations;
use serde_json::json;
use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};
use steps::{Op, Sending};
use testkit::{Chaos, Client, Faults, Reply, Town};

/// Requests before the client waits for better times.
const PATIENCE: usize = 12;
/// When the gateway gives up on a function.
const GATEWAY: Duration = Duration::from_secs(29);

/// Who sends a change.
#[derive(Debug, Clone, Copy)]
pub(crate) enum By {
    /// Somebody who may do everything in the town.
    Officer,
    /// Another one: some things take two.
    Colleague,
    /// This person in their own matter.
    Oneself(usize),
    /// Another one, who keeps the dues of this place.
    Keeper(usize),
}

/// One client with a town and a store of its own. Its seed says everything that happens.
pub struct Lane {
    scene: Scene,
    chaos: Chaos,
    faults: Faults,
    dice: Rng,
    model: Model,
    invoker: Invoker,
    report: Report,
    seed: u64,
    officer: Client,
    scoped: Client,
    /// Requests so far.
    sent: u64,
}

/// Several lanes beside each other, `operations` in all; lane `n` has the seed `seed + n`. The first one says to `told` how many
/// operations it has done.
pub async fn run(seed: u64, lanes: u64, operations: u64, faults: &Faults, told: fn(u64)) -> Report {
    let each = operations.div_ceil(lanes);
    let mut running = Vec::new();
    for n in 0..lanes {
        let lane = Lane::new(seed + n, faults.clone()).await;
        running.push(tokio::spawn(lane.run(each, if n == 0 { told } else { |_| {} })));
    }
    let mut report = Report::default();
    for lane in running {
        report.add(lane.await.unwrap());
    }
    report
}

impl Lane {
    /// A lane of its own.
    pub async fn new(seed: u64, faults: Faults) -> Self {
        // The chaos needs the clock of the scene that it is built into.
        let clock: Arc<OnceLock<Clock>> = Arc::default();
        let reading = Arc::clone(&clock);
        let chaos = Chaos::new(seed, Clock::new(move || reading.get().map(Clock::now).unwrap_or_default()));
        let scene = Scene::through(|env| chaos.before(&env)).await;
        // Nobody else has set it.
        let _ = clock.set(scene.bench.env.clock.clone());
        let town = &scene.town;
        let content = Content::read(&scene.patient()).await;
        let mut model = Model::of(town, content.people(), scene.bench.now());
        let secret = json!({ "secret": crate::tour::dues::SECRET });
        let provider = scene.chief("dues").put("/v1/dues/providers/bank", secret).await;
        assert_eq!(provider.status, 200, "{provider:?}");
        model.told("dues.provider-set", 1);
        let officer = scene.chief("members");
        let scoped = scene.client("members").with(Town::caller(&scene.secretary, &[(Role::Secretary, &town.street)]));
        Self {
            chaos,
            faults,
            dice: Rng::with_seed(seed),
            model,
            invoker: Invoker::new(seed),
            report: Report::default(),
            seed,
            officer,
            scoped,
            sent: 0,
            scene,
        }
    }

    /// Does `operations`, heals the store, and looks at what is there. `told` hears the number of each.
    pub async fn run(mut self, operations: u64, told: fn(u64)) -> Report {
        for n in 1..=operations {
            told(n);
            self.scene.bench.pass(SignedDuration::from_secs(1));
            self.model.now = self.scene.bench.now();
            self.chaos.set(self.faults.clone());
            if self.dice.u32(..100) < 45 {
                self.look(n).await;
            } else {
                self.change(n).await;
            }
            self.chaos.set(Faults::none());
            self.jobs(n).await;
            for function in crate::FUNCTIONS {
                drop(self.scene.wire(function).take());
            }
            drop(self.scene.bench.wire.take());
        }
        self.report.operations = operations;
        self.follow().await;
        self.judge().await;
        self.report
    }

    /// One change, until it is answered.
    async fn change(&mut self, n: u64) {
        let op = Op::any(&self.model, &mut self.dice);
        let mut etag = String::new();
        if let Op::Rename { place } = &op {
            let path = format!("/v1/organizations/{}", self.model.places[*place].id);
            let client = self.client("organizations");
            let read = self.send(&client, "GET", &path, None).await;
            read.header("etag").clone_into(&mut etag);
        }
        let Sending { function, method, ask, by } = op.sending(&self.model, n, &etag);
        let mut client = match by {
            By::Officer => self.client(function),
            By::Colleague => self.scene.colleague(function),
            By::Oneself(who) => self.client(function).with(testkit::caller(self.model.people[who].member(), &[])),
            By::Keeper(place) => {
                let keeps = (Role::DuesOfficer, self.model.places[place].id.parse().unwrap());
                self.client(function).with(testkit::caller(self.scene.secretary.id, &[keeps]))
            }
        };
        if let Op::File(op) = &op
            && let Some(id) = op.uploads(&self.model)
        {
            crate::tour::media::put_pdf(&self.scene.patient(), id).await;
        }
        if op.is_keyed() {
            client = client.idempotency(&format!("operation-{n:08}"));
        }
        for (name, value) in &ask.headers {
            client = client.header(name, value);
        }
        let body = ask.body.as_ref().map(ToString::to_string);
        let reply = self.send(&client, method, &ask.path, body.clone()).await;
        if reply.status >= 300 {
            self.report.refused(op.name(), &reply);
            return;
        }
        self.report.acknowledged(op.name());
        self.model.done(&op, n, &reply, self.scene.bench.now());
        if let Op::Import { home } = op {
            self.bring_in(n, home, &reply.text("/id")).await;
        }
        if !op.is_keyed() {
            return;
        }
        // F14: the same again is answered the same, and the key serves nobody for anything else.
        match self.dice.u32(..20) {
            0 => {
                let again = self.send(&client, method, &ask.path, body).await;
                if (again.status, &again.body) != (reply.status, &reply.body) {
                    self.report
                        .violations
                        .push(format!("I2 operation {n} ({op:?}) was answered {reply:?}, then {again:?}"));
                }
            }
            1 if body.is_some() => {
                let other = self.send(&client, method, &ask.path, Some("{}".to_owned())).await;
                if (200..300).contains(&other.status) {
                    self.report.violations.push(format!("I2 the key of operation {n} was good for another request"));
                }
            }
            _ => {}
        }
    }

    fn client(&self, function: &str) -> Client {
        self.scene.chief(function)
    }

    /// Sends a request like a phone on a bad line: again and again until it is answered.
    async fn send(&mut self, client: &Client, method: &str, path: &str, body: Option<String>) -> Reply {
        for attempt in 0.. {
            if attempt == PATIENCE {
                self.report.gave_up += 1;
                self.chaos.set(Faults::none());
            }
            self.sent += 1;
            // An import makes as many transactions as its file has rows: it goes on like a job.
            if path.starts_with("/v1/imports/") && path.ends_with("/start") {
                self.chaos.begin_job(self.sent);
            } else {
                self.chaos.begin(self.sent);
            }
            self.report.requests += 1;
            let answer = tokio::time::timeout(GATEWAY, client.send(method, path, body.clone())).await;
            let often = invariants::of_transactions(self.chaos.transactions());
            self.report.violations.extend(often.map(|what| format!("{what} ({method} {path})")));
            let Ok(reply) = answer else {
                self.report.violations.push(format!("I11 {method} {path} was not answered"));
                continue;
            };
            let wrong = invariants::of_reply(&reply);
            self.report.violations.extend(wrong.map(|what| format!("{what} ({method} {path})")));
            if reply.status < 500 || attempt > 2 * PATIENCE {
                if attempt >= PATIENCE {
                    self.chaos.set(self.faults.clone());
                }
                return reply;
            }
        }
        unreachable!("the loop ends with an answer")
    }

    /// The schedules of the time that has passed, by an invoker that keeps few promises.
    async fn jobs(&mut self, n: u64) {
        let now = self.scene.bench.now();
        if n.is_multiple_of(60) {
            // Each lane begins with another one.
            self.invoker.emit(due_in(self.seed + n / 60), now);
        }
        let due = self.invoker.due(now, 3);
        for event in due.iter().flatten() {
            self.sent += 1;
            self.chaos.begin_job(self.sent);
            self.chaos.set(self.faults.clone());
            let env = self.chaos.before(&self.scene.bench.env);
            // What a run could not do, the next one does.
            self.report.jobs += 1;
            self.report.failed_jobs += u64::from(call(&self.scene.bench.post, env, event).await.is_err());
            self.chaos.set(Faults::none());
        }
        if !due.is_empty() {
            self.settled().await;
        }
    }

    /// Forgets moves that are followed; says whether all are.
    async fn settled(&mut self) -> bool {
        let organizations = Organizations::open(&self.scene.patient()).unwrap();
        for place in self.model.moving.clone() {
            let id = self.model.places[place].id.parse().unwrap();
            let row = organizations.row(id, dynamo::Read::Consistent).await.unwrap().unwrap();
            if row.pending.is_none() {
                self.model.moving.remove(&place);
            }
        }
        self.model.moving.is_empty()
    }

    /// Runs the jobs on a healthy store until they have nothing to do: those that follow moves by the minute, then each.
    async fn follow(&mut self) {
        for _ in 0..60 {
            self.finish(JOBS.iter().filter(|job| job.is_by_the_minute()).collect()).await;
            if self.settled().await {
                return self.finish(JOBS.iter().collect()).await;
            }
            self.scene.bench.pass(SignedDuration::from_mins(1));
        }
        self.report.violations.push("I6 moves were not followed within an hour".to_owned());
    }

    /// Runs `jobs` on a healthy store.
    async fn finish(&mut self, jobs: Vec<&'static Job>) {
        for job in jobs {
            if let Err(error) = call(&self.scene.bench.post, self.scene.patient(), &job.event()).await {
                self.report.violations.push(format!("I7 {} fails on a healthy store: {error}", job.name));
            }
        }
    }

    /// Compares what is there with what was acknowledged, and with itself.
    async fn judge(&mut self) {
        let content = Content::read(&self.scene.patient()).await;
        self.report.violations.extend(invariants::violations(&content));
        self.report.compare(&self.model, &content);
        self.report.tally = self.chaos.tally();
        self.report.violations.extend(invariants::of_tries(&self.report.tally));
    }
}
