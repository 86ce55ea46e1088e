use super::*;
use jiff::{SignedDuration, ToSpan};
use proptest::prelude::*;
use register::{BranchType, Category, NodeStatus, OrgKind};

mod letters;
mod steps;

const DRAFTER: u8 = 1;
const COMMITTEE: u8 = 2;
const RECEIVER: u8 = 3;

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn org(n: u8) -> OrgId {
    OrgId::from_bytes(u64::from(n), [n; 10])
}

/// Somebody at ten in the morning of a day.
fn hand(n: u8, on: &str) -> Hand {
    Hand { by: MemberId::from_bytes(u64::from(n), [n; 10]), at: format!("{on}T02:00:00Z").parse().unwrap() }
}

fn node(n: u8, path: OrgPath, kind: OrgKind) -> Node {
    Node {
        id: org(n),
        path,
        name: format!("第{n}组织").try_into().unwrap(),
        kind,
        branch_type: Some(BranchType::Community),
        status: NodeStatus::Active,
        temporary: false,
        units: Vec::new(),
        project_until: None,
        division: None,
        founded_on: day("2010-01-04"),
        term: None,
        closed_on: None,
        merged_into: None,
        theme_day: None,
        version: 1,
        updated_at: Timestamp::UNIX_EPOCH,
    }
}

/// Branch `n` of committee `above`.
fn branch(n: u8, above: u8) -> Place {
    let committee = node(above, OrgPath::root(org(above)), OrgKind::BaseCommittee);
    let node = node(n, committee.path.child(org(n)).unwrap(), OrgKind::Branch);
    Place { seat: node.path.clone(), node, committee }
}

fn sealed() -> vault::Sealed {
    serde_json::from_value("v1.1.a.b".into()).unwrap()
}

/// A full member of branch 4 of committee 1.
fn member() -> Member {
    Member {
        id: MemberId::from_bytes(9, [9; 10]),
        organization: org(4),
        path: branch(4, 1).node.path,
        name: "林晓".parse().unwrap(),
        sex: kernel::Sex::Female,
        born: day("1990-03-07"),
        ethnicity: "汉族".try_into().unwrap(),
        education: Some("本科".try_into().unwrap()),
        unit: Some("一厂".try_into().unwrap()),
        category: Category::Wage,
        id_card: sealed(),
        id_card_masked: "3501**********0015".to_owned(),
        id_card_index: "card".to_owned(),
        phone: sealed(),
        phone_masked: "139****0002".to_owned(),
        phone_index: "phone".to_owned(),
        state: MemberState::Full,
        state_since: day("2012-07-01"),
        joined_on: day("2011-07-01"),
        full_since: Some(day("2012-07-01")),
        exemption: None,
        version: 7,
        updated_at: Timestamp::UNIX_EPOCH,
    }
}

fn request(kind: Kind, to: Destination) -> Draft {
    let reason = "调动工作".try_into().unwrap();
    Draft { member: member().id, kind, to, reason, keep_until: None, keep_longer: false }
}

fn outside() -> Destination {
    Destination::Outside("外省某党支部".try_into().unwrap())
}

fn letter(number: &str) -> NewLetter {
    let month = Month::try_from("2026-11".to_owned()).unwrap();
    NewLetter { number: number.try_into().unwrap(), dues_until: month, days: None, reason: None }
}

/// A transfer of [`member`] that was approved on 2026-01-05: to branch 5 of the same committee, or outside.
fn approved(kind: Kind) -> Transfer {
    let to = branch(5, 1);
    let draft = match kind {
        Kind::WithinCommittee => request(kind, Destination::Organization(to.node.id)),
        _ => request(kind, outside()),
    };
    let places = (&branch(4, 1), draft.to.organization().is_some().then_some(&to));
    let draft = Transfer::drafted(draft, &member(), places, hand(DRAFTER, "2026-01-05")).unwrap();
    draft.decided(true, None, hand(COMMITTEE, "2026-01-05")).unwrap()
}

/// The same with a letter of so many days, issued on `on`.
fn issued(kind: Kind, on: &str, days: Option<u16>) -> Transfer {
    let new = NewLetter { days, ..letter("1号") };
    approved(kind).issued(new, &member(), &branch(4, 1), "去处".try_into().unwrap(), hand(COMMITTEE, on)).unwrap()
}

fn why() -> Line<500> {
    "原因".try_into().unwrap()
}

fn code<T>(result: Result<T, Refusal>) -> (ErrorCode, Option<&'static str>) {
    let refusal = result.err().unwrap();
    (refusal.code, refusal.article)
}

fn pointer<T>(result: Result<T, Refusal>) -> String {
    result.err().unwrap().fields[0].pointer.clone()
}

#[test]
fn the_rules_are_readable_and_know_every_kind() {
    let kinds =
        ["within-committee", "within-city", "within-province", "other-province", "system", "graduate", "abroad"];
    for kind in kinds {
        let kind: Kind = serde_json::from_value(kind.into()).unwrap();
        let rule = Rules::get().unwrap().of(kind).unwrap();
        assert!((1..=Rules::get().unwrap().letter.most_days).contains(&rule.days), "{kind:?}");
    }
}

#[test]
fn receiving_changes_the_organisation_and_nothing_else_of_the_record() {
    let probationer = Member {
        state: MemberState::Probationary,
        joined_on: day("2025-12-20"),
        state_since: day("2025-12-20"),
        full_since: None,
        ..member()
    };
    let to = branch(5, 1).node;
    for before in [member(), probationer] {
        let hand = hand(RECEIVER, "2026-01-22");
        let (transfer, after) = issued(Kind::WithinCommittee, "2026-01-20", None).received(&before, &to, hand).unwrap();
        let organization = (to.id, to.path.clone());
        assert_eq!((after.organization, after.path.clone()), organization);
        assert_eq!((after.version, after.updated_at), (before.version + 1, hand.at));
        let (version, updated_at) = (before.version, before.updated_at);
        let back =
            Member { organization: before.organization, path: before.path.clone(), version, updated_at, ..after };
        assert_eq!(back, before, "a probation or a case of development goes on as it was");
        assert_eq!((transfer.state, transfer.received_on), (State::Received, Some(day("2026-01-22"))));
    }
}

#[test]
fn a_receipt_is_due_a_month_after_receiving_also_at_the_end_of_a_month() {
    for (received, due) in [("2026-01-30", "2026-02-28"), ("2026-01-22", "2026-02-22")] {
        let transfer = issued(Kind::WithinCommittee, "2026-01-20", None);
        let (transfer, _) = transfer.received(&member(), &branch(5, 1).node, hand(RECEIVER, received)).unwrap();
        assert_eq!(transfer.receipt_due_on, Some(day(due)));
        let receipt = |on: &str| Receipt { on: day(on), received_on: None };
        let today = hand(DRAFTER, "2026-03-01");
        assert_eq!(pointer(transfer.acknowledged(receipt("2026-01-01"), today)), "/on");
        assert_eq!(pointer(transfer.acknowledged(receipt("2026-03-02"), today)), "/on");
        let noted = transfer.acknowledged(receipt("2026-03-01"), today).unwrap();
        assert_eq!(noted.receipt_on, Some(day("2026-03-01")), "a late receipt is one too");
        let twice = noted.acknowledged(receipt("2026-03-01"), today);
        assert_eq!(code(twice), (ErrorCode::IllegalTransition, Some("组通字〔2015〕33号 §4")));
    }
}

#[test]
fn the_receipt_from_outside_says_when_the_member_left() {
    let transfer = issued(Kind::OtherProvince, "2026-01-05", None);
    let arrive = |received_on: Option<&str>, on: &str, today: &str| {
        let receipt = Receipt { on: day(on), received_on: received_on.map(day) };
        transfer.arrived(&member(), receipt, hand(DRAFTER, today))
    };
    assert_eq!(pointer(arrive(None, "2026-02-01", "2026-02-01")), "/receivedOn");
    for wrong in ["2026-01-04", "2026-04-06"] {
        assert_eq!(pointer(arrive(Some(wrong), "2026-04-10", "2026-04-10")), "/receivedOn", "{wrong}");
    }
    assert_eq!(pointer(arrive(Some("2026-02-02"), "2026-02-01", "2026-02-03")), "/on");
    // Received on the last valid day, heard of a month later.
    let (done, left) = arrive(Some("2026-04-05"), "2026-05-05", "2026-05-05").unwrap();
    let Hand { by, at } = hand(DRAFTER, "2026-05-05");
    let mut steps = transfer.steps.clone();
    let rules = Rules::get().unwrap().version.clone();
    steps.push(Step { done: Done::Arrived, at, by, rules, reason: None });
    let wanted = Transfer {
        state: State::Received,
        received_on: Some(day("2026-04-05")),
        receipt_on: Some(day("2026-05-05")),
        steps,
        version: transfer.version + 1,
        updated_at: at,
        ..transfer
    };
    assert_eq!(done, wanted);
    let (before, state, state_since) = (member(), MemberState::TransferredOut, day("2026-04-05"));
    assert_eq!(left, Member { state, state_since, version: before.version + 1, updated_at: at, ..before });
}

#[test]
fn nobody_was_received_outside_before_their_present_state_began() {
    let transfer = issued(Kind::OtherProvince, "2026-01-05", None);
    let arrive = |since: &str| {
        let person = Member { state_since: day(since), ..member() };
        let receipt = Receipt { on: day("2026-02-01"), received_on: Some(day("2026-01-20")) };
        transfer.arrived(&person, receipt, hand(DRAFTER, "2026-02-01"))
    };
    assert!(arrive("2026-01-20").is_ok());
    assert_eq!(pointer(arrive("2026-01-21")), "/receivedOn");
}

#[test]
fn a_step_that_cannot_be_done_is_refused_in_words() {
    let today = hand(COMMITTEE, "2026-01-22");
    let (approved, issued) = (approved(Kind::WithinCommittee), issued(Kind::WithinCommittee, "2026-01-20", None));
    let (received, _) = issued.received(&member(), &branch(5, 1).node, today).unwrap();
    let withdrawn = issued.withdrawn(why(), today).unwrap();
    let receipt = Receipt { on: day("2026-01-22"), received_on: None };
    for (refused, zh, en) in [
        (
            approved.decided(true, None, today),
            "“已审批”的转接不能审批",
            "a transfer that is approved cannot be approved",
        ),
        (
            issued.acknowledged(receipt, today),
            "“在途”的转接不能登记回执",
            "a transfer that is issued cannot be acknowledged",
        ),
        (received.returned(why(), today), "“已接收”的转接不能退回", "a transfer that is received cannot be returned"),
        (
            withdrawn.withdrawn(why(), today),
            "“已撤回”的转接不能撤回",
            "a transfer that is withdrawn cannot be withdrawn",
        ),
    ] {
        assert_eq!(refused.unwrap_err().detail, Some(Text::of(zh, en)));
    }
}

#[test]
fn an_affiliation_is_kept_as_long_as_the_rule_allows() {
    let draft = |kind, until: Option<&str>, longer| {
        let request = Draft { keep_until: until.map(day), keep_longer: longer, ..request(kind, outside()) };
        Transfer::drafted(request, &member(), (&branch(4, 1), None), hand(DRAFTER, "2026-07-01"))
    };
    for (kind, until, longer) in [
        (Kind::Graduate, None, false),
        (Kind::Graduate, Some("2028-07-01"), false),
        (Kind::Graduate, Some("2029-07-01"), true),
        (Kind::Abroad, Some("2031-07-01"), false),
        (Kind::OtherProvince, None, false),
    ] {
        assert!(draft(kind, until, longer).is_ok(), "{kind:?} {until:?}");
    }
    for (kind, until, longer, wrong) in [
        (Kind::Graduate, Some("2028-07-02"), false, "/keepUntil"),
        (Kind::Graduate, Some("2029-07-02"), true, "/keepUntil"),
        (Kind::Graduate, Some("2026-06-30"), false, "/keepUntil"),
        (Kind::Graduate, None, true, "/keepLonger"),
        (Kind::Abroad, Some("2031-07-02"), true, "/keepUntil"),
        (Kind::Abroad, None, false, "/keepUntil"),
        (Kind::OtherProvince, Some("2027-07-01"), false, "/keepUntil"),
    ] {
        assert_eq!(pointer(draft(kind, until, longer)), wrong, "{kind:?} {until:?}");
    }
}

#[test]
fn the_kind_is_true_of_where_it_leads_and_the_place_can_take_members() {
    let draft = |kind, to: &Place| {
        let request = request(kind, Destination::Organization(to.node.id));
        Transfer::drafted(request, &member(), (&branch(4, 1), Some(to)), hand(DRAFTER, "2026-07-01"))
    };
    assert!(draft(Kind::WithinCommittee, &branch(5, 1)).is_ok());
    assert!(draft(Kind::WithinCity, &branch(5, 2)).is_ok());
    assert_eq!(pointer(draft(Kind::WithinCommittee, &branch(5, 2))), "/kind");
    assert_eq!(pointer(draft(Kind::WithinCity, &branch(5, 1))), "/kind");
    assert_eq!(pointer(draft(Kind::WithinCommittee, &branch(4, 1))), "/to/organization");
    let with = |adjust: fn(&mut Node)| {
        let mut place = branch(5, 1);
        adjust(&mut place.node);
        draft(Kind::WithinCommittee, &place)
    };
    assert_eq!(pointer(with(|node| node.kind = OrgKind::GeneralBranch)), "/to/organization");
    assert_eq!(code(with(|node| node.closed_on = Some(day("2026-01-01")))).0, ErrorCode::OrganizationClosed);
    assert_eq!(code(with(|node| node.temporary = true)), (ErrorCode::TemporaryBranch, Some("支部条例 §8")));
}

#[test]
fn who_is_not_a_full_or_probationary_member_of_the_sender_stays() {
    let to = branch(5, 1);
    for state in MemberState::ALL {
        let person = Member { state, ..member() };
        let request = request(Kind::WithinCommittee, Destination::Organization(to.node.id));
        let drafted = Transfer::drafted(request, &person, (&branch(4, 1), Some(&to)), hand(DRAFTER, "2026-01-05"));
        let on_the_way = issued(Kind::WithinCommittee, "2026-01-20", None);
        let received = on_the_way.received(&person, &to.node, hand(RECEIVER, "2026-01-21"));
        let goes = matches!(state, MemberState::Full | MemberState::Probationary);
        assert_eq!((drafted.is_ok(), received.is_ok()), (goes, goes), "{state:?}");
        if !goes {
            assert_eq!(code(received), (ErrorCode::IllegalTransition, Some("教管条例 §25")));
            assert!(on_the_way.withdrawn(why(), hand(DRAFTER, "2026-01-21")).is_ok(), "{state:?}");
        }
    }
    let moved = Member { organization: org(8), ..member() };
    let received =
        issued(Kind::WithinCommittee, "2026-01-20", None).received(&moved, &to.node, hand(RECEIVER, "2026-01-21"));
    assert_eq!(code(received).0, ErrorCode::IllegalTransition);
}

#[test]
fn somebody_else_than_who_drafted_it_decides_and_refuses_with_a_reason() {
    let to = branch(5, 1);
    let request = request(Kind::WithinCommittee, Destination::Organization(to.node.id));
    let draft = Transfer::drafted(request, &member(), (&branch(4, 1), Some(&to)), hand(DRAFTER, "2026-01-05")).unwrap();
    assert_eq!(code(draft.decided(true, None, hand(DRAFTER, "2026-01-05"))).0, ErrorCode::OwnCase);
    assert_eq!(pointer(draft.decided(false, None, hand(COMMITTEE, "2026-01-05"))), "/reason");
    let declined = draft.decided(false, Some(why()), hand(COMMITTEE, "2026-01-05")).unwrap();
    assert_eq!(declined.state, State::Returned);
    assert_eq!(declined.steps.last().unwrap().reason, Some(why()));
    assert!(declined.steps.iter().all(|step| step.rules == Rules::get().unwrap().version));
}

#[test]
fn a_month_is_a_month() {
    for (text, right) in [
        ("2026-11", true),
        ("2026-13", false),
        ("2026-1", false),
        ("2026-011", false),
        ("-026-11", false),
        ("-002026-11", false),
        ("2026年1", false),
    ] {
        let read = Month::try_from(text.to_owned()).ok();
        assert_eq!(read.map(String::from), right.then(|| text.to_owned()), "{text}");
    }
}
