//! Rules of study, without a store.

mod asking;
mod training;

use super::{attempt::passes, paper::Questions, *};
use jiff::SignedDuration;
use kernel::{CourseId, ErrorCode, MediaId, OrgPath, PaperId, PersonName};
use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use study::Rules;

fn question(value: Value) -> Question {
    serde_json::from_value(value).unwrap()
}

fn given(value: Value) -> Given {
    serde_json::from_value(value).unwrap()
}

fn pointer(refusal: &Refusal) -> String {
    assert_eq!(refusal.code, ErrorCode::InvalidField);
    refusal.fields[0].pointer.clone()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn new_paper(questions: &Value, changes: &Value) -> NewPaper {
    let mut paper = json!({
        "organization": OrgId::from_bytes(1, [1; 10]), "title": "测验", "audience": [OrgId::from_bytes(1, [1; 10])],
        "questions": questions, "minutes": 30, "passPercent": 60, "attempts": 2, "opensAt": "2026-11-24T00:00:00Z",
        "closesAt": "2026-11-25T00:00:00Z",
    });
    for (name, value) in changes.as_object().unwrap() {
        paper[name] = value.clone();
    }
    serde_json::from_value(paper).unwrap()
}

/// A course or a topic as it is written, with `more` than what both have.
fn written<T: DeserializeOwned>(more: &Value) -> T {
    let own = OrgId::from_bytes(1, [1; 10]);
    let mut all = json!({ "organization": own, "title": "专题", "audience": [own] });
    for (name, value) in more.as_object().unwrap() {
        all[name] = value.clone();
    }
    serde_json::from_value(all).unwrap()
}

fn singles(count: usize) -> Vec<Question> {
    (0..count)
        .map(|n| question(json!({ "text": format!("第 {n} 题"), "options": ["甲", "乙"], "key": { "choice": "A" } })))
        .collect()
}

fn bank() -> (QuestionSetId, Vec<Question>) {
    let mut all = singles(20);
    all.extend((0..5).map(|n| question(json!({ "text": format!("判断 {n}"), "key": { "truth": true } }))));
    (QuestionSetId::from_bytes(1, [7; 10]), all)
}

fn set(new: NewPaper) -> Result<(Piece<Paper>, Vec<Question>), Refusal> {
    new.sets()?;
    let (organization, head, paper, questions) = new.parts(&[bank()], Rules::get().unwrap())?;
    Ok((Piece::drafted(organization, head, paper, at("2026-11-23T00:00:00Z"))?, questions))
}

fn fixed(numbers: &[u16]) -> Value {
    let id = bank().0;
    json!({ "fixed": numbers.iter().map(|number| json!({ "set": id, "number": number })).collect::<Vec<_>>() })
}

fn drawn(single: u16, truths: u16) -> Value {
    json!({ "drawn": { "sets": [bank().0], "draw": { "single": single, "trueFalse": truths } } })
}

#[test]
fn a_paper_is_set_within_its_bounds() {
    let refused = |questions: &Value, changes: &Value| pointer(&set(new_paper(questions, changes)).unwrap_err());
    for (changes, field) in [
        (json!({ "minutes": 0 }), "/minutes"),
        (json!({ "minutes": 241 }), "/minutes"),
        (json!({ "passPercent": 0 }), "/passPercent"),
        (json!({ "passPercent": 101 }), "/passPercent"),
        (json!({ "attempts": 11 }), "/attempts"),
        (json!({ "closesAt": "2026-11-24T00:00:00Z" }), "/closesAt"),
        (json!({ "closesAt": "2027-12-29T00:00:00.001Z" }), "/closesAt"),
        (json!({ "creditMinutes": 121 }), "/creditMinutes"),
        (json!({ "points": { "single": 0, "multiple": 1, "trueFalse": 1, "fillIn": 1 } }), "/points"),
        (json!({ "points": { "single": 101 } }), "/points"),
        (json!({ "audience": [] }), "/audience"),
    ] {
        assert_eq!(refused(&fixed(&[1]), &changes), field);
    }
    for changes in [
        json!({ "minutes": 240, "passPercent": 100, "attempts": 10 }),
        json!({ "closesAt": "2027-12-29T00:00:00Z" }),
        json!({ "points": { "single": 100 } }),
    ] {
        assert!(set(new_paper(&fixed(&[1]), &changes)).is_ok(), "{changes}");
    }
    assert_eq!(refused(&fixed(&[26]), &json!({})), "/questions/fixed/0");
    assert_eq!(refused(&fixed(&[0]), &json!({})), "/questions/fixed/0");
    assert_eq!(refused(&fixed(&[1, 2, 1]), &json!({})), "/questions/fixed/2");
    assert_eq!(refused(&fixed(&[]), &json!({})), "/questions/fixed");
    assert_eq!(refused(&drawn(21, 0), &json!({})), "/questions/drawn/draw");
    assert_eq!(refused(&drawn(0, 0), &json!({})), "/questions/drawn/draw");
    assert!(set(new_paper(&drawn(20, 5), &json!({ "creditMinutes": 120 }))).is_ok());
    let Questions::Fixed(chosen) = new_paper(&fixed(&[1]), &json!({})).questions else { panic!("fixed") };
    assert_eq!(chosen.len(), 1);
}

#[test]
fn a_paper_asks_a_hundred_questions_of_five_hundred_at_most() {
    let first = |count: u16| fixed(&(1..=count).collect::<Vec<u16>>());
    for (questions, there, kept) in [
        (first(100), 101, Ok(100)),
        (first(101), 101, Err("/questions/fixed")),
        (drawn(100, 0), 500, Ok(500)),
        (drawn(101, 0), 500, Err("/questions/drawn/draw")),
        (drawn(100, 0), 501, Err("/questions/drawn/sets")),
    ] {
        let sets = [(bank().0, singles(there))];
        let parts = new_paper(&questions, &json!({})).parts(&sets, Rules::get().unwrap());
        let found = parts.map(|(.., questions)| questions.len()).map_err(|refusal| pointer(&refusal));
        assert_eq!(found, kept.map_err(str::to_owned), "of {there}");
    }
    let sets = |count: u8| {
        let named: Vec<_> = (1..=count).map(|n| QuestionSetId::from_bytes(1, [n; 10])).collect();
        new_paper(&json!({ "drawn": { "sets": named, "draw": { "single": 1 } } }), &json!({})).sets()
    };
    assert_eq!(sets(5).unwrap().len(), 5);
    assert_eq!(pointer(&sets(6).unwrap_err()), "/questions/drawn/sets");
    let (paper, _) = set(new_paper(&drawn(5, 0), &json!({}))).unwrap();
    let pool = Counts { single: 20, ..Counts::default() };
    assert_eq!(paper.content.pool, pool, "no question is kept of a kind that is not drawn");
}

#[test]
fn a_draw_follows_from_its_seed() {
    let (paper, questions) = set(new_paper(&drawn(5, 2), &json!({}))).unwrap();
    let one = paper.content.draw(&questions, 7);
    assert_eq!(one, paper.content.draw(&questions, 7));
    assert_ne!(one, paper.content.draw(&questions, 8));
    for seed in 0..50 {
        let slots = paper.content.draw(&questions, seed);
        let distinct: BTreeSet<_> = slots.iter().map(|slot| slot.question).collect();
        assert_eq!((slots.len(), distinct.len()), (7, 7));
        assert_eq!(slots.iter().filter(|slot| slot.kind == QuestionKind::Single).count(), 5);
    }
    let (paper, questions) = set(new_paper(&fixed(&[3, 21, 1]), &json!({}))).unwrap();
    assert_eq!(paper.content.draw(&questions, 1), paper.content.draw(&questions, 2), "all in their order");
    assert_eq!(questions[1].text.as_str(), "判断 0");
}

fn learner() -> Learner {
    let organization = OrgId::from_bytes(4, [4; 10]);
    Learner {
        member: MemberId::from_bytes(1, [1; 10]),
        name: "陈员".parse::<PersonName>().unwrap(),
        organization,
        path: OrgPath::root(organization),
    }
}

/// An attempt at ten questions of one option and two of truth, of which `right` are answered rightly, begun at one in the
/// morning UTC.
fn attempt(right: u16) -> (Attempt, Sheet) {
    let (paper, questions) = set(new_paper(&drawn(10, 2), &json!({ "creditMinutes": 60 }))).unwrap();
    let (mut attempt, sheet) =
        Attempt::begun((&paper, &questions), learner(), (1, 7), at("2026-11-24T01:00:00Z")).unwrap();
    for n in 1..=right {
        let kind = attempt.slots[usize::from(n) - 1].kind;
        let answer = if kind == QuestionKind::Single { json!({ "choice": "A" }) } else { json!({ "truth": true }) };
        let next = attempt.answered(n, given(answer), attempt.started_at, Rules::get().unwrap()).unwrap();
        attempt = next.unwrap();
    }
    (attempt, sheet)
}

fn answer_at(attempt: &Attempt, now: &str) -> Result<Option<Attempt>, Refusal> {
    attempt.answered(1, given(json!({ "choice": "B" })), at(now), Rules::get().unwrap())
}

#[test]
fn answers_are_taken_until_the_limit_and_its_grace() {
    let (open, sheet) = attempt(0);
    assert_eq!(open.deadline, at("2026-11-24T01:30:00Z"));
    for now in ["2026-11-24T01:00:00Z", "2026-11-24T01:30:00Z", "2026-11-24T01:30:30Z"] {
        let next = answer_at(&open, now).unwrap().unwrap();
        let mut answers = vec![None; 12];
        answers[0] = Some(given(json!({ "choice": "B" })));
        assert_eq!(next, Attempt { answers, version: 2, updated_at: at(now), ..open.clone() });
        assert_eq!(answer_at(&next, now).unwrap(), None, "the same again changes nothing");
    }
    assert_eq!(answer_at(&open, "2026-11-24T01:30:30.001Z").unwrap_err().code, ErrorCode::IllegalTransition);
    let marked = open.marked(&sheet, at("2026-11-24T01:10:00Z")).unwrap();
    assert_eq!(answer_at(&marked, "2026-11-24T01:11:00Z").unwrap_err().code, ErrorCode::IllegalTransition);
    let rules = Rules::get().unwrap();
    for n in [0, 13] {
        let none = open.answered(n, given(json!({ "choice": "A" })), open.started_at, rules);
        assert_eq!(none.unwrap_err().code, ErrorCode::NotFound);
    }
}

#[test]
fn an_attempt_ends_with_the_paper_and_begins_while_it_is_open() {
    let (paper, questions) = set(new_paper(&fixed(&[1]), &json!({}))).unwrap();
    let begin = |now: &str| Attempt::begun((&paper, &questions), learner(), (1, 1), at(now));
    assert_eq!(begin("2026-11-23T23:59:59Z").unwrap_err().code, ErrorCode::IllegalTransition);
    assert_eq!(begin("2026-11-25T00:00:00Z").unwrap_err().code, ErrorCode::IllegalTransition);
    assert_eq!(begin("2026-11-24T23:50:00Z").unwrap().0.deadline, at("2026-11-25T00:00:00Z"));
    let empty = Attempt::begun((&paper, &[]), learner(), (1, 1), at("2026-11-24T01:00:00Z"));
    assert_eq!(empty.unwrap_err().code, ErrorCode::Internal, "a paper without its questions");
}

#[test]
fn it_is_marked_once_and_counts_when_it_is_passed() {
    let rules = Rules::get().unwrap();
    // Sixty of a hundred pass: of twelve points it takes 7.2.
    for (right, passed) in [(7, false), (8, true), (12, true), (0, false)] {
        let ((open, sheet), now) = (attempt(right), at("2026-11-24T01:20:00Z"));
        let marked = open.marked(&sheet, now).unwrap();
        let (closed, version) = (marked.closed.clone(), open.version + 1);
        assert_eq!(marked, Attempt { closed: closed.clone(), version, updated_at: now, ..open.clone() });
        let closed = closed.unwrap();
        assert_eq!((closed.score, closed.total, closed.passed, closed.by_limit), (right.into(), 12, passed, false));
        assert_eq!((closed.asked.len(), closed.right.len()), (12, right.into()));
        assert_eq!(marked.marked(&sheet, at("2026-11-24T01:21:00Z")), None);
        assert_eq!(marked.credit(&sheet, rules).map(|entry| entry.minutes), passed.then_some(60));
        assert_eq!(open.credit(&sheet, rules), None);
        assert_eq!(marked.credit(&Sheet { credit_minutes: 0, ..sheet }, rules), None, "a paper that counts nothing");
    }
    let (open, sheet) = attempt(3);
    for (now, by_limit) in
        [("2026-11-24T01:30:00Z", false), ("2026-11-24T01:30:00.001Z", true), ("2026-11-24T09:00:00Z", true)]
    {
        let late = open.marked(&sheet, at(now)).unwrap().closed.unwrap();
        assert_eq!((late.at, late.by_limit, late.score), (open.deadline, by_limit, 3), "by what was saved in time");
    }
}

#[test]
fn a_certificate_of_a_paper_says_its_title_and_points() {
    let (open, sheet) = attempt(8);
    let closed = open.marked(&sheet, open.started_at).unwrap().closed.unwrap();
    assert_eq!(Of::paper_passed(&sheet.title, &closed), "参加“测验”答题，得 8 分（满分 12 分），成绩合格");
}

#[test]
fn there_are_so_many_tries_and_none_after_one_that_passed() {
    let (paper, _) = set(new_paper(&fixed(&[1]), &json!({}))).unwrap();
    let failed = |(open, sheet): (Attempt, Sheet)| open.marked(&sheet, at("2026-11-24T01:20:00Z")).unwrap();
    assert_eq!(next_try(&paper, &[]).unwrap(), 1);
    assert_eq!(next_try(&paper, &[failed(attempt(0))]).unwrap(), 2);
    assert_eq!(
        next_try(&paper, &[failed(attempt(0)), failed(attempt(1))]).unwrap_err().code,
        ErrorCode::IllegalTransition
    );
    assert_eq!(next_try(&paper, &[failed(attempt(12))]).unwrap_err().code, ErrorCode::IllegalTransition);
}

#[test]
fn what_is_published_changes_only_after_it_was_withdrawn_and_a_paper_never() {
    let now = at("2026-11-24T00:00:00Z");
    let (draft, _) = set(new_paper(&fixed(&[1]), &json!({}))).unwrap();
    let edit = |piece: &Piece<Paper>| piece.edited(piece.organization, piece.head.clone(), piece.content.clone(), now);
    assert!(edit(&draft).is_ok());
    assert_eq!(draft.withdrawn(now).unwrap_err().code, ErrorCode::IllegalTransition);
    let published = draft.published(now).unwrap();
    assert_eq!(published.published(now).unwrap_err().code, ErrorCode::IllegalTransition);
    assert!(edit(&published).is_err() && edit(&published.withdrawn(now).unwrap()).is_err());
    let (organization, head, topic) = written::<NewTopic>(&json!({})).parts().unwrap();
    let piece = Piece::drafted(organization, head.clone(), topic.clone(), now).unwrap().published(now).unwrap();
    assert!(piece.edited(organization, head.clone(), topic.clone(), now).is_err());
    assert!(piece.withdrawn(now).unwrap().edited(organization, head.clone(), topic.clone(), now).is_ok());
    let other = OrgId::from_bytes(2, [2; 10]);
    assert_eq!(pointer(&piece.withdrawn(now).unwrap().edited(other, head, topic, now).unwrap_err()), "/organization");
}

#[test]
fn each_step_of_a_piece_is_a_version_and_keeps_the_rest() {
    let (then, now, later) = (at("2026-11-24T00:00:00Z"), at("2026-11-24T01:00:00Z"), at("2026-11-24T02:00:00Z"));
    let (organization, head, content) = written::<NewTopic>(&json!({})).parts().unwrap();
    let draft = Piece::drafted(organization, head, content, then).unwrap();
    let other = json!({ "title": "新专题", "courses": [CourseId::from_bytes(1, [1; 10])] });
    let (_, head, content) = written::<NewTopic>(&other).parts().unwrap();
    let edited = draft.edited(organization, head.clone(), content.clone(), now).unwrap();
    assert_eq!(edited, Piece { head, content, version: 2, updated_at: now, ..draft.clone() });
    let published = draft.published(now).unwrap();
    let after = Piece { state: State::Published, published_at: Some(now), version: 2, updated_at: now, ..draft };
    assert_eq!(published, after);
    let withdrawn = published.withdrawn(later).unwrap();
    assert_eq!(withdrawn, Piece { state: State::Withdrawn, version: 3, updated_at: later, ..published });
}

/// Where it is refused that a paper is for these organisations, a course has these files, a topic these courses or these
/// papers; each by its number.
fn refused(numbers: &[u8]) -> Vec<String> {
    let audience: Vec<_> = numbers.iter().map(|n| OrgId::from_bytes(1, [*n; 10])).collect();
    let files = numbers.iter().map(|n| MediaId::from_bytes(1, [*n; 10]));
    let lessons: Vec<_> = files.map(|media| json!({ "media": media, "title": "一课" })).collect();
    let courses: Vec<_> = numbers.iter().map(|n| CourseId::from_bytes(1, [*n; 10])).collect();
    let papers: Vec<_> = numbers.iter().map(|n| PaperId::from_bytes(1, [*n; 10])).collect();
    let results = [
        set(new_paper(&fixed(&[1]), &json!({ "audience": audience }))).map(drop),
        written::<NewCourse>(&json!({ "lessons": lessons })).parts().map(drop),
        written::<NewTopic>(&json!({ "courses": courses })).parts().map(drop),
        written::<NewTopic>(&json!({ "papers": papers })).parts().map(drop),
    ];
    results.into_iter().filter_map(Result::err).map(|refusal| pointer(&refusal)).collect()
}

#[test]
fn a_piece_names_twenty_of_a_kind_at_most_and_none_twice() {
    let every = ["/audience", "/lessons", "/courses", "/papers"];
    assert_eq!(refused(&[]), every[..2], "a topic may have no course and no paper");
    assert!(refused(&(1..=20).collect::<Vec<u8>>()).is_empty());
    assert_eq!(refused(&(1..=21).collect::<Vec<u8>>()), every);
    assert_eq!(refused(&[1, 2, 1]), every);
}

#[test]
fn of_a_name_the_first_character_is_shown() {
    for (name, shown) in [("陈员", "陈*"), ("欧阳明日", "欧***"), ("阿卜杜拉·买买提", "阿***")] {
        assert_eq!(masked(&name.parse::<PersonName>().unwrap()), shown);
    }
}

#[test]
fn a_passed_paper_counts_on_the_day_in_shanghai() {
    let (paper, questions) =
        set(new_paper(&fixed(&[1]), &json!({ "creditMinutes": 60, "closesAt": "2027-01-05T00:00:00Z" }))).unwrap();
    let begun = at("2026-12-31T15:59:00Z");
    let (open, sheet) = Attempt::begun((&paper, &questions), learner(), (1, 1), begun).unwrap();
    let open = open.answered(1, given(json!({ "choice": "A" })), begun, Rules::get().unwrap()).unwrap().unwrap();
    for (after, on) in [(30, "2026-12-31"), (60, "2027-01-01")] {
        let marked = open.marked(&sheet, begun + SignedDuration::from_secs(after)).unwrap();
        assert_eq!(marked.credit(&sheet, Rules::get().unwrap()).unwrap().on.to_string(), on);
    }
}

proptest! {
    #[test]
    fn passing_is_closed_below(total in 1_u32..5_000, percent in 1_u8..=100) {
        let least = (u64::from(total) * u64::from(percent)).div_ceil(100);
        let least = u32::try_from(least).unwrap();
        prop_assert!(passes(least, total, percent));
        prop_assert!(least == 0 || !passes(least - 1, total, percent));
        prop_assert!(passes(total, total, percent) && !passes(0, total, percent));
    }
}
