//! Import benchmark: `cargo run --release -p system --example import -- 10000`.
//!
//! Imports a workbook of so many persons, first as a dry run, then for good, then the same again, then with one bad row
//! in it, and undoes it. Prints time, requests, capacity units and the peak memory of the process, which holds the
//! embedded store as well: what it shows after the dry run, when nothing is stored, is nearest to the function's own.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark prints and gives up"
)]

use authz::Role;
use aws_lc_rs::digest::{SHA256, digest};
use blob::Bucket;
use imports::{App, advance_open, router};
use kernel::IdCard;
use serde_json::json;
use sheet::Format;
use std::time::Instant;
use testkit::{Bench, Client, Reply, Town};

const HEADER: [&str; 11] =
    ["所在组织", "姓名", "身份证号", "手机号", "民族", "学历", "工作单位", "类别", "党籍状态", "入党日期", "转正日期"];

/// Person `n`, with numbers of their own.
fn person(n: usize) -> [String; 11] {
    let first17 = format!("350199{:04}{:02}01{:03}", 1940 + n / 12_000, 1 + n / 1_000 % 12, n % 1_000);
    let card = format!("{first17}{}", IdCard::check_character(&first17).unwrap());
    let phone = format!("137{n:08}");
    [
        "东社区党支部",
        "陈晓",
        &card,
        &phone,
        "汉族",
        "本科",
        "榕城公交公司",
        "按月领取工资",
        "正式党员",
        "2010-06-18",
        "2011-06-18",
    ]
    .map(str::to_owned)
}

fn workbook(rows: impl IntoIterator<Item = [String; 11]>) -> Vec<u8> {
    sheet::write(Format::Xlsx, [HEADER.map(str::to_owned)].into_iter().chain(rows)).unwrap()
}

/// The peak of the process's memory in megabytes.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|text| text.trim().trim_end_matches(" kB").parse::<u64>().ok()).unwrap_or(0) / 1_024
}

struct Stage {
    bench: Bench,
    town: Town,
    app: App,
    client: Client,
}

impl Stage {
    async fn run(&self, what: &str, bytes: &[u8], dry_run: bool) -> Reply {
        let digit = |half: u8| char::from_digit(half.into(), 16).unwrap();
        let hash = digest(&SHA256, bytes);
        let sha256: String = hash.as_ref().iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect();
        let announced = json!({
            "organization": self.town.branch.id, "kind": "members", "format": "xlsx", "length": bytes.len(),
            "sha256": sha256, "dryRun": dry_run,
        });
        let id = self.client.post("/v1/imports", announced).await.text("/id");
        let bucket = Bucket::open(&self.bench.env, "MEDIA_BUCKET").unwrap();
        bucket.put(&format!("incoming/imports/{id}"), Format::Xlsx.media_type(), bytes.to_vec()).await.unwrap();
        self.measure(what, &format!("/v1/imports/{id}"), "start").await
    }

    async fn measure(&self, what: &str, path: &str, verb: &str) -> Reply {
        let _ = self.bench.wire.take();
        let start = Instant::now();
        let first = self.client.send("POST", &format!("{path}/{verb}"), None).await;
        assert_eq!(first.status, 200, "{first:?}");
        let answered = start.elapsed();
        let mut runs = 0;
        while advance_open(&self.app, 200).await.unwrap().jobs > 0 {
            runs += 1;
        }
        let taken = start.elapsed();
        let calls = self.bench.wire.take();
        let units: f64 = calls.iter().map(|call| call.units).sum();
        let reply = self.client.get(path).await;
        let count = |name: &str| reply.body[name].as_u64().unwrap_or(0);
        println!(
            "{what:24} {:>8.2} s (request {:.2} s, {runs} runs of the job)  {:>6} requests  {units:>8.0} units  peak {:>4} MB",
            taken.as_secs_f64(),
            answered.as_secs_f64(),
            calls.len(),
            peak()
        );
        println!(
            "{:24} {}: {} rows, {} created, {} unchanged, {} failed, {} undone",
            "",
            reply.text("/state"),
            count("rows"),
            count("created"),
            count("unchanged"),
            count("failed"),
            count("undone")
        );
        for problem in reply.body["problems"].as_array().unwrap().iter().take(3) {
            println!("{:24} row {} column {}: {}", "", problem["line"], problem["column"], problem["zh"]);
        }
        reply
    }
}

#[tokio::main]
async fn main() {
    let count: usize = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(10_000);
    let bench = Bench::new().await;
    let town = Town::build(&bench).await;
    let secretary = town.person(1, "林书", &town.branch).await;
    let caller = Town::caller(&secretary, &[(Role::Secretary, &town.branch)]);
    let app = App::connect(&bench.env).await.unwrap();
    let client = Client::new(router(app.clone()), Some(caller));
    let stage = Stage { bench, town, app, client };

    let rows: Vec<_> = (1..=count).map(person).collect();
    let bytes = workbook(rows.clone());
    let mut bad = rows;
    "350199198001010201".clone_into(&mut bad[count / 2][2]);
    let bad = workbook(bad);
    println!("{count} persons, a workbook of {} KB; before: peak {} MB", bytes.len() / 1_024, peak());

    stage.run("checked only", &bytes, true).await;
    stage.run("one bad row", &bad, false).await;
    let imported = stage.run("imported", &bytes, false).await;
    stage.run("the same again", &bytes, false).await;
    stage.run("one bad row, again", &bad, false).await;
    stage.measure("undone", &format!("/v1/imports/{}", imported.text("/id")), "undo").await;
}
