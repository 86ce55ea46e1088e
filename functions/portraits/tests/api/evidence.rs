//! The evidence pack of a branch: every point with its rule and record, and nobody by name.

use crate::stage::{Stage, is, meeting, points, stage};
use authz::Role;
use dynamo::Table;
use ratings::{DemoReview, StarBranch, demo_stars};
use register::{Node, Readings};
use serde_json::{Value, json};
use sheet::{Format, Limits};
use testkit::Reply;

fn path(stage: &Stage) -> String {
    format!("/v1/organizations/{}/evidence", stage.town.branch.id)
}

fn list<'a>(of: &'a Value, name: &str) -> &'a [Value] {
    of[name].as_array().unwrap()
}

/// The points of these.
fn sum(of: &[Value]) -> i64 {
    of.iter().map(|one| one["points"].as_i64().unwrap()).sum()
}

async fn pack(stage: &Stage) -> Reply {
    let pack = stage.chair().get(&path(stage)).await;
    assert_eq!(pack.status, 200, "{pack:?}");
    pack
}

/// The member appeals about the theme day that they missed.
async fn appealed(stage: &Stage) -> Value {
    let about =
        json!({ "year": 2026, "rule": "org-life.theme-days", "record": meeting(1), "reason": "当日在场，漏记" });
    let filed = stage.of(&stage.member).post("/v1/me/appeals", about).await;
    assert_eq!(filed.status, 201, "{filed:?}");
    filed.body
}

#[tokio::test]
async fn every_point_names_its_rule_and_record_and_nobody() {
    let stage = stage().await;
    let pack = pack(&stage).await;
    let portrait = stage.chair().get(&format!("/v1/organizations/{}/portrait", stage.town.branch.id)).await;
    assert_eq!(points(&pack), points(&portrait));
    assert_eq!((&pack.body["asOf"], &pack.body["sheet"]), (&json!("2026-11-23"), &portrait.body["sheet"]));
    for dimension in list(&pack.body, "dimensions") {
        assert_eq!(dimension["points"], sum(list(dimension, "rules")), "{dimension}");
        assert_eq!(list(dimension, "rules").iter().map(|rule| rule["whole"].as_i64().unwrap()).sum::<i64>(), 10_000);
        for rule in list(dimension, "rules") {
            assert_eq!(rule["points"], sum(list(rule, "records")), "{rule}");
        }
    }
    let rules = list(&pack.body["dimensions"][1], "rules");
    let days = rules.iter().find(|rule| rule["rule"]["id"] == "events.theme-days").unwrap();
    assert_eq!((&days["done"], &days["asked"], &days["rule"]["version"]), (&json!(1), &json!(12), &json!(1)));
    let record = json!({ "record": meeting(1), "on": "2026-11-18", "late": false, "why": "done", "points": 333 });
    assert_eq!(list(days, "records"), [record]);
    let missing = rules.iter().find(|rule| rule["rule"]["id"] == "events.branch-meetings").unwrap();
    assert!(list(missing, "records").is_empty(), "a rule without records is there as well: {missing}");
    assert!(!pack.body.to_string().contains("mbr_"), "{pack:?}");
    let readings = Readings::open(&stage.bench.env).unwrap();
    assert!(readings.of(stage.member.id, None, 10).await.unwrap().items.is_empty(), "nobody's record was read");
}

#[tokio::test]
async fn the_same_data_are_the_same_bytes_and_a_file_holds_the_same_numbers() {
    let stage = stage().await;
    appealed(&stage).await;
    let (json, client) = (pack(&stage).await, stage.chair());
    let file = client.get(&format!("{}?format=csv", path(&stage))).await;
    assert!(file.header("content-type").starts_with("text/csv"), "{file:?}");
    assert_eq!(file.header("content-disposition"), "attachment; filename=\"evidence.csv\"");
    let rows = sheet::read(Format::Csv, file.body.as_str().unwrap().as_bytes(), &Limits::LIST).unwrap();
    let cell = |row: &sheet::Row, at: usize| row.cells.get(at).cloned().unwrap_or_default();
    let of = |what: &str| -> Vec<Vec<String>> {
        let found = rows.iter().filter(|row| row.cells[0] == what);
        found.map(|row| [1, 2, 3, 5, 6, 7].map(|at| cell(row, at)).to_vec()).collect()
    };
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let (mut rules, mut records) = (Vec::new(), Vec::new());
    for dimension in list(&json.body, "dimensions") {
        for rule in list(dimension, "rules") {
            let [id, version] = ["id", "version"].map(|name| text(&rule["rule"][name]));
            let head = [text(&dimension["dimension"]), id, version];
            rules.push([&head[..], &[String::new(), String::new(), text(&rule["points"])]].concat());
            for line in list(rule, "records") {
                let [record, on] = ["record", "on"].map(|name| line.get(name).map(text).unwrap_or_default());
                records.push([&head[..], &[record, on, text(&line["points"])]].concat());
            }
        }
    }
    assert_eq!((of("规则"), of("记录")), (rules, records));
    assert_eq!((of("维度").len(), of("未决申诉").len()), (5, 1));
    assert!(rows[1..].iter().all(|row| row.cells.last().map(String::as_str) == Some("2026-11-23")), "data as of");
    // The next day, and nothing was recorded.
    stage.pass(1);
    assert_eq!(pack(&stage).await.body, json.body);
    let accepted = stage.chair().header("accept", "text/csv").get(&path(&stage)).await;
    assert_eq!(accepted.body, file.body);
}

#[tokio::test]
async fn an_appeal_is_told_of_while_it_is_open_and_by_its_days_alone() {
    let stage = stage().await;
    let filed = appealed(&stage).await;
    let told = json!({ "id": filed["id"], "filedOn": "2026-11-24", "dueOn": filed["dueOn"] });
    assert_eq!(list(&pack(&stage).await.body, "openAppeals"), [told]);
    let path = format!("/v1/appeals/{}/decision", filed["id"].as_str().unwrap());
    let decided = stage.office().post(&path, json!({ "outcome": "refused", "reason": "记录无误" })).await;
    assert_eq!(decided.status, 200, "{decided:?}");
    assert!(list(&pack(&stage).await.body, "openAppeals").is_empty());
}

#[tokio::test]
async fn the_star_is_in_it_once_it_is_awarded() {
    let stage = stage().await;
    let town = &stage.town;
    let other = |n: u8| {
        let id = kernel::OrgId::from_bytes(50, [n; 10]);
        Node { id, path: town.street.path.child(id).unwrap(), ..town.branch.clone() }
    };
    for (step, awarded) in [(3, false), (4, true)] {
        // Each branch is a step further than the one before.
        let mut nodes: Vec<Node> = (11..=14).map(other).collect();
        nodes.insert(step, town.branch.clone());
        let branches: Vec<_> = nodes.iter().map(|node| StarBranch { node, secretary: stage.secretary.id }).collect();
        let review = DemoReview {
            committee: town.city.id,
            department: stage.officer.id,
            colleague: stage.officer.id,
            reviewer: stage.deputy.id,
            home: town.neighbour.id,
            branches: branches.get(..=step).unwrap(),
            objecting: &[],
            trace: &[],
        };
        let rows = demo_stars(review, stage.bench.now()).unwrap().rows;
        Table::open(&stage.bench.env, "RATINGS_TABLE").unwrap().put_all(&rows).await.unwrap();
        let pack = pack(&stage).await;
        let star = &pack.body["star"];
        assert_eq!(star["star"].as_u64().is_some(), awarded, "{star}");
        if awarded {
            assert_eq!((&star["star"], &star["awardedOn"]), (&json!(5), &json!("2026-11-24")));
        }
    }
}

#[tokio::test]
async fn it_is_for_those_who_lead_the_branch_or_stand_above_it() {
    let stage = stage().await;
    let path = path(&stage);
    assert_eq!(stage.office().get(&path).await.status, 200);
    is(&stage.of(&stage.member).get(&path).await, 404, "not-found");
    is(&stage.holding(&stage.deputy, Role::GroupLeader, &stage.town.branch).get(&path).await, 403, "forbidden");
    is(&stage.holding(&stage.deputy, Role::Secretary, &stage.town.neighbour).get(&path).await, 404, "not-found");
    is(&stage.chair().get(&format!("{path}?year=2024")).await, 404, "not-found");
    is(&stage.chair().get(&format!("{path}?year=1900")).await, 422, "invalid-field");
    is(&stage.chair().get(&format!("{path}?format=pdf")).await, 422, "invalid-field");
    let street = format!("/v1/organizations/{}/evidence", stage.town.street.id);
    is(&stage.office().get(&street).await, 422, "invalid-field");
}
