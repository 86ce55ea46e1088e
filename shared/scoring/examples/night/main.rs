//! A night over a million members, on one core:
//! `cargo run --release -p scoring --example night` (1,000,000 members; `-- 100000` for fewer).
//!
//! Makes a year of each branch of twenty, some thirty activities a member, and scores it in four ways that have to come to the
//! same: from every activity, decoded from JSON as an item each (one branch in twenty); from every fact in memory; from the
//! packed state and the facts of a day; and the last for one branch in a hundred, which is a night where few had anything.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a benchmark prints and gives up"
)]

mod made;

use made::{Activity, EACH, year};
use scoring::{Fact, Scores, Sheet, State};
use std::{
    hash::{DefaultHasher, Hasher},
    time::{Duration, Instant},
};

/// One branch in so many is scored from its activities.
const SAMPLE: usize = 20;
/// One branch in so many has something new in a quiet night.
const DIRTY: usize = 100;
/// Quiet nights, each of other branches.
const NIGHTS: usize = 20;

fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    hasher.finish()
}

/// Adds what `work` takes to `sum`.
fn timed<T>(sum: &mut Duration, work: impl FnOnce() -> T) -> T {
    let began = Instant::now();
    let done = work();
    *sum += began.elapsed();
    done
}

/// What a worker does with a branch: reads its state, takes in what is new, scores, writes.
fn score(bytes: &[u8], news: &[Fact], sheet: &Sheet) -> (Vec<u8>, Scores) {
    let mut state = State::unpack(bytes).unwrap();
    state.apply(news.iter().cloned());
    (state.pack(), Scores::of(&state, sheet))
}

fn row(name: &str, members: usize, took: Duration, least: f64) -> f64 {
    let each = took.as_secs_f64() / members as f64;
    println!("  {name:<52} {:>12.0} members/s {:>9.3} µs/member {:>8.1}×", 1.0 / each, each * 1e6, least / each);
    each
}

/// The most memory that the process had, in MB.
fn most_memory() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<f64>().ok()).unwrap_or(f64::NAN) / 1024.0
}

fn main() {
    let members: usize = std::env::args().nth(1).map_or(1_000_000, |text| text.parse().unwrap());
    let (branches, sheet) = (members / EACH, Sheet::get().unwrap());
    println!("{} members of {branches} branches, sheet {}", branches * EACH, sheet.version);

    let (mut scan, mut whole, mut read) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
    let (mut records, mut sampled, mut json) = (0, 0, 0);
    let (mut states, mut news, mut wanted) = (Vec::new(), Vec::new(), Vec::new());
    for n in 0..branches {
        let (branch, facts) = year(n);
        // The last activities of the year are those of the night.
        let (before, today) = facts.split_at(facts.len() - 1 - n % 3);
        let from_facts = timed(&mut whole, || {
            let mut state = State::new(branch, made::YEAR);
            state.apply(facts.iter().cloned());
            (state.pack(), Scores::of(&state, sheet))
        });
        if n % SAMPLE == 0 {
            let items: Vec<Vec<u8>> =
                facts.iter().map(|fact| serde_json::to_vec(&Activity::of(branch, fact)).unwrap()).collect();
            json += items.iter().map(Vec::len).sum::<usize>();
            sampled += items.len();
            let from_items = timed(&mut scan, || {
                let mut state = State::new(branch, made::YEAR);
                state.apply(items.iter().map(|item| serde_json::from_slice::<Activity>(item).unwrap().fact()));
                Scores::of(&state, sheet)
            });
            assert_eq!(from_items, from_facts.1, "activities and facts come to the same");
        }
        let mut state = State::new(branch, made::YEAR);
        state.apply(before.iter().cloned());
        let packed = state.pack();
        timed(&mut read, || Scores::of(&State::unpack(&packed).unwrap(), sheet));
        records += facts.len();
        states.push(packed);
        news.push(today.to_vec());
        wanted.push((hash(&from_facts.0), from_facts.1.branch));
    }

    let (mut full, mut quiet) = (Duration::ZERO, Duration::ZERO);
    for n in 0..branches {
        let (bytes, scores) = timed(&mut full, || score(&states[n], &news[n], sheet));
        assert_eq!((hash(&bytes), scores.branch), wanted[n], "incremental and full come to the same bytes");
    }
    let mut dirty = 0;
    for night in 0..NIGHTS {
        for n in (night..branches).step_by(DIRTY) {
            timed(&mut quiet, || score(&states[n], &news[n], sheet));
            dirty += 1;
        }
    }

    let all = branches * EACH;
    let bytes: usize = states.iter().map(Vec::len).sum();
    println!("  {:.1} activities a member; as JSON {} bytes each", records as f64 / all as f64, json / sampled);
    println!(
        "  packed {:.0} bytes a member, {:.0} a branch, {:.0} MB together; memory at most {:.0} MB",
        bytes as f64 / all as f64,
        bytes as f64 / branches as f64,
        bytes as f64 / 1e6,
        most_memory(),
    );
    let items = scan.as_secs_f64() / (branches.div_ceil(SAMPLE) * EACH) as f64;
    row("an item each, decoded from JSON: full scan", branches.div_ceil(SAMPLE) * EACH, scan, items);
    row("every fact in memory: full recomputation", all, whole, items);
    row("packed state, nothing new: scores alone", all, read, items);
    row("packed state, the day's facts: a full night", all, full, items);
    let night = quiet / u32::try_from(NIGHTS).unwrap();
    row("the same, of the members of a night with few of them", dirty * EACH / NIGHTS, night, items);
    println!(
        "  a night with 1 in {DIRTY} branches dirty took {night:.1?}, a full one {full:.1?}: {:.2} %",
        100.0 * night.as_secs_f64() / full.as_secs_f64()
    );
}
