//! Files that are small and unpack to what no machine has. Each is refused before it costs anything.

#![expect(clippy::unwrap_used, reason = "tests")]

mod corpus;

use peak_alloc::PeakAlloc;
use sheet::{Format, Limits, read};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

#[test]
fn every_bomb_is_refused_for_less_than_its_own_size_and_a_megabyte() {
    for (name, file) in corpus::bombs() {
        let before = MEMORY.current_usage();
        MEMORY.reset_peak_usage();
        let refused = read(Format::Xlsx, &file, &Limits::LIST);
        let taken = MEMORY.peak_usage().saturating_sub(before);
        assert!(refused.is_err(), "{name} was read");
        assert!(taken < (1 << 20), "{name} of {} bytes took {taken} bytes", file.len());
    }
}

#[test]
fn the_archive_that_the_bombs_are_made_from_reads_as_a_table() {
    let rows = read(Format::Xlsx, &corpus::harmless(), &Limits::LIST).unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].cells, ["x"]);
}
