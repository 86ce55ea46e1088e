//! Who reads which part of the trace.

#![expect(clippy::unwrap_used, reason = "tests")]

use authz::Role;
use dynamo::{Activity, ActivityRow, Actor, Table};
use register::{Member, Node};
use testkit::{Bench, Client, Reply, Town};

/// A branch with one person, whose record was edited and who signed in.
struct Stage {
    town: Town,
    person: Member,
    officer: Member,
    api: Client,
}

impl Stage {
    async fn new() -> Self {
        let bench = Bench::new().await;
        let town = Town::build(&bench).await;
        let person = town.person(1, "陈静", &town.branch).await;
        let officer = town.person(2, "黄读", &town.branch).await;
        let (now, branch) = (bench.now(), town.branch.id);
        let activities = [
            Activity::new(now, Actor::person(officer.id, "secretary"), "member.edited", branch, person.id),
            Activity::of_account(now, Actor::oneself(person.id), "session.opened", branch, person.id),
        ];
        let rows = activities.map(ActivityRow::from);
        Table::open(&bench.env, "ACTIVITIES_TABLE").unwrap().put_all(&rows).await.unwrap();
        let api = Client::new(audit::router(audit::App::connect(&bench.env).await.unwrap()), None);
        Self { town, person, officer, api }
    }

    async fn ask(&self, role: Role, at: &Node, subject: Option<&str>) -> Reply {
        let subject = subject.map(|subject| format!("&subject={subject}")).unwrap_or_default();
        let client = self.api.with(Town::caller(&self.officer, &[(role, at)]));
        client.get(&format!("/v1/audit?organization={}{subject}", self.town.branch.id)).await
    }
}

fn kinds(reply: &Reply) -> Vec<&str> {
    assert_eq!(reply.status, 200, "{reply:?}");
    reply
        .body
        .pointer("/items")
        .unwrap()
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one.get("kind").unwrap().as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn the_branch_sees_what_was_done_to_records_and_not_when_people_sign_in() {
    let stage = Stage::new().await;
    let (member, account) = (stage.person.id.to_string(), Activity::account(stage.person.id));
    let readers = [Role::Secretary, Role::DeputySecretary, Role::DisciplineOfficer, Role::Inspector];
    for role in readers.into_iter().chain([Role::OrganizationDepartment, Role::PartyAffairsOfficer]) {
        let at = &stage.town.branch;
        assert_eq!(kinds(&stage.ask(role, at, None).await), ["member.edited"], "{role:?}");
        assert_eq!(kinds(&stage.ask(role, at, Some(&member)).await), ["member.edited"], "{role:?}");
        for account in [account.as_str(), "account:", &account.replace(':', "%3A")] {
            let refused = stage.ask(role, at, Some(account)).await;
            assert_eq!((refused.status, refused.code()), (403, "forbidden"), "{role:?} {account}");
        }
    }
}

#[tokio::test]
async fn auditors_and_security_administrators_see_what_was_done_to_an_account() {
    let stage = Stage::new().await;
    let account = Activity::account(stage.person.id);
    for role in [Role::Auditor, Role::SecurityAdministrator] {
        assert_eq!(kinds(&stage.ask(role, &stage.town.city, Some(&account)).await), ["session.opened"], "{role:?}");
        let elsewhere = stage.ask(role, &stage.town.neighbour, Some(&account)).await;
        assert_eq!((elsewhere.status, elsewhere.code()), (404, "not-found"), "{role:?}");
    }
    assert_eq!(kinds(&stage.ask(Role::Auditor, &stage.town.city, None).await), ["member.edited"], "not in the list");
    let records = stage.ask(Role::SecurityAdministrator, &stage.town.city, None).await;
    assert_eq!((records.status, records.code()), (403, "forbidden"), "no records for the security administrator");
}
