//! What is written is read again, whatever people put into cells.

#![expect(clippy::indexing_slicing, reason = "tests")]

use proptest::prelude::*;
use sheet::{Format, Limits, Row, read, write};

fn nasty() -> impl Strategy<Value = String> {
    let picked = prop::sample::select(vec![
        "=cmd|' /C calc'!A0",
        "'",
        "''=1",
        "'=1",
        "=1+1",
        "+86",
        "-1",
        "@x",
        "\"",
        "\"\"",
        ",",
        "a,b",
        "a\nb",
        "\n",
        "\r\n",
        "\t",
        "_x000D_",
        "_x005F_",
        "__x0041_",
        "_",
        "  lead",
        "trail  ",
        "🀄",
        "𠮷野",
        "＝1",
        "<b>&amp;</b>",
        "]]>",
        "1e5",
        "0012",
        "2026-11-24",
        "真",
        "é",
        "\u{301}",
        "350199198001010201",
        "\u{1}",
        "\u{7f}",
    ]);
    let picked = picked.prop_map(str::to_owned);
    prop_oneof![picked.clone(), "\\PC{0,12}", (picked, "\\PC{1,6}").prop_map(|(one, two)| format!("{one}{two}"))]
}

fn table() -> impl Strategy<Value = Vec<Vec<String>>> {
    prop::collection::vec(prop::collection::vec(nasty(), 1..6), 1..12)
}

/// The rows as reading gives them: without what is empty.
fn kept(table: &[Vec<String>]) -> Vec<Row> {
    let rows = table.iter().zip(1..).map(|(cells, line)| {
        let used = cells.iter().rposition(|cell| !cell.is_empty()).map_or(0, |last| last + 1);
        Row { line, cells: cells[..used].to_vec() }
    });
    rows.filter(|row| !row.cells.is_empty()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_workbook_reads_back_as_it_was_written(table in table()) {
        let file = write(Format::Xlsx, &table).unwrap();
        prop_assert_eq!(read(Format::Xlsx, &file, &Limits::LIST).unwrap(), kept(&table));
    }

    #[test]
    fn comma_separated_values_read_back_as_they_were_written(table in table()) {
        let file = write(Format::Csv, &table).unwrap();
        let found = read(Format::Csv, &file, &Limits::LIST).unwrap();
        let texts = |rows: Vec<Row>| rows.into_iter().map(|row| row.cells).collect::<Vec<_>>();
        prop_assert_eq!(texts(found), texts(kept(&table)));
    }

    #[test]
    fn no_bytes_make_reading_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), cut in 0_usize..4_000) {
        let _ = read(Format::Csv, &bytes, &Limits::LIST);
        let _ = read(Format::Xlsx, &bytes, &Limits::LIST);
        let mut file = write(Format::Xlsx, [["姓名", "单位"], ["陈晓", "一厂"]]).unwrap();
        let at = cut % file.len();
        for (to, from) in file[at..].iter_mut().zip(&bytes) {
            *to = *from;
        }
        let _ = read(Format::Xlsx, &file, &Limits::LIST);
        file.truncate(at);
        prop_assert!(read(Format::Xlsx, &file, &Limits::LIST).is_err());
    }
}

#[test]
fn a_list_may_have_ten_thousand_rows_and_no_more() {
    let rows = |count: usize| (0..=count).map(|n| [format!("{n}"), "汉族".to_owned(), "2026-06-18".to_owned()]);
    for format in [Format::Xlsx, Format::Csv] {
        assert_eq!(read(format, &write(format, rows(10_000)).unwrap(), &Limits::LIST).unwrap().len(), 10_001);
        let refused = read(format, &write(format, rows(10_001)).unwrap(), &Limits::LIST).unwrap_err();
        assert!(refused.0.zh.contains("10000"), "{refused:?}");
    }
}
