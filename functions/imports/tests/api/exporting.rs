//! Exports.

use crate::stage::{Stage, counts, is, people, stage};
use authz::Role;
use blob::Bucket;
use dynamo::Table;
use jiff::{SignedDuration, ToSpan};
use register::{Member, MemberState, NodeRow, Readings};
use serde_json::json;
use sheet::{Format, Limits};
use testkit::{Client, Town};

async fn ask(client: &Client, stage: &Stage, format: Format) -> testkit::Reply {
    let wanted =
        json!({ "organization": stage.town.branch.id, "kind": "members", "format": format, "purpose": "年度统计" });
    client.post("/v1/exports", wanted).await
}

/// Asks for a file and reads how far it is then.
async fn take(client: &Client, stage: &Stage, format: Format) -> testkit::Reply {
    let asked = ask(client, stage, format).await;
    assert_eq!(asked.status, 201, "{asked:?}");
    client.get(&format!("/v1/exports/{}", asked.text("/id"))).await
}

/// Somebody else who may export and agree.
async fn deputy(stage: &Stage) -> Client {
    let other = stage.town.person(2, "黄副", &stage.town.neighbour).await;
    stage.client.with(Town::caller(&other, &[(Role::DeputySecretary, &stage.town.branch)]))
}

async fn produced(stage: &Stage, id: &str) -> Vec<u8> {
    let bucket = Bucket::open(&stage.bench.env, "MEDIA_BUCKET").unwrap();
    bucket.get(&format!("exports/{id}"), 1 << 20).await.unwrap().unwrap()
}

#[tokio::test]
async fn what_is_exported_is_what_is_imported() {
    let stage = stage().await;
    let mut rows = people(20);
    rows[3][6] = "=HYPERLINK(\"http://x\")".to_owned();
    rows[4][6] = "'带撇号, \"引号\"".to_owned();
    rows[5][6] = "𠮷野家🀄".to_owned();
    rows[6][0] = "东社区党支部/第一党小组".to_owned();
    assert_eq!(counts(&stage.import(&rows).await), [20, 20, 0, 0]);
    for format in [Format::Csv, Format::Xlsx] {
        let reply = take(&stage.client, &stage, format).await;
        assert_eq!(reply.text("/state"), "ready", "{reply:?}");
        assert_eq!(reply.body["persons"], 21);
        let file = produced(&stage, &reply.text("/id")).await;
        let mut found: Vec<_> =
            sheet::read(format, &file, &Limits::LIST).unwrap().into_iter().skip(1).map(|row| row.cells).collect();
        found.retain(|cells| cells[1] != "林书");
        let mut expected = rows.clone();
        for cells in expected.iter_mut().chain(&mut found) {
            cells.resize(11, String::new());
        }
        expected.sort();
        found.sort();
        assert_eq!(found, expected);

        let path = stage.put(&stage.town.branch, format, file, false).await;
        assert_eq!(counts(&stage.start(&path).await), [21, 0, 21, 0]);
    }
}

#[tokio::test]
async fn a_small_export_is_there_at_once_and_everybody_in_it_can_see_why() {
    let stage = stage().await;
    stage.import(&people(5)).await;
    let reply = ask(&stage.client, &stage, Format::Xlsx).await;
    let path = format!("/v1/exports/{}", reply.text("/id"));
    let shown = stage.client.get(&path).await;
    assert_eq!(shown.text("/download/method"), "GET");
    assert!(shown.text("/download/url").contains("exports/exp_"));
    let readings = Readings::open(&stage.bench.env).unwrap();
    for member in stage.members().await {
        let lines = readings.of(member.id, None, 10).await.unwrap().items;
        let line = lines.first().unwrap();
        assert_eq!((lines.len(), line.fields.as_str(), line.role.as_str()), (1, "export", "secretary"));
        assert_eq!((line.reader, line.purpose.as_deref()), (stage.secretary.id, Some("年度统计")));
    }
    // Whoever else may export sees that it was done, and no link.
    let other = stage.town.person(2, "黄副", &stage.town.branch).await;
    let deputy = stage.client.with(Town::caller(&other, &[(Role::DeputySecretary, &stage.town.branch)]));
    let seen = deputy.get(&path).await;
    assert_eq!((seen.status, seen.text("/download/url").as_str()), (200, ""));
    is(&deputy.send("POST", &format!("{path}/approval"), None).await, 409, "already-decided");
    stage.bench.pass(SignedDuration::from_hours(25));
    assert_eq!(stage.client.get(&path).await.text("/download/url"), "");
}

#[tokio::test]
async fn more_than_fifty_persons_need_a_second_person() {
    let stage = stage().await;
    stage.import(&people(49)).await;
    assert_eq!(take(&stage.client, &stage, Format::Csv).await.text("/state"), "ready");
    let mut rows = people(50);
    rows.drain(..49);
    stage.import(&rows).await;

    let client = stage.client.idempotency("large-export-1");
    let reply = ask(&client, &stage, Format::Csv).await;
    assert_eq!((reply.status, reply.text("/state").as_str()), (201, "awaiting-approval"), "{reply:?}");
    assert_eq!(ask(&client, &stage, Format::Csv).await.body, reply.body);
    let path = format!("/v1/exports/{}", reply.text("/id"));
    let approval = format!("{path}/approval");
    is(&stage.client.send("POST", &approval, None).await, 403, "own-case");
    stage.finish().await;
    assert_eq!(stage.client.get(&path).await.text("/state"), "awaiting-approval");

    let other = stage.town.person(2, "黄副", &stage.town.neighbour).await;
    let deputy = stage.client.with(Town::caller(&other, &[(Role::DeputySecretary, &stage.town.branch)]));
    let officer = stage.client.with(Town::caller(&other, &[(Role::OrganizationOfficer, &stage.town.branch)]));
    is(&officer.send("POST", &approval, None).await, 403, "forbidden");
    let agreed = deputy.send("POST", &approval, None).await;
    assert_eq!((agreed.status, agreed.text("/state").as_str()), (200, "producing"), "{agreed:?}");
    assert_eq!(stage.client.get(&path).await.text("/download/url"), "");
    stage.finish().await;

    let ready = stage.client.get(&path).await;
    assert_eq!((ready.text("/state").as_str(), ready.body["persons"].as_u64()), ("ready", Some(51)));
    assert!(!ready.text("/download/url").is_empty());
    let rows = sheet::read(Format::Csv, &produced(&stage, &reply.text("/id")).await, &Limits::LIST).unwrap();
    assert_eq!(rows.len(), 52);
    let readings = Readings::open(&stage.bench.env).unwrap();
    for member in stage.members().await {
        let lines = readings.of(member.id, None, 10).await.unwrap().items;
        assert!(lines.iter().any(|line| line.fields == "export" && line.reader == stage.secretary.id));
    }
    let told = ["export.asked", "export.approved", "export.produced"];
    for (kind, times) in told.into_iter().zip([2, 1, 2]) {
        assert_eq!(stage.told(kind).await, times, "{kind}");
    }
}

#[tokio::test]
async fn many_small_exports_are_a_large_one() {
    let stage = stage().await;
    stage.import(&people(29)).await;
    assert_eq!(take(&stage.client, &stage, Format::Csv).await.text("/state"), "ready");
    let second = take(&stage.client, &stage, Format::Csv).await;
    assert_eq!(second.text("/state"), "awaiting-approval", "{second:?}");
    // Somebody else has not taken anything out, and neither has anybody tomorrow.
    assert_eq!(take(&deputy(&stage).await, &stage, Format::Csv).await.text("/state"), "ready");
    stage.bench.pass(SignedDuration::from_hours(24));
    assert_eq!(take(&stage.client, &stage, Format::Csv).await.text("/state"), "ready");
}

#[tokio::test]
async fn a_request_that_is_repeated_tells_and_makes_once() {
    let stage = stage().await;
    stage.import(&people(5)).await;
    let client = stage.client.idempotency("small-export-1");
    let before = stage.bench.image();
    let _ = stage.bench.wire.take();
    let first = ask(&client, &stage, Format::Csv).await;
    let calls = stage.bench.wire.take().len();
    let again = ask(&client, &stage, Format::Csv).await;
    assert_eq!((again.status, &again.body), (201, &first.body));
    let once = async |stage: &Stage| {
        let readings = Readings::open(&stage.bench.env).unwrap();
        for member in stage.members().await {
            assert_eq!(readings.of(member.id, None, 10).await.unwrap().items.len(), 1);
        }
        assert_eq!((stage.told("export.asked").await, stage.told("export.produced").await), (1, 1));
    };
    once(&stage).await;

    // After a death at any call the repetition goes on, or the job does.
    for n in 0..calls {
        stage.bench.restore(&before);
        stage.bench.wire.crash(Some(testkit::Crash::After(n)));
        ask(&client, &stage, Format::Csv).await;
        stage.bench.wire.crash(None);
        stage.finish().await;
        assert_eq!(ask(&client, &stage, Format::Csv).await.status, 201);
        once(&stage).await;
    }
}

#[tokio::test]
async fn who_comes_after_the_count_is_not_taken_out_alone() {
    let stage = stage().await;
    stage.import(&people(30)).await;
    // Dead after it was decided that nobody has to agree: the next call would read what is exported.
    let _ = stage.bench.wire.take();
    assert_eq!(take(&stage.client, &stage, Format::Csv).await.text("/state"), "ready");
    stage.bench.pass(SignedDuration::from_hours(24));
    let calls = stage.bench.wire.take();
    let commit = calls.iter().position(|call| call.operation == "TransactWriteItems").unwrap();
    stage.bench.wire.crash(Some(testkit::Crash::After(commit)));
    assert!(ask(&stage.client, &stage, Format::Csv).await.status >= 500);
    stage.bench.wire.crash(None);
    stage.import(&people(200)).await;
    stage.finish().await;
    let wanted = format!("/v1/exports?organization={}&state=awaiting-approval", stage.town.branch.id);
    let waiting = stage.client.get(&wanted).await;
    assert_eq!(waiting.body["items"][0]["persons"], 201, "{waiting:?}");
}

#[tokio::test]
async fn nothing_is_exported_while_lists_follow_a_move() {
    let stage = stage().await;
    let table = Table::open(&stage.bench.env, "ORGANIZATIONS_TABLE").unwrap();
    for moved in [&stage.town.street, &stage.town.group] {
        let mut row = NodeRow::new(moved.clone());
        table.put(&NodeRow { pending: Some(NodeRow::PENDING.to_owned()), ..row.clone() }).await.unwrap();
        is(&ask(&stage.client, &stage, Format::Csv).await, 409, "conflict");
        row.pending = None;
        table.put(&row).await.unwrap();
    }
    let row = NodeRow::new(stage.town.neighbour.clone());
    table.put(&NodeRow { pending: Some(NodeRow::PENDING.to_owned()), ..row }).await.unwrap();
    assert_eq!(take(&stage.client, &stage, Format::Csv).await.text("/state"), "ready");
}

#[tokio::test]
async fn somebody_else_can_refuse_and_a_week_is_the_limit() {
    let stage = stage().await;
    stage.import(&people(50)).await;
    let deputy = deputy(&stage).await;
    let send = async |client: &Client, id: &str, verb: &str| {
        client.send("POST", &format!("/v1/exports/{id}/{verb}"), None).await
    };
    let id = ask(&stage.client, &stage, Format::Csv).await.text("/id");
    is(&send(&stage.client, &id, "refusal").await, 403, "own-case");
    let refused = send(&deputy, &id, "refusal").await;
    assert_eq!((refused.status, refused.text("/state").as_str()), (200, "refused"), "{refused:?}");
    assert!(refused.text("/refusedBy").starts_with("mbr_"), "{refused:?}");
    is(&send(&deputy, &id, "approval").await, 409, "already-decided");
    assert_eq!(stage.told("export.refused").await, 1);

    let id = ask(&stage.client, &stage, Format::Csv).await.text("/id");
    stage.bench.pass(SignedDuration::from_hours(7 * 24 + 1));
    for verb in ["approval", "refusal"] {
        is(&send(&deputy, &id, verb).await, 409, "illegal-transition");
    }
    // It waits for nobody any more, wherever it is seen.
    assert_eq!(stage.client.get(&format!("/v1/exports/{id}")).await.text("/state"), "lapsed");
    let listed = async |state: &str| {
        let path = format!("/v1/exports?organization={}&state={state}", stage.town.branch.id);
        stage.client.get(&path).await.body["items"].as_array().unwrap().len()
    };
    assert_eq!((listed("awaiting-approval").await, listed("lapsed").await, listed("refused").await), (0, 1, 1));
}

#[tokio::test]
async fn everybody_on_the_rolls_is_unchanged_when_their_export_comes_back() {
    let stage = stage().await;
    let joined = stage.town.person(3, "黄停", &stage.town.branch).await.joined_on;
    for (n, state) in [(3, MemberState::Suspended), (4, MemberState::Probationary), (5, MemberState::Full)] {
        let adjust = |member: &mut Member| {
            member.state = state;
            member.full_since = member.full_since.filter(|_| state != MemberState::Probationary);
        };
        stage.town.person_as(n, "黄人", &stage.town.branch, adjust).await;
    }
    // Of an age at which nobody is registered today.
    let young = |member: &mut Member| member.joined_on = joined.saturating_sub(20.years());
    stage.town.person_as(6, "黄早", &stage.town.branch, young).await;
    for format in [Format::Csv, Format::Xlsx] {
        let id = take(&stage.client, &stage, format).await.text("/id");
        let path = stage.put(&stage.town.branch, format, produced(&stage, &id).await, false).await;
        let reply = stage.start(&path).await;
        assert_eq!((reply.text("/state").as_str(), counts(&reply)), ("done", [5, 0, 5, 0]), "{reply:?}");
    }
    // Nobody is registered as suspended.
    let mut rows = people(1);
    rows[0][8] = "停止党籍".to_owned();
    let reply = stage.import(&rows).await;
    assert_eq!(crate::stage::problems(&reply), [(2, "I".to_owned(), "invalid-field".to_owned())]);
}
