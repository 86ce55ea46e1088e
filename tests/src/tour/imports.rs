//! Imports and exports.

use super::{Ask, For, Step, step};
use crate::Scene;
use authz::{Action, Role};
use aws_lc_rs::digest::{SHA256, digest};
use blob::Bucket;
use serde_json::{Value, json};
use sheet::Format;
use testkit::{Client, Crash, Town};

/// A file of two persons of the branch.
fn file() -> Vec<u8> {
    let header = [
        "所在组织",
        "姓名",
        "身份证号",
        "手机号",
        "民族",
        "学历",
        "工作单位",
        "类别",
        "党籍状态",
        "入党日期",
        "转正日期",
    ];
    let person = |n: u32| {
        let (card, phone) = (Town::id_card(n).reveal().to_owned(), format!("138{n:08}"));
        ["东社区党支部", "吴新", &card, &phone, "汉族", "", "", "学生", "预备党员", "2026-06-18", ""].map(str::to_owned)
    };
    sheet::write(Format::Csv, [header.map(str::to_owned), person(60), person(61)]).unwrap()
}

/// A file of a group below the branch.
fn groups(name: &str) -> Vec<u8> {
    let header = ["上级组织", "名称", "类别", "成立日期", "批准文号"];
    sheet::write(Format::Csv, [header, ["东社区党支部", name, "党小组", "2026-03-01", "〔2026〕7号"]]).unwrap()
}

fn announcement(scene: &Scene, kind: &str, bytes: &[u8], dry_run: bool) -> Value {
    let digit = |half: u8| char::from_digit(half.into(), 16).unwrap();
    let hash = digest(&SHA256, bytes);
    let sha256: String = hash.as_ref().iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect();
    json!({
        "organization": scene.town.branch.id, "kind": kind, "format": "csv", "length": bytes.len(), "sha256": sha256,
        "dryRun": dry_run,
    })
}

fn secretary(scene: &Scene) -> Client {
    scene.client("imports").with(Town::caller(&scene.secretary, &[(Role::Secretary, &scene.town.branch)]))
}

/// An import whose file is there.
async fn put(scene: &Scene, kind: &str, bytes: Vec<u8>, dry_run: bool) -> String {
    let announced = secretary(scene).post("/v1/imports", announcement(scene, kind, &bytes, dry_run)).await;
    let id = announced.text("/id");
    let bucket = Bucket::open(&scene.bench.env, "MEDIA_BUCKET").unwrap();
    bucket.put(&format!("incoming/imports/{id}"), "text/csv", bytes).await.unwrap();
    format!("/v1/imports/{id}")
}

/// An import of persons whose file is there.
async fn persons(scene: &Scene) -> String {
    put(scene, "members", file(), false).await
}

fn export(scene: &Scene) -> Value {
    json!({ "organization": scene.town.branch.id, "kind": "members", "format": "csv", "purpose": "年度统计" })
}

/// An export of more than fifty persons that the secretary asked for.
async fn large(scene: &Scene) -> String {
    scene.town.persons("郑众", (100..150).map(|n| (n, &scene.town.branch))).await;
    asked(scene).await
}

/// An export that the secretary asked for.
async fn asked(scene: &Scene) -> String {
    format!("/v1/exports/{}", secretary(scene).post("/v1/exports", export(scene)).await.text("/id"))
}

async fn send(scene: &Scene, path: &str, verb: &str) {
    let reply = secretary(scene).send("POST", &format!("{path}/{verb}"), None).await;
    assert!(reply.status == 200 || reply.status >= 500, "{reply:?}");
}

/// Begins an import and applies nothing of it: the call that begins is the last one of a file that is only checked.
async fn begin(scene: &Scene, kind: &str, bytes: &[u8]) {
    let wire = scene.wire("imports");
    let checked = put(scene, kind, bytes.to_vec(), true).await;
    let _ = wire.take();
    send(scene, &checked, "start").await;
    let calls = wire.take().len();
    let path = put(scene, kind, bytes.to_vec(), false).await;
    wire.crash(Some(Crash::After(calls - 1)));
    send(scene, &path, "start").await;
    wire.crash(None);
}

/// Applies an import and begins to undo it.
async fn begin_undo(scene: &Scene, kind: &str, bytes: Vec<u8>) {
    let path = put(scene, kind, bytes, false).await;
    send(scene, &path, "start").await;
    scene.wire("imports").crash(Some(Crash::After(2)));
    send(scene, &path, "undo").await;
    scene.wire("imports").crash(None);
}

/// Leaves something of every sort for the job to go on with: imports that were begun, some whose undoing was begun, and an
/// export of the whole city that somebody else agreed to. A file of organisations is imported and undone beside that.
pub async fn leave_unfinished(scene: &Scene) {
    begin(scene, "organizations", &groups("第三党小组")).await;
    begin(scene, "members", &file()).await;
    begin_undo(scene, "organizations", groups("第四党小组")).await;
    begin_undo(scene, "members", file()).await;

    scene.town.persons("郑众", (100..150).map(|n| (n, &scene.town.branch))).await;
    let chief =
        secretary(scene).with(Town::caller(&scene.secretary, &[(Role::OrganizationDepartment, &scene.town.city)]));
    let mut wanted = export(scene);
    wanted["organization"] = json!(scene.town.city.id);
    let asked = chief.post("/v1/exports", wanted).await.text("/id");
    let agreed = scene.chief("imports").send("POST", &format!("/v1/exports/{asked}/approval"), None).await;
    assert_eq!(agreed.status, 200, "{agreed:?}");

    let undone = put(scene, "organizations", groups("第二党小组"), false).await;
    send(scene, &undone, "start").await;
    send(scene, &undone, "undo").await;
}

pub(super) const STEPS: &[Step] = &[
    step("imports", "POST", "/v1/imports", For::Whoever(Action::ImportRecords), 201, |scene| {
        Box::pin(async { Ask::with("/v1/imports", announcement(scene, "members", &file(), false)) })
    }),
    step("imports", "GET", "/v1/imports", For::Whoever(Action::ImportRecords), 200, |scene| {
        Box::pin(async {
            persons(scene).await;
            Ask::get(format!("/v1/imports?organization={}", scene.town.branch.id))
        })
    }),
    step("imports", "GET", "/v1/imports/template", For::Oneself, 200, |_| {
        Box::pin(async { Ask::get("/v1/imports/template?kind=members&format=csv") })
    }),
    step("imports", "GET", "/v1/imports/{import}", For::Whoever(Action::ImportRecords), 200, |scene| {
        Box::pin(async { Ask::get(persons(scene).await) })
    }),
    step("imports", "POST", "/v1/imports/{import}/start", For::Whoever(Action::ImportRecords), 200, |scene| {
        Box::pin(async { Ask::get(format!("{}/start", persons(scene).await)) })
    }),
    step("imports", "POST", "/v1/imports/{import}/undo", For::Whoever(Action::ImportRecords), 200, |scene| {
        Box::pin(async {
            let path = persons(scene).await;
            send(scene, &path, "start").await;
            Ask::get(format!("{path}/undo"))
        })
    }),
    step("imports", "POST", "/v1/exports", For::Whoever(Action::ExportRecords), 201, |scene| {
        Box::pin(async { Ask::with("/v1/exports", export(scene)) })
    }),
    step("imports", "GET", "/v1/exports", For::Whoever(Action::ExportRecords), 200, |scene| {
        Box::pin(async {
            asked(scene).await;
            Ask::get(format!("/v1/exports?organization={}", scene.town.branch.id))
        })
    }),
    step("imports", "GET", "/v1/exports/{export}", For::Whoever(Action::ExportRecords), 200, |scene| {
        Box::pin(async { Ask::get(asked(scene).await) })
    }),
    step("imports", "POST", "/v1/exports/{export}/approval", For::Whoever(Action::ApproveExport), 200, |scene| {
        Box::pin(async { Ask::get(format!("{}/approval", large(scene).await)) })
    }),
    step("imports", "POST", "/v1/exports/{export}/refusal", For::Whoever(Action::ApproveExport), 200, |scene| {
        Box::pin(async { Ask::get(format!("{}/refusal", large(scene).await)) })
    }),
];
