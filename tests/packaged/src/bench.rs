//! Packaged functions beside bare ones, in one interleaved run.

use crate::{
    Failure, Only,
    callgrind::{self, Cost},
    events::{Probe, probe},
    front::Authority,
    in_process,
    process::{Package, Process},
    share::Share,
    stage::Stage,
};
use bytes::Bytes;
use dynamo::Table;
use serde_json::json;
use std::{io::Write, path::Path, time::Duration};

/// Events before the warm ones are timed, and the warm ones.
const WARM_UP: usize = 20;
const WARM: usize = 200;

/// A function in the comparison, and what was measured of it, a value for each round.
struct Subject {
    package: Package,
    probe: Probe,
    rounds: Vec<Round>,
    cost: Option<Cost>,
}

/// One process from start to end.
#[derive(Debug, Clone)]
struct Round {
    ready: Duration,
    first: Duration,
    cold_cpu: Duration,
    warm: Vec<Duration>,
    warm_cpu: Duration,
    peak_kib: u64,
    first_at_share: Option<Duration>,
}

/// Compares the functions in `folder` with the bare ones in `baseline`.
///
/// # Errors
/// When one is missing or fails.
pub(crate) async fn bench(
    folder: &Path,
    baseline: &Path,
    only: &Only,
    rounds: usize,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let stage = Stage::behind_tls(&Authority::new()?).await?;
    let share = Share::new();
    if let Err(problem) = &share {
        writeln!(out, "no figures at a 128 MB share: {problem}")?;
    }
    let share = share.ok();
    let mut subjects = bare(&stage, baseline).await?;
    for name in stage.functions().filter(|name| only.has(name)) {
        let handler = in_process::connect(&stage, name).await?;
        let probe = probe(&stage, name, &handler).await?;
        // A job has nobody waiting for it.
        if probe.repeatable {
            subjects.push(Subject::of(stage.package(folder, name)?, probe));
        }
    }
    for _ in 0..rounds {
        for subject in &mut subjects {
            let round = round(subject, share.as_ref()).await;
            let round = round.map_err(|problem| format!("{}: {problem}", subject.package.name))?;
            subject.rounds.push(round);
        }
    }
    for subject in &mut subjects {
        match callgrind::cost(&subject.package, &subject.probe).await {
            Ok(cost) => subject.cost = Some(cost),
            Err(problem) => writeln!(out, "no instructions of {}: {problem}", subject.package.name)?,
        }
    }
    print(&subjects, out)
}

/// The functions of the baseline, with an item that the one with a call reads.
#[expect(clippy::indexing_slicing, reason = "assigning to a field of a JSON object makes it")]
async fn bare(stage: &Stage, folder: &Path) -> Result<Vec<Subject>, Failure> {
    let id = "bench-00000001";
    let item = json!({
        "pk": id, "sk": id, "id": id, "name": "陈员", "organization": "org_1", "path": "/org_1/", "state": "full",
        "category": "wage", "joinedOn": "2010-07-01",
    });
    Table::open(&stage.scene.bench.env, "MEMBERS_TABLE")?.put(&item).await?;
    let mut event = stage.scene.client("reference").event("GET", &format!("/items/{id}"), None);
    event["pathParameters"] = json!({ "id": id });
    let event = Bytes::from(event.to_string());
    let subject = |name: &str, title: &str| {
        let probe = Probe { title: title.to_owned(), event: event.clone(), repeatable: true };
        Ok::<_, Failure>(Subject::of(stage.baseline(folder, name)?, probe))
    };
    Ok(vec![subject("bare", "lambda_http alone")?, subject("one-call", "lambda_http, one GetItem")?])
}

impl Subject {
    fn of(package: Package, probe: Probe) -> Self {
        Self { package, probe, rounds: Vec::new(), cost: None }
    }

    /// The median of a duration over the rounds, in microseconds.
    fn median(&self, of: impl Fn(&Round) -> Duration) -> Option<f64> {
        percentile(self.rounds.iter().map(of), 50)
    }

    fn figures(&self) -> Result<Figures, Failure> {
        let milli = |micros: Option<f64>| micros.map(|micros| micros / 1_000.0);
        let warm = || self.rounds.iter().flat_map(|round| round.warm.iter().copied());
        let at_share = self.rounds.iter().filter_map(|round| round.first_at_share);
        let cold = self.cost.map(|cost| cost.cold);
        let each = self.cost.and_then(|cost| cost.warm);
        let peak = self.rounds.iter().map(|round| round.peak_kib).max();
        #[expect(clippy::cast_precision_loss, reason = "figures are printed with four digits")]
        let number = |value: u64, unit: f64| value as f64 / unit;
        Ok([
            Some(number(self.package.size()?, 1e6)),
            milli(self.median(|round| round.ready)),
            milli(self.median(|round| round.first)),
            milli(self.median(|round| round.cold_cpu)),
            milli(percentile(at_share, 50)),
            percentile(warm(), 50),
            percentile(warm(), 99),
            self.median(|round| round.warm_cpu),
            peak.map(|peak| number(peak, 1_024.0)),
            cold.map(|cold| number(cold.instructions, 1e6)),
            each.map(|warm| number(warm.instructions, 1e3)),
            each.map(|warm| number(warm.blocks, 1.0)),
            each.map(|warm| number(warm.log, 1.0)),
        ])
    }
}

type Figures = [Option<f64>; NAMES.len()];

const NAMES: [&str; 13] = [
    "binary MB",
    "ready ms",
    "first ms",
    "cold CPU ms",
    "first ms @128MB",
    "warm p50 us",
    "warm p99 us",
    "warm CPU us",
    "peak MiB",
    "cold M instr",
    "warm k instr",
    "warm blocks",
    "log B",
];

/// One process: start, first answer, warm answers; and another one whose first answer is made at the share.
async fn round(subject: &Subject, share: Option<&Share>) -> Result<Round, Failure> {
    let Subject { package, probe, .. } = subject;
    let mut process = Process::start(package, &[]).await?;
    let ready = process.ready().await?;
    let first = process.invoke(probe.event.clone()).await?;
    first.outcome?;
    process.settled().await?;
    let cold_cpu = process.cpu()?;
    for _ in 0..WARM_UP {
        process.invoke(probe.event.clone()).await?.outcome?;
    }
    process.settled().await?;
    let before = process.cpu()?;
    let mut warm = Vec::with_capacity(WARM);
    for _ in 0..WARM {
        let answer = process.invoke(probe.event.clone()).await?;
        answer.outcome?;
        warm.push(answer.took);
    }
    process.settled().await?;
    let warm_cpu = process.cpu()?.saturating_sub(before) / u32::try_from(WARM)?;
    let peak_kib = process.peak()?;
    process.end().await?;

    let mut first_at_share = None;
    if let Some(share) = share {
        let mut process = Process::start(package, &[]).await?;
        // Lambda does not hold the start to the share, only what comes after.
        process.ready().await?;
        share.confine(process.id()?)?;
        let answer = process.invoke(probe.event.clone()).await?;
        answer.outcome?;
        first_at_share = Some(answer.took);
        process.end().await?;
    }
    Ok(Round { ready, first: first.took, cold_cpu, warm, warm_cpu, peak_kib, first_at_share })
}

/// The value that `share` per cent of them do not exceed, in microseconds.
fn percentile(values: impl Iterator<Item = Duration>, share: usize) -> Option<f64> {
    let mut values: Vec<_> = values.collect();
    values.sort_unstable();
    let at = (values.len() * share / 100).min(values.len().saturating_sub(1));
    values.get(at).map(|value| value.as_secs_f64() * 1e6)
}

/// The figures, and their ratios to each bare function, as tables of Markdown.
fn print(subjects: &[Subject], out: &mut impl Write) -> Result<(), Failure> {
    let mut rows = Vec::new();
    for subject in subjects {
        rows.push((subject, subject.figures()?));
    }
    writeln!(
        out,
        "\nFigures (medians of {} rounds; peak is the largest)\n",
        rows.first().map_or(0, |(s, _)| s.rounds.len())
    )?;
    table(&rows, None, out)?;
    for (bare, base) in rows.iter().take(2) {
        writeln!(out, "\nRatios to `{}` ({})\n", bare.package.name, bare.probe.title)?;
        table(&rows, Some(base), out)?;
    }
    Ok(())
}

fn table(rows: &[(&Subject, Figures)], base: Option<&Figures>, out: &mut impl Write) -> Result<(), Failure> {
    writeln!(out, "| function | probe | {} |", NAMES.join(" | "))?;
    writeln!(out, "|--|--|{}", "--:|".repeat(NAMES.len()))?;
    for (subject, figures) in rows {
        write!(out, "| {} | {} |", subject.package.name, subject.probe.title)?;
        for (at, figure) in figures.iter().enumerate() {
            let value = match base {
                None => *figure,
                Some(base) => figure.zip(base.get(at).copied().flatten()).map(|(figure, base)| figure / base),
            };
            match value {
                Some(value) if value.is_finite() => write!(out, " {} |", shown(value))?,
                _ => write!(out, " – |")?,
            }
        }
        writeln!(out)?;
    }
    Ok(())
}

/// Three digits that count.
fn shown(value: f64) -> String {
    match value {
        value if value >= 100.0 => format!("{value:.0}"),
        value if value >= 10.0 => format!("{value:.1}"),
        value if value >= 0.1 => format!("{value:.2}"),
        value => format!("{value:.4}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_one_of_the_values() {
        let values = || (1..=200).map(Duration::from_micros);
        let near = |share, expected: f64| (percentile(values(), share).unwrap() - expected).abs() < 0.01;
        assert!(near(50, 101.0) && near(99, 199.0) && near(100, 200.0));
        assert_eq!(percentile(std::iter::empty(), 50), None);
    }
}
