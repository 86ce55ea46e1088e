//! The tree.

use super::{Ask, For, Step, day, ratings::filed, step};
use crate::Scene;
use authz::Action;
use serde_json::json;

fn at(scene: &Scene, rest: &str) -> String {
    format!("/v1/organizations/{}{rest}", scene.town.branch.id)
}

/// Appoints the member to the committee; returns the appointment's id.
async fn appointed(scene: &Scene) -> String {
    let (holder, from) = (scene.member.id, day(scene, -23));
    let nomination = json!({ "holder": holder, "role": "committee-member", "from": from, "decision": "〔2026〕5号" });
    scene.chief("organizations").post(&at(scene, "/officers"), nomination).await.text("/id")
}

pub(super) const STEPS: &[Step] = &[
    Step {
        place: |scene| &scene.town.street,
        ..step("organizations", "POST", "/v1/organizations", For::Whoever(Action::FoundOrganization), 201, |scene| {
            Box::pin(async {
                let founding = json!({
                    "parent": scene.town.street.id, "name": "南社区党支部", "kind": "branch", "branchType": "community",
                    "foundedOn": day(scene, -22), "fullMembers": 5, "decision": "〔2026〕5号",
                });
                Ask::with("/v1/organizations", founding)
            })
        })
    },
    Step {
        whom: For::WhoeverOrMember(Action::ReadOrganization),
        ..step(
            "organizations",
            "GET",
            "/v1/organizations/{organization}",
            For::Whoever(Action::ReadOrganization),
            200,
            |scene| Box::pin(async { Ask::get(at(scene, "")) }),
        )
    },
    step(
        "organizations",
        "PATCH",
        "/v1/organizations/{organization}",
        For::Whoever(Action::EditOrganization),
        200,
        |scene| {
            Box::pin(async {
                Ask::with(at(scene, ""), json!({ "name": "东湖社区党支部" })).header("if-match", "\"v1\"")
            })
        },
    ),
    step(
        "organizations",
        "GET",
        "/v1/organizations/{organization}/children",
        For::Whoever(Action::ReadOrganization),
        200,
        |scene| Box::pin(async { Ask::get(at(scene, "/children")) }),
    ),
    step(
        "organizations",
        "GET",
        "/v1/organizations/{organization}/subtree",
        For::Whoever(Action::ReadOrganization),
        200,
        |scene| Box::pin(async { Ask::get(at(scene, "/subtree")) }),
    ),
    step(
        "organizations",
        "GET",
        "/v1/organizations/{organization}/elections",
        For::Whoever(Action::ReadOrganization),
        200,
        |scene| Box::pin(async { Ask::get(at(scene, "/elections")) }),
    ),
    Step {
        also: Some((Action::FoundOrganization, |scene| &scene.town.other_street)),
        ..step(
            "organizations",
            "POST",
            "/v1/organizations/{organization}/move",
            For::Whoever(Action::RestructureOrganization),
            200,
            |scene| {
                Box::pin(async {
                    let to = scene.town.other_street.id;
                    Ask::with(
                        at(scene, "/move"),
                        json!({ "parent": to, "on": day(scene, -4), "reason": "区划调整", "decision": "〔2026〕6号" }),
                    )
                })
            },
        )
    },
    Step {
        place: |scene| &scene.town.other_street,
        also: Some((Action::RestructureOrganization, |scene| &scene.town.street)),
        ..step(
            "organizations",
            "POST",
            "/v1/organizations/{organization}/merge",
            For::Whoever(Action::RestructureOrganization),
            200,
            |scene| {
                Box::pin(async {
                    let (into, on) = (scene.town.street.id, day(scene, -4));
                    let merger = json!({ "into": into, "on": on, "reason": "合并", "decision": "〔2026〕7号" });
                    Ask::with(format!("/v1/organizations/{}/merge", scene.town.other_street.id), merger)
                })
            },
        )
    },
    Step {
        place: |scene| &scene.town.neighbour,
        ..step(
            "organizations",
            "POST",
            "/v1/organizations/{organization}/dissolution",
            For::Whoever(Action::RestructureOrganization),
            200,
            |scene| {
                Box::pin(async {
                    filed(scene, &scene.town.neighbour).await;
                    let end = json!({ "on": day(scene, -4), "reason": "党员不足 3 人", "decision": "〔2026〕8号" });
                    Ask::with(format!("/v1/organizations/{}/dissolution", scene.town.neighbour.id), end)
                })
            },
        )
    },
    step(
        "organizations",
        "POST",
        "/v1/organizations/{organization}/terms",
        For::Whoever(Action::ManageTerm),
        200,
        |scene| {
            Box::pin(async {
                Ask::with(at(scene, "/terms"), json!({ "electedOn": day(scene, -4), "decision": "〔2026〕9号" }))
            })
        },
    ),
    step(
        "organizations",
        "POST",
        "/v1/organizations/{organization}/term-shift",
        For::Whoever(Action::ManageTerm),
        200,
        |scene| {
            Box::pin(async {
                let elected_on = day(scene, -4);
                let election = json!({ "electedOn": elected_on, "decision": "〔2026〕9号" });
                scene.chief("organizations").post(&at(scene, "/terms"), election).await;
                // Five years in a community (支部条例 §21): the day stays as it is.
                let due = kernel::add_months(elected_on, 60);
                Ask::with(
                    at(scene, "/term-shift"),
                    json!({ "dueOn": due, "reason": "不变", "decision": "〔2026〕10号" }),
                )
            })
        },
    ),
    step(
        "organizations",
        "GET",
        "/v1/organizations/{organization}/officers",
        For::Whoever(Action::ReadOrganization),
        200,
        |scene| Box::pin(async { Ask::get(at(scene, "/officers")) }),
    ),
    step(
        "organizations",
        "POST",
        "/v1/organizations/{organization}/officers",
        For::Whoever(Action::AppointOfficer),
        201,
        |scene| {
            Box::pin(async {
                let (holder, from) = (scene.member.id, day(scene, -23));
                let nomination =
                    json!({ "holder": holder, "role": "secretary", "from": from, "decision": "〔2026〕5号" });
                Ask::with(at(scene, "/officers"), nomination)
            })
        },
    ),
    step(
        "organizations",
        "POST",
        "/v1/organizations/{organization}/officers/{appointment}/end",
        For::Whoever(Action::AppointOfficer),
        200,
        |scene| {
            Box::pin(async {
                let path = at(scene, &format!("/officers/{}/end", appointed(scene).await));
                Ask::with(path, json!({ "on": day(scene, -4), "reason": "工作调动" }))
            })
        },
    ),
];
