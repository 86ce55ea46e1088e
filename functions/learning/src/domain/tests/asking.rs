//! Questions, answers, and sheets of them.

use super::{super::question::normal, *};
use sheet::Row;

fn single(key: &str) -> Question {
    question(json!({ "text": "预备期多长？", "options": ["半年", "一年", "两年"], "key": { "choice": key } }))
}

fn multiple(key: &[&str]) -> Question {
    question(json!({ "text": "哪些是组织生活？", "options": ["甲", "乙", "丙", "丁"], "key": { "choices": key } }))
}

fn truth(key: bool) -> Question {
    question(json!({ "text": "主题党日每月开展。", "key": { "truth": key } }))
}

fn blanks(key: &Value) -> Question {
    question(json!({ "text": "每年不少于____学时。", "key": { "blanks": key } }))
}

#[test]
fn an_answer_is_right_when_it_is_exactly_the_key() {
    assert!(single("B").is_right(&given(json!({ "choice": "B" }))));
    assert!(!single("B").is_right(&given(json!({ "choice": "A" }))));
    let several = multiple(&["A", "C"]);
    assert!(several.is_right(&given(json!({ "choices": ["C", "A"] }))));
    for part in [json!(["A"]), json!(["A", "B", "C"]), json!([])] {
        assert!(!several.is_right(&given(json!({ "choices": part }))), "{part}");
    }
    assert!(truth(true).is_right(&given(json!({ "truth": true }))));
    assert!(!truth(true).is_right(&given(json!({ "truth": false }))));
    assert!(!truth(true).is_right(&given(json!({ "choice": "A" }))), "another kind is never right");
}

#[test]
fn blanks_are_compared_without_width_case_space_or_full_stop() {
    let question = blanks(&json!([["32", "三十二"], ["CPC"]]));
    for right in [["32", "CPC"], ["３２", "ｃｐｃ"], [" 3 2 ", "cpc。"], ["三十二", "C P　C"]] {
        assert!(question.is_right(&given(json!({ "texts": right }))), "{right:?}");
    }
    for wrong in [["32", "CP"], ["CPC", "32"], ["33", "CPC"]] {
        assert!(!question.is_right(&given(json!({ "texts": wrong }))), "{wrong:?}");
    }
}

#[test]
fn a_question_that_cannot_be_asked_is_refused() {
    assert_eq!(pointer(&single("D").check().unwrap_err()), "/key");
    assert_eq!(pointer(&multiple(&["A"]).check().unwrap_err()), "/key");
    assert_eq!(pointer(&blanks(&json!([])).check().unwrap_err()), "/key");
    assert_eq!(pointer(&blanks(&json!([["。"]])).check().unwrap_err()), "/key", "a key that is nothing");
    let mut same = single("A");
    same.options[1] = same.options[0].clone();
    assert_eq!(pointer(&same.check().unwrap_err()), "/options");
    let mut odd = truth(true);
    odd.options = single("A").options;
    assert_eq!(pointer(&odd.check().unwrap_err()), "/options");
    assert_eq!(pointer(&multiple(&["A", "E"]).check().unwrap_err()), "/key");
    assert!(single("C").check().is_ok() && multiple(&["A", "D"]).check().is_ok(), "the last option");
    assert!(serde_json::from_value::<Key>(json!({ "choice": "I" })).is_err());
    assert!(serde_json::from_value::<Key>(json!({ "choice": "a" })).is_err());
}

#[test]
fn a_question_is_as_large_as_its_options_or_blanks() {
    let two = json!([["32", "三十二"], ["CPC"]]);
    for (question, size) in [(single("A"), 3), (multiple(&["A", "B"]), 4), (truth(true), 0), (blanks(&two), 2)] {
        assert_eq!(question.size(), size, "{question:?}");
    }
}

#[test]
fn options_have_the_letters_from_a_to_h() {
    let letters: Vec<_> = (0..9).map(letter).collect();
    assert_eq!(json!(letters), json!(["A", "B", "C", "D", "E", "F", "G", "H", null]));
}

#[test]
fn an_answer_has_to_fit_its_question() {
    for (answer, kind, size) in [
        (json!({ "choice": "C" }), QuestionKind::Single, 3),
        (json!({ "choices": [] }), QuestionKind::Multiple, 4),
        (json!({ "choices": ["A", "D"] }), QuestionKind::Multiple, 4),
        (json!({ "truth": true }), QuestionKind::TrueFalse, 0),
        (json!({ "texts": ["a", "b"] }), QuestionKind::FillIn, 2),
    ] {
        assert!(given(answer.clone()).fits(kind, size).is_ok(), "{answer}");
    }
    for (answer, kind, size) in [
        (json!({ "choice": "D" }), QuestionKind::Single, 3),
        (json!({ "choices": ["E"] }), QuestionKind::Multiple, 4),
        (json!({ "texts": ["a"] }), QuestionKind::FillIn, 2),
        (json!({ "truth": true }), QuestionKind::Single, 3),
    ] {
        assert_eq!(pointer(&given(answer.clone()).fits(kind, size).unwrap_err()), "/answer", "{answer}");
    }
}

fn rows(cells: &[&[&str]]) -> Vec<Row> {
    let header = Row { line: 1, cells: COLUMNS.map(str::to_owned).to_vec() };
    let rows = (2..)
        .zip(cells)
        .map(|(line, cells)| Row { line, cells: cells.iter().map(|cell| (*cell).to_owned()).collect() });
    std::iter::once(header).chain(rows).collect()
}

#[test]
fn a_sheet_of_all_kinds_is_read() {
    let read = questions(&rows(&[
        &["单选", "预备期", "半年", "一年", "", "", "", "", "", "", "Ｂ", "§31"],
        &["多选题", "哪些", "甲", "乙", "丙", "", "", "", "", "", "a、c"],
        &["判断", "每月", "", "", "", "", "", "", "", "", "错"],
        &["填空", "几学时", "", "", "", "", "", "", "", "", "32|三十二；8"],
    ]))
    .unwrap();
    assert_eq!(read.iter().map(Question::kind).collect::<Vec<_>>(), QuestionKind::ALL);
    assert_eq!(json!(read[0].key), json!({ "choice": "B" }));
    assert_eq!(json!(read[1].key), json!({ "choices": ["A", "C"] }));
    assert_eq!(json!(read[2].key), json!({ "truth": false }));
    assert_eq!(json!(read[3].key), json!({ "blanks": [["32", "三十二"], ["8"]] }));
    assert_eq!(read[0].note.as_ref().unwrap().as_str(), "§31");
}

#[test]
fn each_mistake_names_its_row_and_column_and_nothing_is_taken() {
    let refusal = questions(&rows(&[
        &["单选", "题", "甲", "乙", "", "", "", "", "", "", "C"],
        &["问答", "题", "", "", "", "", "", "", "", "", "x"],
        &["单选", "", "甲", "乙", "", "", "", "", "", "", "A"],
        &["判断", "好题", "", "", "", "", "", "", "", "", "对"],
        &["单选", "题", "甲", "", "", "", "", "", "", "", "A"],
        &["单选", "题", "甲", "", "丙", "", "", "", "", "", "A"],
        &["单选", "题", "甲", "乙", "", "", "", "", "", "", "AB"],
    ]))
    .unwrap_err();
    let told: Vec<_> = refusal.fields.iter().map(|field| field.pointer.as_str()).collect();
    assert_eq!(told, ["/file/2/K", "/file/3/A", "/file/4/B", "/file/6/C", "/file/7/D", "/file/8/K"]);
    assert_eq!(refusal.fields[1].text.zh, "第 3 行 A 列（题型）：应为单选、多选、判断或填空");
    assert_eq!(pointer(&questions(&[]).unwrap_err()), "/file");
    assert_eq!(pointer(&questions(&rows(&[])).unwrap_err()), "/file");
    let many: Vec<&[&str]> = vec![&["问答"]; 80];
    assert_eq!(questions(&rows(&many)).unwrap_err().fields.len(), 50);
}

proptest! {
    #[test]
    fn normal_is_normal_already(text in "\\PC{0,40}") {
        let once = normal(&text);
        prop_assert_eq!(normal(&once), once.clone());
        prop_assert_eq!(normal(&format!(" {text}　")), once);
    }
}
