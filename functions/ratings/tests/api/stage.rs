//! Where the tests play: a branch with its secretary, a desk officer above it, and two of the department at the root.

use authz::Role;
use dynamo::{Activity, Actor, Change, Found, Ledger, Stretch, Table, Trace};
use jiff::SignedDuration;
use kernel::{ActivityId, AppointmentId, OrgId};
use notices::{NoticeRow, Notices};
use ratings::{App, router};
use register::{Appointment, AppointmentRow, Member, Node};
use serde_json::{Value, json};
use testkit::{Bench, Client, Reply, Town};

pub(crate) struct Stage {
    pub(crate) bench: Bench,
    pub(crate) town: Town,
    /// Secretary of the branch.
    pub(crate) secretary: Member,
    /// A member of the branch.
    pub(crate) member: Member,
    /// Desk officer of the sub-district, of the neighbouring branch as all that follow.
    pub(crate) desk: Member,
    /// An officer of the department.
    pub(crate) officer: Member,
    /// Another one.
    pub(crate) colleague: Member,
    /// Somebody without an office.
    pub(crate) neighbour: Member,
    anybody: Client,
}

/// It is the morning of 24 November; nothing is drawn up yet.
pub(crate) async fn stage() -> Stage {
    let bench = Bench::new().await;
    let town = Town::build(&bench).await;
    let secretary = town.person(1, "林书", &town.branch).await;
    let member = town.person(2, "陈员", &town.group).await;
    let desk = town.person(3, "黄办", &town.neighbour).await;
    let officer = town.person(4, "吴部", &town.neighbour).await;
    let colleague = town.person(5, "郑部", &town.neighbour).await;
    let neighbour = town.person(6, "何邻", &town.neighbour).await;
    let held = Appointment {
        id: AppointmentId::from_bytes(1, [1; 10]),
        organization: town.branch.id,
        role: Role::Secretary,
        holder: secretary.id,
        holder_name: "林书".try_into().unwrap(),
        from: "2026-01-04".parse().unwrap(),
        until: None,
        decision: "街道工委〔2026〕1号".try_into().unwrap(),
        version: 1,
    };
    let organizations = Table::open(&bench.env, "ORGANIZATIONS_TABLE").unwrap();
    organizations.put(&AppointmentRow::of_organization(held)).await.unwrap();
    let anybody = Client::new(router(App::connect(&bench.env).await.unwrap()), None);
    Stage { bench, town, secretary, member, desk, officer, colleague, neighbour, anybody }
}

pub(crate) fn is(reply: &Reply, status: u16, code: &str) {
    assert_eq!((reply.status, reply.code()), (status, code), "{reply:?}");
}

pub(crate) fn ok(reply: Reply) -> Reply {
    assert!((200..300).contains(&reply.status), "{reply:?}");
    reply
}

pub(crate) fn items(reply: &Reply) -> &[Value] {
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.body["items"].as_array().unwrap()
}

/// The pointer of the first field that is refused.
pub(crate) fn pointer(reply: &Reply) -> String {
    is(reply, 422, "invalid-field");
    reply.text("/fields/0/pointer")
}

pub(crate) fn review() -> Value {
    json!({ "items": [
        { "item": "life", "score": 5_000, "reason": "主题党日少一次" },
        { "item": "work", "score": 4_000 },
    ] })
}

pub(crate) fn decision() -> Value {
    json!({ "score": 9_000, "star": 5 })
}

impl Stage {
    /// Somebody without an office.
    pub(crate) fn of(&self, member: &Member) -> Client {
        self.anybody.with(Town::caller(member, &[]))
    }

    /// Somebody in an office.
    pub(crate) fn holding(&self, member: &Member, role: Role, node: &Node) -> Client {
        self.anybody.with(Town::caller(member, &[(role, node)]))
    }

    /// The secretary at work.
    pub(crate) fn chair(&self) -> Client {
        self.holding(&self.secretary, Role::Secretary, &self.town.branch)
    }

    /// The desk officer at work.
    pub(crate) fn above(&self) -> Client {
        self.holding(&self.desk, Role::PartyAffairsOfficer, &self.town.street)
    }

    /// The first officer of the department at work.
    pub(crate) fn department(&self) -> Client {
        self.holding(&self.officer, Role::OrganizationDepartment, &self.town.city)
    }

    /// The second one.
    pub(crate) fn second(&self) -> Client {
        self.holding(&self.colleague, Role::OrganizationDepartment, &self.town.city)
    }

    /// A sheet whose window is from 25 November to 10 December.
    pub(crate) fn sheet(&self) -> Value {
        json!({
            "organization": self.town.city.id, "total": 10_000, "opensOn": "2026-11-25", "closesOn": "2026-12-10",
            "items": [
                { "id": "life", "name": "组织生活", "max": 6_000, "kinds": ["meeting.signed"] },
                { "id": "work", "name": "重点工作", "max": 4_000 },
            ],
            "vetoes": [{ "id": "falsified", "name": "弄虚作假", "atMost": 0 }],
            "shares": [{ "star": 5, "atMostPercent": 30 }],
        })
    }

    /// So many days later.
    pub(crate) fn pass(&self, days: i64) {
        self.bench.pass(SignedDuration::from_hours(24 * days));
    }

    /// The sheet is drawn up, and its window opens.
    pub(crate) async fn open(&self) {
        ok(self.department().post("/v1/star-sheets/2026", self.sheet()).await);
        self.pass(1);
    }

    pub(crate) fn application(&self) -> Value {
        json!({ "organization": self.town.branch.id, "year": 2026 })
    }

    /// The path of the branch's application.
    pub(crate) async fn filed(&self) -> String {
        self.open().await;
        let reply = ok(self.chair().post("/v1/star-applications", self.application()).await);
        reply.header("location").to_owned()
    }

    /// What the trace of `organization` tells: minutes of a meeting that was held on a day are signed.
    pub(crate) async fn signed(&self, organization: OrgId, held_on: &str) -> ActivityId {
        let told = Activity::new(self.bench.now(), Actor::job("test"), "meeting.signed", organization, "mtg_1");
        let id = told.id;
        let told = told.stating("heldOn", held_on);
        Ledger::of_job(&self.bench.env).unwrap().carry_out(Change::new(), [told]).await.unwrap();
        id
    }

    /// Puts a self-score in the place of version `version`.
    pub(crate) async fn score(&self, path: &str, version: u64, items: Value) -> Reply {
        let client = self.chair().if_match(&format!("\"v{version}\""));
        client.put(&format!("{path}/self"), json!({ "items": items })).await
    }

    /// The path of one of version 3, handed in with 60 and 40 points.
    pub(crate) async fn submitted(&self) -> String {
        let path = self.filed().await;
        let activity = self.signed(self.town.branch.id, "2026-11-18").await;
        let whole = json!([
            { "item": "life", "score": 6_000, "evidence": [{ "activity": activity }] },
            { "item": "work", "score": 4_000, "note": "阵地已建成" },
        ]);
        ok(self.score(&path, 1, whole).await);
        ok(step(&self.chair(), 2, &format!("{path}/submit")).await);
        path
    }

    /// The path of one of version 5, reviewed.
    pub(crate) async fn reviewed(&self) -> String {
        let path = self.submitted().await;
        ok(self.above().if_match("\"v3\"").put(&format!("{path}/review"), review()).await);
        ok(step(&self.above(), 4, &format!("{path}/review/submit")).await);
        path
    }

    /// The path of one of version 6, under public notice from 25 November on.
    pub(crate) async fn noticed(&self) -> String {
        let path = self.reviewed().await;
        ok(self.department().if_match("\"v5\"").post(&format!("{path}/decide"), decision()).await);
        path
    }

    /// What the trace told in the matters of `organization`: kind and fields of each line, the latest first.
    pub(crate) async fn told(&self, organization: OrgId) -> Vec<(String, String)> {
        let trace = Trace::open(&self.bench.env).unwrap();
        let told = trace.of_organization(organization, (None, None), None, 50).await.unwrap().items;
        let fields = |activity: &Activity| {
            let mut names: Vec<_> =
                activity.after.as_object().into_iter().flat_map(|all| all.keys().cloned()).collect();
            names.sort_unstable();
            names.join(" ")
        };
        told.iter().map(|activity| (activity.kind.clone(), fields(activity))).collect()
    }

    /// The kinds of notices that somebody has, the earliest first.
    pub(crate) async fn notices(&self, member: &Member) -> Vec<String> {
        let table = Notices::open(&self.bench.env).unwrap();
        let all = Stretch::beginning(format!("MBR#{}", member.id), "ntc_");
        let found: Found<NoticeRow> = table.table().first(&all, 50).await.unwrap();
        let mut kinds: Vec<_> = found.items.into_iter().map(|row| row.notice.kind).collect();
        kinds.sort_unstable();
        kinds
    }
}

/// A step without a body, by who has read version `version`.
pub(crate) async fn step(client: &Client, version: u64, path: &str) -> Reply {
    client.if_match(&format!("\"v{version}\"")).send("POST", path, None).await
}
