//! Files of organisations.

use crate::stage::{Stage, counts, file, people, problems, stage};
use authz::Role;
use dynamo::{Read, Table};
use jiff::SignedDuration;
use register::{NodeRow, Organizations};
use serde_json::json;
use sheet::{Format, Limits};
use testkit::{Reply, Town};

pub(crate) const HEADER: [&str; 11] = [
    "上级组织",
    "名称",
    "类别",
    "支部类型",
    "成立日期",
    "临时党支部",
    "联合单位",
    "项目截止日期",
    "行政区划代码",
    "正式党员人数",
    "批准文号",
];

fn row(parent: &str, name: &str, kind: &str) -> Vec<String> {
    let branch = kind == "党支部";
    let (sort, count) = if branch { ("社区", "12") } else { ("", "") };
    [parent, name, kind, sort, "2026-03-01", "", "", "", "", count, "〔2026〕7号"].map(str::to_owned).to_vec()
}

/// Below the street: a base committee, two branches below it, a group below one of them; superiors not first.
pub(crate) fn rows() -> Vec<Vec<String>> {
    vec![
        row("街道工委/商圈党委/甲支部", "第二党小组", "党小组"),
        row("街道工委/商圈党委", "甲支部", "党支部"),
        row("街道工委", "商圈党委", "基层党委"),
        row("街道工委/商圈党委", "乙支部", "党支部"),
    ]
}

pub(crate) async fn street() -> Stage {
    let stage = stage().await;
    let officer = stage.town.person(9, "郑员", &stage.town.branch).await;
    let client = stage.client.with(Town::caller(&officer, &[(Role::PartyAffairsOfficer, &stage.town.street)]));
    Stage { client, ..stage }
}

async fn import(stage: &Stage, rows: &[Vec<String>]) -> Reply {
    let file = sheet::write(Format::Xlsx, [HEADER.map(str::to_owned).to_vec()].iter().chain(rows)).unwrap();
    import_file(stage, Format::Xlsx, file).await
}

async fn import_file(stage: &Stage, format: Format, file: Vec<u8>) -> Reply {
    let path = stage.put_as("organizations", &stage.town.street, format, file, false).await;
    stage.start(&path).await
}

#[tokio::test]
async fn a_tree_is_founded_superiors_first_and_the_same_again_founds_nothing() {
    let stage = street().await;
    let reply = import(&stage, &rows()).await;
    assert_eq!((reply.text("/state").as_str(), counts(&reply)), ("done", [4, 4, 0, 0]), "{reply:?}");
    let again = import(&stage, &rows()).await;
    assert_eq!((again.text("/state").as_str(), counts(&again)), ("done", [4, 0, 4, 0]), "{again:?}");

    let wanted =
        json!({ "organization": stage.town.street.id, "kind": "organizations", "format": "csv", "purpose": "核对" });
    let exported = stage.client.post("/v1/exports", wanted).await;
    assert_eq!(exported.status, 201, "{exported:?}");
    let bucket = blob::Bucket::open(&stage.bench.env, "MEDIA_BUCKET").unwrap();
    let file = bucket.get(&format!("exports/{}", exported.text("/id")), 1 << 20).await.unwrap().unwrap();
    let found = sheet::read(Format::Csv, &file, &Limits::LIST).unwrap();
    let names: Vec<_> = found.iter().skip(1).map(|row| format!("{}/{}", row.cells[0], row.cells[1])).collect();
    for (parent, name) in rows().iter().map(|row| (&row[0], &row[1])) {
        assert!(names.contains(&format!("{parent}/{name}")), "{names:?}");
    }
    let round = import_file(&stage, Format::Csv, file).await;
    assert_eq!(counts(&round), [7, 0, 7, 0], "{round:?}");
}

#[tokio::test]
async fn units_come_back_as_they_were_whatever_their_names_have() {
    let stage = street().await;
    let units = ["甲、乙联合社；丙", "丁厂"].map(|name| name.try_into().unwrap()).to_vec();
    let joint = register::Node { units, ..stage.town.branch.clone() };
    Table::open(&stage.bench.env, "ORGANIZATIONS_TABLE").unwrap().put(&NodeRow::new(joint)).await.unwrap();
    for format in [Format::Csv, Format::Xlsx] {
        let wanted = json!({
            "organization": stage.town.street.id, "kind": "organizations", "format": format, "purpose": "核对",
        });
        let id = stage.client.post("/v1/exports", wanted).await.text("/id");
        let bucket = blob::Bucket::open(&stage.bench.env, "MEDIA_BUCKET").unwrap();
        let file = bucket.get(&format!("exports/{id}"), 1 << 20).await.unwrap().unwrap();
        let round = import_file(&stage, format, file).await;
        assert_eq!(counts(&round), [3, 0, 3, 0], "{round:?}");
    }
}

#[tokio::test]
async fn what_a_rule_forbids_is_named_and_nothing_is_founded() {
    let stage = street().await;
    let mut rows = rows();
    rows[0][2] = "党支部".to_owned();
    rows[1][9] = "2".to_owned();
    rows[2][10] = String::new();
    rows.push(row("街道工委", "东社区党支部", "党支部"));
    rows.push(row("街道工委", "南社区党支部", "党支部"));
    rows.push(row("街道工委", "南社区党支部", "党支部"));
    let reply = import(&stage, &rows).await;
    assert_eq!(reply.text("/state"), "refused");
    let found = problems(&reply);
    let places: Vec<_> = found.iter().map(|(line, column, code)| (*line, column.as_str(), code.as_str())).collect();
    // Without its superior nothing below it can be judged.
    let expected = [
        (4, "K", "invalid-field"),
        (6, "E", "differs"),
        (8, "B", "twice"),
        (3, "A", "invalid-field"),
        (5, "A", "invalid-field"),
        (2, "A", "invalid-field"),
    ];
    assert_eq!(places, expected);
    rows.truncate(4);
    rows[2][10] = "〔2026〕7号".to_owned();
    let found = problems(&import(&stage, &rows).await);
    let places: Vec<_> = found.iter().map(|(line, column, code)| (*line, column.as_str(), code.as_str())).collect();
    assert_eq!(places[0], (3, "J", "branch-too-small"));
    assert_eq!(stage.told("organization.founded").await, 0);
}

#[tokio::test]
async fn what_is_empty_and_untouched_is_removed_from_below() {
    let stage = street().await;
    let reply = import(&stage, &rows()).await;
    let path = format!("/v1/imports/{}", reply.text("/id"));
    let organizations = Organizations::open(&stage.bench.env).unwrap();
    let list = async || stage_nodes(&stage).await;
    let second = list().await.into_iter().find(|node| node.name.as_str() == "乙支部").unwrap();
    stage.town.person(20, "黄新", &second).await;

    let undone = stage.client.send("POST", &format!("{path}/undo"), None).await;
    assert_eq!(undone.text("/state"), "undone", "{undone:?}");
    assert_eq!((undone.body["undone"].as_u64(), undone.body["kept"].as_u64()), (Some(2), Some(2)));
    let left: Vec<_> = list().await.into_iter().map(|node| node.name.to_string()).collect();
    assert!(left.contains(&"商圈党委".to_owned()) && left.contains(&"乙支部".to_owned()), "{left:?}");
    assert!(!left.contains(&"甲支部".to_owned()) && !left.contains(&"第二党小组".to_owned()), "{left:?}");
    assert!(organizations.row(second.id, Read::Consistent).await.unwrap().is_some());
    // What is withdrawn is closed, so that its trace can be read.
    let first = stage.town.street.path.as_str();
    let past = NodeRow::tree(&stage.town.street.path, false);
    let past = dynamo::Stretch::beginning(past, first).of_index("tree", "root", "path");
    let table = Table::open(&stage.bench.env, "ORGANIZATIONS_TABLE").unwrap();
    let closed: Vec<NodeRow> = table.page(&past, None, 10).await.unwrap().items;
    let mut names: Vec<_> = closed.iter().map(|row| row.node.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["甲支部", "第二党小组"]);
    assert!(closed.iter().all(|row| row.node.closed_on.is_some() && row.node.version == 2));
    // The name is free again.
    assert_eq!(counts(&import(&stage, &rows()).await), [4, 2, 2, 0]);
}

#[tokio::test]
async fn an_organisation_that_somebody_just_left_waits_until_lists_show_it() {
    let stage = street().await;
    let founded = import(&stage, &rows()).await;
    let mut persons = people(3);
    for person in &mut persons {
        person[0] = "街道工委/商圈党委/乙支部".to_owned();
    }
    let path = stage.put(&stage.town.street, Format::Csv, file(Format::Csv, &persons), false).await;
    assert_eq!(counts(&stage.start(&path).await), [3, 3, 0, 0]);
    let undo = async |path: &str| stage.client.send("POST", &format!("{path}/undo"), None).await;
    assert_eq!(undo(&path).await.text("/state"), "undone");

    let path = format!("/v1/imports/{}", founded.text("/id"));
    let waits = undo(&path).await;
    assert_eq!((waits.text("/state").as_str(), waits.body["kept"].as_u64()), ("undoing", Some(0)), "{waits:?}");
    stage.bench.pass(SignedDuration::from_secs(61));
    stage.finish().await;
    let undone = stage.client.get(&path).await;
    assert_eq!((undone.body["undone"].as_u64(), undone.body["kept"].as_u64()), (Some(4), Some(0)), "{undone:?}");
    assert_eq!(stage_nodes(&stage).await.len(), 4);
}

pub(crate) async fn stage_nodes(stage: &Stage) -> Vec<register::Node> {
    let table = Table::open(&stage.bench.env, "ORGANIZATIONS_TABLE").unwrap();
    let path = &stage.town.street.path;
    let stretch = dynamo::Stretch::beginning(NodeRow::tree(path, true), path.as_str()).of_index("tree", "root", "path");
    let found: dynamo::Found<NodeRow> = table.page(&stretch, None, 500).await.unwrap();
    found.items.into_iter().map(|row| row.node).collect()
}
