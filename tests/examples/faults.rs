//! The fault tests at full length.
//!
//! `cargo run --release -p system --example faults -- --full` does 100,000 operations on stores that misbehave and kills
//! the runner 200 times; it prints seed, operations, faults and violations, and fails when there is any of the last.
//! With `--seed` a run is repeated; without `--full` it is a short one. Fifty people who report at once on one tree of tasks
//! are a part of it of their own: `--reports`, 20,000 with `--full`.

#![expect(clippy::print_stdout, reason = "it is there to tell")]

use clap::Parser;
use std::{
    process::{Command, ExitCode},
    time::{Instant, SystemTime},
};
use system::{
    kills,
    reports::{self, Crowd},
    workload,
};
use testkit::Faults;

/// Does what people do on stores that misbehave, and kills the runner.
#[derive(Debug, Parser)]
struct Arguments {
    /// 100,000 operations and 200 kills
    #[arg(long)]
    full: bool,
    /// What chance begins with; a new one is made up and printed
    #[arg(long)]
    seed: Option<u64>,
    /// Operations, over all lanes
    #[arg(long)]
    operations: Option<u64>,
    /// How often the runner is killed
    #[arg(long)]
    kills: Option<u32>,
    /// Progress reports on one tree, of fifty people
    #[arg(long)]
    reports: Option<u64>,
    /// Clients with a store of their own at the same time; they say which seed each operation belongs to
    #[arg(long, default_value_t = 16)]
    lanes: u64,
}

/// The first argument of the child that is the runner.
const SERVE: &str = "serve";

#[tokio::main]
async fn main() -> ExitCode {
    let began = Instant::now();
    if std::env::args().nth(1).as_deref() == Some(SERVE) {
        return local::cli::run(began).await;
    }
    let arguments = Arguments::parse();
    let (operations, times, told) = if arguments.full { (100_000, 200, 20_000) } else { (3_200, 5, 1_000) };
    let (operations, times) = (arguments.operations.unwrap_or(operations), arguments.kills.unwrap_or(times));
    let told = arguments.reports.unwrap_or(told);
    let seed = arguments.seed.unwrap_or_else(fresh);
    println!(
        "seed          {seed:>9}   --seed {seed} --operations {operations} --kills {times} --reports {told} --lanes {}",
        arguments.lanes
    );

    let report = workload::run(seed, arguments.lanes.max(1), operations, &Faults::mixed(), |done| {
        if done.is_multiple_of(500) {
            println!("{done} operations of the first lane");
        }
    })
    .await;
    println!("{report}in {} s\n", began.elapsed().as_secs());
    let killing = Instant::now();
    let killings = kills::run(itself, seed, times).await;
    println!("{killings}in {} s\n", killing.elapsed().as_secs());
    let reporting = Instant::now();
    let crowd = Crowd { people: 50, reports: told.div_ceil(50), widths: [10, 10, 20] };
    // What hangs or is slow would only make them wait for each other.
    let faults = Faults { hung: 0.0, slow: 0.0, ..Faults::mixed() };
    let told = reports::run(seed, crowd, faults).await;
    println!("{told}in {} s", reporting.elapsed().as_secs());
    if report.is_clean() && killings.is_clean() && told.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// This program as the runner.
fn itself() -> Command {
    let program = std::env::current_exe().unwrap_or_else(|_| "faults".into());
    let mut command = Command::new(program);
    command.arg(SERVE);
    command
}

/// A seed that nobody chose.
fn fresh() -> u64 {
    #[expect(clippy::disallowed_methods, reason = "the seed is printed, so that the run can be repeated")]
    let now = SystemTime::now();
    now.duration_since(SystemTime::UNIX_EPOCH).map_or(1, |time| time.as_secs() % 1_000_000)
}
