//! Where the tests play: a branch with a secretary and five members, one of them on probation.

use authz::Role;
use jiff::Timestamp;
use meetings::{App, router};
use register::{Member, MemberState, Node};
use serde_json::{Value, json};
use testkit::{Bench, Client, Reply, Town};

pub(crate) struct Stage {
    pub(crate) bench: Bench,
    pub(crate) town: Town,
    /// Secretary of the branch, and one of its members.
    pub(crate) secretary: Member,
    /// The secretary in office.
    pub(crate) office: Client,
    /// Keeps the minutes.
    pub(crate) recorder: Member,
    /// An ordinary member.
    pub(crate) member: Member,
    /// Somebody on probation.
    pub(crate) probationer: Member,
    /// A member of the branch beside it.
    pub(crate) neighbour: Member,
    /// Who is not signed in.
    pub(crate) anybody: Client,
}

pub(crate) async fn stage() -> Stage {
    let bench = Bench::new().await;
    let town = Town::build(&bench).await;
    let secretary = town.person(1, "林书", &town.branch).await;
    let recorder = town.person(2, "吴录", &town.branch).await;
    let member = town.person(3, "陈员", &town.branch).await;
    let probationer = |member: &mut Member| {
        member.state = MemberState::Probationary;
        member.full_since = None;
    };
    let probationer = town.person_as(4, "何预", &town.branch, probationer).await;
    town.person(5, "郑众", &town.branch).await;
    let neighbour = town.person(6, "黄邻", &town.neighbour).await;
    let grants = [(Role::Secretary, &town.branch)];
    let router = router(App::connect(&bench.env).await.unwrap());
    let anybody = Client::new(router.clone(), None);
    let office = Client::new(router, Some(Town::caller(&secretary, &grants)));
    Stage { bench, town, secretary, office, recorder, member, probationer, neighbour, anybody }
}

pub(crate) fn is(reply: &Reply, status: u16, code: &str) {
    assert_eq!((reply.status, reply.code()), (status, code), "{reply:?}");
}

pub(crate) fn fields(reply: &Reply) -> Value {
    assert_eq!(reply.status, 422, "{reply:?}");
    reply.body["fields"][0]["pointer"].clone()
}

impl Stage {
    /// Somebody without an office.
    pub(crate) fn of(&self, member: &Member) -> Client {
        self.office.with(Town::caller(member, &[]))
    }

    /// Somebody else in an office.
    pub(crate) fn officer(&self, role: Role, node: &Node) -> Client {
        self.office.with(Town::caller(&self.neighbour, &[(role, node)]))
    }

    /// Moves the clock to an instant, in the time of Shanghai.
    pub(crate) fn at(&self, text: &str) {
        let at: Timestamp = format!("{text}+08:00").parse().unwrap();
        self.bench.pass(at.duration_since(self.bench.now()));
    }

    /// A meeting on the evening of `day`.
    pub(crate) fn plan(&self, kinds: &[&str], day: &str) -> Value {
        json!({
            "organization": self.town.branch.id, "kinds": kinds, "title": "党员大会",
            "startsAt": format!("{day}T19:00:00+08:00"), "endsAt": format!("{day}T20:30:00+08:00"), "mode": "hybrid",
            "place": "党群服务中心", "host": self.secretary.id, "recorder": self.recorder.id,
        })
    }

    /// The leader of the group, and the plan of a meeting of theirs on the evening of `day`.
    pub(crate) fn of_group(&self, leader: &Member, kinds: &[&str], day: &str) -> (Client, Value) {
        let client = self.office.with(Town::caller(leader, &[(Role::GroupLeader, &self.town.group)]));
        let mut plan = self.plan(kinds, day);
        plan["organization"] = json!(self.town.group.id);
        plan["host"] = json!(leader.id);
        plan["recorder"] = json!(leader.id);
        (client, plan)
    }

    /// The path of a meeting that was planned.
    pub(crate) async fn planned(&self, kinds: &[&str], day: &str) -> String {
        let reply = self.office.post("/v1/meetings", self.plan(kinds, day)).await;
        assert_eq!(reply.status, 201, "{reply:?}");
        reply.header("location").to_owned()
    }

    /// Enters that everybody came, as the recorder.
    pub(crate) async fn attended(&self, path: &str) {
        let reply = self.of(&self.recorder).put(&format!("{path}/attendance"), json!({ "others": "present" })).await;
        assert_eq!(reply.status, 200, "{reply:?}");
    }

    /// Sends with the version that the meeting has now.
    pub(crate) async fn fresh(&self, client: &Client, path: &str) -> Client {
        let etag = self.office.get(path).await.header("etag").to_owned();
        client.if_match(&etag)
    }

    /// Writes down that it was held as planned, as the recorder.
    pub(crate) async fn recorded(&self, path: &str, changes: &Value) -> Reply {
        let meeting = self.office.get(path).await.body;
        let mut body = json!({ "heldFrom": meeting["startsAt"], "heldTo": meeting["endsAt"], "text": "学习，讨论。" });
        for (name, value) in changes.as_object().unwrap() {
            body[name] = value.clone();
        }
        self.fresh(&self.of(&self.recorder), path).await.put(&format!("{path}/minutes"), body).await
    }

    pub(crate) async fn signed(&self, path: &str) -> Reply {
        self.fresh(&self.office, path).await.send("POST", &format!("{path}/signature"), None).await
    }

    /// A meeting of these kinds that was held on `day`, written down and signed the day after; its path.
    pub(crate) async fn held(&self, kinds: &[&str], day: &str) -> String {
        let path = self.planned(kinds, day).await;
        self.at(&format!("{day}T21:00:00"));
        self.attended(&path).await;
        assert_eq!(self.recorded(&path, &json!({})).await.status, 200);
        let reply = self.signed(&path).await;
        assert_eq!((reply.status, reply.text("/state").as_str()), (200, "signed"), "{reply:?}");
        path
    }
}
