//! Who reads which part of the trace, and who gets which proof.

#![expect(clippy::unwrap_used, reason = "tests")]

use authz::Role;
use dynamo::{Activity, ActivityRow, Actor, Table, group};
use jiff::SignedDuration;
use kernel::{ActivityId, hex, shanghai_day};
use register::{Member, Node};
use seal::{BEGINNING, Group, Head, Leaf, Part, Seals, place};
use serde_json::Value;
use testkit::{Bench, Client, Reply, Town};

/// A branch with one person, whose record was edited and who signed in.
struct Stage {
    bench: Bench,
    town: Town,
    person: Member,
    officer: Member,
    api: Client,
    /// What was done to the record, and to the account.
    told: [Activity; 2],
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
        let rows = activities.clone().map(ActivityRow::from);
        Table::open(&bench.env, "ACTIVITIES_TABLE").unwrap().put_all(&rows).await.unwrap();
        let api = Client::new(audit::router(audit::App::connect(&bench.env).await.unwrap()), None);
        Self { bench, town, person, officer, api, told: activities }
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

impl Stage {
    /// Seals the day, as the night does, and with `more` in the trees that nobody wrote down.
    async fn seal(&self, more: u8) {
        let day = shanghai_day(self.bench.now());
        let mut groups: Vec<_> = self.told.iter().map(|told| (group(told), vec![leaf(told)])).collect();
        let other = |n: u8| Leaf(ActivityId::from_bytes(u64::from(n), [n; 10]), hex(&[n; 32]));
        groups.first_mut().unwrap().1.extend((0..more).map(other));
        groups.push((self.town.neighbour.id.to_string(), vec![other(99)]));
        groups.sort_by(|one, next| place(&one.0).cmp(&place(&next.0)));
        let groups = groups.into_iter().map(|(group, mut leaves)| {
            leaves.sort_by_key(|leaf| leaf.0);
            Group::of(&group, leaves)
        });
        let part = Part { day, part: 1, groups: groups.collect() };
        let seals = Seals::open(&self.bench.env).unwrap();
        assert!(seals.put_part(&part, self.bench.now()).await.unwrap());
        let head = Head::seal(day, vec![part.line()], BEGINNING);
        assert!(seals.put_head(&head, self.bench.now()).await.unwrap());
    }

    async fn prove(&self, who: &Member, role: Option<(Role, &Node)>, activity: &Activity) -> Reply {
        let place = if Activity::is_of_account(&activity.subject) {
            format!("account={}", self.person.id)
        } else {
            format!("organization={}", activity.organization)
        };
        let client = self.api.with(Town::caller(who, role.as_slice()));
        client.get(&format!("/v1/audit/proofs/{}?{place}", activity.id)).await
    }
}

fn leaf(activity: &Activity) -> Leaf {
    Leaf(activity.id, activity.hash())
}

fn outcome(reply: &Reply) -> (u16, &str) {
    (reply.status, reply.code())
}

#[tokio::test]
async fn a_proof_leads_from_the_text_to_the_chain_value_of_the_day() {
    let stage = Stage::new().await;
    let [record, account] = stage.told.clone();
    let auditor = Some((Role::Auditor, &stage.town.city));
    for told in [&record, &account] {
        assert_eq!(outcome(&stage.prove(&stage.officer, auditor, told).await), (409, "not-sealed-yet"));
    }
    stage.seal(20).await;
    let head = Seals::open(&stage.bench.env).unwrap().head(shanghai_day(stage.bench.now())).await.unwrap().unwrap();
    for told in [&record, &account] {
        let reply = stage.prove(&stage.officer, auditor, told).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        assert_eq!((reply.text("/canonical"), reply.text("/hash")), (told.canonical(), told.hash()));
        assert_eq!(reply.text("/proof/chain"), head.chain);
        let steps = reply.body.pointer("/proof/steps").and_then(Value::as_array).unwrap();
        let leaves: Vec<_> = steps.iter().map(|step| step["leaf"].as_str().unwrap()).collect();
        assert_eq!(leaves[0], format!("{} {}", told.id, told.hash()));
        let size = if told == &record { 21 } else { 1 };
        let root = |at: usize| steps[at]["root"].as_str().unwrap();
        assert_eq!(leaves[1], format!("{} {size} {}", group(told), root(0)));
        assert_eq!(leaves[2], format!("1 23 {}", root(1)));
        assert_eq!(root(2), head.root);
    }
}

#[tokio::test]
async fn whoever_may_read_an_activity_gets_its_proof_and_so_does_the_person_concerned() {
    let stage = Stage::new().await;
    stage.seal(0).await;
    let [record, account] = stage.told.clone();
    let (city, branch, neighbour) = (&stage.town.city, &stage.town.branch, &stage.town.neighbour);
    let (own, other) = (&stage.person, &stage.officer);
    for (who, role, of_record, of_account) in [
        (own, None, (200, ""), (200, "")),
        (other, None, (404, "not-found"), (404, "not-found")),
        (other, Some((Role::Secretary, branch)), (200, ""), (403, "forbidden")),
        (other, Some((Role::Secretary, neighbour)), (404, "not-found"), (404, "not-found")),
        (other, Some((Role::Auditor, city)), (200, ""), (200, "")),
        (other, Some((Role::SecurityAdministrator, city)), (403, "forbidden"), (200, "")),
        (other, Some((Role::Editor, branch)), (403, "forbidden"), (403, "forbidden")),
    ] {
        assert_eq!(outcome(&stage.prove(who, role, &record).await), of_record, "{role:?}");
        assert_eq!(outcome(&stage.prove(who, role, &account).await), of_account, "{role:?}");
    }
}

#[tokio::test]
async fn what_is_not_there_or_not_asked_for_clearly_has_no_proof() {
    let stage = Stage::new().await;
    stage.seal(0).await;
    let client = stage.api.with(Town::caller(&stage.officer, &[(Role::Auditor, &stage.town.city)]));
    let (organization, account, id) = (stage.town.branch.id, stage.person.id, stage.told[0].id);
    for (query, expected) in [
        (format!("{id}"), (422, "invalid-field")),
        (format!("{id}?organization={organization}&account={account}"), (422, "invalid-field")),
        (format!("{id}?account={account}"), (404, "not-found")),
        (format!("{id}?organization={}", stage.town.neighbour.id), (404, "not-found")),
        (format!("{}?organization={organization}", ActivityId::from_bytes(1, [1; 10])), (404, "not-found")),
    ] {
        assert_eq!(outcome(&client.get(&format!("/v1/audit/proofs/{query}")).await), expected, "{query}");
    }
}

#[tokio::test]
async fn an_activity_that_is_not_the_sealed_one_has_no_proof() {
    let stage = Stage::new().await;
    stage.seal(3).await;
    let record = stage.told[0].clone();
    let auditor = Some((Role::Auditor, &stage.town.city));
    let table = Table::open(&stage.bench.env, "ACTIVITIES_TABLE").unwrap();
    table.put(&ActivityRow::from(record.clone().stating("reason", "别的"))).await.unwrap();
    assert_eq!(outcome(&stage.prove(&stage.officer, auditor, &record).await), (409, "seal-broken"));

    let late = Activity { id: ActivityId::new(stage.bench.now() + SignedDuration::from_secs(1)), ..record };
    table.put(&ActivityRow::from(late.clone())).await.unwrap();
    assert_eq!(outcome(&stage.prove(&stage.officer, auditor, &late).await), (409, "seal-broken"));
    let elsewhere = Activity { organization: stage.town.group.id, ..late };
    table.put(&ActivityRow::from(elsewhere.clone())).await.unwrap();
    assert_eq!(outcome(&stage.prove(&stage.officer, auditor, &elsewhere).await), (409, "seal-broken"));
}
