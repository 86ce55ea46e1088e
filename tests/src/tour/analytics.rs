//! Numbers of the branch, as a night and the stream left them.

use super::{Ask, For, Step, day, step};
use crate::Scene;
use authz::Action;
use counter_records::{CounterTable, NightRow};
use serde_json::json;

/// The night that is over; those before it went to their end.
pub async fn night(scene: &Scene) {
    let mut night = NightRow::default();
    (night.through, night.walked) = (Some(day(scene, -2)), Some(day(scene, -2)));
    CounterTable::open(&scene.bench.env).unwrap().table().put(&night).await.unwrap();
    let app = rollup::App::connect(&scene.bench.env).await.unwrap();
    let event = json!({ "time": scene.bench.now(), "detail": { "job": "rollup", "attempt": "1" } });
    rollup::run(&app, event).await.unwrap();
}

pub(super) const STEPS: &[Step] = &[
    step(
        "analytics",
        "GET",
        "/v1/organizations/{organization}/overview",
        For::Whoever(Action::ReadOrganization),
        200,
        |scene| {
            Box::pin(async {
                night(scene).await;
                Ask::get(format!("/v1/organizations/{}/overview", scene.town.branch.id))
            })
        },
    ),
    step(
        "analytics",
        "GET",
        "/v1/organizations/{organization}/branches/status",
        For::Whoever(Action::ReadOrganization),
        200,
        |scene| {
            Box::pin(async {
                night(scene).await;
                Ask::get(format!("/v1/organizations/{}/branches/status", scene.town.branch.id))
            })
        },
    ),
    step(
        "analytics",
        "GET",
        "/v1/organizations/{organization}/charts",
        For::Whoever(Action::ReadOrganization),
        200,
        |scene| {
            Box::pin(async {
                night(scene).await;
                Ask::get(format!("/v1/organizations/{}/charts", scene.town.branch.id))
            })
        },
    ),
    step("analytics", "GET", "/v1/analytics/{cube}", For::Whoever(Action::ReadMember), 200, |scene| {
        Box::pin(async {
            night(scene).await;
            Ask::get(format!("/v1/analytics/members?organization={}&by=status", scene.town.branch.id))
        })
    }),
];
