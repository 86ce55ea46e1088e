//! Cases of long arrears: a person closes them.

use crate::stage::{fields, is, ok, stage};
use dues_records::{Case, CaseRow};
use serde_json::json;

/// A case as the job opens it.
async fn opened(stage: &crate::stage::Stage) -> Case {
    stage.set(&stage.member, "2026-05").await;
    let row =
        stage.table.bills(stage.member.id, ("2026-05".parse().unwrap(), "2026-05".parse().unwrap())).await.unwrap();
    let first = row[0].bill.month;
    let case = Case::opened(&row[0].bill, first, "2026-11-01".parse().unwrap());
    for row in [CaseRow::new(case.clone()), CaseRow::claim(case.clone())] {
        stage.table.table().put(&row).await.unwrap();
    }
    case
}

#[tokio::test]
async fn a_case_is_closed_by_a_person_with_a_reason() {
    let stage = stage().await;
    let case = opened(&stage).await;
    assert_eq!(stage.waiting("case").await[0]["id"], json!(case.id));
    assert_eq!(ok(stage.of(&stage.member).get("/v1/me/dues").await).body["openCase"], json!(case.id));
    let path = format!("/v1/dues/cases/{}/closure", case.id);
    let finding = |outcome: &str| json!({ "outcome": outcome, "reason": "住院治疗" });
    is(&stage.of(&stage.member).post(&path, finding("good-reason")).await, 404, "not-found");
    assert_eq!(fields(&stage.till.post(&path, finding("paid")).await), "/outcome");
    let closed = ok(stage.till.post(&path, finding("good-reason")).await);
    assert_eq!(closed.text("/closed/outcome"), "good-reason");
    is(&stage.till.post(&path, finding("good-reason")).await, 409, "already-decided");
    assert!(ok(stage.of(&stage.member).get("/v1/me/dues").await).body.get("openCase").is_none());
    assert_eq!(stage.bills(&stage.member).await.len(), 7, "it changes no bill and excludes nobody");
    assert!(stage.waiting("case").await.is_empty());
}

#[tokio::test]
async fn it_is_closed_as_paid_once_it_is() {
    let stage = stage().await;
    let case = opened(&stage).await;
    let months = ["2026-05", "2026-06", "2026-07", "2026-08", "2026-09", "2026-10"];
    ok(stage.cash(&stage.member, &months).await);
    let path = format!("/v1/dues/cases/{}/closure", case.id);
    ok(stage.till.post(&path, json!({ "outcome": "paid", "reason": "已补交" })).await);
}
