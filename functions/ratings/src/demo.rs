//! A star review for demo data, made by the rules that requests go through.

use crate::{
    domain::{
        Hand, Judge, NewStarDecision, NewStarReview, NewStarScores, NewStarSheet, Rules, StarApplication, StarReview,
        StarSheet,
    },
    facts::evidence,
    store::{ApplicationRow, AppliedRow, SheetRow},
};
use authz::Role;
use dynamo::{Activity, Actor};
use jiff::{SignedDuration, Timestamp, ToSpan};
use kernel::{ErrorCode, MemberId, OrgId, Refusal, StarApplicationId, shanghai_day};
use register::Node;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A branch that applies.
#[derive(Debug, Clone, Copy)]
pub struct StarBranch<'a> {
    /// The branch.
    pub node: &'a Node,
    /// Its secretary.
    pub secretary: MemberId,
}

/// Who takes part in a review.
#[derive(Debug, Clone, Copy)]
pub struct DemoReview<'a> {
    /// The committee at the root.
    pub committee: OrgId,
    /// An officer of its department, who draws up the sheet, decides and awards.
    pub department: MemberId,
    /// An officer of the committees above the branches, who reviews.
    pub reviewer: MemberId,
    /// The branch that both belong to.
    pub home: OrgId,
    /// Branches, each a step further than the one before: one that drafts comes first, one that is awarded would be the fifth.
    pub branches: &'a [StarBranch<'a>],
    /// What the trace has, for the records that the first one links.
    pub trace: &'a [&'a Activity],
}

/// Days before now on which a branch applies, hands in, is reviewed, decided about and awarded; the next one is a step behind.
const DAYS: [i64; 5] = [38, 36, 31, 26, 0];
/// Hundredths of a point that a branch gives itself less than there are, of each item.
const LESS: [u32; 5] = [200, 400, 300, 250, 150];

fn internal<T, E>(result: Result<T, E>) -> Result<T, Refusal> {
    result.map_err(|_| Refusal::new(ErrorCode::Internal))
}

fn read<T: DeserializeOwned>(value: Value) -> Result<T, Refusal> {
    internal(serde_json::from_value(value))
}

fn row<T: Serialize>(row: &T) -> Result<Value, Refusal> {
    internal(serde_json::to_value(row))
}

fn sheet(review: &DemoReview<'_>, now: Timestamp) -> Result<StarSheet, Refusal> {
    let today = shanghai_day(now);
    let opens = today.saturating_sub(40.days());
    let new = json!({
        "organization": review.committee, "total": 10_000, "opensOn": opens, "closesOn": today.saturating_add(20.days()),
        "items": [
            { "id": "set-up", "name": "组织设置", "max": 2_000, "kinds": ["organization.elected"] },
            { "id": "events", "name": "组织活动", "max": 2_500, "kinds": ["meeting.signed"] },
            { "id": "education", "name": "党员教育", "max": 2_000, "kinds": ["training.decided", "meeting.signed"] },
            { "id": "key-work", "name": "重点工作", "max": 2_000, "kinds": ["task.accepted", "task.rated"] },
            { "id": "services", "name": "党员管理服务", "max": 1_500, "kinds": ["dues.published"] },
        ],
        "vetoes": [
            { "id": "satisfaction", "name": "群众满意度低于60%（演示）", "atMost": 2 },
            { "id": "falsified", "name": "申报材料弄虚作假（演示）", "atMost": 0 },
        ],
        "shares": [{ "star": 5, "atMostPercent": 30 }],
    });
    let new: NewStarSheet = read(new)?;
    let hand = Hand { by: review.department, at: now - SignedDuration::from_hours(24 * 50) };
    new.drawn(opens.year(), Rules::get()?, hand)
}

/// What a branch gives itself, and the activities of its trace that the items rest on.
fn scores(sheet: &StarSheet, less: u32, found: &[(&'static str, Value)]) -> Result<NewStarScores, Refusal> {
    let items = sheet.items.iter().map(|item| {
        let links: Vec<_> = found.iter().filter(|(id, _)| *id == item.id.as_str()).map(|(_, link)| link).collect();
        json!({ "item": item.id, "score": item.max.saturating_sub(less), "evidence": links, "note": "见支部台账（演示）" })
    });
    read(json!({ "items": items.collect::<Vec<_>>() }))
}

/// The application of `branch`, `steps` steps far, and what is told of it.
fn applied(
    review: &DemoReview<'_>,
    sheet: &StarSheet,
    (branch, steps): (&StarBranch<'_>, usize),
    now: Timestamp,
) -> Result<(StarApplication, Vec<Activity>), Refusal> {
    let rules = Rules::get()?;
    let mut told = Vec::new();
    let mut tell = |(kind, role): (&str, Role), by: MemberId, at: Timestamp, new: &StarApplication| {
        let about = Activity::new(at, Actor::person(by, role.slug()), kind, new.organization, new.id.to_string());
        told.push(about.stating("year", new.year).stating("state", new.state).stating("version", new.version));
    };
    let at = |step: usize| {
        let days = DAYS.get(step).copied().unwrap_or_default();
        now - SignedDuration::from_hours(24 * days)
    };
    let judge =
        |by: MemberId, step: usize| Judge { hand: Hand { by, at: at(step) }, home: review.home, officer: false };
    let own = |step: usize| Hand { by: branch.secretary, at: at(step) };

    let mut random = [0; 10];
    random.iter_mut().zip(branch.node.id.as_bytes().iter().skip(6)).for_each(|(to, from)| *to = *from);
    let millis = u64::try_from(at(0).as_millisecond()).unwrap_or_default();
    let filed = StarApplication::filed(branch.node, sheet, own(0))?;
    let filed = StarApplication { id: StarApplicationId::from_bytes(millis, random), ..filed };
    tell(("star.applied", Role::Secretary), branch.secretary, at(0), &filed);

    let here = review.trace.iter().filter(|activity| activity.organization == branch.node.id);
    let fitting: Vec<_> = here.filter_map(|activity| evidence(activity, sheet.year, rules)).collect();
    let meeting = fitting.iter().find(|found| found.kind == "meeting.signed");
    let links: Vec<_> = meeting.map(|found| ("events", json!({ "activity": found.activity }))).into_iter().collect();
    let known: BTreeMap<_, _> = fitting.iter().map(|found| (found.activity, found.clone())).collect();
    let less = LESS.get(steps).copied().unwrap_or_default();
    let mut new = filed.scored(scores(sheet, less, &links)?, &known, sheet, own(0))?;
    tell(("star.self-scored", Role::Secretary), branch.secretary, at(0), &new);
    if steps > 0 {
        new = new.submitted(sheet, own(1))?;
        tell(("star.submitted", Role::Secretary), branch.secretary, at(1), &new);
    }
    if steps > 1 {
        let items = new.scores.iter().map(|score| json!({ "item": score.item, "score": score.score }));
        let given: NewStarReview = read(json!({ "items": items.collect::<Vec<_>>() }))?;
        new = new.rescored(given, sheet, judge(review.reviewer, 2))?;
        tell(("star.re-scored", Role::PartyAffairsOfficer), review.reviewer, at(2), &new);
        new = new.reviewed(sheet, judge(review.reviewer, 2))?;
        tell(("star.reviewed", Role::PartyAffairsOfficer), review.reviewer, at(2), &new);
    }
    if steps > 2 {
        // The one whose notice is not over was decided about just now.
        let when = if steps > 3 { 3 } else { 4 };
        let score = new.review.as_ref().map_or(0, StarReview::total);
        let decision: NewStarDecision = read(json!({ "score": score, "star": rules.star(score) }))?;
        new = new.decided(decision, (sheet, rules), judge(review.department, when))?;
        tell(("star.decided", Role::OrganizationDepartment), review.department, at(when), &new);
    }
    if steps > 3 {
        new = new.awarded(false, rules, judge(review.department, 4))?;
        tell(("star.awarded", Role::OrganizationDepartment), review.department, at(4), &new);
    }
    Ok((new, told))
}

/// The items of a review as it stands at `now`: the sheet, and an application of each branch, each a step further than the one
/// before; and what they leave in the trace.
///
/// # Errors
/// When a rule refuses.
pub fn demo_stars(review: DemoReview<'_>, now: Timestamp) -> Result<(Vec<Value>, Vec<Activity>), Refusal> {
    let sheet = sheet(&review, now)?;
    let actor = Actor::person(sheet.drawn_by, Role::OrganizationDepartment.slug());
    let subject = format!("{}/stars/{}", sheet.organization, sheet.year);
    let drawn = Activity::new(sheet.drawn_at, actor, "star-sheet.drawn", sheet.organization, subject);
    let mut told = vec![drawn.stating("year", sheet.year).stating("version", sheet.version)];
    let mut items = vec![row(&SheetRow::new(sheet.clone()))?];
    for (steps, branch) in review.branches.iter().enumerate() {
        let (application, lines) = applied(&review, &sheet, (branch, steps), now)?;
        items.push(row(&AppliedRow::of(&application))?);
        items.push(row(&ApplicationRow::new(application, branch.node.path.clone()))?);
        told.extend(lines);
    }
    Ok((items, told))
}
