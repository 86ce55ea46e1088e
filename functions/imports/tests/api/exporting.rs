//! Exports.

use crate::stage::{Stage, counts, is, people, stage};
use authz::Role;
use blob::Bucket;
use jiff::SignedDuration;
use register::Readings;
use serde_json::json;
use sheet::{Format, Limits};
use testkit::{Client, Town};

async fn ask(client: &Client, stage: &Stage, format: Format) -> testkit::Reply {
    let wanted =
        json!({ "organization": stage.town.branch.id, "kind": "members", "format": format, "purpose": "年度统计" });
    client.post("/v1/exports", wanted).await
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
        let reply = ask(&stage.client, &stage, format).await;
        assert_eq!((reply.status, reply.text("/state").as_str()), (201, "ready"), "{reply:?}");
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
    assert_eq!(ask(&stage.client, &stage, Format::Csv).await.text("/state"), "ready");
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
    for (kind, times) in told.into_iter().zip([1, 1, 2]) {
        assert_eq!(stage.told(kind).await, times, "{kind}");
    }
}
