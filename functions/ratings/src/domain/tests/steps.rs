//! From one state to the next.

use super::{code, day, filed, hand, judge, member, org, pointer, rules, scored, sheet, whole};
use crate::domain::{
    Judge, NewStarDecision, NewStarObjection, NewStarReview, StarAnswer, StarApplication, StarObjection, StarState,
    objection::ObjectionState,
};
use kernel::{ErrorCode, MemberId, Refusal};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn submitted() -> StarApplication {
    scored(&whole()).unwrap().submitted(&sheet(), hand(1, "2026-11-05")).unwrap()
}

fn rescore(application: &StarApplication, review: Value, by: Judge) -> Result<StarApplication, Refusal> {
    let review: NewStarReview = serde_json::from_value(review).unwrap();
    application.rescored(review, &sheet(), by)
}

/// 55 and 30 points.
fn lowered() -> Value {
    json!({ "items": [
        { "item": "life", "score": 5_500, "reason": "少一次主题党日" },
        { "item": "work", "score": 3_000 },
    ] })
}

fn reviewed() -> StarApplication {
    let scored = rescore(&submitted(), lowered(), judge(2, "2026-11-06")).unwrap();
    scored.reviewed(&sheet(), judge(4, "2026-11-06")).unwrap()
}

fn decide(application: &StarApplication, decision: Value, by: Judge) -> Result<StarApplication, Refusal> {
    let decision: NewStarDecision = serde_json::from_value(decision).unwrap();
    application.decided(decision, (&sheet(), rules()), by)
}

/// On a Monday: the notice lasts until the next one.
fn noticed() -> StarApplication {
    decide(&reviewed(), json!({ "score": 8_500, "star": 4 }), judge(3, "2026-11-09")).unwrap()
}

fn award(application: &StarApplication, disputed: bool, on: &str) -> Result<StarApplication, Refusal> {
    application.awarded(disputed, rules(), judge(3, on))
}

fn raise(application: &StarApplication, on: &str) -> Result<StarObjection, Refusal> {
    let new: NewStarObjection = serde_json::from_value(json!({ "text": "与实际不符" })).unwrap();
    new.raised(application, rules(), hand(5, on))
}

fn answer(granted: bool) -> StarAnswer {
    serde_json::from_value(json!({ "granted": granted, "reason": "已核实" })).unwrap()
}

/// One that member 5 raised and member 6 granted.
fn granted() -> StarObjection {
    let objection = raise(&noticed(), "2026-11-10").unwrap();
    objection.answered(answer(true), &noticed(), judge(6, "2026-11-11")).unwrap()
}

#[test]
fn nobody_acts_for_others_in_the_matters_of_their_own_branch() {
    let home = |n: u8, on: &str| Judge { home: org(1), ..judge(n, on) };
    let officer = Judge { officer: true, ..judge(2, "2026-11-06") };
    for own in [home(2, "2026-11-06"), officer, judge(1, "2026-11-06")] {
        assert_eq!(code(rescore(&submitted(), lowered(), own)), Some(ErrorCode::OwnCase));
        assert_eq!(code(reviewed().reviewed(&sheet(), own)), Some(ErrorCode::OwnCase));
        let decision = json!({ "score": 8_500, "star": 4 });
        assert_eq!(code(decide(&reviewed(), decision, own)), Some(ErrorCode::OwnCase));
        assert_eq!(code(noticed().awarded(false, rules(), own)), Some(ErrorCode::OwnCase));
        let objection = raise(&noticed(), "2026-11-10").unwrap();
        assert_eq!(code(objection.answered(answer(false), &noticed(), own)), Some(ErrorCode::OwnCase));
    }
    // Who handed in for the secretary acted for the branch as well.
    let other = scored(&whole()).unwrap().submitted(&sheet(), hand(6, "2026-11-05")).unwrap();
    assert_eq!(code(rescore(&other, lowered(), judge(6, "2026-11-06"))), Some(ErrorCode::OwnCase));
}

#[test]
fn an_item_is_lowered_with_a_reason_and_raised_up_to_its_maximum() {
    let one = |item: Value| pointer(rescore(&submitted(), json!({ "items": [item] }), judge(2, "2026-11-06")));
    assert_eq!(one(json!({ "item": "life", "score": 5_999 })), "/items/0/reason");
    assert_eq!(one(json!({ "item": "life", "score": 5_999, "reason": "记录不全" })), "");
    assert_eq!(one(json!({ "item": "life", "score": 6_000 })), "");
    assert_eq!(one(json!({ "item": "work", "score": 4_000 })), "");
    assert_eq!(one(json!({ "item": "work", "score": 4_001 })), "/items/0/score");
    assert_eq!(one(json!({ "item": "other", "score": 1 })), "/items/0/item");
    let met = |vetoes: Value| {
        pointer(rescore(&submitted(), json!({ "items": [], "vetoes": vetoes }), judge(2, "2026-11-06")))
    };
    let veto = json!({ "veto": "falsified", "reason": "材料不实" });
    assert_eq!(met(json!([veto.clone()])), "");
    assert_eq!(met(json!([veto.clone(), veto])), "/vetoes/1/veto");
    assert_eq!(met(json!([{ "veto": "other", "reason": "材料不实" }])), "/vetoes/0/veto");

    let part = rescore(&submitted(), json!({ "items": [{ "item": "life", "score": 6_000 }] }), judge(2, "2026-11-06"));
    assert_eq!(pointer(part.unwrap().reviewed(&sheet(), judge(2, "2026-11-06"))), "/items");
    assert_eq!(pointer(submitted().reviewed(&sheet(), judge(2, "2026-11-06"))), "/items", "there is no review yet");
    let review = reviewed().review.unwrap();
    assert_eq!((review.by, review.submitted_by, review.total()), (member(2), Some(member(4)), 8_500));
}

#[test]
fn who_reviewed_does_not_decide() {
    let decision = || json!({ "score": 8_500, "star": 4 });
    for hand in [2, 4] {
        assert_eq!(code(decide(&reviewed(), decision(), judge(hand, "2026-11-09"))), Some(ErrorCode::OwnCase));
    }
    let decided = decide(&reviewed(), decision(), judge(3, "2026-11-09")).unwrap();
    assert_eq!((decided.state, decided.decisions.len()), (StarState::Notice, 1));
    let decision = decided.public().unwrap();
    assert_eq!((decision.star, decision.score, decision.notice_until), (4, 8_500, day("2026-11-16")));
    assert!(!decision.provisional && reviewed().public().is_none());
}

#[test]
fn stars_follow_from_points_and_veto_items_and_a_person_states_them() {
    let given = |score: u32, star: u8, vetoes: Value| {
        let decision = json!({ "score": score, "star": star, "vetoes": vetoes, "reason": "复核更正" });
        pointer(decide(&reviewed(), decision, judge(3, "2026-11-09")))
    };
    let met = |veto: &str| json!([{ "veto": veto, "reason": "已核实" }]);
    for (score, star) in [(8_999, 4), (9_000, 5), (10_000, 5), (0, 1)] {
        assert_eq!(given(score, star, json!([])), "", "{score}");
        assert_eq!(given(score, star - 1, json!([])), "/star", "{score}");
    }
    assert_eq!(given(10_001, 5, json!([])), "/score");
    assert_eq!(given(9_000, 2, met("satisfaction")), "");
    assert_eq!(given(9_000, 5, met("satisfaction")), "/star");
    assert_eq!(given(5_000, 1, met("satisfaction")), "", "it leaves two at most and gives none");
    assert_eq!(given(9_000, 0, met("falsified")), "");
    let both = json!([{ "veto": "satisfaction", "reason": "甲" }, { "veto": "falsified", "reason": "乙" }]);
    assert_eq!(given(9_000, 0, both), "");
    assert_eq!(given(9_000, 5, met("other")), "/vetoes/0/veto");
}

#[test]
fn what_is_not_the_review_needs_a_reason() {
    let vetoes = json!([{ "veto": "satisfaction", "reason": "测评" }]);
    let mut review = lowered();
    review["vetoes"] = vetoes.clone();
    let met = rescore(&submitted(), review, judge(2, "2026-11-06")).unwrap();
    let met = met.reviewed(&sheet(), judge(4, "2026-11-06")).unwrap();
    let without = |of: &StarApplication, decision: Value| pointer(decide(of, decision, judge(3, "2026-11-09")));
    let points = |score: u32| json!({ "score": score, "star": 4 });
    let capped = || json!({ "score": 8_500, "star": 2, "vetoes": vetoes });
    assert_eq!(without(&reviewed(), points(8_500)), "");
    assert_eq!(without(&reviewed(), points(8_501)), "/reason");
    assert_eq!(without(&reviewed(), capped()), "/reason");
    assert_eq!(without(&met, capped()), "");
    assert_eq!(without(&met, points(8_500)), "/reason");
}

#[test]
fn a_star_is_awarded_after_five_working_days_and_without_an_open_objection() {
    let early = award(&noticed(), false, "2026-11-16").unwrap_err();
    let said = early.detail.unwrap().zh;
    assert_eq!((early.code, &*said), (ErrorCode::IllegalTransition, "公示期至 2026-11-16，期满后方可命名"));
    assert_eq!(code(award(&noticed(), true, "2026-11-17")), Some(ErrorCode::IllegalTransition));
    let noticed = noticed();
    let awarded = award(&noticed, false, "2026-11-17").unwrap();
    let (awarded_by, awarded_at) = (Some(member(3)), Some(hand(3, "2026-11-17").at));
    let (state, version) = (StarState::Awarded, noticed.version + 1);
    assert_eq!(awarded, StarApplication { state, awarded_by, awarded_at, version, ..noticed });
    assert_eq!(awarded.public().map(|decision| decision.star), Some(4));
    assert_eq!(code(award(&awarded, false, "2026-11-18")), Some(ErrorCode::AlreadyDecided));
    assert_eq!(code(award(&reviewed(), false, "2026-11-17")), Some(ErrorCode::IllegalTransition));
}

#[test]
fn a_notice_before_a_holiday_lasts_longer() {
    let early = |on: &str| decide(&reviewed(), json!({ "score": 8_500, "star": 4 }), judge(3, on)).unwrap();
    assert_eq!(early("2026-09-28").decisions[0].notice_until, day("2026-10-10"));
    assert!(early("2026-12-28").decisions[0].provisional, "the holidays of the next year are not known");
}

#[test]
fn one_objects_as_long_as_there_is_public_notice() {
    assert!(raise(&noticed(), "2026-11-16").is_ok());
    assert_eq!(code(raise(&noticed(), "2026-11-17")), Some(ErrorCode::IllegalTransition));
    assert_eq!(code(raise(&reviewed(), "2026-11-10")), Some(ErrorCode::IllegalTransition));
    let awarded = award(&noticed(), false, "2026-11-17").unwrap();
    assert_eq!(code(raise(&awarded, "2026-11-10")), Some(ErrorCode::IllegalTransition));
}

#[test]
fn an_objection_is_answered_once_by_somebody_else_than_who_raised_it_and_who_decided() {
    let objection = raise(&noticed(), "2026-11-10").unwrap();
    assert!(objection.is_open() && objection.decision == 1);
    // Members 2 and 4 reviewed.
    for own in [5, 3, 2, 4] {
        let answered = objection.answered(answer(true), &noticed(), judge(own, "2026-11-11"));
        assert_eq!(code(answered), Some(ErrorCode::OwnCase), "{own}");
    }
    let answered = |granted| objection.answered(answer(granted), &noticed(), judge(6, "2026-11-11")).unwrap();
    for (granted, state) in [(true, ObjectionState::Granted), (false, ObjectionState::Refused)] {
        let (answered_by, answered_at) = (Some(member(6)), Some(hand(6, "2026-11-11").at));
        let text = Some(answer(granted).reason);
        let wanted = StarObjection { state, answered_by, answered_at, answer: text, version: 2, ..objection.clone() };
        assert_eq!(answered(granted), wanted);
    }
    let refused = answered(false);
    assert!(!refused.is_open() && !refused.takes_back(&noticed()));
    let again = refused.answered(answer(true), &noticed(), judge(6, "2026-11-12"));
    assert_eq!(code(again), Some(ErrorCode::AlreadyDecided));
    assert!(granted().takes_back(&noticed()));
}

#[test]
fn who_wrote_of_the_review_decides_and_answers_nothing_whoever_wrote_after_them() {
    let first = rescore(&submitted(), lowered(), judge(7, "2026-11-06")).unwrap();
    let both = rescore(&first, lowered(), judge(2, "2026-11-06")).unwrap();
    let reviewed = both.reviewed(&sheet(), judge(2, "2026-11-06")).unwrap();
    let decision = || json!({ "score": 8_500, "star": 4 });
    assert_eq!(code(decide(&reviewed, decision(), judge(7, "2026-11-09"))), Some(ErrorCode::OwnCase));
    let noticed = decide(&reviewed, decision(), judge(3, "2026-11-09")).unwrap();
    let objection = raise(&noticed, "2026-11-10").unwrap();
    let answered = objection.answered(answer(false), &noticed, judge(7, "2026-11-11"));
    assert_eq!(code(answered), Some(ErrorCode::OwnCase));
}

#[test]
fn who_raised_or_granted_an_objection_does_not_decide_after_it_and_who_decided_once_answers_none() {
    let back = noticed().taken_back(&granted()).unwrap();
    let decision = || json!({ "score": 8_500, "star": 4 });
    for own in [5, 6] {
        assert_eq!(code(decide(&back, decision(), judge(own, "2026-11-12"))), Some(ErrorCode::OwnCase), "{own}");
    }
    let again = decide(&back, decision(), judge(8, "2026-11-12")).unwrap();
    let objection = raise(&again, "2026-11-13").unwrap();
    for own in [3, 8] {
        let answered = objection.answered(answer(true), &again, judge(own, "2026-11-13"));
        assert_eq!(code(answered), Some(ErrorCode::OwnCase), "{own}");
    }
    // The one before is against the first decision.
    assert!(!granted().takes_back(&again));
    // One that was open all the while: who decided since does not answer it either.
    let earlier = raise(&noticed(), "2026-11-10").unwrap();
    assert!(!earlier.barred(&noticed()).contains(&member(8)));
    let answered = earlier.answered(answer(false), &again, judge(8, "2026-11-13"));
    assert_eq!(code(answered), Some(ErrorCode::OwnCase));
}

#[test]
fn what_is_taken_back_waits_for_a_decision_once_more_and_nothing_of_it_is_public() {
    let objection = granted();
    let back = noticed().taken_back(&objection).unwrap();
    assert_eq!((back.state, back.decisions[0].taken_back_by), (StarState::Reviewed, Some(objection.id)));
    assert!(back.public().is_none());
    let decision = json!({ "score": 7_900, "star": 3, "reason": "异议属实" });
    let again = decide(&back, decision, judge(3, "2026-11-12")).unwrap();
    assert_eq!(again.public().map(|decision| (decision.star, decision.taken_back_by)), Some((3, None)));
    assert_eq!(again.decisions.len(), 2);
    assert_eq!(code(award(&again, false, "2026-11-17")), Some(ErrorCode::IllegalTransition), "its own notice counts");
    assert!(award(&again, false, "2026-11-20").is_ok());
}

#[test]
fn holidays_that_become_known_make_a_notice_longer_and_never_shorter() {
    assert_eq!(rules().notice_lasts(day("2026-10-05"), day("2026-09-28")), day("2026-10-10"));
    assert_eq!(rules().notice_lasts(day("2026-10-12"), day("2026-09-28")), day("2026-10-12"));
}

#[test]
fn there_are_nine_decisions_at_most() {
    let decision = || json!({ "score": 8_500, "star": 4 });
    let mut last = noticed();
    for _ in 1..9 {
        last = decide(&last.taken_back(&granted()).unwrap(), decision(), judge(3, "2026-11-09")).unwrap();
    }
    assert_eq!(last.decisions.len(), 9);
    let back = last.taken_back(&granted()).unwrap();
    let tenth = decide(&back, decision(), judge(3, "2026-11-09")).unwrap_err();
    assert_eq!((tenth.code, &*tenth.detail.unwrap().zh), (ErrorCode::IllegalTransition, "最多复核评星 9 次"));
}

#[test]
fn who_has_a_part_in_it_takes_no_next_step_and_it_waits_since_the_last_one() {
    let members = |all: &[u8]| -> BTreeSet<MemberId> { all.iter().map(|n| member(*n)).collect() };
    // Member 1 applied and handed in, 2 and 4 reviewed, 3 decided, 5 objected, 6 granted that.
    let back = noticed().taken_back(&granted()).unwrap();
    for (application, barred, since) in [
        (filed(), members(&[]), None),
        (submitted(), members(&[1]), None),
        (reviewed(), members(&[1, 2, 4]), Some("2026-11-06")),
        (noticed(), members(&[1]), Some("2026-11-16")),
        (back, members(&[1, 2, 4, 5, 6]), Some("2026-11-11")),
        (award(&noticed(), false, "2026-11-17").unwrap(), members(&[]), None),
    ] {
        let state = application.state;
        assert_eq!((application.barred(), application.waits_since()), (barred, since.map(day)), "{state:?}");
    }
    let objection = raise(&noticed(), "2026-11-10").unwrap();
    assert_eq!(objection.barred(&noticed()), members(&[1, 2, 3, 4, 5]));
    // Member 1 objected, who applied as well.
    let own = StarObjection { raised_by: member(1), ..granted() };
    assert_eq!(noticed().taken_back(&own).unwrap().barred(), members(&[1, 2, 4, 6]));
}

/// Every step from every state: which one there is, and that all others are refused.
#[test]
fn no_state_is_left_out() {
    let awarded = award(&noticed(), false, "2026-11-17").unwrap();
    let closed = StarApplication { state: StarState::BranchClosed, ..noticed() };
    let states = [scored(&whole()).unwrap(), submitted(), reviewed(), noticed(), awarded, closed];
    for (at, one) in states.iter().enumerate() {
        let new = serde_json::from_value(json!({ "items": [] })).unwrap();
        let steps = [
            code(one.scored(new, &super::known(), &sheet(), hand(1, "2026-11-20"))),
            code(one.submitted(&sheet(), hand(1, "2026-11-20"))),
            code(rescore(one, lowered(), judge(2, "2026-11-20"))),
            code(decide(one, json!({ "score": 8_500, "star": 4 }), judge(3, "2026-11-20"))),
            code(one.taken_back(&granted())),
            code(award(one, false, "2026-11-20")),
        ];
        let legal: &[&[usize]] = &[&[0, 1], &[2], &[3], &[4, 5], &[], &[]];
        for (step, refused) in steps.into_iter().enumerate() {
            let illegal = if (at, step) == (4, 5) { ErrorCode::AlreadyDecided } else { ErrorCode::IllegalTransition };
            let expected = (!legal[at].contains(&step)).then_some(illegal);
            assert_eq!(refused, expected, "step {step} from {:?}", one.state);
        }
        assert_eq!((one.state.is_open(), one.state.is_public()), (at < 4, at == 3 || at == 4));
        assert_eq!(serde_json::to_value(one.state).unwrap(), one.state.slug());
    }
    assert_eq!(filed().version, 1);
}
