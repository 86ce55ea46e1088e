//! Applying rows.

use crate::stage::{counts, file, people, person, problems, stage};
use authz::Role;
use cloud::Environment;
use encoding_rs::GB18030;
use imports::{App, advance_open};
use jiff::SignedDuration;
use kernel::Clock;
use sheet::Format;
use testkit::{Crash, Town};

#[tokio::test]
async fn a_file_becomes_records_and_the_same_file_again_creates_nobody() {
    let stage = stage().await;
    for format in [Format::Csv, Format::Xlsx] {
        let bytes = file(format, &people(60));
        let path = stage.put(&stage.town.branch, format, bytes, false).await;
        let reply = stage.start(&path).await;
        let expected = if format == Format::Csv { [60, 60, 0, 0] } else { [60, 0, 60, 0] };
        assert_eq!((reply.text("/state").as_str(), counts(&reply)), ("done", expected), "{reply:?}");
    }
    let members = stage.members().await;
    assert_eq!(members.len(), 60);
    let member = members.iter().find(|member| member.phone_masked.ends_with("0007")).unwrap();
    assert_eq!(member.open_id_card(stage.town.vault()).unwrap(), crate::stage::id_card(7));
    assert_eq!((member.version, member.education.as_deref()), (1, Some("本科")));
    assert_eq!((stage.told("member.registered").await, stage.told("import.finished").await), (60, 2));
}

#[tokio::test]
async fn rows_go_to_the_organisations_that_they_name() {
    let stage = stage().await;
    let officer = stage.town.person(9, "郑员", &stage.town.street).await;
    let street = stage.client.with(Town::caller(&officer, &[(Role::PartyAffairsOfficer, &stage.town.street)]));
    let mut rows = people(4);
    rows[0][0] = "街道工委/东社区党支部".to_owned();
    rows[1][0] = "街道工委/东社区党支部/第一党小组".to_owned();
    rows[2][0] = "西社区党支部".to_owned();
    rows[3][0] = stage.town.group.id.to_string();
    let stage = crate::stage::Stage { client: street, ..stage };
    let path = stage.put(&stage.town.street, Format::Csv, file(Format::Csv, &rows), false).await;
    assert_eq!(counts(&stage.start(&path).await), [4, 4, 0, 0]);
    let homes: Vec<_> = stage.members().await.into_iter().map(|member| member.organization).collect();
    assert_eq!(homes.iter().filter(|home| **home == stage.town.group.id).count(), 2);
    assert_eq!(homes.len(), 3);

    rows[0][0] = "街道工委".to_owned();
    rows[1][0] = "街道工委/第一党小组".to_owned();
    let path = stage.put(&stage.town.street, Format::Csv, file(Format::Csv, &rows), false).await;
    let found = problems(&stage.start(&path).await);
    assert_eq!(
        found.iter().map(|(line, column, _)| (*line, column.as_str())).collect::<Vec<_>>(),
        [(2, "A"), (3, "A")]
    );
}

#[tokio::test]
async fn what_a_chinese_excel_wrote_is_understood() {
    let stage = stage().await;
    let text = String::from_utf8(file(Format::Csv, &people(3))).unwrap();
    let (bytes, ..) = GB18030.encode(text.trim_start_matches('\u{feff}'));
    let path = stage.put(&stage.town.branch, Format::Csv, bytes.into_owned(), false).await;
    assert_eq!(counts(&stage.start(&path).await), [3, 3, 0, 0]);
}

#[tokio::test]
async fn a_request_does_its_part_and_the_job_the_rest() {
    let stage = stage().await;
    let reply = stage.import(&people(700)).await;
    let [rows, created, ..] = counts(&reply);
    assert_eq!((reply.text("/state").as_str(), rows), ("applying", 700));
    assert!((500..700).contains(&created), "{created}");
    let report = advance_open(&stage.app, 200).await.unwrap();
    assert_eq!((report.jobs, report.finished, report.failed), (1, 1, 0));
    assert_eq!(advance_open(&stage.app, 200).await.unwrap().jobs, 0);
    let reply = stage.client.get(&format!("/v1/imports/{}", reply.text("/id"))).await;
    assert_eq!((reply.text("/state").as_str(), counts(&reply)), ("done", [700, 700, 0, 0]));
    assert_eq!(stage.told("member.registered").await, 700);
}

#[tokio::test]
async fn a_run_ends_before_the_next_one_begins() {
    let stage = stage().await;
    let reply = stage.import(&people(1_500)).await;
    let path = format!("/v1/imports/{}", reply.text("/id"));
    let [_, before, ..] = counts(&reply);
    // Every look at the clock takes a second.
    let (bench, passing) = (stage.bench.clone(), stage.bench.clone());
    let clock = Clock::new(move || {
        passing.pass(SignedDuration::from_secs(1));
        passing.now()
    });
    let slow = App::of_job(&Environment { clock, ..bench.env }).await.unwrap();
    let began = stage.bench.now();
    let report = advance_open(&slow, 200).await.unwrap();
    let took = stage.bench.now().duration_since(began).as_secs();
    assert!((45..55).contains(&took), "{took}");
    assert_eq!((report.jobs, report.finished, report.failed), (1, 0, 0));
    let [_, after, ..] = counts(&stage.client.get(&path).await);
    assert!(after > before, "{before} {after}");
    stage.finish().await;
    assert_eq!(counts(&stage.client.get(&path).await), [1_500, 1_500, 0, 0]);
}

#[tokio::test]
async fn a_number_that_was_taken_meanwhile_costs_its_row_and_no_other() {
    let stage = stage().await;
    let mut rows = people(60);
    rows[49][3] = "13900000050".to_owned();
    let path = stage.put(&stage.town.branch, Format::Csv, file(Format::Csv, &rows), false).await;
    // Dead after the file was found good: nothing is applied yet.
    let calls = {
        let other = stage.put(&stage.town.branch, Format::Csv, file(Format::Csv, &[person(900)]), true).await;
        let _ = stage.bench.wire.take();
        stage.start(&other).await;
        stage.bench.wire.take().len()
    };
    stage.bench.wire.crash(Some(Crash::After(calls - 1)));
    assert!(stage.start(&path).await.status >= 500);
    stage.bench.wire.crash(None);
    stage.town.person(50, "黄先", &stage.town.neighbour).await;
    let reply = stage.start(&path).await;
    assert_eq!((reply.text("/state").as_str(), counts(&reply)), ("done", [60, 59, 0, 1]), "{reply:?}");
    assert_eq!(problems(&reply), [(51, "D".to_owned(), "phone-taken".to_owned())]);
    assert_eq!(stage.members().await.len(), 59);
}
