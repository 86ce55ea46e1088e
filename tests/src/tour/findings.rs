//! What rules find in the branch.

use super::{Ask, For, Step, day, step};
use crate::Scene;
use authz::Action;
use finding_records::{Facts, Finding, FindingRow, FindingsTable, OnRoll, Rules, causes};
use register::{Member, MemberRow, MemberState, People};
use serde_json::json;

/// Keeps what `rule` finds in `facts`, as the night does; its path.
async fn kept(scene: &Scene, facts: &Facts, rule: &str) -> String {
    let found = causes(Rules::get().unwrap(), facts, &[], day(scene, 0)).unwrap();
    let cause = found.iter().find(|cause| cause.rule.id == rule).unwrap();
    let finding = Finding::found(cause, scene.bench.now());
    let row = FindingRow::new(finding, facts.node.path.clone());
    FindingsTable::open(&scene.bench.env).unwrap().table().put(&row).await.unwrap();
    format!("/v1/findings/{}", row.finding.id)
}

/// It was found that the branch is small; its path.
async fn small(scene: &Scene) -> String {
    kept(scene, &Facts::of(scene.town.branch.clone()), "too-few-members").await
}

/// It was found that nothing is decided about the member, whose probation is over.
async fn about_member(scene: &Scene) {
    let (id, state) = (scene.member.id, MemberState::Probationary);
    let person = OnRoll { id, state, joined_on: day(scene, -500), state_since: None };
    let facts = Facts { roll: vec![person], ..Facts::of(scene.town.branch.clone()) };
    kept(scene, &facts, "probation-over").await;
}

/// Leaves behind what `nightly-findings` is there for: of two persons something is to be decided.
pub async fn leave_to_be_found(scene: &Scene) {
    let people = People::open(&scene.bench.env).unwrap();
    let (state, state_since) = (MemberState::Suspended, day(scene, -800));
    let suspended = Member { state, state_since, ..scene.member.clone() };
    let (state, joined_on) = (MemberState::Probationary, day(scene, -500));
    let probationer = Member { state, joined_on, full_since: None, ..scene.secretary.clone() };
    for member in [suspended, probationer] {
        people.table().put(&MemberRow::new(member)).await.unwrap();
    }
}

pub(super) const STEPS: &[Step] = &[
    step("findings", "GET", "/v1/findings", For::Whoever(Action::ReadFinding), 200, |scene| {
        Box::pin(async {
            about_member(scene).await;
            Ask::get(format!("/v1/findings?organization={}&rule=probation-over", scene.town.branch.id))
        })
    }),
    step("findings", "GET", "/v1/findings/{finding}", For::Whoever(Action::ReadFinding), 200, |scene| {
        Box::pin(async { Ask::get(small(scene).await) })
    }),
    step("findings", "POST", "/v1/findings/{finding}/closure", For::Whoever(Action::CloseFinding), 200, |scene| {
        Box::pin(async {
            let path = format!("{}/closure", small(scene).await);
            Ask::with(path, json!({ "reason": "已报上级研究，与邻近支部合并" })).header("if-match", "\"v1\"")
        })
    }),
    step("findings", "GET", "/v1/me/findings", For::Oneself, 200, |scene| {
        Box::pin(async {
            about_member(scene).await;
            Ask::get("/v1/me/findings")
        })
    }),
];
