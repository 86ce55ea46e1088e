//! A certificate as a document of a word processor: the least of Office Open XML (ECMA-376) that programs open.

use crate::domain::Certificate;
use std::io::{Cursor, Write};
use zip::{CompressionMethod, ZipWriter, result::ZipError, write::SimpleFileOptions};

const TYPES: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>"#;
const RELATIONS: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>"#;
/// A4, upright, with margins of an inch, in twentieths of a point.
const PAGE: &str = r#"<w:sectPr><w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1440" w:right="1440" w:bottom="1440" w:left="1440" w:header="720" w:footer="720" w:gutter="0"/></w:sectPr>"#;

/// Its media type.
pub(crate) const TYPE: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

/// `certificate` as a document.
///
/// # Errors
/// When the archive cannot be written, which in memory does not happen.
pub(crate) fn document(certificate: &Certificate) -> Result<Vec<u8>, ZipError> {
    let on = certificate.issued_on;
    let text = format!("{}同志：{}，特此证明。", certificate.name.reveal(), certificate.title);
    let lines = [
        paragraph("学习证书", 56, "center"),
        paragraph("", 28, "left"),
        paragraph(&text, 32, "left"),
        paragraph("", 28, "left"),
        paragraph(&certificate.organization_name, 28, "right"),
        paragraph(&format!("{}年{}月{}日", on.year(), on.month(), on.day()), 28, "right"),
        paragraph("", 28, "left"),
        paragraph(&format!("验证码：{}", certificate.code), 20, "left"),
    ];
    let body = format!(
        r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>{}{PAGE}</w:body></w:document>"#,
        lines.concat()
    );
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, part) in [("[Content_Types].xml", TYPES), ("_rels/.rels", RELATIONS), ("word/document.xml", &body)] {
        archive.start_file(name, stored)?;
        archive.write_all(part.as_bytes())?;
    }
    Ok(archive.finish()?.into_inner())
}

/// A line of `text`, `height` half-points high.
fn paragraph(text: &str, height: u8, side: &str) -> String {
    format!(
        r#"<w:p><w:pPr><w:jc w:val="{side}"/></w:pPr><w:r><w:rPr><w:rFonts w:eastAsia="SimSun"/><w:sz w:val="{height}"/></w:rPr><w:t xml:space="preserve">{}</w:t></w:r></w:p>"#,
        escaped(text)
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
