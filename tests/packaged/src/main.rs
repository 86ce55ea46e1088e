//! Runs packaged functions as Lambda does: over the Runtime API, in an environment like Lambda's, with embedded stores.
//!
//! ```text
//! infra/package.sh                                       build the packages into target/lambda
//! cargo run -p packaged -- check target/lambda           answers equal those in process
//! cargo run -p packaged -- gates target/lambda           figures that repeat, against gates.txt (needs valgrind)
//! infra/package.sh baseline                              build what the functions are compared with
//! cargo run -p packaged --release -- bench target/lambda target/baseline/lambda
//! ```

mod bench;
mod callgrind;
mod check;
mod events;
mod front;
mod gates;
mod in_process;
mod mask;
mod process;
mod runtime_api;
mod share;
mod stage;

use clap::{Parser, Subcommand};
use std::{
    error::Error,
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

/// Why a run is given up.
pub(crate) type Failure = Box<dyn Error + Send + Sync>;

/// Runs packaged functions as Lambda does
#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Compare the answers of packaged functions with those of the functions in process
    Check {
        /// Where the packages are: `<function>/bootstrap`
        folder: PathBuf,
        /// Only these functions
        only: Vec<String>,
    },
    /// Compare figures that repeat with tests/packaged/gates.txt
    Gates {
        /// Where the packages are
        folder: PathBuf,
        /// Only these functions
        only: Vec<String>,
        /// Accept what is measured: write it into the table
        #[arg(long)]
        update: bool,
    },
    /// Measure packaged functions beside bare ones, and print ratios
    Bench {
        /// Where the packages are
        folder: PathBuf,
        /// Where the packages of tests/baseline are
        baseline: PathBuf,
        /// Only these functions
        only: Vec<String>,
        /// Processes of each
        #[arg(long, default_value_t = 10)]
        rounds: usize,
    },
}

/// The functions that a run is about: those named, or all.
#[derive(Debug)]
pub(crate) struct Only(Vec<String>);

impl Only {
    /// Whether the function `name` is one of them.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.is_empty() || self.0.iter().any(|one| one == name)
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let mut out = io::stdout();
    let done = match Cli::parse().command {
        Command::Check { folder, only } => Box::pin(check::check(&folder, &Only(only), &mut out)).await,
        Command::Gates { folder, only, update } => Box::pin(gates::gates(&folder, &Only(only), update, &mut out)).await,
        Command::Bench { folder, baseline, only, rounds } => {
            Box::pin(bench::bench(&folder, &baseline, &Only(only), rounds, &mut out)).await
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Without a standard error there is nobody to tell.
            writeln!(io::stderr(), "packaged: {failure}").unwrap_or_default();
            ExitCode::FAILURE
        }
    }
}
