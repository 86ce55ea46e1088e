//! What a fresh installation with demo data shows after its first night.

use demo::{CAST, Plan, Stage, tree};
use jiff::SignedDuration;
use serde_json::{Value, json};
use system::{Content, Stand, invariants::STORE};
use testkit::Bench;

#[tokio::test]
async fn demo_data_holds_together() {
    let bench = Bench::new().await;
    demo::load(&bench.env, &Plan::small(), |_, _| {}).await.unwrap();
    let content = Content::read(&bench.env).await;
    let closed = content.organizations.values().filter(|row| row.node.closed_on.is_some());
    assert_eq!(closed.count(), 1);
    for says in [
        "a person's states follow each other legally",
        "a version counts the activities of its record",
        "index keys are what the records say",
        "paths are what the tree says",
        "numbers and names are claimed by who bears them",
        "nothing points to what is not there",
        "who has an open transfer is marked, nobody else",
        "nobody is left behind in what is closed",
    ] {
        let invariant = STORE.iter().find(|invariant| invariant.says == says).unwrap();
        assert_eq!((invariant.check)(&content), [""; 0], "{says}");
    }
}

#[tokio::test]
async fn the_first_night_scores_the_year_of_the_demo_data() {
    let stand = Stand::start().await;
    stand.pass(SignedDuration::from_hours(24));
    let report = stand.runner.fire("nightly-scoring", "2026-11-24T18:00:00Z".parse().unwrap()).await.unwrap();
    let branches =
        tree(&Plan::small()).unwrap().nodes.iter().filter(|node| node.kind == register::OrgKind::Branch).count();
    // The one that was merged in the year before as well: what of it is not scored yet is asked for.
    assert_eq!(report["organizations"], json!(branches + 1), "{report}");
    stand.settle().await;
    assert_eq!(stand.runner.queued("ScoringQueue").unwrap(), 0, "all of them were scored");

    let phone = CAST.iter().find(|part| part.title == "支部书记").unwrap().phone;
    let secretary = stand.sign_in(phone).await;
    let own = stand.with(&secretary, "GET", "/v1/me/portrait", None).await;
    assert_eq!(own.status, 200, "{own:?}");
    let five = |portrait: &Value| -> Vec<u64> {
        let dimensions = portrait["dimensions"].as_array().unwrap();
        dimensions.iter().map(|dimension| dimension["points"].as_u64().unwrap()).collect()
    };
    // All meetings; four of ninety minutes, a training of 480 and a paper of 60: 10000 · 900 / 1920; dues from May to November, 7 of
    // 12, and no task; no task and no merit of a whole year.
    assert_eq!(five(&own.body), [10_000, 4_687, 3_500 + 4_000, 0, 10_000], "{own:?}");
    let text = own.body.to_string();
    assert!(["\"mtg_", "\"trn_", "\"att_", "\"pay_"].iter().all(|record| text.contains(record)), "{text}");

    let branch = tree(&Plan::small()).unwrap().at(Stage::Branch);
    let of_branch = stand.with(&secretary, "GET", &format!("/v1/organizations/{branch}/portrait"), None).await;
    assert_eq!(of_branch.status, 200, "{of_branch:?}");
    let points = five(&of_branch.body);
    assert!(points.iter().all(|points| *points > 0), "each dimension of the branch has something: {points:?}");

    let pack = stand.with(&secretary, "GET", &format!("/v1/organizations/{branch}/evidence"), None).await;
    assert_eq!((pack.status, five(&pack.body)), (200, points), "{pack:?}");
    let work = stand.with(&secretary, "GET", "/v1/me/performance", None).await;
    assert_eq!((work.status, &work.body["portrait"]), (200, &own.body), "{work:?}");
    // Five of the demo meetings are signed, a talk among them, all led by the secretary.
    assert_eq!(work.body["meetings"]["led"], 5, "{work:?}");
}

#[tokio::test]
async fn the_first_night_adds_up_the_months_of_the_demo_data() {
    let stand = Stand::start().await;
    stand.pass(SignedDuration::from_hours(24));
    let report = stand.runner.fire("rollup", "2026-11-24T20:00:00Z".parse().unwrap()).await.unwrap();
    assert_eq!((&report["left"], &report["more"]), (&json!(0), &json!(false)), "{report}");
    let phone = CAST.iter().find(|part| part.title == "街道党务干部").unwrap().phone;
    let officer = stand.sign_in(phone).await;
    let street = tree(&Plan::small()).unwrap().at(Stage::SubDistrict);
    let dues = format!("/v1/analytics/dues?organization={street}&year=2026");
    let dues = stand.with(&officer, "GET", &dues, None).await;
    assert_eq!(dues.status, 200, "{dues:?}");
    // Of seven months there are bills; most of them are paid.
    let months = dues.body["groups"].as_array().unwrap();
    let billed = |month: &Value| month["values"][0].as_u64().unwrap();
    assert_eq!(months.len(), 11, "{dues:?}");
    assert_eq!(months.iter().filter(|month| billed(month) > 0).count(), 7, "{dues:?}");
    for month in months.iter().filter(|month| billed(month) > 0) {
        let paid = month["values"][1].as_u64().unwrap();
        assert!(0 < paid && paid < billed(month), "{month}");
    }
    assert!(dues.body.get("since").is_none(), "all of the year is counted: {dues:?}");
    let overview = stand.with(&officer, "GET", &format!("/v1/organizations/{street}/overview"), None).await;
    let figures = overview.body["sections"].as_array().unwrap().iter();
    let mut figures = figures.flat_map(|section| section["figures"].as_array().unwrap());
    let billed = figures.find(|figure| figure["key"] == "dues-billed").unwrap()["value"].as_u64().unwrap();
    assert!(billed > 0, "{overview:?}");
}
