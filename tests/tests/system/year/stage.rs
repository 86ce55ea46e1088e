//! Where the year takes place: a branch of six, the functions that keep its records, and the night.

use authz::Role;
use dynamo::{Activity, Actor, Change, Ledger};
use jiff::Timestamp;
use kernel::{ActivityId, MemberId, OrgId};
use register::Node;
use serde_json::{Value, json};
use system::tour::dues::{SECRET, said};
use testkit::{Bench, Client, Reply, Town, caller};

/// The people of the branch.
pub(crate) struct People {
    /// The secretary.
    pub(crate) lin: MemberId,
    pub(crate) wu: MemberId,
    pub(crate) chen: MemberId,
    /// Of whom nothing is asked.
    pub(crate) he: MemberId,
    /// Goes to the neighbouring branch in April.
    pub(crate) xu: MemberId,
    /// Comes from there in June.
    pub(crate) zheng: MemberId,
}

pub(crate) struct Year {
    bench: Bench,
    pub(crate) town: Town,
    pub(crate) people: People,
    scoring: nightly_scoring::App,
    dues: Client,
    learning: Client,
    meetings: Client,
    portraits: Client,
    tasks: Client,
    transfers: Client,
}

/// The answer, which has to be a success.
pub(crate) fn ok(reply: Reply) -> Reply {
    assert!((200..300).contains(&reply.status), "{reply:?}");
    reply
}

/// Somebody who is nobody's member, in an office.
fn officer(client: &Client, n: u8, role: Role, place: &Node) -> Client {
    client.with(caller(MemberId::from_bytes(70, [n; 10]), &[(role, place.id)]))
}

impl Year {
    /// In December of the year before five persons are registered in the branch, and one in that beside it; of one of the five
    /// nothing is asked.
    pub(crate) async fn begin() -> Self {
        let bench = Bench::new().await;
        let town = Town::build(&bench).await;
        let env = &bench.env;
        let members = Client::new(members::router(members::App::connect(env).await.unwrap()), None);
        bench.pass(instant("2025-12-22T09:00").duration_since(bench.now()));
        let desk = officer(&members, 1, Role::OrganizationDepartment, &town.city);
        let register = async |n: u32, name: &str, place: &Node| -> MemberId {
            let draft = json!({
                "organization": place.id, "name": name, "idCard": Town::id_card(n).reveal(), "phone": format!("138{n:08}"),
                "ethnicity": "汉族", "category": "wage", "state": "full", "joinedOn": "2010-07-01",
                "fullSince": "2011-07-01",
            });
            ok(desk.post("/v1/members", draft).await).text("/id").parse().unwrap()
        };
        let people = People {
            lin: register(1, "林书", &town.branch).await,
            wu: register(2, "吴录", &town.branch).await,
            chen: register(3, "陈员", &town.branch).await,
            he: register(4, "何退", &town.branch).await,
            xu: register(5, "许走", &town.branch).await,
            zheng: register(6, "郑来", &town.neighbour).await,
        };
        let exemption = json!({ "exemption": { "since": "2024-03-01" } });
        ok(desk.if_match("\"v1\"").patch(&format!("/v1/members/{}", people.he), exemption).await);
        Self {
            scoring: nightly_scoring::App::connect(env).await.unwrap(),
            dues: Client::new(dues::router(dues::App::connect(env).await.unwrap()), None),
            learning: Client::new(learning::router(learning::App::connect(env).await.unwrap()), None),
            meetings: Client::new(meetings::router(meetings::App::connect(env).await.unwrap()), None),
            portraits: Client::new(portraits::router(portraits::App::connect(env).await.unwrap()), None),
            tasks: Client::new(tasks::router(tasks::App::connect(env).await.unwrap()), None),
            transfers: Client::new(transfers::router(transfers::App::connect(env).await.unwrap()), None),
            people,
            town,
            bench,
        }
    }

    /// Moves the clock to an instant of Shanghai.
    pub(crate) fn at(&self, text: &str) {
        self.bench.pass(instant(text).duration_since(self.bench.now()));
    }

    /// The secretary at work.
    fn chair(&self, client: &Client) -> Client {
        client.with(caller(self.people.lin, &[(Role::Secretary, self.town.branch.id)]))
    }

    /// Who keeps the dues of the branch.
    fn till(&self) -> Client {
        officer(&self.dues, 2, Role::DuesOfficer, &self.town.branch)
    }

    /// An officer of the city.
    fn desk(&self, client: &Client) -> Client {
        officer(client, 1, Role::OrganizationDepartment, &self.town.city)
    }

    /// A meeting on the evening of `day`, an hour and a half long, to which everybody came but the `absent`, and of which the
    /// minutes are written and signed on the evening of `written`. Its id.
    pub(crate) async fn meeting(&self, kind: &str, day: &str, absent: &[MemberId], written: &str) -> String {
        let (chair, lin) = (self.chair(&self.meetings), self.people.lin);
        self.at(&format!("{day}T18:00"));
        let (from, to) = (format!("{day}T19:00:00+08:00"), format!("{day}T20:30:00+08:00"));
        let plan = json!({
            "organization": self.town.branch.id, "kinds": [kind], "title": "支部活动", "startsAt": from, "endsAt": to,
            "mode": "offline", "place": "党群服务中心", "host": lin, "recorder": lin,
        });
        let planned = ok(chair.post("/v1/meetings", plan).await);
        let path = planned.header("location");
        self.at(&format!("{day}T20:40"));
        let absent = absent.iter().map(|member| json!({ "member": member, "presence": "absent", "reason": "出差" }));
        let came = json!({ "people": absent.collect::<Vec<_>>(), "others": "present" });
        ok(chair.put(&format!("{path}/attendance"), came).await);
        self.at(&format!("{written}T21:00"));
        let mut minutes = json!({ "heldFrom": from, "heldTo": to, "text": "学习讨论。" });
        if written != day {
            minutes["lateReason"] = json!("台风停电，补录");
        }
        ok(chair.if_match("\"v1\"").put(&format!("{path}/minutes"), minutes).await);
        ok(chair.if_match("\"v2\"").send("POST", &format!("{path}/signature"), None).await);
        planned.text("/id")
    }

    /// A training of two half days on `day`, entered by the secretary two days later and confirmed by the desk. Its id.
    pub(crate) async fn training(&self, day: &str, people: &[MemberId]) -> String {
        let branch = self.town.branch.id;
        let body = json!({
            "organization": branch, "title": "集中培训", "from": day, "to": day, "halfDays": 2, "people": people,
        });
        let entered = ok(self.chair(&self.learning).post("/v1/trainings", body).await);
        let decision = format!("{}/decision", entered.header("location"));
        ok(self.desk(&self.learning).post(&decision, json!({ "accept": true })).await);
        entered.text("/id")
    }

    /// The secretary gives `owner` a task until the evening of `due`; they do it, and it is accepted at the instant `done`. Its id.
    pub(crate) async fn task(&self, owner: MemberId, due: &str, done: &str) -> String {
        let (chair, own) = (self.chair(&self.tasks), self.tasks.with(caller(owner, &[])));
        let issued = ok(chair
            .post(
                "/v1/tasks",
                json!({
                    "kind": "key", "organization": self.town.branch.id, "owner": owner, "title": "走访",
                    "dueAt": format!("{due}T18:00:00+08:00"),
                }),
            )
            .await);
        let path = issued.header("location");
        ok(own.send("POST", &format!("{path}/sign"), None).await);
        self.at(done);
        ok(own.post(&format!("{path}/progress"), json!({ "percent": 100, "note": "已完成" })).await);
        ok(own.send("POST", &format!("{path}/submit"), None).await);
        ok(chair.post(&format!("{path}/decision"), json!({ "accept": true })).await);
        issued.text("/id")
    }

    /// The neighbouring branch calls this one; `owner` comes and does what was asked for, and is rated. Its id.
    pub(crate) async fn whistle(&self, owner: MemberId, due: &str) -> String {
        let calling = officer(&self.tasks, 3, Role::Secretary, &self.town.neighbour);
        let own = self.tasks.with(caller(owner, &[]));
        let body = json!({
            "kind": "whistle", "organization": self.town.branch.id, "caller": self.town.neighbour.id, "owner": owner,
            "title": "消防通道被占用", "dueAt": format!("{due}T18:00:00+08:00"),
        });
        let called = ok(calling.post("/v1/tasks", body).await);
        let path = called.header("location");
        ok(own.send("POST", &format!("{path}/sign"), None).await);
        ok(own.send("POST", &format!("{path}/submit"), None).await);
        ok(calling.post(&format!("{path}/rating"), json!({ "stars": 5 })).await);
        called.text("/id")
    }

    /// `member` goes from one branch to the other within a day.
    pub(crate) async fn moves(&self, member: MemberId, (from, to): (&Node, &Node), dues_until: &str) {
        let sender = officer(&self.transfers, 4, Role::Secretary, from);
        let receiver = officer(&self.transfers, 5, Role::Secretary, to);
        let street = officer(&self.transfers, 6, Role::PartyAffairsOfficer, &self.town.street);
        let to = json!({ "organization": to.id });
        let draft = json!({ "member": member, "kind": "within-committee", "to": to, "reason": "迁居" });
        let drafted = ok(sender.post("/v1/transfers", draft).await);
        let path = drafted.header("location");
        ok(street.post(&format!("{path}/decision"), json!({ "accept": true })).await);
        let letter = json!({ "number": format!("榕组介〔2026〕{dues_until}号"), "duesUntil": dues_until });
        ok(street.post(&format!("{path}/letters"), letter).await);
        ok(receiver.send("POST", &format!("{path}/receive"), None).await);
    }

    /// Sets what `member` owes from the month `from` on.
    pub(crate) async fn owes(&self, member: MemberId, from: &str) {
        let body = json!({ "member": member, "from": from, "class": "wage", "base": "2999.87" });
        ok(self.till().post("/v1/dues/standards", body).await);
    }

    /// `member` pays months of the year in cash. The payment's id.
    pub(crate) async fn pays(&self, member: MemberId, months: std::ops::RangeInclusive<u8>) -> String {
        let months: Vec<_> = months.map(|month| format!("2026-{month:02}")).collect();
        let body = json!({ "member": member, "months": months, "channel": "cash" });
        ok(self.till().post("/v1/dues/payments", body).await).text("/id")
    }

    /// A payment is taken back, by two persons.
    pub(crate) async fn takes_back(&self, payment: &str) {
        let path = format!("/v1/dues/payments/{payment}/reversal");
        ok(self.till().post(&path, json!({ "reason": "录错人" })).await);
        ok(self.chair(&self.dues).post(&format!("{path}/decision"), json!({ "confirm": true })).await);
    }

    /// Half of what `member` was to pay for six months comes in, of which nobody knows what it is for. The payment's id.
    pub(crate) async fn pays_half(&self, member: MemberId) -> String {
        let administrator = officer(&self.dues, 7, Role::SystemAdministrator, &self.town.city);
        ok(administrator.put("/v1/dues/providers/bank", json!({ "secret": SECRET })).await);
        let months: Vec<_> = (1..=6).map(|month| format!("2026-{month:02}")).collect();
        let body = json!({ "member": member, "months": months, "channel": "provider", "provider": "bank" });
        let opened = ok(self.dues.with(caller(member, &[])).post("/v1/dues/payments", body).await);
        let half = said(&opened.body["id"], "T-1", 4_500, self.bench.now());
        ok(half.send("POST", &self.dues).await);
        opened.text("/id")
    }

    /// What nobody knew the purpose of is for these months.
    pub(crate) async fn allots(&self, payment: &str, months: &[&str]) {
        let body = json!({ "months": months, "reason": "本人说明" });
        ok(self.till().post(&format!("/v1/dues/payments/{payment}/allotment"), body).await);
    }

    /// Of `member` no dues are asked for the last three months of the year.
    pub(crate) async fn relieves(&self, member: MemberId) {
        let path = format!("/v1/members/{member}/dues/2026/relief");
        let body = json!({ "from": "2026-10", "until": "2026-12", "monthly": 0, "reason": "住院治疗" });
        ok(self.till().post(&path, body).await);
        ok(self.desk(&self.dues).post(&format!("{path}/decision"), json!({ "grant": true })).await);
    }

    /// The branch makes its dues known.
    pub(crate) async fn publishes(&self) {
        let path = format!("/v1/organizations/{}/dues/publications", self.town.branch.id);
        ok(self.till().post(&path, json!({ "year": 2026 })).await);
    }

    /// `by`, in office, files a merit or a fault of `member`, which the desk confirms at the instant `confirmed`. Its id.
    pub(crate) async fn conduct(
        &self,
        (by, member): (MemberId, MemberId),
        (kind, on): (&str, &str),
        confirmed: &str,
    ) -> String {
        let office = self.portraits.with(caller(by, &[(Role::DeputySecretary, self.town.branch.id)]));
        let body = json!({ "member": member, "kind": kind, "title": "通报", "on": on, "evidence": "通报 1 号" });
        let filed = ok(office.post("/v1/conduct-items", body).await);
        self.at(confirmed);
        let decision = json!({ "confirm": true, "reason": "属实" });
        ok(self.desk(&self.portraits).post(&format!("{}/decision", filed.header("location")), decision).await);
        filed.text("/id")
    }

    /// `member` appeals about a record. The path of the appeal.
    pub(crate) async fn appeals(&self, member: MemberId, rule: &str, record: &str) -> String {
        let body = json!({ "year": 2026, "rule": rule, "record": record, "reason": "当日在场，漏记" });
        let own = self.portraits.with(caller(member, &[]));
        ok(own.post("/v1/me/appeals", body).await).header("location").to_owned()
    }

    /// The desk says that the record counts.
    pub(crate) async fn grants(&self, appeal: &str) {
        let decision = json!({ "outcome": "counted", "reason": "签到照片已核实" });
        ok(self.desk(&self.portraits).post(&format!("{appeal}/decision"), decision).await);
    }

    /// The trace of the branch tells this of a record, now.
    pub(crate) async fn tells(&self, kind: &str, subject: &str, after: Value) {
        let (now, branch): (Timestamp, OrgId) = (self.bench.now(), self.town.branch.id);
        let told = Activity::new(now, Actor::job("test"), kind, branch, subject.to_owned());
        let activity = Activity { id: ActivityId::new(now), after, ..told };
        Ledger::of_job(&self.bench.env).unwrap().carry_out(Change::new(), [activity]).await.unwrap();
    }

    /// The night that begins on `day`.
    pub(crate) async fn night(&self, day: &str) {
        let time = instant(&format!("{day}T02:00"));
        self.at(&format!("{day}T02:01"));
        let event = json!({ "time": time, "detail": { "job": "nightly-scoring", "attempt": "1" } });
        nightly_scoring::run(&self.scoring, event).await.unwrap();
        // Of a quiet night there is no message.
        if let Some(batch) = self.bench.post.batch() {
            let answer = nightly_scoring::run(&self.scoring, batch.clone()).await.unwrap();
            assert!(self.bench.post.answered(&batch, &answer), "{answer}");
        }
    }

    /// What `member` is shown of the year in the branch.
    pub(crate) async fn portrait(&self, member: MemberId) -> Value {
        let path = format!("/v1/me/portrait?year=2026&branch={}", self.town.branch.id);
        ok(self.portraits.with(caller(member, &[])).get(&path).await).body
    }

    /// What the secretary is shown of the branch: its portrait, the scores of its members, its self-check.
    pub(crate) async fn of_branch(&self, what: &str) -> Value {
        let path = format!("/v1/organizations/{}/{what}?year=2026", self.town.branch.id);
        ok(self.chair(&self.portraits).get(&path).await).body
    }
}

fn instant(text: &str) -> Timestamp {
    format!("{text}:00+08:00").parse().unwrap()
}
