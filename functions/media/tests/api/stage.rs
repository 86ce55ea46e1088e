//! Where the tests play: a branch with its secretary, and the bucket.

use authz::Role;
use aws_lc_rs::digest::{SHA256, digest};
use blob::Bucket;
use dynamo::{Found, Key, Read, Table, Trace};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage, codecs::jpeg::JpegEncoder};
use kernel::hex;
use media::{App, router};
use register::Member;
use serde::Deserialize;
use serde_json::{Value, json};
use std::io::Cursor;
use testkit::{Bench, Client, Reply, Town};

/// What stands in the EXIF part of [`photograph`].
pub(crate) const POSITION: &[u8] = b"26.0745N 119.2965E";

pub(crate) struct Stage {
    pub(crate) bench: Bench,
    pub(crate) town: Town,
    pub(crate) secretary: Member,
    /// Signed in as the secretary of the branch.
    pub(crate) client: Client,
    pub(crate) bucket: Bucket,
}

/// What a person's uploads come to.
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Used {
    pub(crate) bytes: i64,
    pub(crate) files: i64,
}

pub(crate) async fn stage() -> Stage {
    let bench = Bench::new().await;
    let town = Town::build(&bench).await;
    let secretary = town.person(1, "林书", &town.branch).await;
    let caller = Town::caller(&secretary, &[(Role::Secretary, &town.branch)]);
    let client = Client::new(router(App::connect(&bench.env).await.unwrap()), Some(caller));
    let bucket = Bucket::open(&bench.env, "MEDIA_BUCKET").unwrap();
    Stage { bench, town, secretary, client, bucket }
}

pub(crate) fn picture(format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let image = RgbImage::from_fn(40, 20, |x, y| Rgb([u8::try_from(x).unwrap() * 6, u8::try_from(y).unwrap() * 12, 7]));
    DynamicImage::from(image).write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A JPEG of 40 × 20 with an EXIF part: turned by a quarter, and a position.
pub(crate) fn photograph() -> Vec<u8> {
    let mut part = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x02".to_vec();
    part.extend(b"\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\x88\x25\0\x04\0\0\0\x01\0\0\0\x26\0\0\0\0");
    part.extend(b"\0\x01\0\x02\0\x02\0\0\0\x12\0\0\0\x38\0\0\0\0");
    part.extend(POSITION);
    let plain = picture(ImageFormat::Jpeg);
    let length = u16::try_from(part.len() + 2).unwrap().to_be_bytes();
    [&plain[..2], &[0xff, 0xe1], &length, &part, &plain[2..]].concat()
}

/// A JPEG of so little quality that it is larger once it is encoded again.
pub(crate) fn rough() -> Vec<u8> {
    let image =
        RgbImage::from_fn(64, 64, |x, y| Rgb([u8::try_from(x * y % 251).unwrap(), 7, u8::try_from(x).unwrap()]));
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::from(image).write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, 5)).unwrap();
    bytes.into_inner()
}

pub(crate) fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// The declaration of a file.
pub(crate) fn draft(town: &Town, name: &str, kind: &str, bytes: &[u8]) -> Value {
    json!({
        "organization": town.branch.id, "fileName": name, "mediaType": kind, "bytes": bytes.len(),
        "sha256": hex(digest(&SHA256, bytes).as_ref()),
    })
}

pub(crate) fn is(reply: &Reply, status: u16, code: &str) {
    assert_eq!((reply.status, reply.code()), (status, code), "{reply:?}");
}

impl Stage {
    /// Declares a file and gives its id.
    pub(crate) async fn declare(&self, name: &str, kind: &str, bytes: &[u8]) -> String {
        let reply = self.client.post("/v1/media", draft(&self.town, name, kind, bytes)).await;
        assert_eq!(reply.status, 201, "{reply:?}");
        reply.text("/id")
    }

    /// Puts what was declared as `id`, as the client does by its link.
    pub(crate) async fn put(&self, id: &str, bytes: &[u8]) {
        self.bucket.put(&format!("incoming/media/{id}"), "any/thing", bytes.to_vec()).await.unwrap();
    }

    pub(crate) async fn complete(&self, id: &str) -> Reply {
        self.client.send("POST", &format!("/v1/media/{id}/completion"), None).await
    }

    /// Declares, puts and completes.
    pub(crate) async fn upload(&self, name: &str, kind: &str, bytes: &[u8]) -> Reply {
        let id = self.declare(name, kind, bytes).await;
        self.put(&id, bytes).await;
        self.complete(&id).await
    }

    /// A photograph that is kept; its id.
    pub(crate) async fn kept(&self) -> String {
        let reply = self.upload("合影.jpg", "image/jpeg", &photograph()).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.text("/id")
    }

    /// What is under a key.
    pub(crate) async fn object(&self, key: &str) -> Option<Vec<u8>> {
        self.bucket.get(key, 1 << 24).await.unwrap()
    }

    /// All keys of the bucket.
    pub(crate) async fn keys(&self) -> Vec<String> {
        self.bucket.page("", None, 1_000).await.unwrap().items.into_iter().map(|listed| listed.key).collect()
    }

    pub(crate) async fn used(&self) -> Option<Used> {
        let table = Table::open(&self.bench.env, "MEDIA_TABLE").unwrap();
        table.get(Key::new(format!("QUOTA#{}", self.secretary.id), "QUOTA"), Read::Consistent).await.unwrap()
    }

    /// Kinds of the activities of a record, by name: they were done at the same instant.
    pub(crate) async fn told(&self, id: &str) -> Vec<String> {
        let trace = Trace::open(&self.bench.env).unwrap();
        let Found { items, .. } = trace.of_subject(id, None, None, 50).await.unwrap();
        let mut kinds: Vec<_> = items.into_iter().map(|activity| activity.kind).collect();
        kinds.sort_unstable();
        kinds
    }
}
