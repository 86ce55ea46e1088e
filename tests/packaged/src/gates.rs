//! Figures of packaged functions that repeat, against a checked-in table.

use crate::{
    Failure, Only, callgrind,
    events::{Probe, probe},
    front::Authority,
    in_process,
    process::{Package, Process},
    stage::Stage,
};
use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    io::Write,
    path::{Path, PathBuf},
};

/// A figure: its name in the table, by how many thousandths it may grow unseen, and what no table can accept.
struct Figure {
    name: &'static str,
    slack: u64,
    most: u64,
}

const fn figure(name: &'static str, slack: u64, most: u64) -> Figure {
    Figure { name, slack, most }
}

/// The columns of the table. Slack is what the same sources differed by, built and measured on two machines, and as much again or
/// somewhat more: 12 % of the instructions of a start (TLS handshakes with certificates of their own each time, as many as calls happen to be
/// made at once), 4.4 % of those of a request, 1.1 % of its heap blocks. Of late connections, those that a function opens while
/// somebody waits, there should be none.
const FIGURES: [Figure; 8] = [
    figure("binary-bytes", 20, u64::MAX),
    figure("cold-instructions", 250, u64::MAX),
    figure("cold-blocks", 200, u64::MAX),
    figure("warm-instructions", 120, u64::MAX),
    figure("warm-blocks", 30, u64::MAX),
    figure("log-bytes", 0, 300),
    figure("peak-kib", 150, u64::MAX),
    figure("late-connections", 0, u64::MAX),
];

type Row = [u64; FIGURES.len()];

fn table() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/gates.txt"))
}

/// Measures all functions of the template, packaged in `folder`, and compares with the table or writes it.
///
/// # Errors
/// When a figure is over its bound, or a function is not in the table.
pub(crate) async fn gates(folder: &Path, only: &Only, update: bool, out: &mut impl Write) -> Result<(), Failure> {
    let stage = Stage::behind_tls(&Authority::new()?).await?;
    let mut measured = BTreeMap::new();
    for name in stage.functions().filter(|name| only.has(name)) {
        let handler = in_process::connect(&stage, name).await?;
        let probe = probe(&stage, name, &handler).await?;
        let row = measure(&stage, &stage.package(folder, name)?, &probe).await;
        let row = row.map_err(|problem| format!("{name}, {}: {problem}", probe.title))?;
        writeln!(out, "{name}: {}: {row:?}", probe.title)?;
        measured.insert(name.to_owned(), row);
    }
    let mut accepted = read(&fs::read_to_string(table())?)?;
    if update {
        accepted.retain(|name, _| stage.functions().any(|function| function == name));
        accepted.extend(measured.clone());
        fs::write(table(), write(&accepted)?)?;
    }
    accepted.retain(|name, _| only.has(name));
    write!(out, "{}", write(&measured)?)?;
    let problems = compare(&accepted, &measured);
    if problems.is_empty() {
        return Ok(());
    }
    let advice = "a growth that is meant is accepted with `cargo run -p packaged -- gates <folder> --update`";
    Err(format!("tests/packaged/gates.txt does not hold ({advice}):\n  {}", problems.join("\n  ")).into())
}

async fn measure(stage: &Stage, package: &Package, probe: &Probe) -> Result<Row, Failure> {
    let mut process = Process::start(package, &[]).await?;
    process.ready().await?;
    let before = stage.connections();
    for _ in 0..if probe.repeatable { 50 } else { 1 } {
        process.invoke(probe.event.clone()).await?.outcome?;
    }
    process.settled().await?;
    // A job has nobody waiting for it.
    let late = if probe.repeatable { stage.connections() - before } else { 0 };
    let peak = process.peak()?;
    process.end().await?;
    let cost = callgrind::cost(package, probe).await?;
    let (instructions, blocks, log) = cost.warm.map_or((0, 0, 0), |warm| (warm.instructions, warm.blocks, warm.log));
    let cold = cost.cold;
    Ok([package.size()?, cold.instructions, cold.blocks, instructions, blocks, log, peak, late.try_into()?])
}

fn compare(accepted: &BTreeMap<String, Row>, measured: &BTreeMap<String, Row>) -> Vec<String> {
    let mut problems = Vec::new();
    for (name, row) in measured {
        let Some(before) = accepted.get(name) else {
            problems.push(format!("{name} is not in the table"));
            continue;
        };
        for ((figure, now), before) in FIGURES.iter().zip(row).zip(before) {
            let bound = (before + before * figure.slack / 1_000).min(figure.most);
            if *now > bound {
                problems.push(format!("{} of {name} is {now}, more than {bound}", figure.name));
            }
        }
    }
    problems.extend(accepted.keys().filter(|name| !measured.contains_key(*name)).map(|name| format!("{name} is gone")));
    problems
}

fn write(rows: &BTreeMap<String, Row>) -> Result<String, Failure> {
    let mut text = format!("{:16}", "function");
    for Figure { name, .. } in &FIGURES {
        write!(text, " {name:>17}")?;
    }
    for (name, row) in rows {
        write!(text, "\n{name:16}")?;
        for value in row {
            write!(text, " {value:17}")?;
        }
    }
    text.push('\n');
    Ok(text)
}

fn read(text: &str) -> Result<BTreeMap<String, Row>, Failure> {
    let rows = text.lines().skip(1).map(|line| {
        let mut words = line.split_whitespace();
        let name = words.next().ok_or("a line of gates.txt is empty")?.to_owned();
        let values = words.map(str::parse).collect::<Result<Vec<u64>, _>>()?;
        let row = Row::try_from(values).map_err(|_| format!("gates.txt has too few or many figures for {name}"))?;
        Ok((name, row))
    });
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &[(&str, Row)]) -> BTreeMap<String, Row> {
        text.iter().map(|(name, row)| ((*name).to_owned(), *row)).collect()
    }

    #[test]
    fn the_table_reads_as_it_was_written() {
        let table = rows(&[("members", [1, 2, 3, 4, 5, 6, 7, 0]), ("audit", [10, 20, 30, 40, 50, 60, 70, 0])]);
        assert_eq!(read(&write(&table).unwrap()).unwrap(), table);
        assert!(read("head\nmembers 1 2\n").is_err());
    }

    #[test]
    fn what_grew_beyond_its_slack_is_named() {
        let accepted = rows(&[("members", [1_000, 1_000, 9, 9, 9, 9, 9, 0]), ("gone", [0; 8])]);
        let measured = rows(&[("members", [1_020, 1_251, 9, 9, 10, 9, 9, 0]), ("new", [0; 8])]);
        assert_eq!(
            compare(&accepted, &measured),
            [
                "cold-instructions of members is 1251, more than 1250",
                "warm-blocks of members is 10, more than 9",
                "new is not in the table",
                "gone is gone"
            ]
        );
    }

    #[test]
    fn no_table_can_accept_what_is_over_a_limit() {
        let over = rows(&[("members", [0, 0, 0, 0, 0, 301, 0, 0])]);
        assert_eq!(compare(&over, &over), ["log-bytes of members is 301, more than 300"]);
    }
}
