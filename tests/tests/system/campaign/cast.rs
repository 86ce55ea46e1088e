//! Who takes part: a district, 10 sub-districts, 60 branches, 400 persons, and one task for each of them.

use authz::Role;
use cloud::Environment;
use dynamo::{Found, Ledger, Stretch, Table};
use fastrand::Rng;
use jiff::{Timestamp, ToSpan, civil::Date};
use kernel::{MemberId, OrgId, TaskId};
use notices::{NoticeRow, Notices, Recipient};
use register::{Member, NameRow, Node, NodeRow};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use system::{Content, invariants};
use task_records::{TaskRow, Tasks};
use testkit::{Bench, Client, Crash, Town, Wire, caller};

/// Branches below each sub-district.
const BRANCHES: u32 = 6;
/// Persons over all branches.
const PERSONS: u32 = 400;
/// The limit of everything.
const DUE: &str = "2026-12-04T18:00:00+08:00";

/// How somebody goes about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Group {
    Quick,
    Silent,
    Steady,
    Thorough,
    Dropped,
}

impl Group {
    const ALL: [Self; 5] = [Self::Quick, Self::Silent, Self::Steady, Self::Thorough, Self::Dropped];
}

/// Somebody with their task.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) member: Member,
    pub(crate) task: TaskId,
    /// The number of whom it was handed down by; `None` at the top.
    above: Option<usize>,
    /// 0 at the top, 3 for a person.
    level: usize,
    /// Where they belong.
    home: Node,
}

pub(crate) struct Cast {
    bench: Bench,
    api: Client,
    officer: MemberId,
    pub(crate) parts: Vec<Part>,
    pub(crate) tasks: Tasks,
    /// When the owner of a task last did something about it.
    pub(crate) acted: BTreeMap<TaskId, Timestamp>,
    notices: Notices,
    job: Environment,
    wire: Wire,
    dice: Rng,
}

/// The days of the campaign.
pub(crate) fn days() -> impl Iterator<Item = String> {
    let first: Date = "2026-11-24".parse().unwrap();
    (0..18).map(move |n: i32| first.saturating_add(n.days()).to_string())
}

/// An organisation like `model`, below `parent`.
fn organization(model: &Node, parent: &Node, n: u32) -> Node {
    let mut random = [7; 10];
    random.iter_mut().zip(n.to_be_bytes()).for_each(|(to, from)| *to = from);
    let id = OrgId::from_bytes(u64::from(n), random);
    let name = format!("组织{n:03}").as_str().try_into().unwrap();
    Node { id, path: parent.path.child(id).unwrap(), name, ..model.clone() }
}

impl Cast {
    /// Puts everybody into their organisation and hands the task down.
    pub(crate) async fn gather() -> Self {
        let bench = Bench::new().await;
        let town = Town::build(&bench).await;
        let officer = town.person(900, "黄事", &town.district).await.id;
        let desk = caller(officer, &[(Role::PartyAffairsOfficer, town.district.id)]);
        let api = Client::new(tasks::router(tasks::App::connect(&bench.env).await.unwrap()), Some(desk));
        let tasks = Tasks::open(&bench.env, Ledger::of_job(&bench.env).unwrap()).unwrap();
        let notices = Notices::open(&bench.env).unwrap();
        let wire = Wire::default();
        let env = &bench.env;
        let job = Environment::with_http(env.settings.clone(), env.clock.clone(), wire.client()).unwrap();
        let (parts, acted, dice) = (Vec::new(), BTreeMap::new(), Rng::with_seed(400));
        let mut cast = Self { bench, api, officer, parts, tasks, acted, notices, job, wire, dice };
        cast.at("2026-11-24T06:00");

        let streets: Vec<Node> = (0..10).map(|n| organization(&town.street, &town.district, 100 + n)).collect();
        let branch = |n: u32| organization(&town.branch, &streets[(n / BRANCHES) as usize], 200 + n);
        let branches: Vec<Node> = (0..10 * BRANCHES).map(branch).collect();
        let organizations = Table::open(&cast.bench.env, "ORGANIZATIONS_TABLE").unwrap();
        for some in [&streets, &branches] {
            organizations.put_all(&some.iter().map(NameRow::of).collect::<Vec<_>>()).await.unwrap();
            let rows: Vec<_> = some.iter().cloned().map(NodeRow::new).collect();
            organizations.put_all(&rows).await.unwrap();
        }
        let persons: Vec<Node> = (0..PERSONS).map(|n| branches[(n % (10 * BRANCHES)) as usize].clone()).collect();
        cast.top(&town).await;
        for (level, homes) in [(1, &streets), (2, &branches), (3, &persons)] {
            cast.hand_down(&town, level, homes).await;
        }
        cast
    }

    /// The task of the district.
    async fn top(&mut self, town: &Town) {
        let member = town.person(1, "林总", &town.district).await;
        let body = json!({
            "kind": "key", "organization": town.district.id, "owner": member.id, "title": "任务000", "dueAt": DUE,
        });
        let reply = self.api.post("/v1/tasks", body).await;
        assert_eq!(reply.status, 201, "{reply:?}");
        let (task, home) = (reply.text("/id").parse().unwrap(), town.district.clone());
        self.parts.push(Part { member, task, above: None, level: 0, home });
    }

    /// Splits the tasks of the level above among one owner in each of `homes`.
    async fn hand_down(&mut self, town: &Town, level: usize, homes: &[Node]) {
        let mut below: BTreeMap<usize, Vec<Member>> = BTreeMap::new();
        let first = u32::try_from(self.parts.len() + 1).unwrap();
        let members = town.persons("陈员", (first..).zip(homes)).await;
        for (home, member) in homes.iter().zip(members) {
            let above = |part: &Part| {
                part.level + 1 == level && (Some(part.home.id) == home.path.parent() || part.home.id == home.id)
            };
            let above = self.parts.iter().position(above).unwrap();
            below.entry(above).or_default().push(member);
        }
        for (above, members) in below {
            let width = members.len();
            let part = |(n, member): (usize, &Member)| {
                let title = format!("任务{:03}", self.parts.len() + n);
                let weight = 100 / width + usize::from(n < 100 % width);
                json!({ "organization": member.organization, "owner": member.id, "title": title, "weight": weight })
            };
            let parts: Vec<Value> = members.iter().enumerate().map(part).collect();
            let path = format!("/v1/tasks/{}", self.parts[above].task);
            let reply = self.api.post(&format!("{path}/split"), json!({ "parts": parts })).await;
            assert_eq!(reply.status, 200, "{reply:?}");
            let rollup = self.api.get(&format!("{path}/rollup")).await;
            for made in rollup.body["parts"].as_array().unwrap() {
                let task: TaskId = made["task"].as_str().unwrap().parse().unwrap();
                let owner = self.tasks.row(task).await.unwrap().owner;
                let member = members.iter().find(|member| member.id == owner).unwrap().clone();
                let home = homes.iter().find(|home| home.id == member.organization).unwrap().clone();
                self.parts.push(Part { member, task, above: Some(above), level, home });
            }
        }
    }

    /// Moves the clock to an instant, in the time of Shanghai.
    pub(crate) fn at(&self, text: &str) {
        let at: Timestamp = format!("{text}:00+08:00").parse().unwrap();
        self.bench.pass(at.duration_since(self.bench.now()));
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.bench.now()
    }

    pub(crate) fn people(&self) -> usize {
        self.parts.len() + 1
    }

    fn group(&self, group: Group) -> Vec<usize> {
        let persons = self.parts.iter().enumerate().filter(|(_, part)| part.level == 3);
        persons.filter(|(at, _)| Group::ALL[at % 5] == group).map(|(at, _)| at).collect()
    }

    /// A step of somebody about a task.
    async fn step(&mut self, by: MemberId, task: TaskId, step: &str) {
        let (verb, body) = match step.split_once(' ') {
            Some(("report", percent)) => {
                ("progress", Some(json!({ "percent": percent.parse::<u8>().unwrap(), "note": "走访" })))
            }
            Some(("accept", _)) => ("decision", Some(json!({ "accept": true }))),
            Some(("return", _)) => ("decision", Some(json!({ "accept": false, "reason": "材料不全" }))),
            Some(("withdraw", _)) => ("withdraw", Some(json!({ "reason": "工作调整" }))),
            _ => (step, None),
        };
        let client = if by == self.officer { self.api.clone() } else { self.api.with(caller(by, &[])) };
        let reply = client.send("POST", &format!("/v1/tasks/{task}/{verb}"), body.map(|body| body.to_string())).await;
        assert_eq!(reply.status, 200, "{step}: {reply:?}");
        if !matches!(verb, "decision" | "withdraw") {
            self.acted.insert(task, self.now());
        }
    }

    /// What each of a group does about their own task.
    pub(crate) async fn each(&mut self, group: Group, steps: &[&str]) {
        for at in self.group(group) {
            for step in steps {
                self.step(self.parts[at].member.id, self.parts[at].task, step).await;
            }
        }
    }

    fn superior(&self, at: usize) -> MemberId {
        self.parts[at].above.map_or(self.officer, |above| self.parts[above].member.id)
    }

    /// Who handed the tasks of a group down accepts them or sends them back.
    pub(crate) async fn decide(&mut self, group: Group, accept: bool) {
        for at in self.group(group) {
            let step = if accept { "accept it" } else { "return it" };
            self.step(self.superior(at), self.parts[at].task, step).await;
        }
    }

    /// Who handed the tasks of a group down withdraws them.
    pub(crate) async fn withdraw(&mut self, group: Group) {
        for at in self.group(group) {
            self.step(self.superior(at), self.parts[at].task, "withdraw it").await;
        }
    }

    /// Whoever split a task signs for it.
    pub(crate) async fn owners_sign(&mut self) {
        for at in 0..self.parts.len() {
            if self.parts[at].level < 3 {
                self.step(self.parts[at].member.id, self.parts[at].task, "sign").await;
            }
        }
    }

    /// The tasks of a level are handed in and accepted.
    pub(crate) async fn close(&mut self, level: usize) {
        for at in 0..self.parts.len() {
            if self.parts[at].level == level {
                self.step(self.parts[at].member.id, self.parts[at].task, "submit").await;
                self.step(self.superior(at), self.parts[at].task, "accept it").await;
            }
        }
    }

    /// A run of `job`: two that are killed somewhere, two at once, and a third one.
    pub(crate) async fn run(&mut self, job: &str) {
        let at = Timestamp::from_second(self.now().as_second()).unwrap();
        let event = json!({ "time": at, "detail": { "job": job, "attempt": "1" } });
        let app = task_warnings::App::connect(&self.job).await.unwrap();
        for crash in [Crash::Before(self.dice.usize(1..120)), Crash::After(self.dice.usize(1..120))] {
            self.wire.crash(Some(crash));
            let _ = task_warnings::run(&app, event.clone()).await;
            self.wire.crash(None);
        }
        let (one, other) =
            tokio::join!(task_warnings::run(&app, event.clone()), task_warnings::run(&app, event.clone()));
        let third = task_warnings::run(&app, event).await;
        for outcome in [one, other, third] {
            let report = outcome.unwrap();
            assert!(report["left"] == 0 && report["more"] == false, "{report}");
        }
        drop(self.wire.take());
    }

    /// Each task as it is, with its progress.
    pub(crate) async fn rows(&self) -> Vec<(TaskRow, u16)> {
        let ids = self.parts.iter().map(|part| part.task).collect();
        let rows = self.tasks.rows(&ids).await.unwrap();
        let progress = self.tasks.progress_now(&rows).await.unwrap();
        rows.into_iter().map(|row| (progress[&row.id], row)).map(|(progress, row)| (row, progress)).collect()
    }

    /// What each person was told when: the beginnings of the lines of all messages of an instant, and how often.
    pub(crate) async fn inboxes(&self) -> BTreeMap<(MemberId, Timestamp), BTreeMap<String, usize>> {
        let mut told: BTreeMap<_, BTreeMap<String, usize>> = BTreeMap::new();
        for member in self.parts.iter().map(|part| part.member.id).chain([self.officer]) {
            let all = Stretch::beginning(Recipient::Member(member).partition(), "ntc_").consistent();
            let found: Found<NoticeRow> = self.notices.table().first(&all, 1_000).await.unwrap();
            for NoticeRow { notice, .. } in found.items {
                for line in notice.body.lines() {
                    let line = match notice.kind.as_str() {
                        "bill.made" => format!("账单：{}", notice.subject.as_deref().unwrap_or_default()),
                        _ => line.split(['，', '。']).next().unwrap_or_default().to_owned(),
                    };
                    *told.entry((member, notice.at)).or_default().entry(line).or_default() += 1;
                }
            }
        }
        told
    }

    /// Nothing is open any more, and everything is as it must be.
    pub(crate) async fn ended(&self) {
        assert!(self.rows().await.iter().all(|(row, _)| !row.state.is_open() && row.next_key.is_none()));
        let recount = self.tasks.recount(self.parts[0].task).await.unwrap();
        assert_eq!((recount.tasks, recount.differences), (471, Vec::new()));
        let violations = invariants::violations(&Content::read(&self.bench.env).await);
        assert!(violations.is_empty(), "{}", violations.join("\n"));
    }
}
