//! The runner as a process that a test can kill: the same as `zhibu`, built together with the tests.

use std::{process::ExitCode, time::Instant};

#[tokio::main]
async fn main() -> ExitCode {
    local::cli::run(Instant::now()).await
}
