//! Where the tests play: two neighbouring branches, the committee above both, and a member who goes from one to the other.

use authz::Role;
use dynamo::{Key, Read, Table};
use jiff::SignedDuration;
use kernel::MemberId;
use register::{Member, MemberRow, Node};
use serde_json::{Value, json};
use testkit::{Bench, Client, Reply, Town, caller};
use transfers::{App, router};

pub(crate) struct Stage {
    pub(crate) bench: Bench,
    pub(crate) town: Town,
    pub(crate) member: Member,
    /// Signed in as the member, without an office.
    pub(crate) own: Client,
    /// Secretary of the branch that the member leaves.
    pub(crate) sender: Client,
    /// Desk officer of the committee above.
    pub(crate) committee: Client,
    /// Secretary of the branch that they go to.
    pub(crate) receiver: Client,
}

pub(crate) async fn stage() -> Stage {
    let bench = Bench::new().await;
    let town = Town::build(&bench).await;
    let member = town.person(2, "陈员", &town.branch).await;
    let own = Client::new(router(App::connect(&bench.env).await.unwrap()), Some(Town::caller(&member, &[])));
    let officer = |n: u8, role, node: &Node| own.with(caller(MemberId::from_bytes(70, [n; 10]), &[(role, node.id)]));
    Stage {
        sender: officer(1, Role::Secretary, &town.branch),
        committee: officer(2, Role::PartyAffairsOfficer, &town.street),
        receiver: officer(3, Role::Secretary, &town.neighbour),
        own,
        bench,
        town,
        member,
    }
}

pub(crate) fn is(reply: &Reply, status: u16, code: &str) {
    assert_eq!((reply.status, reply.code()), (status, code), "{reply:?}");
}

pub(crate) fn letter(number: &str) -> Value {
    json!({ "number": number, "duesUntil": "2026-11" })
}

pub(crate) fn new_letter(number: &str) -> Value {
    json!({ "number": number, "duesUntil": "2026-12", "reason": "对方支部换届，未及时接收" })
}

pub(crate) fn yes() -> Value {
    json!({ "accept": true })
}

pub(crate) fn why() -> Value {
    json!({ "reason": "本人不再迁居" })
}

impl Stage {
    pub(crate) fn request(&self) -> Value {
        self.request_of(&self.member)
    }

    pub(crate) fn request_of(&self, member: &Member) -> Value {
        let to = json!({ "organization": self.town.neighbour.id });
        json!({ "member": member.id, "kind": "within-committee", "to": to, "reason": "迁居" })
    }

    pub(crate) fn request_outside(&self) -> Value {
        let to = json!({ "outside": "某省某市某街道党工委" });
        json!({ "member": self.member.id, "kind": "other-province", "to": to, "reason": "调动工作" })
    }

    /// The path of a transfer that was drafted by the sender.
    pub(crate) async fn drafted(&self, request: Value) -> String {
        let reply = self.sender.post("/v1/transfers", request).await;
        assert_eq!(reply.status, 201, "{reply:?}");
        assert_eq!(reply.header("location"), format!("/v1/transfers/{}", reply.text("/id")));
        reply.header("location").to_owned()
    }

    /// The path of one that the committee agreed to.
    pub(crate) async fn approved(&self, request: Value) -> String {
        let path = self.drafted(request).await;
        let reply = self.committee.post(&format!("{path}/decision"), yes()).await;
        assert_eq!((reply.status, reply.text("/state").as_str()), (200, "approved"), "{reply:?}");
        path
    }

    /// The path of one whose letter is on its way.
    pub(crate) async fn issued(&self, request: Value) -> String {
        let path = self.approved(request).await;
        let reply = self.committee.post(&format!("{path}/letters"), letter("榕组介〔2026〕1号")).await;
        assert_eq!((reply.status, reply.text("/state").as_str()), (200, "issued"), "{reply:?}");
        path
    }

    pub(crate) async fn receive(&self, client: &Client, path: &str) -> Reply {
        client.send("POST", &format!("{path}/receive"), None).await
    }

    pub(crate) fn pass_days(&self, days: i64) {
        self.bench.pass(SignedDuration::from_hours(24 * days));
    }

    /// The record of a person, as it is stored.
    pub(crate) async fn record(&self, id: MemberId) -> Member {
        let table = Table::open(&self.bench.env, "MEMBERS_TABLE").unwrap();
        let row: Option<MemberRow> =
            table.get(Key::new(MemberRow::partition(id), "MBR"), Read::Consistent).await.unwrap();
        row.unwrap().member
    }

    /// Makes an organisation another one.
    pub(crate) async fn change_node(&self, node: &Node, adjust: impl FnOnce(&mut Node)) -> Node {
        let mut node = node.clone();
        node.version += 1;
        adjust(&mut node);
        let table = Table::open(&self.bench.env, "ORGANIZATIONS_TABLE").unwrap();
        table.put(&register::NodeRow::new(node.clone())).await.unwrap();
        node
    }

    /// The ids of a list.
    pub(crate) async fn ids(&self, client: &Client, path: &str) -> Vec<String> {
        let reply = client.get(path).await;
        assert_eq!(reply.status, 200, "{path}: {reply:?}");
        reply.body["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
    }
}
