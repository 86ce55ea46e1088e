//! Rules at their boundaries.

use super::{
    Appeal, AppealDecision, AppealState, ConductDecision, ConductItem, ConductReply, ConductState, Hand, MemberRating,
    NewAppeal, NewConductItem, NewRating, RatingBand, Round, Rules, Scored,
};
use jiff::{Timestamp, civil::Date};
use kernel::{AppealId, ConductId, ErrorCode, MeetingId, MemberId, OrgId, Refusal};
use proptest::prelude::*;
use scoring::{Dimension, Fact, FactKind, Mark, Part, Record, Sheet, State, Statement};
use serde_json::json;

fn member(n: u8) -> MemberId {
    MemberId::from_bytes(1, [n; 10])
}

fn branch() -> OrgId {
    OrgId::from_bytes(1, [1; 10])
}

/// Member `n` at ten in the morning of `day` in Shanghai.
fn hand(n: u8, day: &str) -> Hand {
    let at: Timestamp = format!("{day}T10:00:00+08:00").parse().unwrap();
    Hand { by: member(n), at }
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn code<T>(result: Result<T, Refusal>) -> Option<ErrorCode> {
    result.err().map(|refusal| refusal.code)
}

fn rules() -> &'static Rules {
    Rules::get().unwrap()
}

#[test]
fn the_rules_read_and_their_bands_go_down_to_nothing() {
    let bands = &rules().ratings.bands;
    assert!(bands.windows(2).all(|pair| matches!(pair, [one, next] if one.from > next.from)));
    assert_eq!(bands.last().map(|band| (band.band, band.from)), Some((RatingBand::NeedsAttention, 0)));
    assert!((1..=12).contains(&rules().ratings.from_month));
    assert_eq!(rules().conduct.reply_working_days, 5);
    assert!(rules().appeals.days > 0 && rules().appeals.decide_working_days > 0 && rules().appeals.most > 0);
}

#[test]
fn the_bound_of_a_band_belongs_to_it() {
    for (points, band) in [
        ([10_000; 5], RatingBand::Excellent),
        ([9_000; 5], RatingBand::Excellent),
        ([9_000, 9_000, 9_000, 9_000, 8_999], RatingBand::Good),
        ([8_000; 5], RatingBand::Good),
        ([7_999; 5], RatingBand::Fair),
        ([10_000, 10_000, 10_000, 0, 0], RatingBand::Sufficient),
        ([5_999; 5], RatingBand::NeedsAttention),
        ([0; 5], RatingBand::NeedsAttention),
    ] {
        assert_eq!(RatingBand::suggested(points, rules()), band, "{points:?}");
    }
}

proptest! {
    #[test]
    fn more_points_never_suggest_less(points in proptest::array::uniform5(0_u16..10_000), at in 0_usize..5) {
        let mut more = points;
        more[at] += 1;
        let place = |points: [u16; 5]| {
            let suggested = RatingBand::suggested(points, rules());
            rules().ratings.bands.iter().position(|band| band.band == suggested)
        };
        prop_assert!(place(more) <= place(points));
    }
}

fn rated(by: u8, on: &str) -> Result<MemberRating, Refusal> {
    let new: NewRating = serde_json::from_value(json!({ "band": "good", "basis": "支委会决议" })).unwrap();
    let scored = Scored { points: [9_000; 5], as_of: day("2026-11-30"), sheet: "test".to_owned() };
    new.confirmed((member(1), branch(), 2026), scored, rules(), hand(by, on))
}

#[test]
fn a_year_is_rated_from_december_on_and_by_somebody_else() {
    assert_eq!(code(rated(2, "2026-11-30")), Some(ErrorCode::IllegalTransition));
    assert_eq!(code(rated(1, "2026-12-01")), Some(ErrorCode::OwnCase));
    let rating = rated(2, "2026-12-01").unwrap();
    assert_eq!((rating.band, rating.suggested), (RatingBand::Good, RatingBand::Excellent), "people decide");
    assert_eq!((rating.confirmed_by, rating.version), (member(2), 1));
    assert!(rated(2, "2027-02-01").is_ok());
}

fn says(kind: FactKind, on: &str, parts: &[(u8, Mark)]) -> Statement {
    let parts = parts.iter().map(|(n, mark)| Part { member: member(*n), mark: *mark }).collect();
    Statement { kinds: [kind].into_iter().collect(), day: day(on), recorded: day(on), value: 0, parts }
}

fn meeting() -> Record {
    MeetingId::from_bytes(2, [2; 10]).into()
}

/// Member 1 belongs to the branch and missed the theme day of 20 November.
fn state() -> State {
    let mut state = State::new(branch(), 2026);
    state.apply([
        Fact::stated(member(1), 1, says(FactKind::Membership, "2020-01-01", &[(1, Mark::Done)])),
        Fact::stated(meeting(), 1, says(FactKind::ThemeDay, "2026-11-20", &[(1, Mark::Missed)])),
    ]);
    state
}

fn appealed(by: u8, rule: &str, record: &str, on: &str) -> Result<Appeal, Refusal> {
    let new = json!({ "year": 2026, "rule": rule, "record": record, "reason": "当日请假" });
    let new: NewAppeal = serde_json::from_value(new).unwrap();
    new.filed((&state(), Sheet::get().unwrap()), (branch(), None), rules(), hand(by, on))
}

#[test]
fn an_appeal_is_about_a_record_of_the_year_and_comes_in_time() {
    let (rule, record) = ("org-life.theme-days", meeting().to_string());
    let appeal = appealed(1, rule, &record, "2026-11-24").unwrap();
    assert_eq!((appeal.state, appeal.on, appeal.points), (AppealState::Filed, day("2026-11-20"), Some(0)));
    assert_eq!((appeal.dimension, appeal.round, appeal.before), (Dimension::OrgLife, 1, None));
    // Ten working days after a Tuesday.
    assert_eq!((appeal.due_on, appeal.provisional), (day("2026-12-08"), false));
    assert!(appealed(1, rule, &record, "2026-12-20").is_ok(), "the thirtieth day");
    assert_eq!(code(appealed(1, rule, &record, "2026-12-21")), Some(ErrorCode::IllegalTransition));
    for (rule, record) in [
        ("no.such-rule", record.clone()),
        ("events.theme-days", record.clone()),
        ("study.hours", record.clone()),
        (rule, "mtg_1".to_owned()),
        (rule, MeetingId::from_bytes(9, [9; 10]).to_string()),
        (rule, member(1).to_string()),
    ] {
        assert_eq!(code(appealed(1, rule, &record, "2026-11-24")), Some(ErrorCode::InvalidField), "{rule} {record}");
    }
    assert_eq!(code(appealed(2, rule, &record, "2026-11-24")), Some(ErrorCode::NotFound), "of another branch");
}

#[test]
fn an_appeal_says_what_the_line_of_its_own_record_gave() {
    // Member 1 was there on 10 November: half of what is asked.
    let attended: Record = MeetingId::from_bytes(3, [3; 10]).into();
    let mut state = state();
    state.apply([Fact::stated(attended, 1, says(FactKind::ThemeDay, "2026-11-10", &[(1, Mark::Done)]))]);
    for (record, points) in [(attended, 1_500), (meeting(), 0)] {
        let record = record.to_string();
        let new = json!({ "year": 2026, "rule": "org-life.theme-days", "record": record, "reason": "请假" });
        let new: NewAppeal = serde_json::from_value(new).unwrap();
        let (of, by) = ((&state, Sheet::get().unwrap()), hand(1, "2026-11-24"));
        let appeal = new.filed(of, (branch(), None), rules(), by).unwrap();
        assert_eq!((appeal.record, appeal.points), (record, Some(points)));
    }
}

#[test]
fn the_days_for_an_appeal_begin_when_its_record_is_told() {
    let told: Timestamp = "2026-12-01T10:00:00+08:00".parse().unwrap();
    let mut state = state();
    let revision = u64::try_from(told.as_millisecond()).unwrap();
    state.apply([Fact::stated(meeting(), revision, says(FactKind::ThemeDay, "2026-11-20", &[(1, Mark::Missed)]))]);
    let appealed = |on: &str| {
        let new =
            json!({ "year": 2026, "rule": "org-life.theme-days", "record": meeting().to_string(), "reason": "请假" });
        let new: NewAppeal = serde_json::from_value(new).unwrap();
        new.filed((&state, Sheet::get().unwrap()), (branch(), None), rules(), hand(1, on))
    };
    assert!(appealed("2026-12-31").is_ok(), "the thirtieth day");
    assert_eq!(code(appealed("2027-01-01")), Some(ErrorCode::IllegalTransition));
}

#[test]
fn there_is_one_appeal_at_a_time_and_a_second_one_is_the_last() {
    let first = AppealId::from_bytes(7, [7; 10]);
    let again = |number, decided: Option<&str>, on: &str| {
        let new =
            json!({ "year": 2026, "rule": "org-life.theme-days", "record": meeting().to_string(), "reason": "照片" });
        let new: NewAppeal = serde_json::from_value(new).unwrap();
        let earlier = Round { appeal: first, number, decided_on: decided.map(day) };
        new.filed((&state(), Sheet::get().unwrap()), (branch(), Some(&earlier)), rules(), hand(1, on))
    };
    assert_eq!(code(again(1, None, "2026-11-25")), Some(ErrorCode::AlreadyOpen));
    let second = again(1, Some("2026-12-04"), "2026-12-05").unwrap();
    assert_eq!((second.round, second.before), (2, Some(first)));
    // Its days begin with the decision.
    assert!(again(1, Some("2026-12-04"), "2027-01-03").is_ok(), "the thirtieth day");
    assert_eq!(code(again(1, Some("2026-12-04"), "2027-01-04")), Some(ErrorCode::IllegalTransition));
    assert_eq!(code(again(2, None, "2026-12-05")), Some(ErrorCode::AlreadyOpen));
    assert_eq!(code(again(2, Some("2026-12-10"), "2026-12-11")), Some(ErrorCode::IllegalTransition), "final");
}

fn outcome(text: &str) -> AppealDecision {
    serde_json::from_value(json!({ "outcome": text, "reason": "经核实" })).unwrap()
}

#[test]
fn somebody_else_decides_an_appeal_once() {
    let appeal = appealed(1, "org-life.theme-days", &meeting().to_string(), "2026-11-24").unwrap();
    let decide = |appeal: &Appeal, what, by| appeal.decided(outcome(what), &[member(2)], hand(by, "2026-11-25"));
    assert_eq!(code(decide(&appeal, "counted", 1)), Some(ErrorCode::OwnCase));
    assert_eq!(code(decide(&appeal, "counted", 2)), Some(ErrorCode::OwnCase), "who confirmed what it is about");
    for (what, state, counts) in [
        ("counted", AppealState::Granted, Some(true)),
        ("left-out", AppealState::Granted, Some(false)),
        ("refused", AppealState::Refused, None),
    ] {
        let decided = decide(&appeal, what, 3).unwrap();
        assert_eq!((decided.state, decided.part().map(|part| part.counts)), (state, counts));
        assert_eq!((decided.decided_by, decided.version), (Some(member(3)), 2));
        assert_eq!(code(decide(&decided, "refused", 3)), Some(ErrorCode::AlreadyDecided));
    }
    assert_eq!(appeal.part(), None);
}

fn filed(by: u8, on: &str, at: &str) -> Result<ConductItem, Refusal> {
    let new = json!({ "member": member(1), "kind": "fault", "title": "通报", "on": on, "evidence": "通报 1 号" });
    let new: NewConductItem = serde_json::from_value(new).unwrap();
    new.filed(branch(), rules(), hand(by, at))
}

#[test]
fn conduct_is_filed_by_somebody_else_and_soon() {
    let item = filed(2, "2026-11-20", "2026-11-24").unwrap();
    assert_eq!((item.reply_until, item.provisional), (day("2026-12-01"), false), "five working days after a Tuesday");
    assert_eq!(code(filed(1, "2026-11-20", "2026-11-24")), Some(ErrorCode::OwnCase));
    assert_eq!(code(filed(2, "2026-11-25", "2026-11-24")), Some(ErrorCode::InvalidField));
    assert!(filed(2, "2026-05-28", "2026-11-24").is_ok(), "180 days");
    assert_eq!(code(filed(2, "2026-05-27", "2026-11-24")), Some(ErrorCode::InvalidField));
}

#[test]
fn the_member_answers_in_time_and_it_counts_only_after_that() {
    let item = filed(2, "2026-11-20", "2026-11-24").unwrap();
    let said = |item: &ConductItem, by, on| {
        let text: ConductReply = serde_json::from_value(json!({ "text": "情况说明" })).unwrap();
        item.replied(text, rules(), hand(by, on))
    };
    let decided = |item: &ConductItem, by, on| {
        let decision: ConductDecision = serde_json::from_value(json!({ "confirm": true, "reason": "属实" })).unwrap();
        item.decided(decision, rules(), hand(by, on))
    };
    assert_eq!(code(said(&item, 3, "2026-11-24")), Some(ErrorCode::NotFound));
    let answered = said(&item, 1, "2026-12-01").unwrap();
    let (reply, replied_at) = (Some("情况说明".try_into().unwrap()), Some(hand(1, "2026-12-01").at));
    assert_eq!(answered, ConductItem { reply, replied_at, version: 2, ..item.clone() });
    assert_eq!(code(said(&item, 1, "2026-12-02")), Some(ErrorCode::IllegalTransition));
    assert_eq!(code(decided(&answered, 3, "2026-12-01")), Some(ErrorCode::IllegalTransition), "they may say more");
    for own in [1, 2] {
        assert_eq!(code(decided(&answered, own, "2026-12-02")), Some(ErrorCode::OwnCase));
    }
    // Holidays that were not known when it was filed give more time.
    let early = ConductItem { reply_until: day("2026-11-27"), ..item };
    assert!(said(&early, 1, "2026-12-01").is_ok());
    assert_eq!(code(decided(&early, 3, "2026-12-01")), Some(ErrorCode::IllegalTransition));
    let confirmed = decided(&answered, 3, "2026-12-02").unwrap();
    let (decided_by, decided_at) = (Some(member(3)), Some(hand(3, "2026-12-02").at));
    let (state, reason) = (ConductState::Confirmed, Some("属实".try_into().unwrap()));
    assert_eq!(confirmed, ConductItem { state, decided_by, decided_at, reason, version: 3, ..answered });
    assert_eq!(code(decided(&confirmed, 3, "2026-12-02")), Some(ErrorCode::AlreadyDecided));
    assert_eq!(code(said(&confirmed, 1, "2026-12-01")), Some(ErrorCode::IllegalTransition));
    assert_eq!(Record::from(confirmed.id).to_string().parse::<ConductId>(), Ok(confirmed.id));
}
