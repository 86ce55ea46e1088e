//! The trace.

use super::{Ask, For, Step, step};
use crate::Scene;
use authz::Action;
use dynamo::{Activity, ActivityRow, Actor, Table, group};
use jiff::SignedDuration;
use kernel::shanghai_day;
use seal::{BEGINNING, Group, Head, Leaf, Part, Seals};

/// An activity of yesterday in the branch, sealed as the night would have done it; a scene has one such night.
pub(crate) async fn sealed(scene: &Scene) -> Activity {
    let at = scene.bench.now() - SignedDuration::from_hours(24);
    let actor = Actor::person(scene.secretary.id, "secretary");
    let activity = Activity::new(at, actor, "member.edited", scene.town.branch.id, scene.member.id);
    let table = Table::open(&scene.bench.env, "ACTIVITIES_TABLE").unwrap();
    table.put(&ActivityRow::from(activity.clone())).await.unwrap();
    let group = Group::of(&group(&activity), vec![Leaf(activity.id, activity.hash())]);
    let part = Part { day: shanghai_day(at), part: 1, groups: vec![group] };
    let seals = Seals::open(&scene.bench.env).unwrap();
    assert!(seals.put_part(&part, scene.bench.now()).await.unwrap());
    let head = Head::seal(part.day, vec![part.line()], BEGINNING);
    assert!(seals.put_head(&head, scene.bench.now()).await.unwrap());
    activity
}

pub(super) const STEPS: &[Step] = &[
    step("audit", "GET", "/v1/audit", For::Whoever(Action::ReadAudit), 200, |scene| {
        Box::pin(async { Ask::get(format!("/v1/audit?organization={}", scene.town.branch.id)) })
    }),
    step("audit", "GET", "/v1/audit/proofs/{activity}", For::Whoever(Action::ReadAudit), 200, |scene| {
        Box::pin(async {
            let Activity { id, organization, .. } = sealed(scene).await;
            Ask::get(format!("/v1/audit/proofs/{id}?organization={organization}"))
        })
    }),
];
