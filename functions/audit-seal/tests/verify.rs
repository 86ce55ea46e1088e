//! Somebody had their hands in the store.
#![expect(clippy::unwrap_used, reason = "tests")]

use audit_seal::{
    App,
    verify::{Checked, Finding, Object, verify},
};
use blob::Bucket;
use dynamo::{Activity, ActivityRow, Actor, Table};
use jiff::{SignedDuration, ToSpan, civil::Date};
use kernel::{ActivityId, MemberId, OrgId, start_of_shanghai_day};
use register::{Node, NodeRow, NodeStatus};
use seal::{BEGINNING, Group, Head, Part, Seals};
use serde_json::{Value, json};
use testkit::{Bench, Town};

struct Stage {
    bench: Bench,
    activities: Table,
    bucket: Bucket,
    seals: Seals,
}

const DAYS: [&str; 3] = ["2026-11-22", "2026-11-23", "2026-11-24"];

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn org(n: u8) -> OrgId {
    OrgId::from_bytes(1, [n; 10])
}

/// The `n`-th activity of `organization` on `day`; every third is one of an account.
fn activity(n: u8, organization: OrgId, day: &str) -> Activity {
    let at = start_of_shanghai_day(day.parse().unwrap()) + SignedDuration::from_hours(12);
    let member = MemberId::from_bytes(1, [n; 10]);
    let actor = Actor::oneself(member);
    let made = if n.is_multiple_of(3) {
        Activity::of_account(at, actor, "session.opened", organization, member)
    } else {
        Activity::new(at, actor, "member.edited", organization, member).stating("reason", "变更")
    };
    Activity { id: ActivityId::of_instant(at, [n; 10]), ..made }
}

/// Three sealed days with six activities of two organisations each, after one without.
async fn stage() -> Stage {
    let bench = Bench::new().await;
    bench.pass(start_of_shanghai_day(day("2026-11-25")).duration_since(bench.now()) + SignedDuration::from_mins(90));
    let activities = Table::open(&bench.env, "ACTIVITIES_TABLE").unwrap();
    for day in DAYS {
        let rows: Vec<ActivityRow> = (1..=6).map(|n| activity(n, org(n % 2), day).into()).collect();
        activities.put_all(&rows).await.unwrap();
    }
    let (bucket, seals) = (Bucket::open(&bench.env, "SEAL_BUCKET").unwrap(), Seals::open(&bench.env).unwrap());
    let before = Head::seal(day(DAYS[0]).saturating_sub(1_i32.day()), Vec::new(), BEGINNING);
    assert!(seals.put_head(&before, bench.now()).await.unwrap());
    let app = App::connect(&bench.env).await.unwrap().in_parts_of(3);
    let mut event: Value = serde_json::from_str(include_str!("../../../events/audit-seal.json")).unwrap();
    *event.get_mut("time").unwrap() = json!(bench.now());
    let report = audit_seal::run(&app, event).await.unwrap();
    assert_eq!(report.get("days"), Some(&json!(DAYS)));
    Stage { bench, activities, bucket, seals }
}

impl Stage {
    async fn verify(&self) -> Vec<Checked> {
        verify(&self.bench.env, (Some(day(DAYS[0])), None), |_| {}).await.unwrap()
    }

    /// What is found, all days together.
    async fn findings(&self) -> Vec<Finding> {
        self.verify().await.into_iter().flat_map(|day| day.findings).collect()
    }

    /// Writes an item over what is there.
    async fn put(&self, row: &impl serde::Serialize) {
        self.activities.put(row).await.unwrap();
    }

    /// Takes an activity away: the item goes where no day is.
    async fn remove(&self, activity: &Activity) {
        use aws_sdk_dynamodb::types::AttributeValue::S;
        let row = ActivityRow::from(activity.clone());
        let client = aws_sdk_dynamodb::Client::new(&self.bench.env.sdk_for("DYNAMODB"));
        let call = client.delete_item().table_name("ACTIVITIES_TABLE").key("pk", S(row.pk)).key("sk", S(row.sk));
        call.send().await.unwrap();
    }

    async fn overwrite(&self, object: Object, value: &impl serde::Serialize) {
        let bytes = serde_json::to_vec(value).unwrap();
        self.bucket.put(&object.to_string(), "application/json", bytes).await.unwrap();
    }
}

fn named(activity: &Activity) -> (String, String) {
    (activity.id.to_string(), dynamo::group(activity))
}

fn altered(one: &Activity) -> Finding {
    let (activity, group) = named(one);
    Finding::Altered { activity, group }
}

fn removed(one: &Activity) -> Finding {
    let (activity, group) = named(one);
    Finding::Removed { activity, group }
}

fn inserted(one: &Activity) -> Finding {
    let (activity, group) = named(one);
    Finding::Inserted { activity, group }
}

#[tokio::test]
async fn a_trace_that_nobody_touched_is_as_it_was_sealed() {
    let stage = stage().await;
    let checked = stage.verify().await;
    assert_eq!(
        checked.iter().map(|day| (day.day, day.activities, day.groups)).collect::<Vec<_>>(),
        DAYS.map(|text| { (day(text), 6, 4) })
    );
    assert_eq!(stage.findings().await, []);
    let last = stage.seals.head(day(DAYS[2])).await.unwrap().unwrap();
    assert_eq!(checked[2].chain, last.chain);
}

#[tokio::test]
async fn an_altered_activity_is_named() {
    let stage = stage().await;
    for n in [2, 3] {
        let sealed = activity(n, org(n % 2), DAYS[1]);
        // With the hash of the new content, and with that of the old one.
        let other = sealed.clone().stating("reason", "别的");
        stage.put(&ActivityRow::from(other.clone())).await;
        assert_eq!(stage.findings().await, [altered(&sealed)]);
        stage.put(&ActivityRow { hash: sealed.hash(), ..other.into() }).await;
        assert_eq!(stage.findings().await, [altered(&sealed)]);
        // As it was, with another hash in its row.
        stage.put(&ActivityRow { hash: "0".repeat(64), ..sealed.clone().into() }).await;
        let (activity, group) = named(&sealed);
        assert_eq!(stage.findings().await, [Finding::Mislabelled { activity, group }]);
        stage.put(&ActivityRow::from(sealed)).await;
        assert_eq!(stage.findings().await, []);
    }
}

#[tokio::test]
async fn one_that_was_made_unreadable_is_named() {
    let stage = stage().await;
    let sealed = activity(1, org(1), DAYS[0]);
    let mut row = serde_json::to_value(ActivityRow::from(sealed.clone())).unwrap();
    row["at"] = json!("whenever");
    stage.put(&row).await;
    assert_eq!(stage.findings().await, [altered(&sealed)]);
}

#[tokio::test]
async fn a_removed_activity_is_named() {
    let stage = stage().await;
    let (record, account) = (activity(4, org(0), DAYS[2]), activity(6, org(0), DAYS[2]));
    stage.remove(&record).await;
    stage.remove(&account).await;
    assert_eq!(stage.findings().await, [removed(&record), removed(&account)]);
    // The last ones of their organisation on that day.
    for n in [1, 3, 5] {
        stage.remove(&activity(n, org(1), DAYS[2])).await;
    }
    assert_eq!(stage.findings().await.len(), 5);
}

#[tokio::test]
async fn an_inserted_activity_is_named_wherever_it_is() {
    let stage = stage().await;
    let late = [
        // Beside others, in an account, in organisations without anything on that day, the first and the last of all.
        activity(7, org(1), DAYS[0]),
        activity(9, org(1), DAYS[0]),
        activity(8, org(0x10), DAYS[1]),
        activity(12, org(0xff), DAYS[2]),
    ];
    for one in &late {
        stage.put(&ActivityRow::from(one.clone())).await;
    }
    assert_eq!(stage.findings().await, late.each_ref().map(inserted));
}

#[tokio::test]
async fn one_that_hides_from_the_index_of_its_day_is_named() {
    let stage = stage().await;
    let hidden = activity(7, org(1), DAYS[0]);
    let mut row = serde_json::to_value(ActivityRow::from(hidden.clone())).unwrap();
    for name in ["day", "dayKey", "hash"] {
        row.as_object_mut().unwrap().remove(name);
    }
    stage.put(&row).await;
    assert_eq!(stage.findings().await, [inserted(&hidden)]);
}

#[tokio::test]
async fn one_that_hides_with_an_organisation_of_which_nothing_is_sealed_is_named() {
    let stage = stage().await;
    let town = Town::build(&stage.bench).await;
    // One of them is closed by now.
    let closed = Node { status: NodeStatus::Dissolved, ..town.neighbour.clone() };
    let organizations = Table::open(&stage.bench.env, "ORGANIZATIONS_TABLE").unwrap();
    organizations.put(&NodeRow::new(closed)).await.unwrap();
    assert_eq!(stage.findings().await, []);
    let hidden = [activity(7, town.group.id, DAYS[0]), activity(8, town.neighbour.id, DAYS[1])];
    for one in &hidden {
        let mut row = serde_json::to_value(ActivityRow::from(one.clone())).unwrap();
        for name in ["day", "dayKey", "hash"] {
            row.as_object_mut().unwrap().remove(name);
        }
        stage.put(&row).await;
    }
    assert_eq!(stage.findings().await, hidden.each_ref().map(inserted));
    // What the index has as well is named once.
    let seen = activity(10, town.group.id, DAYS[2]);
    stage.put(&ActivityRow::from(seen.clone())).await;
    assert_eq!(stage.findings().await.iter().filter(|found| **found == inserted(&seen)).count(), 1);
}

#[tokio::test]
async fn an_organisation_is_read_once_however_many_days_are_checked() {
    let stage = stage().await;
    let reads = async || {
        let _ = stage.bench.wire.take();
        assert_eq!(stage.findings().await, []);
        let read = ("dynamodb:Query".to_owned(), "ACTIVITIES_TABLE".to_owned());
        stage.bench.wire.take().into_iter().filter(|call| call.actions.contains(&read)).count()
    };
    let before = reads().await;
    // Eight organisations.
    Town::build(&stage.bench).await;
    let after = reads().await;
    assert!(before < after && after <= before + 8, "{before} {after}");
}

#[tokio::test]
async fn activities_that_change_places_are_named() {
    let stage = stage().await;
    let (one, other) = (activity(1, org(1), DAYS[1]), activity(5, org(1), DAYS[1]));
    let places = [(&one, other.id), (&other, one.id)];
    for (content, id) in places {
        stage.put(&ActivityRow::from(Activity { id, ..content.clone() })).await;
    }
    assert_eq!(stage.findings().await, [altered(&one), altered(&other)]);
}

#[tokio::test]
async fn one_that_moved_to_another_organisation_is_gone_here_and_new_there() {
    let stage = stage().await;
    let sealed = activity(2, org(0), DAYS[1]);
    stage.remove(&sealed).await;
    let moved = Activity { organization: org(1), ..sealed.clone() };
    stage.put(&ActivityRow::from(moved.clone())).await;
    assert_eq!(stage.findings().await, [removed(&sealed), inserted(&moved)]);
}

#[tokio::test]
async fn a_rewritten_seal_is_named_and_so_is_what_was_to_be_hidden_by_it() {
    let stage = stage().await;
    let sealed = activity(1, org(1), DAYS[1]);
    let other = sealed.clone().stating("reason", "别的");
    stage.put(&ActivityRow::from(other.clone())).await;
    // The leaf alone; then the part made anew; then the head made anew as well: the next day does not follow from it.
    let head = stage.seals.head(day(DAYS[1])).await.unwrap().unwrap();
    let line = head.parts.iter().find(|line| line.covers(&org(1).to_string())).unwrap().clone();
    let object = Object::Part(head.day, line.part);
    let mut part = stage.seals.part(head.day, line.part).await.unwrap().unwrap();
    let group = part.groups.iter_mut().find(|group| group.group == org(1).to_string()).unwrap();
    group.leaves.iter_mut().find(|leaf| leaf.0 == sealed.id).unwrap().1 = other.hash();
    stage.overwrite(object, &part).await;
    assert_eq!(stage.findings().await, [Finding::Rewritten(object)]);

    let groups = part.groups.iter().map(|group| Group::of(&group.group, group.leaves.clone())).collect();
    let part = Part { groups, ..part };
    assert!(part.is_sound());
    stage.overwrite(object, &part).await;
    assert_eq!(stage.findings().await, [Finding::Rewritten(object)]);

    let lines = head.parts.iter().map(|line| if line.part == part.part { part.line() } else { line.clone() });
    stage.overwrite(Object::Head(head.day), &Head::seal(head.day, lines.collect(), &head.previous)).await;
    assert_eq!(stage.findings().await, [Finding::Unchained(day(DAYS[2]))]);
}

#[tokio::test]
async fn a_head_that_does_not_come_to_its_own_chain_value_is_named() {
    let stage = stage().await;
    let head = stage.seals.head(day(DAYS[0])).await.unwrap().unwrap();
    stage.overwrite(Object::Head(head.day), &Head { activities: 5, ..head.clone() }).await;
    assert_eq!(stage.findings().await, [Finding::Rewritten(Object::Head(head.day))]);
    stage.overwrite(Object::Head(head.day), &json!("nothing")).await;
    assert_eq!(stage.findings().await, [Finding::Rewritten(Object::Head(head.day))]);
}

#[tokio::test]
async fn a_missing_object_is_named() {
    let stage = stage().await;
    let part = Object::Part(day(DAYS[2]), 2);
    stage.bucket.delete(&part.to_string()).await.unwrap();
    assert_eq!(stage.findings().await, [Finding::Missing(part)]);
    let head = Object::Head(day(DAYS[1]));
    stage.bucket.delete(&head.to_string()).await.unwrap();
    assert_eq!(stage.findings().await, [Finding::Missing(head), Finding::Missing(part)]);
}

#[tokio::test]
async fn days_can_be_chosen() {
    let stage = stage().await;
    let sealed = activity(1, org(1), DAYS[1]);
    stage.put(&ActivityRow::from(sealed.clone().stating("reason", "别的"))).await;
    for (from, until, days, found) in [
        (None, None, 4, 1),
        (Some(DAYS[2]), None, 1, 0),
        (None, Some(DAYS[0]), 2, 0),
        (Some(DAYS[1]), Some(DAYS[1]), 1, 1),
        (Some("2027-01-01"), None, 0, 0),
    ] {
        let mut told = 0;
        let days_of = (from.map(day), until.map(day));
        let checked = verify(&stage.bench.env, days_of, |_| told += 1).await.unwrap();
        assert_eq!((checked.len(), told), (days, days), "{from:?} {until:?}");
        assert_eq!(checked.iter().map(|day| day.findings.len()).sum::<usize>(), found, "{from:?} {until:?}");
    }
}

#[tokio::test]
async fn nothing_that_is_sealed_is_nothing_to_check() {
    let bench = Bench::new().await;
    assert_eq!(verify(&bench.env, (None, None), |_| {}).await.unwrap(), []);
}
