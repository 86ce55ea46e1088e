//! The bombs, made here so that no such file lies about.

use flate2::{Compression, Crc, write::DeflateEncoder};
use std::io::Write;

const TYPES: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>"#;
const PACKAGE: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
const BOOK: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>"#;
const PARTS: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#;
const BEGIN: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>"#;
const END: &str = "</sheetData></worksheet>";

/// One entry: its name, its bytes as they are packed, how long it says it is, and where it lies, if that is a lie.
struct Entry {
    name: String,
    packed: Vec<u8>,
    crc: u32,
    says: u32,
    lies_at: Option<u32>,
}

/// An entry of parts, each so many times. A part is packed once: what it packs to stands for itself and can be repeated.
fn entry(name: &str, parts: &[(&[u8], u32)]) -> Entry {
    let (mut packed, mut length) = (Vec::new(), 0);
    for (part, times) in parts {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(part).unwrap();
        encoder.flush().unwrap();
        for _ in 0..*times {
            packed.extend_from_slice(encoder.get_ref());
        }
        length += u32::try_from(part.len()).unwrap() * times;
    }
    packed.extend(DeflateEncoder::new(Vec::new(), Compression::fast()).finish().unwrap());
    // What is larger is never read so far that its checksum would matter.
    let mut crc = Crc::new();
    if length < 1 << 20 {
        for (part, times) in parts {
            (0..*times).for_each(|_| crc.update(part));
        }
    }
    Entry { name: name.to_owned(), packed, crc: crc.sum(), says: length, lies_at: None }
}

fn archive(entries: &[Entry]) -> Vec<u8> {
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    let count = u16::try_from(entries.len()).unwrap();
    for Entry { name, packed, crc, says, lies_at } in entries {
        let at = lies_at.unwrap_or_else(|| u32::try_from(file.len()).unwrap());
        let length = u16::try_from(name.len()).unwrap().to_le_bytes();
        let mut common = vec![20, 0, 0, 0, 8, 0, 0, 0, 0, 0];
        common.extend(crc.to_le_bytes());
        common.extend(u32::try_from(packed.len()).unwrap().to_le_bytes());
        common.extend(says.to_le_bytes());
        common.extend(length);
        common.extend([0, 0]);
        if lies_at.is_none() {
            file.extend(b"PK\x03\x04");
            file.extend(&common);
            file.extend(name.as_bytes());
            file.extend(packed);
        }
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(common);
        directory.extend([0; 10]);
        directory.extend(at.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let (start, length) = (u32::try_from(file.len()).unwrap(), u32::try_from(directory.len()).unwrap());
    file.extend(directory);
    file.extend(b"PK\x05\x06\0\0\0\0");
    file.extend(count.to_le_bytes());
    file.extend(count.to_le_bytes());
    file.extend(length.to_le_bytes());
    file.extend(start.to_le_bytes());
    file.extend([0, 0]);
    file
}

fn around(sheet: Vec<Entry>) -> Vec<u8> {
    let mut entries = vec![
        entry("[Content_Types].xml", &[(TYPES.as_bytes(), 1)]),
        entry("_rels/.rels", &[(PACKAGE.as_bytes(), 1)]),
        entry("xl/workbook.xml", &[(BOOK.as_bytes(), 1)]),
        entry("xl/_rels/workbook.xml.rels", &[(PARTS.as_bytes(), 1)]),
    ];
    entries.extend(sheet);
    archive(&entries)
}

fn cells(cells: &str) -> Vec<u8> {
    around(vec![entry(
        "xl/worksheets/sheet1.xml",
        &[(BEGIN.as_bytes(), 1), (cells.as_bytes(), 1), (END.as_bytes(), 1)],
    )])
}

fn text(reference: &str) -> String {
    let row = reference.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    format!(r#"<row r="{row}"><c r="{reference}" t="inlineStr"><is><t>x</t></is></c></row>"#)
}

/// One cell.
pub(crate) fn harmless() -> Vec<u8> {
    cells(&text("A1"))
}

/// Every bomb, with its name.
pub(crate) fn bombs() -> Vec<(&'static str, Vec<u8>)> {
    let sheet = "xl/worksheets/sheet1.xml";
    let row = format!("<row>{}</row>", "<c><v>1</v></c>".repeat(1_000));
    let long = vec![b'x'; 1 << 20];
    let begin = format!("{BEGIN}<row><c t=\"inlineStr\"><is><t>");
    let string = |megabytes: u32| entry(sheet, &[(begin.as_bytes(), 1), (&long, megabytes), (END.as_bytes(), 1)]);
    let mut liar = string(100);
    liar.says = 1_000;
    let mut modest = string(20);
    modest.says = 30 << 20;

    // Many entries that are one: each is small, together they are all of them.
    let mut same: Vec<_> = (0..150).map(|n| entry(&format!("xl/media/{n}.xml"), &[(row.as_bytes(), 1)])).collect();
    let kernel = entry("xl/media/kernel.xml", &[(row.as_bytes(), 200)]);
    for overlapping in &mut same {
        (overlapping.packed, overlapping.crc, overlapping.says) = (kernel.packed.clone(), kernel.crc, kernel.says);
        overlapping.lies_at = Some(0);
    }
    same.insert(0, kernel);

    let unpacked = format!("<c r=\"A1\" t=\"inlineStr\"><is><t>{}</t></is></c>", "长".repeat(40_000));
    vec![
        ("two cells far apart", cells(&(text("A1") + &text("ALL20000")))),
        ("two cells in opposite corners", cells(&(text("A1") + &text("XFD1048576")))),
        (
            "millions of cells",
            around(vec![entry(sheet, &[(BEGIN.as_bytes(), 1), (row.as_bytes(), 8_400), (END.as_bytes(), 1)])]),
        ),
        ("one string of 800 MB", around(vec![string(800)])),
        ("a header that lies about a string of 100 MB", around(vec![liar])),
        ("a string of 20 MB in an entry of a permitted size", around(vec![modest])),
        ("a string that is longer than a cell", cells(&unpacked)),
        ("entries that lie upon each other", archive(&same)),
        (
            "thousands of entries",
            archive(&(0..5_000).map(|n| entry(&n.to_string(), &[(b"<a/>", 1)])).collect::<Vec<_>>()),
        ),
        ("an archive within an archive", around(vec![entry(sheet, &[(&harmless(), 2)])])),
    ]
}
