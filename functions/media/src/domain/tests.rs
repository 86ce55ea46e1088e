use super::*;
use jiff::SignedDuration;
use proptest::prelude::*;

fn now() -> Timestamp {
    Timestamp::from_second(1_795_485_600).unwrap()
}

fn draft(name: &str, kind: MediaType, bytes: u64) -> Draft {
    let organization = OrgId::from_bytes(1, [1; 10]);
    Draft {
        organization,
        file_name: name.to_owned().try_into().unwrap(),
        media_type: kind,
        bytes,
        sha256: Checksum([7; 32]),
    }
}

fn declared(name: &str, kind: MediaType, bytes: u64) -> Result<Media, Refusal> {
    draft(name, kind, bytes).declared(MediaId::new(now()), MemberId::new(now()), now(), Rules::get().unwrap())
}

fn pointer(result: Result<Media, Refusal>) -> String {
    result.unwrap_err().fields[0].pointer.clone()
}

#[test]
fn the_rule_data_reads() {
    let rules = Rules::get().unwrap();
    assert!(!rules.version.is_empty());
    for kind in MediaType::ALL {
        assert!(rules.most_bytes(*kind) <= rules.quota.bytes, "a file of the longest kind fits the quota");
    }
}

#[test]
fn a_declaration_is_a_pending_record_of_the_uploader() {
    let media = declared("合影.JPG", MediaType::Jpeg, 5).unwrap();
    assert_eq!((media.state, media.version, media.stored), (MediaState::Pending, 1, None));
    assert_eq!((&*media.file_name, media.bytes, media.declared_at), ("合影.JPG", 5, now()));
}

#[test]
fn a_name_ends_as_its_type_demands() {
    for (name, kind) in [("a.jpeg", MediaType::Jpeg), ("a.b.pdf", MediaType::Pdf), ("x.docx", MediaType::Docx)] {
        assert!(declared(name, kind, 1).is_ok(), "{name}");
    }
    for (name, kind) in [
        ("a.exe", MediaType::Jpeg),
        ("a", MediaType::Png),
        ("a.pdf.html", MediaType::Pdf),
        ("jpg", MediaType::Jpeg),
        ("a.docm", MediaType::Docx),
    ] {
        assert_eq!(pointer(declared(name, kind, 1)), "/fileName", "{name}");
    }
}

#[test]
fn a_file_has_a_length_up_to_the_limit_of_its_type() {
    let rules = Rules::get().unwrap();
    for (name, kind) in [("a.jpg", MediaType::Jpeg), ("a.xlsx", MediaType::Xlsx), ("a.mp4", MediaType::Mp4)] {
        let most = rules.most_bytes(kind);
        assert!(declared(name, kind, most).is_ok());
        assert_eq!(pointer(declared(name, kind, most + 1)), "/bytes");
        assert_eq!(pointer(declared(name, kind, 0)), "/bytes");
    }
}

#[test]
fn limits_are_told_in_units_that_people_know() {
    let said = |refusal: &Refusal| {
        refusal.fields.first().map_or_else(|| refusal.detail.clone(), |field| Some(field.text.clone()))
    };
    let large = declared("a.jpg", MediaType::Jpeg, u64::MAX).unwrap_err();
    assert_eq!(said(&large), Some(Text::of("文件应在 1 字节到 20 MB 之间", "must be from 1 byte to 20 MB")));
    let zh = "每人最多上传 1000 个文件、共 2 GB，请先删除不需要的文件";
    let en = "one person may upload 1000 files of 2 GB together; remove some first";
    assert_eq!(said(&exhausted(Rules::get().unwrap())), Some(Text::of(zh, en)));
}

#[test]
fn no_name_is_a_path() {
    for name in [
        "../../etc/passwd.jpg",
        "..",
        ".jpg",
        "/etc/a.jpg",
        "..\\a.jpg",
        "C:a.jpg",
        "a\0.jpg",
        "a\n.jpg",
        "．．／a.jpg",
        "a\u{202e}gpj.exe",
        "\u{200b}.jpg",
        "a∕b.jpg",
        "",
        &"长".repeat(121),
    ] {
        assert!(FileName::try_from(name.to_owned()).is_err(), "{name:?}");
    }
    // A name is text and never a part of a key, so that what would be a trick in a path is just odd here.
    for name in ["%2e%2e%2fa.jpg", "a..b.jpg", "a b (1).jpg", "支部大会.jpg"] {
        assert!(FileName::try_from(name.to_owned()).is_ok(), "{name:?}");
    }
}

#[test]
fn an_upload_is_open_for_a_day() {
    let media = declared("a.jpg", MediaType::Jpeg, 1).unwrap();
    let day = SignedDuration::from_hours(24);
    assert!(open(&media, now() + day - SignedDuration::from_secs(1)).is_ok());
    assert_eq!(open(&media, now() + day).unwrap_err().code, ErrorCode::UploadExpired);
    let done = completed(&media, Stored { bytes: 3, width: None, height: None }, now());
    assert_eq!((done.state, done.version, done.bytes), (MediaState::Ready, 2, 1));
    assert_eq!((done.stored.map(|stored| stored.bytes), done.completed_at), (Some(3), Some(now())));
    assert!(open(&done, now() + day * 2).is_ok());
}

proptest! {
    #[test]
    fn an_accepted_name_has_no_separator_and_survives_json(name in "\\PC{1,40}") {
        if let Ok(accepted) = FileName::try_from(name) {
            let text = String::from(accepted.clone());
            prop_assert!(!text.contains(['/', '\\']) && !text.starts_with('.'));
            prop_assert_eq!(serde_json::from_str::<FileName>(&serde_json::to_string(&accepted).unwrap()).unwrap(), accepted);
        }
    }
}
