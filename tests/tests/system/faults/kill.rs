//! F13: the runner is killed at any moment. F24: the disk of the runner is full.

use std::process::Command;
use system::kills;

fn runner() -> Command {
    Command::new(env!("CARGO_BIN_EXE_runner"))
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn f13_what_a_killed_runner_acknowledged_is_there() {
    let found = kills::run(runner, 13, 2).await;
    assert!(found.is_clean() && found.kills == 2, "{found}");
    assert!(found.acknowledged > 0, "{found}");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn f24_a_full_disk_is_said_so_and_what_was_acknowledged_stays() {
    let found = kills::full_disk(runner).await;
    assert!(found.is_clean(), "{found}");
    assert!(found.acknowledged > 0 && found.cut_off > 0, "{found}");
    let said = kills::start_on_a_full_disk(&runner());
    assert!(said.starts_with("zhibu: ") && !said.contains("panicked"), "{said}");
}
