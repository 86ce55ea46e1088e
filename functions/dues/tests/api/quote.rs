//! The calculator, for anybody.

use crate::stage::{fields, is, stage};
use serde_json::json;

#[tokio::test]
async fn anybody_learns_what_is_owed() {
    let stage = stage().await;
    for (class, base, due) in [
        ("wage", Some("2999.99"), "15.00"),
        ("wage", Some("3000"), "15.00"),
        ("wage", Some("3000.01"), "30.00"),
        ("wage", Some("60000.00"), "1200.00"),
        ("annual_salary", Some("5000.00"), "50.00"),
        ("self_employed", Some("10000.01"), "200.00"),
        ("retired", Some("5000.00"), "25.00"),
        ("retired", Some("5000.01"), "50.00"),
        ("farmer", None, "0.20"),
        ("student", None, "0.20"),
        ("laid_off", None, "0.20"),
        ("relief", None, "0.20"),
        ("minimum_living", None, "0.20"),
    ] {
        let body = base.map_or_else(|| json!({ "class": class }), |base| json!({ "class": class, "base": base }));
        let reply = stage.anybody.post("/v1/dues/quote", body).await;
        assert_eq!((reply.status, reply.text("/due").as_str()), (200, due), "{class} {base:?}: {reply:?}");
    }
    let _ = stage.bench.wire.take();
    let high = stage.anybody.post("/v1/dues/quote", json!({ "class": "wage", "base": "60000" })).await;
    assert_eq!(
        (high.text("/least").as_str(), high.text("/most").as_str()),
        ("1000.00", "1200.00"),
        "the rest is voluntary"
    );
    assert_eq!(stage.bench.wire.take(), [], "it asks no store");
}

#[tokio::test]
async fn what_is_no_question_is_refused_by_its_field() {
    let stage = stage().await;
    let ask = async |body| stage.anybody.post("/v1/dues/quote", body).await;
    for (body, pointer) in [
        (json!({ "class": "student", "base": "100.00" }), "/base"),
        (json!({ "class": "wage" }), "/base"),
        (json!({ "class": "wage", "base": "3000.001" }), "/base"),
        (json!({ "class": "wage", "base": "-1" }), "/base"),
        (json!({ "class": "wage", "base": 3000 }), "/base"),
        (json!({ "class": "minister", "base": "1" }), "/class"),
        (json!({ "base": "1" }), "/class"),
        (json!({ "class": "student", "month": "2026-11" }), "/month"),
    ] {
        assert_eq!(fields(&ask(body.clone()).await), pointer, "{body}");
    }
    is(&stage.anybody.send("POST", "/v1/dues/quote", Some("{".to_owned())).await, 400, "malformed");
}
