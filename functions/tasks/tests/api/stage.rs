//! Where the tests play: a district with two sub-districts, two branches of the first, and people who answer for tasks.

use authz::Role;
use dynamo::Ledger;
use jiff::SignedDuration;
use kernel::{MemberId, TaskId};
use register::{Member, Node};
use serde_json::{Value, json};
use task_records::Tasks;
use tasks::{App, router};
use testkit::{Bench, Client, Reply, Town, caller};

pub(crate) struct Stage {
    pub(crate) bench: Bench,
    pub(crate) town: Town,
    /// Answers for the whole, and is nobody in particular.
    pub(crate) chief: Member,
    /// Members of the branch, of its neighbour, and of another town.
    pub(crate) worker: Member,
    pub(crate) neighbour: Member,
    pub(crate) stranger: Member,
    /// Desk officer of the district.
    pub(crate) officer: Client,
    pub(crate) tasks: Tasks,
}

pub(crate) async fn stage() -> Stage {
    let bench = Bench::new().await;
    let town = Town::build(&bench).await;
    let chief = town.person(1, "林责", &town.branch).await;
    let worker = town.person(2, "陈员", &town.branch).await;
    let neighbour = town.person(3, "郑邻", &town.neighbour).await;
    let stranger = town.person(4, "黄外", &town.elsewhere).await;
    let desk = caller(MemberId::from_bytes(70, [1; 10]), &[(Role::PartyAffairsOfficer, town.district.id)]);
    let officer = Client::new(router(App::connect(&bench.env).await.unwrap()), Some(desk));
    let tasks = Tasks::open(&bench.env, Ledger::of_job(&bench.env).unwrap()).unwrap();
    Stage { bench, town, chief, worker, neighbour, stranger, officer, tasks }
}

pub(crate) fn is(reply: &Reply, status: u16, code: &str) {
    assert_eq!((reply.status, reply.code()), (status, code), "{reply:?}");
}

pub(crate) fn report(percent: u8) -> Value {
    json!({ "percent": percent, "note": "按计划走访" })
}

pub(crate) fn part(place: &Node, owner: &Member, weight: u8) -> Value {
    json!({ "organization": place.id, "owner": owner.id, "title": "走访", "weight": weight })
}

pub(crate) fn why() -> Value {
    json!({ "reason": "工作调整" })
}

impl Stage {
    /// A client of somebody without an office.
    pub(crate) fn of(&self, member: &Member) -> Client {
        self.officer.with(Town::caller(member, &[]))
    }

    /// A client of somebody else who holds an office.
    pub(crate) fn held(&self, role: Role, place: &Node) -> Client {
        self.officer.with(caller(MemberId::from_bytes(71, [2; 10]), &[(role, place.id)]))
    }

    pub(crate) fn key(&self) -> Value {
        json!({
            "kind": "key", "organization": self.town.district.id, "owner": self.chief.id, "title": "示范点建设",
            "dueAt": "2026-12-18T10:00:00Z",
        })
    }

    /// The branch calls the other sub-district, for which its member answers.
    pub(crate) fn whistle(&self) -> Value {
        json!({
            "kind": "whistle", "organization": self.town.neighbour.id, "caller": self.town.branch.id,
            "owner": self.neighbour.id, "title": "消防通道被占用", "dueAt": "2026-12-18T10:00:00Z",
        })
    }

    /// The path of a task that the officer of the district issued.
    pub(crate) async fn issued(&self, body: Value) -> String {
        let reply = self.officer.post("/v1/tasks", body).await;
        assert_eq!(reply.status, 201, "{reply:?}");
        assert_eq!(reply.header("location"), format!("/v1/tasks/{}", reply.text("/id")));
        reply.header("location").to_owned()
    }

    /// Splits a task; the paths of its parts, as they were named.
    pub(crate) async fn split(&self, path: &str, parts: Vec<Value>) -> Vec<String> {
        let weights: Vec<_> = parts.iter().map(|part| part["weight"].clone()).collect();
        let reply = self.officer.post(&format!("{path}/split"), json!({ "parts": parts })).await;
        assert_eq!((reply.status, &reply.body["split"]), (200, &json!(true)), "{reply:?}");
        let rollup = self.officer.get(&format!("{path}/rollup")).await;
        let mut made = rollup.body["parts"].as_array().unwrap().clone();
        let mut paths = Vec::new();
        for weight in weights {
            let at = made.iter().position(|part| part["weight"] == weight).unwrap();
            paths.push(format!("/v1/tasks/{}", made.remove(at)["task"].as_str().unwrap()));
        }
        paths
    }

    /// Sends a step without a body, which has to be possible.
    pub(crate) async fn step(&self, client: &Client, path: &str) -> Reply {
        let reply = client.send("POST", path, None).await;
        assert_eq!(reply.status, 200, "{path}: {reply:?}");
        reply
    }

    pub(crate) async fn signed(&self, path: &str, owner: &Member) {
        self.step(&self.of(owner), &format!("{path}/sign")).await;
    }

    pub(crate) async fn reported(&self, path: &str, owner: &Member, percent: u8) {
        let reply = self.of(owner).post(&format!("{path}/progress"), report(percent)).await;
        assert_eq!((reply.status, &reply.body["progress"]), (200, &json!(u16::from(percent) * 100)), "{reply:?}");
    }

    /// From signing to accepting.
    pub(crate) async fn finished(&self, path: &str, owner: &Member) {
        self.signed(path, owner).await;
        self.reported(path, owner, 100).await;
        self.step(&self.of(owner), &format!("{path}/submit")).await;
        let reply = self.officer.post(&format!("{path}/decision"), json!({ "accept": true })).await;
        assert_eq!((reply.status, reply.text("/state").as_str()), (200, "done"), "{reply:?}");
    }

    pub(crate) async fn seen(&self, path: &str) -> Value {
        let reply = self.officer.get(path).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.body
    }

    pub(crate) fn pass_days(&self, days: i64) {
        self.bench.pass(SignedDuration::from_hours(24 * days));
    }
}

pub(crate) fn id(path: &str) -> TaskId {
    path.rsplit('/').next().unwrap().parse().unwrap()
}

impl Stage {
    /// The worker's part, from reporting to accepting.
    pub(crate) async fn finished_after_signing(&self, path: &str) {
        self.reported(path, &self.worker, 100).await;
        self.step(&self.of(&self.worker), &format!("{path}/submit")).await;
        let reply = self.officer.post(&format!("{path}/decision"), json!({ "accept": true })).await;
        assert_eq!(reply.status, 200, "{reply:?}");
    }
}
