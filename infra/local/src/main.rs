//! `zhibu`: the local runner.

use std::{process::ExitCode, time::Instant};

#[tokio::main]
async fn main() -> ExitCode {
    local::cli::run(Instant::now()).await
}
