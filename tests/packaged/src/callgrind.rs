//! Counting instructions and heap blocks: figures that a busy machine does not change.

use crate::{
    Failure,
    events::Probe,
    process::{Package, Process},
};
use std::{collections::HashMap, fs, path::Path};

/// What a process did from its start to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Instructions.
    pub(crate) instructions: u64,
    /// Calls of the allocator that ask for memory.
    pub(crate) blocks: u64,
    /// Bytes of log.
    pub(crate) log: u64,
}

/// What a function costs: once, and with every further event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cost {
    /// Start and first answer.
    pub(crate) cold: Counts,
    /// One more answer, the mean of those after the first; `None` for what cannot be repeated.
    pub(crate) warm: Option<Counts>,
}

/// Events of the longer run: enough that what only the second one fills does not show in the mean.
const MANY: u64 = 30;

/// Counts what `package` does with `probe`.
pub(crate) async fn cost(package: &Package, probe: &Probe) -> Result<Cost, Failure> {
    let (cold, warm) = if probe.repeatable {
        // What is counted does not depend on who else is running.
        let run = |events| count(package, probe, events);
        let (cold, many) = tokio::try_join!(run(1), run(MANY))?;
        let mean = |of: fn(&Counts) -> u64| of(&many).saturating_sub(of(&cold)) / (MANY - 1);
        let warm = Counts {
            instructions: mean(|counts| counts.instructions),
            blocks: mean(|counts| counts.blocks),
            log: mean(|counts| counts.log),
        };
        (cold, Some(warm))
    } else {
        (count(package, probe, 1).await?, None)
    };
    Ok(Cost { cold, warm })
}

async fn count(package: &Package, probe: &Probe, events: u64) -> Result<Counts, Failure> {
    let folder = tempfile::tempdir()?;
    let profile = folder.path().join("profile");
    let tool = ["valgrind", "-q", "--tool=callgrind", &format!("--callgrind-out-file={}", profile.display())];
    let mut process = Process::start(package, &tool.map(str::to_owned)).await?;
    process.ready().await?;
    for _ in 0..events {
        let answer = process.invoke(probe.event.clone()).await?;
        answer.outcome.map_err(|problem| format!("{} fails under callgrind: {problem}", package.name))?;
    }
    process.settled().await?;
    let log = process.end().await?.log.len().try_into()?;
    let (instructions, blocks) = read(&profile)?;
    Ok(Counts { instructions, blocks, log })
}

/// Instructions and heap blocks of a profile.
fn read(profile: &Path) -> Result<(u64, u64), Failure> {
    let text = fs::read_to_string(profile).map_err(|e| format!("callgrind left no profile: {e}"))?;
    parse(&text).ok_or_else(|| "callgrind left a profile without totals".into())
}

/// In a profile a function has a name where it is first met and a number from there on; `calls=` belongs to the last
/// `cfn=`.
fn parse(text: &str) -> Option<(u64, u64)> {
    const ALLOCATOR: [&str; 5] = ["malloc", "calloc", "realloc", "posix_memalign", "aligned_alloc"];
    let mut allocates: HashMap<&str, bool> = HashMap::new();
    let (mut instructions, mut blocks, mut called) = (None, 0, false);
    for line in text.lines() {
        if let Some(named) = line.strip_prefix("fn=").or_else(|| line.strip_prefix("cfn=")) {
            let (number, name) = named.split_once(' ').unwrap_or((named, ""));
            if !name.is_empty() {
                allocates.insert(number, ALLOCATOR.contains(&name));
            }
            called = line.starts_with('c') && allocates.get(number).copied().unwrap_or_default();
        } else if let Some(calls) = line.strip_prefix("calls=").filter(|_| called) {
            blocks += calls.split(' ').next()?.parse::<u64>().ok()?;
        } else if let Some(total) = line.strip_prefix("totals: ") {
            instructions = total.trim().parse().ok();
        }
    }
    Some((instructions?, blocks))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_tells_instructions_and_calls_of_the_allocator() {
        let profile = "fn=(1) main\n16 400\ncfn=(2) malloc\ncalls=3 0\n16 90\ncfn=(3) memcpy\ncalls=9 0\n16 90\n\
                       fn=(3)\n1 2\ncfn=(2)\ncalls=2 0\n1 5\ncfn=(4) realloc\ncalls=1 0\n1 5\ntotals: 587\n";
        assert_eq!(parse(profile), Some((587, 6)));
        assert_eq!(parse("fn=(1) main\n"), None);
    }
}
