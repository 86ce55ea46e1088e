//! The register.

use super::{Ask, For, Step, day, step};
use crate::Scene;
use authz::Action;
use serde_json::{Value, json};
use testkit::Town;

/// A person to be registered in the branch.
pub(crate) fn draft(scene: &Scene, n: u32) -> Value {
    json!({
        "organization": scene.town.branch.id, "name": "吴新", "idCard": Town::id_card(n).reveal(),
        "phone": format!("138{n:08}"), "ethnicity": "汉族", "category": "wage", "state": "probationary",
        "joinedOn": day(scene, -159),
    })
}

fn record(scene: &Scene) -> String {
    format!("/v1/members/{}", scene.member.id)
}

pub(super) const STEPS: &[Step] = &[
    step("members", "POST", "/v1/members", For::Whoever(Action::RegisterMember), 201, |scene| {
        Box::pin(async { Ask::with("/v1/members", draft(scene, 50)) })
    }),
    step("members", "GET", "/v1/members", For::Whoever(Action::ReadMember), 200, |scene| {
        Box::pin(async { Ask::get(format!("/v1/members?organization={}", scene.town.branch.id)) })
    }),
    step("members", "GET", "/v1/members/{member}", For::Whoever(Action::ReadMember), 200, |scene| {
        Box::pin(async { Ask::get(record(scene)) })
    }),
    step("members", "PATCH", "/v1/members/{member}", For::Whoever(Action::EditMember), 200, |scene| {
        Box::pin(async {
            Ask::with(record(scene), json!({ "unit": "一厂", "phone": "13600000001" })).header("if-match", "\"v1\"")
        })
    }),
    step(
        "members",
        "POST",
        "/v1/members/{member}/transitions",
        For::Whoever(Action::ChangeMemberState),
        200,
        |scene| {
            Box::pin(async {
                let step = json!({ "to": "deceased", "on": day(scene, -4), "reason": "病故", "decision": "备案" });
                Ask::with(format!("{}/transitions", record(scene)), step)
            })
        },
    ),
    step("members", "GET", "/v1/members/{member}/timeline", For::Whoever(Action::ReadMember), 200, |scene| {
        Box::pin(async { Ask::get(format!("{}/timeline", record(scene))) })
    }),
    step("members", "POST", "/v1/members/{member}/disclosures", For::Whoever(Action::DiscloseMember), 200, |scene| {
        Box::pin(async { Ask::with(format!("{}/disclosures", record(scene)), json!({ "purpose": "核对档案" })) })
    }),
    step("members", "POST", "/v1/me/corrections", For::Oneself, 201, |_| {
        Box::pin(async {
            let ask = json!({ "proposal": { "field": "unit", "value": "二厂" }, "reason": "调动" });
            Ask::with("/v1/me/corrections", ask)
        })
    }),
    step("members", "GET", "/v1/me/corrections", For::Oneself, 200, |_| {
        Box::pin(async { Ask::get("/v1/me/corrections") })
    }),
    step("members", "GET", "/v1/corrections", For::Whoever(Action::DecideCorrection), 200, |scene| {
        Box::pin(async { Ask::get(format!("/v1/corrections?organization={}", scene.town.branch.id)) })
    }),
    step(
        "members",
        "POST",
        "/v1/members/{member}/corrections/{correction}/decision",
        For::Whoever(Action::DecideCorrection),
        200,
        |scene| {
            Box::pin(async {
                let own = scene.client("members").with(Town::caller(&scene.member, &[]));
                let ask = json!({ "proposal": { "field": "education", "value": "本科" }, "reason": "补登" });
                let asked = own.post("/v1/me/corrections", ask).await;
                let path = format!("{}/corrections/{}/decision", record(scene), asked.text("/id"));
                Ask::with(path, json!({ "accept": true, "reason": "证书属实" }))
            })
        },
    ),
];
