//! Sums of areas, by hand.

use crate::stage::{Stage, day, night_of, november, stage};
use counter_records::{Breakdown, Counter, Done, OwnRow, Rules, Stars, Sum, heads};
use dynamo::Table;
use jiff::Timestamp;
use kernel::{MeetingId, Sex};
use org_life::Kind;
use register::{MemberState, Node, NodeStatus, OrgKind};
use scoring::{Sheet, State, YearRow};
use serde_json::json;

/// A meeting that was held and signed.
async fn signed(stage: &Stage, node: &Node, n: u8, kinds: &[&str], on: &str, entered: &str) {
    let id = MeetingId::from_bytes(u64::from(n), [n; 10]);
    let at = |day: &str| -> Timestamp { format!("{day}T19:00:00+08:00").parse().unwrap() };
    let row = json!({
        "pk": format!("MTG#{id}"), "sk": "MTG", "heldKey": format!("{on}#{id}"), "organization": node.id, "id": id,
        "kinds": kinds, "title": "会议", "endsAt": at(on), "host": crate::stage::member(1), "recorder": crate::stage::member(1),
        "state": "signed", "minutes": { "heldFrom": at(on), "enteredAt": at(entered) },
    });
    Table::open(&stage.bench.env, "MEETINGS_TABLE").unwrap().put(&row).await.unwrap();
}

async fn night(stage: &Stage) {
    stage.bring_all().await;
    stage.night("2026-11-25").await;
}

#[tokio::test]
async fn an_area_is_everything_below_it() {
    let stage = stage().await;
    stage
        .town
        .person_as(6, "吴预", &stage.town.branch, |member| {
            (member.state, member.full_since) = (MemberState::Probationary, None);
        })
        .await;
    night(&stage).await;
    let city = stage.area(stage.town.city.id).await;
    assert_eq!(city.as_of, day("2026-11-24"));
    let kinds = [
        (OrgKind::MunicipalCommittee, 1),
        (OrgKind::DistrictCommittee, 1),
        (OrgKind::SubDistrictCommittee, 2),
        (OrgKind::Branch, 2),
        (OrgKind::Group, 1),
    ];
    for (kind, many) in kinds {
        assert_eq!(city.sum.organizations.get(kind.slug()), many, "{kind:?}");
    }
    assert_eq!((city.sum.organizations.total(), city.sum.branch_types.get("community")), (7, 2));
    assert_eq!((city.sum.members.get("full"), city.sum.members.get("probationary")), (5, 1));
    assert_eq!(city.sum.counts.of_counter(Counter::Meetings), 2);
    assert_eq!(city.sum.counts.of_counter(Counter::Attended), 3);
    // The other street has nothing but itself, and the other tree is another one.
    let beside = stage.area(stage.town.other_street.id).await;
    assert_eq!((beside.sum.organizations.total(), beside.sum.members.total()), (1, 0));
    assert_eq!(stage.area(stage.town.elsewhere.id).await.sum.organizations.total(), 1);
    // Branches and groups keep none: they are added when somebody asks.
    assert_eq!(stage.areas().await.len(), 5);
}

#[tokio::test]
async fn an_area_is_what_it_says_of_itself_and_what_its_parts_come_to() {
    let stage = stage().await;
    night(&stage).await;
    let own = async |node: &Node| {
        let said = stage.counters.own(node.id, november()).await.unwrap();
        let counts = stage.counters.month(node.id, november()).await.unwrap().map(|row| row.whole());
        Sum::of(node, counts.unwrap_or_default(), said.as_ref(), Stars::default())
    };
    let town = &stage.town;
    let mut street = own(&town.street).await;
    for part in [&town.branch, &town.group, &town.neighbour] {
        street.merge(&own(part).await);
    }
    assert_eq!(stage.area(town.street.id).await.sum, street);
    let mut district = own(&town.district).await;
    for part in [&town.street, &town.other_street] {
        district.merge(&stage.area(part.id).await.sum);
    }
    assert_eq!(stage.area(town.district.id).await.sum, district);
    let mut city = own(&town.city).await;
    city.merge(&district);
    assert_eq!(stage.area(town.city.id).await.sum, city);
}

#[tokio::test]
async fn bands_are_taken_once_a_month_of_the_first() {
    let stage = stage().await;
    let late = Node { founded_on: day("2026-11-10"), ..stage.town.neighbour.clone() };
    stage.change(late).await;
    night(&stage).await;
    let persons = async |breakdown| {
        let sum = stage.area(stage.town.city.id).await.sum;
        let all = heads(Rules::get().unwrap(), &sum.people, breakdown);
        all.into_iter().map(|(key, _, heads)| (key, heads.all())).filter(|(_, many)| *many > 0).collect::<Vec<_>>()
    };
    // The neighbour was founded after the first; everybody is born in 1980 and a formal member since 2011.
    assert_eq!(persons(Breakdown::Age).await, [("46-50", 4)]);
    assert_eq!(persons(Breakdown::Tenure).await, [("11-20", 4)]);
    assert_eq!(persons(Breakdown::Status).await, [("full", 4)]);
    let sexes: u64 = persons(Breakdown::Sex).await.iter().map(|(_, many)| many).sum();
    assert_eq!(sexes, 4);
    // Who comes in the month is a member at once, and in the bands of the next month.
    let newcomer = stage.town.person_as(7, "新员", &stage.town.branch, |member| member.sex = Sex::Female).await;
    stage.tell("2026-11-25T09:00", "member.registered", stage.town.branch.id, &newcomer.id, json!({})).await;
    stage.bring_all().await;
    stage.at("2026-11-26T04:30");
    stage.night("2026-11-26").await;
    assert_eq!(stage.area(stage.town.city.id).await.sum.members.get("full"), 6);
    assert_eq!(persons(Breakdown::Status).await, [("full", 4)]);
    stage.at("2026-12-02T04:30");
    stage.night("2026-12-02").await;
    let december = stage.counters.areas(&[stage.town.city.id], november().after(1)).await.unwrap().pop().unwrap();
    let all = heads(Rules::get().unwrap(), &december.sum.people, Breakdown::Status);
    assert_eq!(all.iter().map(|(_, _, heads)| heads.all()).sum::<u64>(), 6);
}

#[tokio::test]
async fn coverage_is_branches_done_of_branches_obliged() {
    let stage = stage().await;
    let (branch, neighbour) = (stage.town.branch.clone(), stage.town.neighbour.clone());
    signed(&stage, &branch, 1, &["theme-day", "branch-meeting"], "2026-10-20", "2026-10-21").await;
    signed(&stage, &neighbour, 2, &["theme-day"], "2026-10-21", "2026-11-02").await;
    signed(&stage, &branch, 3, &["theme-day"], "2026-11-20", "2026-11-20").await;
    night(&stage).await;
    let life = stage.area(stage.town.city.id).await.sum.life;
    let of = |kind: Kind, due_on: &str| {
        life.lines().find(|(on, found, _)| (*on, *found) == (day(due_on), kind)).map(|(_, _, done)| done)
    };
    assert_eq!(of(Kind::ThemeDay, "2026-09-30"), Some(Done { obliged: 2, done: 0, late: 0 }));
    assert_eq!(of(Kind::ThemeDay, "2026-10-31"), Some(Done { obliged: 2, done: 2, late: 1 }));
    assert_eq!(of(Kind::ThemeDay, "2026-11-30"), Some(Done { obliged: 2, done: 1, late: 0 }));
    assert_eq!(of(Kind::BranchMeeting, "2026-12-31"), Some(Done { obliged: 2, done: 1, late: 0 }));
    assert_eq!(of(Kind::GroupMeeting, "2026-10-31"), Some(Done { obliged: 1, done: 0, late: 0 }), "who has groups");
    assert_eq!(of(Kind::ThemeDay, "2026-12-31"), None, "what has not begun is not owed");
    // A late record is seen in the night after it was signed.
    signed(&stage, &neighbour, 4, &["theme-day"], "2026-09-10", "2026-11-25").await;
    stage.tell("2026-11-25T09:00", "meeting.signed", neighbour.id, &crate::stage::meeting(4), json!({})).await;
    stage.bring_all().await;
    stage.at("2026-11-26T04:30");
    stage.night("2026-11-26").await;
    let life = stage.area(stage.town.city.id).await.sum.life;
    let late = life.lines().find(|(on, kind, _)| (*on, *kind) == (day("2026-09-30"), Kind::ThemeDay)).unwrap();
    assert_eq!(late.2, Done { obliged: 2, done: 1, late: 1 });
}

#[tokio::test]
async fn scores_are_those_of_the_branches_that_were_scored() {
    let stage = stage().await;
    let table = Table::open(&stage.bench.env, "SCORES_TABLE").unwrap();
    let (year, sheet) = (State::new(stage.town.branch.id, 2026), Sheet::get().unwrap());
    let row = YearRow::of_scores(&year, sheet, day("2026-11-24"));
    let points = row.scores().unwrap().branch;
    table.put(&row).await.unwrap();
    night(&stage).await;
    let stars = stage.area(stage.town.city.id).await.sum.stars;
    assert_eq!(stars, Stars::of(points));
    assert_eq!(stage.area(stage.town.other_street.id).await.sum.stars.averages(), None);
}

#[tokio::test]
async fn what_does_not_read_is_left_out_and_all_else_is_added_up() {
    let stage = stage().await;
    stage.bring_all().await;
    let (branch, group, neighbour) = (stage.town.branch.id, stage.town.group.id, stage.town.neighbour.id);
    let scores = Table::open(&stage.bench.env, "SCORES_TABLE").unwrap();
    let sound = YearRow::of_scores(&State::new(branch, 2026), Sheet::get().unwrap(), day("2026-11-24"));
    scores.put(&sound).await.unwrap();
    let (pk, sk) = YearRow::scores_key(neighbour, 2026);
    scores.put(&json!({ "pk": pk, "sk": sk, "packed": "?" })).await.unwrap();
    stage.spoil(group).await;
    let said = json!({ "pk": OwnRow::partition(neighbour), "sk": "2026-11", "through": "?" });
    stage.counters.table().put(&said).await.unwrap();
    assert!(rollup::run(&stage.app, night_of("2026-11-25")).await.is_err(), "it is told");
    let city = stage.area(stage.town.city.id).await;
    assert_eq!((city.as_of, city.sum.organizations.total()), (day("2026-11-24"), 7));
    assert_eq!(city.sum.stars, Stars::of(sound.scores().unwrap().branch));
    assert_eq!(city.sum.counts.of_counter(Counter::Meetings), 1, "of the branch, and not of its group");
    assert_eq!(city.sum.members.total(), 4, "of the branch with its group, and not of the neighbour");
}

#[tokio::test]
async fn a_branch_that_moved_is_counted_where_it_stands_and_what_is_closed_nowhere() {
    let stage = stage().await;
    night(&stage).await;
    let (there, town) = (&stage.town.other_street, &stage.town);
    let moved = Node { path: there.path.child(town.neighbour.id).unwrap(), ..town.neighbour.clone() };
    stage.change(moved).await;
    let (status, closed_on) = (NodeStatus::Dissolved, Some(day("2026-11-25")));
    stage.change(Node { status, closed_on, ..town.group.clone() }).await;
    stage.at("2026-11-26T04:30");
    stage.night("2026-11-26").await;
    let branches = async |node: &Node| stage.area(node.id).await.sum.organizations.get("branch");
    assert_eq!([branches(&town.street).await, branches(there).await, branches(&town.city).await], [1, 1, 2]);
    assert_eq!(stage.area(there.id).await.sum.counts.of_counter(Counter::MembersJoined), 1);
    assert_eq!(stage.area(town.city.id).await.sum.organizations.get("group"), 0);
}
