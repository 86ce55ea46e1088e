//! Where the tests play: a branch that was scored this morning, and the sub-district above it.

use authz::Role;
use dynamo::{Activity, Actor, Change, Ledger, Trace};
use jiff::{SignedDuration, Timestamp};
use kernel::{ActivityId, MeetingId, OrgId, TransferId};
use portraits::{App, router};
use register::{Member, MemberRow, Node, People};
use serde_json::{Value, json};
use testkit::{Bench, Client, Reply, Town};

pub(crate) struct Stage {
    pub(crate) bench: Bench,
    pub(crate) town: Town,
    /// Secretary of the branch, who was at the theme day.
    pub(crate) secretary: Member,
    /// Deputy secretary of the branch.
    pub(crate) deputy: Member,
    /// A member of the branch, who was not.
    pub(crate) member: Member,
    /// Desk officer of the sub-district, who belongs to the neighbouring branch.
    pub(crate) officer: Member,
    pub(crate) client: Client,
}

pub(crate) fn meeting(n: u8) -> MeetingId {
    MeetingId::from_bytes(3, [n; 10])
}

/// On 23 November the branch signs the minutes of its theme day of the eighteenth. It is the morning of the twenty-fourth.
pub(crate) async fn stage() -> Stage {
    let bench = Bench::new().await;
    let town = Town::build(&bench).await;
    let secretary = town.person(1, "林书", &town.branch).await;
    let deputy = town.person(2, "吴副", &town.branch).await;
    let member = town.person(3, "陈员", &town.branch).await;
    let officer = town.person(4, "黄办", &town.neighbour).await;
    let client = Client::new(router(App::connect(&bench.env).await.unwrap()), None);
    let stage = Stage { bench, town, secretary, deputy, member, officer, client };
    for person in [&stage.secretary, &stage.deputy, &stage.member] {
        stage.tell("2026-03-10T09:00", "member.registered", &person.id.to_string(), json!({})).await;
    }
    stage.signed("2026-11-23T09:00", 1, ("theme-day", "2026-11-18")).await;
    stage.night("2026-11-24").await;
    stage
}

pub(crate) fn is(reply: &Reply, status: u16, code: &str) {
    assert_eq!((reply.status, reply.code()), (status, code), "{reply:?}");
}

pub(crate) fn items(reply: &Reply) -> &[Value] {
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.body["items"].as_array().unwrap()
}

/// The five numbers of a portrait.
pub(crate) fn points(portrait: &Reply) -> Vec<u64> {
    assert_eq!(portrait.status, 200, "{portrait:?}");
    let dimensions = portrait.body["dimensions"].as_array().unwrap();
    dimensions.iter().map(|dimension| dimension["points"].as_u64().unwrap()).collect()
}

/// The line of a portrait that comes from `record`.
pub(crate) fn line(portrait: &Reply, record: &str) -> Value {
    let dimensions = portrait.body["dimensions"].as_array().unwrap();
    let mut lines = dimensions.iter().flat_map(|dimension| dimension["lines"].as_array().unwrap());
    lines.find(|line| line["record"] == record).unwrap().clone()
}

impl Stage {
    /// Somebody without an office.
    pub(crate) fn of(&self, member: &Member) -> Client {
        self.client.with(Town::caller(member, &[]))
    }

    /// Somebody in an office.
    pub(crate) fn holding(&self, member: &Member, role: Role, node: &Node) -> Client {
        self.client.with(Town::caller(member, &[(role, node)]))
    }

    /// The secretary at work.
    pub(crate) fn chair(&self) -> Client {
        self.holding(&self.secretary, Role::Secretary, &self.town.branch)
    }

    /// The sub-district's officer at work.
    pub(crate) fn office(&self) -> Client {
        self.holding(&self.officer, Role::PartyAffairsOfficer, &self.town.street)
    }

    /// The member's own portrait.
    pub(crate) async fn portrait(&self) -> Reply {
        self.of(&self.member).get("/v1/me/portrait").await
    }

    /// What the trace of the branch tells at an instant of Shanghai.
    pub(crate) async fn tell(&self, at: &str, kind: &str, subject: &str, after: Value) {
        self.tell_in(self.town.branch.id, (at, kind), subject, after).await;
    }

    /// The same of another organisation.
    pub(crate) async fn tell_in(&self, place: OrgId, (at, kind): (&str, &str), subject: &str, after: Value) {
        let at: Timestamp = format!("{at}:00+08:00").parse().unwrap();
        let told = Activity::new(at, Actor::job("test"), kind, place, subject.to_owned());
        let activity = Activity { id: ActivityId::new(at), after, ..told };
        Ledger::of_job(&self.bench.env).unwrap().carry_out(Change::new(), [activity]).await.unwrap();
    }

    /// The member goes to the neighbouring branch in the morning of the twenty-fourth.
    pub(crate) async fn moved(&self) {
        let (old, new, at) = (&self.town.branch, &self.town.neighbour, "2026-11-24T09:00");
        let (id, transfer) = (self.member.id.to_string(), TransferId::from_bytes(4, [1; 10]));
        self.tell(at, "member.transferred", &id, json!({ "transfer": transfer })).await;
        let came = json!({ "transfer": transfer, "from": old.id });
        self.tell_in(new.id, (at, "transfer.received"), &id, came).await;
        let moved = Member { organization: new.id, path: new.path.clone(), version: 2, ..self.member.clone() };
        People::open(&self.bench.env).unwrap().table().put(&MemberRow::new(moved)).await.unwrap();
    }

    /// What the trace told of a record, the latest first: each time what was done, and the names of what was stated.
    pub(crate) async fn told_of(&self, subject: &str) -> Vec<(String, String)> {
        let told = Trace::open(&self.bench.env).unwrap().of_subject(subject, None, None, 10).await.unwrap();
        let mut all = Vec::new();
        for Activity { kind, after, .. } in told.items {
            let mut names: Vec<String> = after.as_object().into_iter().flat_map(|it| it.keys().cloned()).collect();
            names.sort_unstable();
            all.push((kind, names.join(" ")));
        }
        all
    }

    /// Minutes of a meeting of a kind that was held on a day are signed; the member was absent.
    pub(crate) async fn signed(&self, at: &str, n: u8, (kind, on): (&str, &str)) {
        let after = json!({
            "kinds": [kind], "heldOn": on, "recordedOn": &at[..10], "minutes": 60,
            "present": [self.secretary.id, self.deputy.id], "online": [], "absent": [self.member.id], "exempt": [],
        });
        self.tell(at, "meeting.signed", &meeting(n).to_string(), after).await;
    }

    /// The night that begins on `day`, which has come.
    pub(crate) async fn night(&self, day: &str) {
        let app = nightly_scoring::App::connect(&self.bench.env).await.unwrap();
        let time: Timestamp = format!("{day}T02:00:00+08:00").parse().unwrap();
        let event = json!({ "time": time, "detail": { "job": "nightly-scoring", "attempt": "1" } });
        nightly_scoring::run(&app, event).await.unwrap();
        // Of a quiet night there is no message.
        if let Some(batch) = self.bench.post.batch() {
            let answer = nightly_scoring::run(&app, batch.clone()).await.unwrap();
            assert!(self.bench.post.answered(&batch, &answer), "{answer}");
        }
    }

    /// So many days later.
    pub(crate) fn pass(&self, days: i64) {
        self.bench.pass(SignedDuration::from_hours(24 * days));
    }
}
