//! Transfers of the member of the branch.

use super::{Ask, For, Step, day, step};
use crate::Scene;
use authz::{Action, Role};
use kernel::MemberId;
use serde_json::{Value, json};
use testkit::{Client, Town};

/// Somebody of the branch, for one example alone: a person has one open transfer.
async fn person(scene: &Scene, n: u32) -> MemberId {
    scene.town.person(n, "郭转", &scene.town.branch).await.id
}

/// To the branch beside it.
fn beside(scene: &Scene, member: MemberId) -> Value {
    let to = json!({ "organization": scene.town.neighbour.id });
    json!({ "member": member, "kind": "within-committee", "to": to, "reason": "迁居" })
}

/// To an organisation that is not in the town.
fn outside(member: MemberId) -> Value {
    let to = json!({ "outside": "某市某街道党工委" });
    json!({ "member": member, "kind": "other-province", "to": to, "reason": "调动工作" })
}

fn letter(scene: &Scene) -> Value {
    json!({ "number": "榕组介〔2026〕1号", "duesUntil": day(scene, 0).strftime("%Y-%m").to_string() })
}

/// The secretary of the branch, who drafts.
fn sender(scene: &Scene) -> Client {
    scene.client("transfers").with(Town::caller(&scene.secretary, &[(Role::Secretary, &scene.town.branch)]))
}

/// A transfer that was drafted; its path.
async fn drafted(scene: &Scene, draft: Value) -> String {
    sender(scene).post("/v1/transfers", draft).await.header("location").to_owned()
}

/// One that waits for its letter.
async fn approved(scene: &Scene, draft: Value) -> String {
    let path = drafted(scene, draft).await;
    scene.chief("transfers").post(&format!("{path}/decision"), json!({ "accept": true })).await;
    path
}

/// One that is on its way.
async fn issued(scene: &Scene, draft: Value) -> String {
    let path = approved(scene, draft).await;
    scene.colleague("transfers").post(&format!("{path}/letters"), letter(scene)).await;
    path
}

/// A step at the destination.
const fn arriving(route: &'static str, ask: fn(&Scene) -> futures_util::future::BoxFuture<'_, Ask>) -> Step {
    let example = step("transfers", "POST", route, For::Whoever(Action::ReceiveTransfer), 200, ask);
    Step { place: |scene| &scene.town.neighbour, ..example }
}

pub(super) const STEPS: &[Step] = &[
    step("transfers", "POST", "/v1/transfers", For::Whoever(Action::SendTransfer), 201, |scene| {
        Box::pin(async { Ask::with("/v1/transfers", beside(scene, person(scene, 201).await)) })
    }),
    step("transfers", "GET", "/v1/transfers", For::Whoever(Action::ReadTransfer), 200, |scene| {
        Box::pin(async {
            drafted(scene, beside(scene, person(scene, 202).await)).await;
            Ask::get(format!("/v1/transfers?organization={}&direction=out", scene.town.branch.id))
        })
    }),
    step("transfers", "GET", "/v1/transfers/overdue", For::Whoever(Action::ReadTransfer), 200, |scene| {
        Box::pin(async { Ask::get(format!("/v1/transfers/overdue?organization={}", scene.town.branch.id)) })
    }),
    step("transfers", "GET", "/v1/transfers/receipts", For::Whoever(Action::ReadTransfer), 200, |scene| {
        Box::pin(async { Ask::get(format!("/v1/transfers/receipts?organization={}", scene.town.branch.id)) })
    }),
    // Outside, so that there is one side only: either side may read it.
    step("transfers", "GET", "/v1/transfers/{transfer}", For::Whoever(Action::ReadTransfer), 200, |scene| {
        Box::pin(async { Ask::get(drafted(scene, outside(person(scene, 203).await)).await) })
    }),
    step(
        "transfers",
        "POST",
        "/v1/transfers/{transfer}/decision",
        For::Whoever(Action::ApproveTransfer),
        200,
        |scene| {
            Box::pin(async {
                let path = drafted(scene, beside(scene, person(scene, 204).await)).await;
                Ask::with(format!("{path}/decision"), json!({ "accept": true }))
            })
        },
    ),
    step(
        "transfers",
        "POST",
        "/v1/transfers/{transfer}/letters",
        For::Whoever(Action::ApproveTransfer),
        200,
        |scene| {
            Box::pin(async {
                let path = approved(scene, beside(scene, person(scene, 205).await)).await;
                Ask::with(format!("{path}/letters"), letter(scene))
            })
        },
    ),
    arriving("/v1/transfers/{transfer}/receive", |scene| {
        Box::pin(async {
            Ask::get(format!("{}/receive", issued(scene, beside(scene, person(scene, 206).await)).await))
        })
    }),
    arriving("/v1/transfers/{transfer}/return", |scene| {
        Box::pin(async {
            let path = issued(scene, beside(scene, person(scene, 207).await)).await;
            Ask::with(format!("{path}/return"), json!({ "reason": "本人不在本社区居住" }))
        })
    }),
    step("transfers", "POST", "/v1/transfers/{transfer}/withdraw", For::Whoever(Action::SendTransfer), 200, |scene| {
        Box::pin(async {
            let path = issued(scene, beside(scene, person(scene, 208).await)).await;
            Ask::with(format!("{path}/withdraw"), json!({ "reason": "本人不再迁居" }))
        })
    }),
    step("transfers", "POST", "/v1/transfers/{transfer}/receipt", For::Whoever(Action::SendTransfer), 200, |scene| {
        Box::pin(async {
            let path = issued(scene, outside(person(scene, 209).await)).await;
            let today = day(scene, 0);
            Ask::with(format!("{path}/receipt"), json!({ "on": today, "receivedOn": today }))
        })
    }),
    step("transfers", "GET", "/v1/me/transfers", For::Oneself, 200, |scene| {
        Box::pin(async {
            drafted(scene, beside(scene, scene.member.id)).await;
            Ask::get("/v1/me/transfers")
        })
    }),
];
