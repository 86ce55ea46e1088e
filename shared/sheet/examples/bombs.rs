//! How long it takes to refuse files that unpack to what no machine has: `cargo run --release -p sheet --example bombs`.
//! Prints, asserts nothing; that each is refused, and for how much memory, is a test.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark prints and gives up")]

#[path = "../tests/corpus/mod.rs"]
mod corpus;

use peak_alloc::PeakAlloc;
use sheet::{Format, Limits, read};
use std::time::Instant;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

fn main() {
    println!("{:>10} bytes  {:>8} ms  {:>8} KB  file", "", "", "");
    let harmless = corpus::harmless();
    for (name, file) in [("(one cell, read)", harmless)].into_iter().chain(corpus::bombs()) {
        let before = MEMORY.current_usage();
        MEMORY.reset_peak_usage();
        let start = Instant::now();
        let refused = read(Format::Xlsx, &file, &Limits::LIST);
        let taken = start.elapsed().as_micros();
        let memory = MEMORY.peak_usage().saturating_sub(before) / 1_024;
        let said = refused.map_or_else(|refused| refused.0.zh.into_owned(), |rows| format!("{} rows", rows.len()));
        println!(
            "{:>10} bytes  {:>4}.{:03} ms  {memory:>8} KB  {name}: {said}",
            file.len(),
            taken / 1_000,
            taken % 1_000
        );
    }
}
