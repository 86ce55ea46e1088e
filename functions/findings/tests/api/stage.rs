//! A branch in which something was found: that it is small, and that somebody's probation is over.

use authz::Role;
use finding_records::{Facts, Finding, FindingRow, FindingsTable, OnRoll, Rules, causes};
use findings::{App, router};
use kernel::FindingId;
use register::{Member, MemberState, Node};
use serde_json::{Value, json};
use testkit::{Bench, Client, Reply, Town};

pub(crate) struct Stage {
    pub(crate) bench: Bench,
    pub(crate) town: Town,
    pub(crate) secretary: Member,
    pub(crate) member: Member,
    /// The secretary in office.
    pub(crate) office: Client,
    pub(crate) anybody: Client,
    pub(crate) table: FindingsTable,
}

pub(crate) async fn stage() -> Stage {
    let bench = Bench::new().await;
    let town = Town::build(&bench).await;
    let secretary = town.person(1, "林书", &town.branch).await;
    let member = town.person(2, "陈员", &town.branch).await;
    let anybody = Client::new(router(App::connect(&bench.env).await.unwrap()), None);
    let office = anybody.with(Town::caller(&secretary, &[(Role::Secretary, &town.branch)]));
    let table = FindingsTable::open(&bench.env).unwrap();
    Stage { bench, town, secretary, member, office, anybody, table }
}

pub(crate) fn is(reply: &Reply, status: u16, code: &str) {
    assert_eq!((reply.status, reply.code()), (status, code), "{reply:?}");
}

pub(crate) fn ok(reply: Reply) -> Reply {
    assert!((200..300).contains(&reply.status), "{reply:?}");
    reply
}

/// The ids on a page.
pub(crate) fn ids(reply: &Reply) -> Vec<String> {
    let items = reply.body["items"].as_array().unwrap();
    items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

pub(crate) fn why() -> Value {
    json!({ "reason": "已决定延长预备期半年" })
}

impl Stage {
    /// Somebody without an office.
    pub(crate) fn of(&self, member: &Member) -> Client {
        self.anybody.with(Town::caller(member, &[]))
    }

    /// The member in an office.
    pub(crate) fn officer(&self, role: Role, node: &Node) -> Client {
        self.anybody.with(Town::caller(&self.member, &[(role, node)]))
    }

    async fn keep(&self, facts: &Facts, rule: &str) -> Finding {
        let today = kernel::shanghai_day(self.bench.now());
        let found = causes(Rules::get().unwrap(), facts, &[], today).unwrap();
        let cause = found.iter().find(|cause| cause.rule.id == rule).unwrap();
        let finding = Finding::found(cause, self.bench.now());
        let row = FindingRow::new(finding.clone(), facts.node.path.clone());
        self.table.table().put(&row).await.unwrap();
        finding
    }

    /// It was found that a branch is small.
    pub(crate) async fn small(&self, node: &Node) -> Finding {
        self.keep(&Facts::of(node.clone()), "too-few-members").await
    }

    /// It was found that somebody's probation is over.
    pub(crate) async fn over(&self, member: &Member) -> Finding {
        let (state, joined_on) = (MemberState::Probationary, "2025-08-01".parse().unwrap());
        let person = OnRoll { id: member.id, state, joined_on, state_since: None };
        let facts = Facts { roll: vec![person], ..Facts::of(self.town.branch.clone()) };
        self.keep(&facts, "probation-over").await
    }

    /// How a finding is now.
    pub(crate) async fn now(&self, id: FindingId) -> Finding {
        self.table.row(id).await.unwrap().unwrap().finding
    }
}
