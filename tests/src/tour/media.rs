//! Media.

use super::{Ask, For, Step, step};
use crate::Scene;
use authz::{Action, Role};
use blob::Bucket;
use cloud::Environment;
use jiff::SignedDuration;
use register::Media;
use serde_json::{Value, json};
use testkit::Town;

/// A document that says nothing.
pub const PDF: &[u8] = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF";

/// Its SHA-256, as text.
pub const PDF_CHECKSUM: &str = "45a0c9cb285de42be92202ecf987556bbed9edd6095dae9e4152cb1f477977ce";

fn draft(scene: &Scene) -> Value {
    json!({
        "organization": scene.town.branch.id, "fileName": "决议.pdf", "mediaType": "application/pdf",
        "bytes": PDF.len(), "sha256": PDF_CHECKSUM,
    })
}

/// The way to what the secretary of the branch declared and put.
async fn uploaded(scene: &Scene) -> String {
    let secretary = Town::caller(&scene.secretary, &[(Role::Secretary, &scene.town.branch)]);
    let declared = scene.client("media").with(secretary).post("/v1/media", draft(scene)).await;
    let id = declared.text("/id");
    put_pdf(&scene.bench.env, &id).await;
    format!("/v1/media/{id}")
}

/// Puts the document where the file `id`, which was declared, is expected.
pub async fn put_pdf(env: &Environment, id: &str) {
    let bucket = Bucket::open(env, "MEDIA_BUCKET").unwrap();
    bucket.put(&format!("{}{id}", Media::INCOMING), "application/pdf", PDF.to_vec()).await.unwrap();
}

/// Leaves behind what the sweep is there for, a day old: an upload that nobody completed, a record whose object is lost,
/// an object without a record. The scene has to be at the time of the machine, by which the store dates its objects.
pub async fn leave_behind(scene: &Scene) {
    uploaded(scene).await;
    let lost = kept(scene).await;
    let bucket = Bucket::open(&scene.bench.env, "MEDIA_BUCKET").unwrap();
    bucket.delete(&lost.replace("/v1/", "")).await.unwrap();
    bucket.put("media/odd", "application/pdf", PDF.to_vec()).await.unwrap();
    scene.bench.pass(SignedDuration::from_hours(25));
}

/// The way to what the secretary of the branch uploaded.
pub(super) async fn kept(scene: &Scene) -> String {
    let path = uploaded(scene).await;
    let secretary = Town::caller(&scene.secretary, &[(Role::Secretary, &scene.town.branch)]);
    let done = scene.client("media").with(secretary).send("POST", &format!("{path}/completion"), None).await;
    assert_eq!(done.status, 200, "{done:?}");
    path
}

pub(super) const STEPS: &[Step] = &[
    step("media", "POST", "/v1/media", For::Whoever(Action::UploadMedia), 201, |scene| {
        Box::pin(async { Ask::with("/v1/media", draft(scene)) })
    }),
    step("media", "GET", "/v1/media", For::WhoeverOrMember(Action::ReadMedia), 200, |scene| {
        Box::pin(async { Ask::get(format!("/v1/media?organization={}", scene.town.branch.id)) })
    }),
    step("media", "GET", "/v1/media/{media}", For::WhoeverOrMember(Action::ReadMedia), 200, |scene| {
        Box::pin(async { Ask::get(kept(scene).await) })
    }),
    step("media", "POST", "/v1/media/{media}/completion", For::Whoever(Action::UploadMedia), 200, |scene| {
        Box::pin(async { Ask::get(format!("{}/completion", uploaded(scene).await)) })
    }),
    step("media", "GET", "/v1/media/{media}/download", For::WhoeverOrMember(Action::ReadMedia), 200, |scene| {
        Box::pin(async { Ask::get(format!("{}/download", kept(scene).await)) })
    }),
    step("media", "DELETE", "/v1/media/{media}", For::Whoever(Action::RemoveMedia), 204, |scene| {
        Box::pin(async { Ask::get(kept(scene).await) })
    }),
];
