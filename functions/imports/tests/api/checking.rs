//! What is wrong with a file, named by row and column.

use crate::stage::{HEADER, Stage, counts, file, is, people, person, problems, stage};
use serde_json::json;
use sheet::Format;

fn at(line: u64, column: &str, code: &str) -> (u64, String, String) {
    (line, column.to_owned(), code.to_owned())
}

async fn refused(stage: &Stage, rows: &[Vec<String>]) -> Vec<(u64, String, String)> {
    let reply = stage.import(rows).await;
    assert_eq!(reply.text("/state"), "refused", "{reply:?}");
    problems(&reply)
}

#[tokio::test]
async fn one_bad_row_is_named_and_nothing_of_the_file_is_stored() {
    let stage = stage().await;
    let mut rows = people(30);
    rows[17][2] = "350199198001010201".to_owned();
    let reply = stage.import(&rows).await;
    assert_eq!((reply.text("/state").as_str(), counts(&reply)), ("refused", [30, 0, 0, 1]));
    assert_eq!(problems(&reply), [at(19, "C", "invalid-field")]);
    let problem = &reply.body["problems"][0];
    assert_eq!(
        (problem["header"].as_str(), problem["zh"].as_str()),
        (Some("身份证号"), Some("身份证号码不正确，请逐位核对"))
    );
    assert!(stage.members().await.is_empty());
    assert_eq!((stage.told("member.registered").await, stage.told("import.refused").await), (0, 1));
    let again = stage.client.get(&format!("/v1/imports/{}", reply.text("/id"))).await;
    assert_eq!(again.body, reply.body);
}

#[tokio::test]
async fn every_wrong_cell_is_named() {
    let stage = stage().await;
    let wrong: [(usize, &str, &str); 12] = [
        (0, "南社区党支部", "A"),
        (1, "陈", "B"),
        (2, "", "C"),
        (3, "12345", "D"),
        (4, "", "E"),
        (5, &"长".repeat(21), "F"),
        (7, "工人", "H"),
        (8, "除名", "I"),
        (9, "2026-02-30", "J"),
        (9, "2027-01-01", "J"),
        (9, "1960-01-01", "J"),
        (10, "2026-07-01", "K"),
    ];
    let rows: Vec<_> = wrong
        .iter()
        .zip(1..)
        .map(|((column, text, _), n)| {
            let mut row = person(n);
            (*text).clone_into(&mut row[*column]);
            row
        })
        .collect();
    let expected: Vec<_> =
        wrong.iter().zip(2..).map(|((_, _, column), line)| at(line, column, "invalid-field")).collect();
    assert_eq!(refused(&stage, &rows).await, expected);
}

#[tokio::test]
async fn the_columns_may_come_in_any_order_and_none_may_be_strange() {
    let stage = stage().await;
    let mut rows = vec![HEADER.map(str::to_owned).to_vec()];
    rows.extend(people(3));
    for row in &mut rows {
        row.reverse();
    }
    let bytes = sheet::write(Format::Xlsx, &rows).unwrap();
    let path = stage.put(&stage.town.branch, Format::Xlsx, bytes, false).await;
    assert_eq!(counts(&stage.start(&path).await), [3, 3, 0, 0]);

    rows[0][3] = "工种".to_owned();
    rows[0][10] = "姓名".to_owned();
    let bytes = sheet::write(Format::Xlsx, &rows).unwrap();
    let path = stage.put(&stage.town.branch, Format::Xlsx, bytes, false).await;
    let reply = stage.start(&path).await;
    let expected = [
        at(1, "D", "unknown-column"),
        at(1, "K", "unknown-column"),
        at(1, "", "missing-column"),
        at(1, "", "missing-column"),
    ];
    assert_eq!(problems(&reply), expected, "{reply:?}");
    assert_eq!(reply.body["problems"][0]["zh"], "没有“工种”这一列");
}

#[tokio::test]
async fn numbers_are_checked_against_the_file_and_the_register() {
    let stage = stage().await;
    stage.town.person(2, "黄邻", &stage.town.neighbour).await;
    stage.town.person(3, "黄内", &stage.town.branch).await;
    let card = |n| testkit::Town::id_card(n).reveal().to_owned();
    let mut rows = people(6);
    rows[1][2] = rows[0][2].clone();
    rows[2][3] = format!("+86 {}", rows[0][3]);
    rows[3][2] = card(2);
    rows[4][2] = card(3);
    rows[5][3] = "13900000002".to_owned();
    let found = refused(&stage, &rows).await;
    let differs = ["B", "D", "F", "H", "I", "J", "K"].map(|column| at(6, column, "differs"));
    let mut expected = vec![at(3, "C", "twice"), at(4, "D", "twice"), at(5, "C", "id-card-taken")];
    expected.extend(differs);
    expected.push(at(7, "D", "phone-taken"));
    assert_eq!(found, expected);
}

#[tokio::test]
async fn a_dry_run_stores_nothing() {
    let stage = stage().await;
    let path = stage.put(&stage.town.branch, Format::Csv, file(Format::Csv, &people(30)), true).await;
    let reply = stage.start(&path).await;
    assert_eq!((reply.text("/state").as_str(), counts(&reply)), ("checked", [30, 0, 0, 0]));
    assert_eq!(stage.start(&path).await.body, reply.body);
    assert!(stage.members().await.is_empty());
    is(&stage.client.send("POST", &format!("{path}/undo"), None).await, 409, "illegal-transition");
}

#[tokio::test]
async fn a_file_that_is_none_is_refused_as_a_whole() {
    let stage = stage().await;
    for (format, bytes) in [
        (Format::Xlsx, b"PK\x03\x04 not a workbook".to_vec()),
        (Format::Csv, vec![0xff, 0xfe, 0x00, 0xd8]),
        (Format::Csv, b"\xef\xbb\xbf".to_vec()),
    ] {
        let path = stage.put(&stage.town.branch, format, bytes, false).await;
        let reply = stage.start(&path).await;
        assert_eq!((reply.text("/state").as_str(), problems(&reply)), ("refused", vec![at(0, "", "content-refused")]));
    }
}

#[tokio::test]
async fn a_file_has_to_be_there_and_to_be_the_one_that_was_announced() {
    let stage = stage().await;
    let body = |length: u64, sha256: &str| json!({ "organization": stage.town.branch.id, "kind": "members", "format": "csv", "length": length, "sha256": sha256 });
    for (length, sha256, pointer) in [
        (0, "a".repeat(64), "/length"),
        (9 << 20, "a".repeat(64), "/length"),
        (5, "A".repeat(64), "/sha256"),
        (5, "a".repeat(63), "/sha256"),
    ] {
        let reply = stage.client.post("/v1/imports", body(length, &sha256)).await;
        is(&reply, 422, "invalid-field");
        assert_eq!(reply.text("/fields/0/pointer"), pointer);
    }
    let announced = stage.client.post("/v1/imports", body(5, &"a".repeat(64))).await;
    let path = format!("/v1/imports/{}", announced.text("/id"));
    is(&stage.start(&path).await, 409, "not-uploaded");
    let bucket = blob::Bucket::open(&stage.bench.env, "MEDIA_BUCKET").unwrap();
    bucket.put(&format!("incoming/imports/{}", announced.text("/id")), "text/csv", b"a,b,c".to_vec()).await.unwrap();
    is(&stage.start(&path).await, 409, "upload-mismatch");
}

#[tokio::test]
async fn a_template_has_the_headers_that_an_import_understands() {
    let stage = stage().await;
    let reply = stage.client.get("/v1/imports/template?kind=members&format=csv").await;
    assert_eq!((reply.status, reply.header("content-type")), (200, "text/csv"));
    assert_eq!(reply.body.as_str().unwrap().trim_start_matches('\u{feff}').trim_end(), HEADER.join(","));
    is(&stage.client.get("/v1/imports/template?kind=cats&format=csv").await, 422, "invalid-field");
}

#[tokio::test]
async fn a_first_row_that_is_somebodys_is_not_quoted() {
    let stage = stage().await;
    let bytes = sheet::write(Format::Csv, people(3)).unwrap();
    let path = stage.put(&stage.town.branch, Format::Csv, bytes, false).await;
    let reply = stage.start(&path).await;
    assert_eq!(reply.text("/state"), "refused");
    let said = reply.body["problems"].to_string();
    let row = person(1);
    assert!(row.iter().filter(|cell| !cell.is_empty()).all(|cell| !said.contains(cell.as_str())), "{said}");

    // As many and as long headers as a file can have.
    let bytes = sheet::write(Format::Csv, [vec!["头".repeat(2_700); 40]]).unwrap();
    let path = stage.put(&stage.town.branch, Format::Csv, bytes, false).await;
    let reply = stage.start(&path).await;
    assert_eq!((reply.status, reply.text("/state").as_str()), (200, "refused"), "{reply:?}");
    assert_eq!(reply.body["problems"][0]["header"], format!("{}…", "头".repeat(20)));
}
