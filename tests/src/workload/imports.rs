//! A file of persons that the client brings in, and what it knows of it then.

use super::{
    By, Lane,
    model::{Model, Person},
    steps::{Sending, id_card, mark},
};
use crate::tour::Ask;
use aws_lc_rs::digest::{SHA256, digest};
use blob::Bucket;
use jiff::Timestamp;
use kernel::{ImportId, MemberId};
use register::MemberState;
use serde_json::json;
use sheet::Format;

/// Persons of one file.
const PERSONS: u64 = 3;
/// What is added to the number of an operation for each person of its file: more than there are operations.
const APART: u64 = 3_000_000;
/// Times that an import is started before it counts as stuck.
const STARTS: usize = 20;

/// The number that the `at`-th person of the file of operation `n` has as others have that of the operation that registered
/// them.
fn card(n: u64, at: u64) -> u64 {
    n + at * APART
}

/// The file of operation `n`: persons of the organisation `home`.
fn file(n: u64, home: &str) -> Vec<u8> {
    let header = [
        "所在组织",
        "姓名",
        "身份证号",
        "手机号",
        "民族",
        "学历",
        "工作单位",
        "类别",
        "党籍状态",
        "入党日期",
        "转正日期",
    ];
    let person = |at: u64| {
        let (card, phone, unit) = (id_card(card(n, at)), format!("137{:08}", card(n, at)), mark(n));
        let texts = [home, "游导", &card, &phone, "汉族", "", &unit, "学生", "预备党员", "2026-06-18", ""];
        texts.map(str::to_owned)
    };
    let header = header.map(str::to_owned);
    sheet::write(Format::Csv, std::iter::once(header).chain((0..PERSONS).map(person))).unwrap()
}

/// What announces it.
pub(super) fn sending(model: &Model, n: u64, home: usize) -> Sending {
    let bytes = file(n, &model.places[home].id);
    let sha256 = kernel::hex(digest(&SHA256, &bytes).as_ref());
    let body = json!({
        "organization": model.places[home].id, "kind": "members", "format": "csv", "length": bytes.len(), "sha256": sha256,
        "dryRun": false,
    });
    Sending { function: "imports", method: "POST", ask: Ask::with("/v1/imports", body), by: By::Officer }
}

/// The id of the person that a line of the file makes: the same each time.
fn member(import: ImportId, line: u64) -> MemberId {
    let mut random = [0; 10];
    let hash = digest(&SHA256, format!("{import}/{line}").as_bytes());
    random.iter_mut().zip(hash.as_ref()).for_each(|(to, from)| *to = *from);
    MemberId::from_bytes(u64::try_from(import.millis()).unwrap(), random)
}

impl Lane {
    /// Puts the file of operation `n` where it was said, and starts the import until every row is applied: once each, however
    /// often it is started.
    pub(super) async fn bring_in(&mut self, n: u64, home: usize, import: &str) {
        let bytes = file(n, &self.model.places[home].id);
        let bucket = Bucket::open(&self.scene.patient(), "MEDIA_BUCKET").unwrap();
        bucket.put(&format!("incoming/imports/{import}"), "text/csv", bytes).await.unwrap();
        let client = self.client("imports");
        for _ in 0..STARTS {
            let reply = self.send(&client, "POST", &format!("/v1/imports/{import}/start"), None).await;
            if reply.text("/state") == "done" {
                self.model.brought_in(import.parse().unwrap(), n, home, self.scene.bench.now());
                return;
            }
        }
        self.report.violations.push(format!("I6 the import {import} of operation {n} does not come to its end"));
    }
}

impl Model {
    /// Takes in that every row of a file is applied.
    fn brought_in(&mut self, import: ImportId, n: u64, home: usize, now: Timestamp) {
        // The header is the first line.
        for at in 0..PERSONS {
            self.people.push(Person {
                id: member(import, at + 2).to_string(),
                card: Some(card(n, at)),
                home,
                state: MemberState::Probationary,
                version: 1,
                unit: Some(mark(n)),
                open: Vec::new(),
                story: 1,
                touched: now,
            });
            self.told("member.registered", 1);
        }
        self.told("import.started", 1);
        self.told("import.finished", 1);
    }
}
