//! An activity that was stored and read again has the hash that it was stored with.
#![expect(clippy::unwrap_used, reason = "tests")]

use dynamo::{Activity, ActivityRow, Actor, DayLine, Kept, Table, Trace, group};
use jiff::Timestamp;
use kernel::{MemberId, OrgId, shanghai_day};
use proptest::{prelude::*, test_runner::TestRunner};
use serde_json::{Map, Value, json};
use testkit::Bench;

fn now() -> Timestamp {
    "2026-11-24T02:00:00.123456789Z".parse().unwrap()
}

fn activity(before: Value, after: Value) -> Activity {
    let organization = OrgId::from_bytes(1, [0x5c; 10]);
    let actor = Actor::person(MemberId::from_bytes(1, [1; 10]), "secretary");
    Activity { before, after, ..Activity::new(now(), actor, "thing.changed", organization, "subject") }
}

/// What the store gives back of `activity`.
async fn stored(bench: &Bench, activity: Activity) -> ActivityRow {
    let row = ActivityRow::from(activity);
    let table = Table::open(&bench.env, "ACTIVITIES_TABLE").unwrap();
    table.put(&row).await.unwrap();
    let (trace, before) = (Trace::open(&bench.env).unwrap(), before(&row.sk));
    let kept = trace.of_partition(&row.pk, (shanghai_day(now()), shanghai_day(now())), Some(&before), 1).await;
    kept.unwrap().items.remove(0).row.unwrap()
}

/// A sort key just before `sk`.
fn before(sk: &str) -> String {
    sk[..sk.len() - 1].to_owned()
}

#[tokio::test]
async fn numbers_texts_and_nesting_come_back_as_they_were_hashed() {
    let bench = Bench::new().await;
    let odd = json!({
        "whole": 1, "float": 1.0, "zero": -0.0, "tenth": 0.1, "tiny": 1e-9, "large": 1e21, "larger": 1.7e100,
        "most": u64::MAX, "least": i64::MIN, "exact": 9_007_199_254_740_993_u64, "near": 0.1 + 0.2, "power": 2f64.powi(63),
        "text": "支部 \"a\" \\ \n\t\u{1}\u{7f}\u{2028}𠮷e\u{301}", "none": null, "Z": [], "a": {}, "列": [[1.0, null], { "b": [true] }],
    });
    for (before, after) in [
        (Value::Null, odd.clone()),
        (odd.clone(), Value::Null),
        (json!({}), json!([])),
        (json!(""), json!(false)),
        (json!({ "deep": { "deep": { "deep": odd } } }), json!({ "null": null })),
    ] {
        let made = activity(before, after);
        let row = stored(&bench, made.clone()).await;
        assert_eq!(row.activity.canonical(), made.canonical());
        assert_eq!((row.activity.hash(), row.hash), (made.hash(), made.hash()));
    }
}

/// Any JSON of the numbers that the store can hold.
fn any_json() -> impl Strategy<Value = Value> {
    let number = prop_oneof![
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>()
            .prop_filter("within the store's range", |n| *n == 0.0 || (1e-100..1e100).contains(&n.abs()))
            .prop_map(Value::from),
    ];
    let leaf =
        prop_oneof![Just(Value::Null), any::<bool>().prop_map(Value::from), number, "\\PC{0,12}".prop_map(Value::from)];
    leaf.prop_recursive(3, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map("\\PC{1,8}", inner, 0..5).prop_map(|map| Map::from_iter(map).into()),
        ]
    })
}

#[test]
fn whatever_is_told_has_one_hash() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let bench = runtime.block_on(Bench::new());
    let mut runner = TestRunner::deterministic();
    let outcome = runner.run(&(any_json(), any_json()), |(before, after)| {
        let made = activity(before, after);
        let row = runtime.block_on(stored(&bench, made.clone()));
        prop_assert_eq!(row.activity.canonical(), made.canonical());
        prop_assert_eq!(row.hash, made.hash());
        Ok(())
    });
    outcome.unwrap();
}

#[tokio::test]
async fn a_day_lists_its_activities_by_group_with_their_hashes() {
    let bench = Bench::new().await;
    let (table, trace) = (Table::open(&bench.env, "ACTIVITIES_TABLE").unwrap(), Trace::open(&bench.env).unwrap());
    let (organization, member) = (OrgId::from_bytes(1, [0x5c; 10]), MemberId::from_bytes(1, [1; 10]));
    let made = [
        Activity::of_account(now(), Actor::oneself(member), "session.opened", organization, member),
        activity(Value::Null, json!({ "a": 1 })),
        Activity::new(now(), Actor::job("test"), "thing.made", OrgId::from_bytes(1, [0x5d; 10]), "other"),
    ];
    table.put_all(&made.clone().map(ActivityRow::from)).await.unwrap();
    let day = shanghai_day(now());
    let lines = trace.of_day((day, 'c'), None, 10).await.unwrap().items;
    let line = |one: &Activity| {
        let ActivityRow { pk, sk, day_key, hash, .. } = one.clone().into();
        DayLine { pk, sk, day_key, hash }
    };
    assert_eq!(lines, [line(&made[1]), line(&made[0])]);
    assert_eq!(lines.iter().map(DayLine::group).collect::<Vec<_>>(), [group(&made[1]), group(&made[0])]);
    assert_eq!(trace.of_day((day, 'd'), None, 10).await.unwrap().items, [line(&made[2])]);
    assert!(trace.of_day((day.tomorrow().unwrap(), 'c'), None, 10).await.unwrap().items.is_empty());
    let other = Activity::partition(organization);
    assert_eq!(trace.one(&other, made[1].id).await.unwrap(), Some(made[1].clone()));
    assert_eq!(trace.one(&other, made[2].id).await.unwrap(), None);
    assert_eq!(trace.one(&Activity::account(member), made[0].id).await.unwrap(), Some(made[0].clone()));
}

#[tokio::test]
async fn a_row_that_does_not_read_as_an_activity_is_there_nevertheless() {
    let bench = Bench::new().await;
    let row = ActivityRow::from(activity(Value::Null, Value::Null));
    let mut broken = serde_json::to_value(&row).unwrap();
    broken.as_object_mut().unwrap().remove("kind");
    Table::open(&bench.env, "ACTIVITIES_TABLE").unwrap().put(&broken).await.unwrap();
    let trace = Trace::open(&bench.env).unwrap();
    let kept = trace.of_partition(&row.pk, (shanghai_day(now()), shanghai_day(now())), None, 10).await.unwrap().items;
    assert_eq!(kept.len(), 1);
    assert!(kept[0].id == row.sk && kept[0].row.is_none() && !kept[0].is_in_place());
    assert!(kept[0].is_of(shanghai_day(now())));
    let whole = Kept { id: row.sk.clone(), row: Some(row) };
    assert!(whole.is_in_place());
    let hides = whole.row.map(|row| ActivityRow { day_key: String::new(), ..row });
    assert!(!Kept { id: whole.id, row: hides }.is_in_place());
}
