//! Files as phones make them, and files as nobody should.

use super::*;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use proptest::prelude::*;
use std::io::Cursor;

/// What stands in the EXIF part of [`photograph`].
const POSITION: &[u8] = b"26.0745N 119.2965E";

fn picture(format: ImageFormat, width: u32, height: u32) -> Vec<u8> {
    let image = RgbImage::from_fn(width, height, |x, y| {
        let shade = |n: u32| u8::try_from(n % 256).unwrap();
        Rgb([shade(x * 3), shade(y * 5), shade(x + y)])
    });
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::from(image).write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// The EXIF part of a JPEG: turned by a quarter (orientation 6), and a position.
fn exif() -> Vec<u8> {
    let mut tiff = b"MM\0\x2a\0\0\0\x08\0\x02".to_vec();
    tiff.extend(b"\x01\x12\0\x03\0\0\0\x01\0\x06\0\0"); // orientation
    tiff.extend(b"\x88\x25\0\x04\0\0\0\x01\0\0\0\x26"); // where the position stands
    tiff.extend(b"\0\0\0\0");
    tiff.extend(b"\0\x01\0\x02\0\x02\0\0\0\x12\0\0\0\x38\0\0\0\0"); // one text
    tiff.extend(POSITION);
    let mut part = b"Exif\0\0".to_vec();
    part.extend(tiff);
    part
}

/// A JPEG of 40 × 20 with [`exif`] in it, as a phone that is held upright makes it.
pub(crate) fn photograph() -> Vec<u8> {
    let plain = picture(ImageFormat::Jpeg, 40, 20);
    let part = exif();
    let mut bytes = plain[..2].to_vec();
    bytes.extend([0xff, 0xe1]);
    bytes.extend(u16::try_from(part.len() + 2).unwrap().to_be_bytes());
    bytes.extend(part);
    bytes.extend(&plain[2..]);
    bytes
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

fn run(kind: MediaType, bytes: Vec<u8>) -> Result<Clean, Refusal> {
    clean(kind, bytes, Rules::get().unwrap())
}

fn refusal(kind: MediaType, bytes: Vec<u8>) -> String {
    let refusal = run(kind, bytes).unwrap_err();
    assert_eq!(refusal.code, ErrorCode::ContentRefused);
    refusal.detail.unwrap().en.to_string()
}

#[test]
fn no_position_comes_out_of_a_photograph_and_it_stands_upright() {
    let photograph = photograph();
    assert!(contains(&photograph, POSITION) && contains(&photograph, b"Exif"));
    let clean = run(MediaType::Jpeg, photograph).unwrap();
    assert!(!contains(&clean.bytes, POSITION) && !contains(&clean.bytes, b"Exif"));
    assert_eq!((clean.stored.width, clean.stored.height), (Some(20), Some(40)));
    assert_eq!(clean.stored.bytes, length(&clean.bytes));
    assert_eq!(found(&clean.bytes), Some(MediaType::Jpeg));
}

#[test]
fn every_kind_of_picture_comes_out_as_what_it_was() {
    for (kind, format) in
        [(MediaType::Jpeg, ImageFormat::Jpeg), (MediaType::Png, ImageFormat::Png), (MediaType::Webp, ImageFormat::WebP)]
    {
        let clean = run(kind, picture(format, 33, 21)).unwrap();
        assert_eq!(found(&clean.bytes), Some(kind));
        let again = image::load_from_memory_with_format(&clean.bytes, format).unwrap();
        assert_eq!((again.width(), again.height()), (33, 21));
        // A second try after a crash writes the same.
        assert_eq!(run(kind, picture(format, 33, 21)).unwrap(), clean);
    }
}

#[test]
fn what_hides_behind_a_picture_is_gone() {
    for (kind, format) in [(MediaType::Jpeg, ImageFormat::Jpeg), (MediaType::Png, ImageFormat::Png)] {
        let mut bytes = picture(format, 16, 16);
        bytes.extend(b"<html><script>alert(1)</script></html>");
        bytes.extend(b"PK\x05\x06");
        let clean = run(kind, bytes).unwrap();
        assert!(!contains(&clean.bytes, b"script") && !contains(&clean.bytes, b"PK\x05\x06"));
    }
}

#[test]
fn transparency_and_shades_of_grey_survive() {
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::new_rgba8(5, 4).write_to(&mut bytes, ImageFormat::Png).unwrap();
    let clean = run(MediaType::Png, bytes.into_inner()).unwrap();
    assert!(image::load_from_memory(&clean.bytes).unwrap().color().has_alpha());
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::new_luma8(5, 4).write_to(&mut bytes, ImageFormat::Jpeg).unwrap();
    let clean = run(MediaType::Jpeg, bytes.into_inner()).unwrap();
    assert!(!image::load_from_memory(&clean.bytes).unwrap().color().has_color());
}

/// The header of a PNG that claims to be so large, and nothing else.
pub(crate) fn flood(width: u32, height: u32) -> Vec<u8> {
    let mut header = b"IHDR".to_vec();
    header.extend(width.to_be_bytes());
    header.extend(height.to_be_bytes());
    header.extend([8, 6, 0, 0, 0]);
    let crc = |bytes: &[u8]| {
        !bytes.iter().fold(!0_u32, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 * (crc & 1)))
        })
    };
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\x0d".to_vec();
    png.extend(&header);
    png.extend(crc(&header).to_be_bytes());
    png.extend(b"\0\0\0\0IDAT");
    png.extend(crc(b"IDAT").to_be_bytes());
    png
}

#[test]
fn a_flood_of_pixels_is_refused_by_its_header() {
    assert_eq!(refusal(MediaType::Png, flood(60_000, 60_000)), "the picture has too many pixels");
    assert_eq!(refusal(MediaType::Png, flood(u32::MAX >> 1, 1)), "the picture has too many pixels");
    // One that is just within the limit is looked at, and found to be damaged.
    assert_eq!(refusal(MediaType::Png, flood(10_000, 5_000)), "the picture is damaged");
}

#[test]
fn a_picture_that_grows_beyond_the_limit_is_refused() {
    let mut rules: serde_json::Value =
        serde_json::from_str(include_str!("../../../../infra/rules/media.json")).unwrap();
    rules["image"]["mostBytes"] = 100.into();
    let rules: Rules = serde_json::from_value(rules).unwrap();
    let refusal = clean(MediaType::Webp, picture(ImageFormat::WebP, 40, 40), &rules).unwrap_err();
    assert_eq!(refusal.detail.unwrap().en, "the picture is too large once encoded; send a JPEG");
}

#[test]
fn a_damaged_picture_is_refused() {
    let png = picture(ImageFormat::Png, 40, 40);
    assert_eq!(refusal(MediaType::Png, png[..png.len() / 2].to_vec()), "the picture is damaged");
    assert_eq!(refusal(MediaType::Jpeg, b"\xff\xd8\xff\xe0".to_vec()), "the picture is damaged");
}

#[test]
fn what_is_not_of_the_declared_type_is_refused() {
    let png = picture(ImageFormat::Png, 4, 4);
    for (kind, bytes) in [
        (MediaType::Jpeg, png),
        (MediaType::Pdf, photograph()),
        (MediaType::Png, b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec()),
        (MediaType::Pdf, b"<!DOCTYPE html><html>%PDF-1.7</html>".to_vec()),
        (MediaType::Docx, archive(&["[Content_Types].xml", "xl/workbook.xml"])),
        (MediaType::Mp4, b"\0\0\0\x18ftypheic\0\0\0\0heicmif1".to_vec()),
        (MediaType::Jpeg, Vec::new()),
    ] {
        assert_eq!(refusal(kind, bytes), "the content is not of the declared type", "{kind:?}");
    }
}

/// An archive of empty parts.
fn archive(names: &[&str]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for name in names {
        let length = u16::try_from(name.len()).unwrap().to_le_bytes();
        directory.extend(b"PK\x01\x02");
        directory.extend([0; 24]);
        directory.extend(length);
        directory.extend([0; 12]);
        directory.extend(u32::try_from(bytes.len()).unwrap().to_le_bytes());
        directory.extend(name.as_bytes());
        bytes.extend(b"PK\x03\x04");
        bytes.extend([0; 22]);
        bytes.extend(length);
        bytes.extend([0; 2]);
        bytes.extend(name.as_bytes());
    }
    let (start, count) = (u32::try_from(bytes.len()).unwrap(), u16::try_from(names.len()).unwrap());
    let length = u32::try_from(directory.len()).unwrap();
    bytes.extend(directory);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend(count.to_le_bytes());
    bytes.extend(count.to_le_bytes());
    bytes.extend(length.to_le_bytes());
    bytes.extend(start.to_le_bytes());
    bytes.extend([0; 2]);
    bytes
}

#[test]
fn office_documents_are_known_by_their_directory() {
    for (kind, names) in [
        (Some(MediaType::Docx), &["[Content_Types].xml", "_rels/.rels", "docProps/core.xml", "word/document.xml"][..]),
        (Some(MediaType::Xlsx), &["docProps/app.xml", "xl/theme/theme1.xml", "[Content_Types].xml"]),
        (None, &["[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"]),
        (None, &["[Content_Types].xml", "word/document.xml", "xl/workbook.xml"]),
        (None, &["word/document.xml"]),
        (None, &["META-INF/MANIFEST.MF", "a.class"]),
        (None, &[]),
    ] {
        let bytes = archive(names);
        assert_eq!(office::kind(&bytes), kind, "{names:?}");
        assert_eq!(found(&bytes), kind, "{names:?}");
        if let Some(kind) = kind {
            assert_eq!(run(kind, bytes.clone()).unwrap().bytes, bytes);
            let mut hidden = b"MZ".to_vec();
            hidden.extend(&bytes);
            assert_eq!(office::kind(&hidden), None, "something stands before the archive");
            let mut more = bytes;
            more.extend(b"more");
            assert_eq!(office::kind(&more), None, "something stands behind it");
        }
    }
}

#[test]
fn a_pdf_stays_as_it_is() {
    let bytes = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF".to_vec();
    assert_eq!(run(MediaType::Pdf, bytes.clone()).unwrap().bytes, bytes);
}

fn atom(kind: &[u8], content: &[&[u8]]) -> Vec<u8> {
    let content = content.concat();
    let mut bytes = u32::try_from(content.len() + 8).unwrap().to_be_bytes().to_vec();
    bytes.extend(kind);
    bytes.extend(content);
    bytes
}

fn track(handler: &[u8], more: &[u8]) -> Vec<u8> {
    let handler = atom(b"hdlr", &[&[0; 8], handler, &[0; 13]]);
    let inner = atom(b"minf", &[&atom(b"vmhd", &[&[0; 12]]), &atom(b"stbl", &[b"samples"])]);
    atom(b"trak", &[&atom(b"tkhd", &[&[0; 84]]), &atom(b"mdia", &[&handler, &inner]), more])
}

/// A video as a phone makes it: the position stands in `©xyz`, in `loci`, in `meta` and behind everything in `uuid`.
pub(crate) fn film(handlers: &[&[u8; 4]]) -> Vec<u8> {
    let position = atom(b"udta", &[&atom(b"\xa9xyz", &[POSITION]), &atom(b"loci", &[POSITION])]);
    let keys = atom(b"meta", &[b"com.apple.quicktime.location.ISO6709", POSITION]);
    let tracks: Vec<_> = handlers.iter().flat_map(|handler| track(*handler, &position)).collect();
    [
        atom(b"ftyp", &[b"isom\0\0\0\0isommp42"]),
        atom(b"moov", &[&atom(b"mvhd", &[&[0; 100]]), &tracks, &position, &keys]),
        atom(b"mdat", &[b"picture and sound"]),
        atom(b"uuid", &[&[7; 16], POSITION]),
    ]
    .concat()
}

#[test]
fn no_position_comes_out_of_a_video_and_what_is_needed_stays_where_it_was() {
    let video = film(&[b"vide", b"soun"]);
    let clean = run(MediaType::Mp4, video.clone()).unwrap();
    assert_eq!(clean.bytes.len(), video.len());
    for gone in [POSITION, b"xyz", b"loci", b"location", b"udta", b"meta", b"uuid"] {
        assert!(contains(&video, gone) && !contains(&clean.bytes, gone), "{}", String::from_utf8_lossy(gone));
    }
    for kept in [&b"picture and sound"[..], b"samples", b"vide", b"soun", b"ftypisom"] {
        let place = |bytes: &[u8]| bytes.windows(kept.len()).position(|window| window == kept);
        assert_eq!(place(&video), place(&clean.bytes), "{}", String::from_utf8_lossy(kept));
    }
    assert_eq!(run(MediaType::Mp4, clean.bytes.clone()).unwrap(), clean, "a clean video stays as it is");
}

#[test]
fn a_video_with_a_track_of_data_is_refused() {
    for data in [b"meta", b"camm", b"text", b"sbtl"] {
        assert!(refusal(MediaType::Mp4, film(&[b"vide", data])).contains("track of data"));
    }
}

#[test]
fn a_damaged_video_is_refused() {
    let video = film(&[b"vide"]);
    for bytes in [
        video[..video.len() - 3].to_vec(),
        video[..40].to_vec(),
        [video.clone(), b"abc".to_vec()].concat(),
        [video.clone(), atom(b"moov", &[])].concat(),
        [atom(b"ftyp", &[b"isom\0\0\0\0"]), b"\0\0\0\x04moov".to_vec()].concat(),
        [atom(b"ftyp", &[b"isom\0\0\0\0"]), b"\0\0\0\x01moov\xff\xff\xff\xff\xff\xff\xff\xff".to_vec()].concat(),
    ] {
        assert!(refusal(MediaType::Mp4, bytes).contains("damaged"));
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(kind in proptest::sample::select(MediaType::ALL), bytes: Vec<u8>, at in 0_usize..400, byte: u8) {
        let _ = run(kind, bytes);
        for mut whole in [film(&[b"vide"]), archive(&["[Content_Types].xml", "word/a"]), photograph(), flood(9, 9)] {
            let at = at % whole.len();
            whole[at] = byte;
            let _ = found(&whole);
            let _ = run(kind, whole);
        }
    }
}
