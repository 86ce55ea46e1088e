//! The bank of questions.

use crate::stage::{fields, is, items, question, stage};
use authz::Role;
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::json;
use sheet::Format;

const HEADER: [&str; 12] =
    ["题型", "题目", "选项A", "选项B", "选项C", "选项D", "选项E", "选项F", "选项G", "选项H", "答案", "解析"];

fn workbook(rows: &[Vec<String>]) -> String {
    let header = HEADER.map(str::to_owned).to_vec();
    BASE64_STANDARD.encode(sheet::write(Format::Xlsx, std::iter::once(&header).chain(rows)).unwrap())
}

fn row(kind: &str, text: &str, options: &[&str], key: &str) -> Vec<String> {
    let mut cells: Vec<_> = [kind, text].into_iter().chain(options.iter().copied()).map(str::to_owned).collect();
    cells.resize(10, String::new());
    cells.push(key.to_owned());
    cells
}

#[tokio::test]
async fn five_hundred_questions_come_out_of_a_workbook_at_once() {
    let stage = stage().await;
    let rows: Vec<_> = (0..500).map(|n| row("单选", &format!("第 {n} 题"), &["甲", "乙"], "B")).collect();
    let body = json!({ "organization": stage.town.street.id, "title": "题库", "file": workbook(&rows) });
    let added = stage.office.post("/v1/question-sets/import", body).await;
    assert_eq!((added.status, &added.body["counts"]["single"]), (201, &json!(500)), "{added:?}");
    let path = added.header("location").to_owned();
    let read = stage.office.get(&path).await;
    let questions = read.body["questions"].as_array().unwrap();
    assert_eq!(
        (questions.len(), &questions[499]["text"], &questions[0]["key"]),
        (500, &json!("第 499 题"), &json!({ "choice": "B" }))
    );
    is(&stage.of(&stage.member).get(&path).await, 404, "not-found");
    let inspector = stage.holding(&stage.neighbour, Role::Inspector, &stage.town.city);
    is(&inspector.get(&path).await, 403, "forbidden");

    assert_eq!(stage.office.delete(&path).await.status, 204);
    is(&stage.office.get(&path).await, 404, "not-found");
    let list = stage.office.get(&format!("/v1/question-sets?organization={}", stage.town.street.id)).await;
    assert!(items(&list).is_empty());
    assert_eq!(
        stage.table().count(&dynamo::Stretch::whole(path.replace("/v1/question-sets/", "QST#"))).await.unwrap(),
        0
    );
}

#[tokio::test]
async fn one_row_that_is_wrong_and_nothing_is_stored() {
    let stage = stage().await;
    let rows =
        [row("单选", "好题", &["甲", "乙"], "A"), row("单选", "坏题", &["甲", "乙"], "C"), row("论述", "题", &[], "")];
    let body = json!({ "organization": stage.town.street.id, "title": "题库", "file": workbook(&rows) });
    let refused = stage.office.post("/v1/question-sets/import", body).await;
    assert_eq!(fields(&refused), ["/file/3/K", "/file/4/A"]);
    assert!(refused.text("/fields/0/detail").starts_with("第 3 行 K 列（答案）："), "{refused:?}");
    for file in ["!".to_owned(), BASE64_STANDARD.encode("no workbook")] {
        let body = json!({ "organization": stage.town.street.id, "title": "题库", "file": file });
        assert_eq!(fields(&stage.office.post("/v1/question-sets/import", body).await), ["/file"]);
    }
    let list = stage.office.get(&format!("/v1/question-sets?organization={}", stage.town.street.id)).await;
    assert!(items(&list).is_empty());
    let template = stage.office.get("/v1/question-sets/template").await;
    assert_eq!((template.status, template.header("content-type")), (200, Format::Xlsx.media_type()));
}

#[tokio::test]
async fn a_question_that_cannot_be_asked_is_named() {
    let stage = stage().await;
    let mut wrong = question("题");
    wrong["key"] = json!({ "choice": "H" });
    let body = json!({ "organization": stage.town.street.id, "title": "题库", "questions": [question("好题"), wrong] });
    assert_eq!(fields(&stage.office.post("/v1/question-sets", body).await), ["/questions/1/key"]);
    let none = json!({ "organization": stage.town.street.id, "title": "题库", "questions": [] });
    assert_eq!(fields(&stage.office.post("/v1/question-sets", none).await), ["/questions"]);
}
