//! A star review for demo data, made by the rules that requests go through.

use crate::{
    domain::{
        Hand, Judge, NewStarDecision, NewStarObjection, NewStarReview, NewStarScores, NewStarSheet, Rules, StarAnswer,
        StarApplication, StarObjection, StarReview, StarSheet, StarState,
    },
    facts::evidence,
    store::{ApplicationRow, AppliedRow, ObjectionRow, RaisedRow, SheetRow},
    tell,
};
use authz::Role;
use dynamo::{Activity, Actor};
use jiff::{SignedDuration, Timestamp, ToSpan};
use kernel::{ErrorCode, MemberId, OrgId, ReadId, Refusal, StarApplicationId, StarObjectionId, shanghai_day};
use notices::{CauseRow, MarkRow, NoticeRow};
use register::{Member, Node, Reading, StarReviews};
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
    /// An officer of its department, who draws up the sheet, decides and awards, and answers an objection.
    pub department: MemberId,
    /// Another one, who decides about the branch whose star is under public notice: who decides answers no objection.
    pub colleague: MemberId,
    /// An officer of the committees above the branches, who reviews, and closes a branch.
    pub reviewer: MemberId,
    /// The branch that all of them belong to.
    pub home: OrgId,
    /// Branches, each a step further than the one before: one that drafts comes first, one that is awarded would be the fifth.
    pub branches: &'a [StarBranch<'a>],
    /// Members of other branches who object to the star that is under public notice, two at most: the first one is answered.
    pub objecting: &'a [&'a Member],
    /// What the trace has, for the records that the first one links.
    pub trace: &'a [&'a Activity],
}

/// What a review leaves behind.
#[derive(Debug, Default)]
pub struct DemoStars {
    /// Items of the table of ratings.
    pub rows: Vec<Value>,
    /// Items of the table of notices, about objections.
    pub notices: Vec<Value>,
    /// Who raised an objection that somebody read, and the line of it in their access log.
    pub readings: Vec<(MemberId, Reading)>,
    /// What was done.
    pub activities: Vec<Activity>,
}

/// Days before now on which a branch applies, hands in, is reviewed, decided about and awarded, and on which the one is decided about
/// whose notice is not over; the next one is a step behind.
const DAYS: [i64; 6] = [38, 36, 31, 26, 0, 3];

/// What a member objects.
struct Objecting {
    /// Hours before now at which it is raised.
    ago: i64,
    text: &'static str,
    /// Hours before now at which it is answered, and how; open without.
    answer: Option<(i64, &'static str)>,
}

/// Objections, by those who object.
const OBJECTIONS: [Objecting; 2] = [
    Objecting {
        ago: 48,
        text: "申报称主题党日全年未缺，但八月的签到表不在支部台账内，请核实（演示）",
        answer: Some((24, "八月主题党日与街道联办，签到表存于街道，已补入支部台账，星级不变（演示）")),
    },
    Objecting {
        ago: 12, text: "群众满意度测评的样本偏少，建议复核该项得分（演示）", answer: None
    },
];
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

/// What is random in an id of sixteen bytes, so that another one comes out the same each time.
fn random(bytes: &[u8; 16]) -> [u8; 10] {
    let mut random = [0; 10];
    random.iter_mut().zip(bytes.iter().skip(6)).for_each(|(to, from)| *to = *from);
    random
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

    let id = StarApplicationId::of_instant(at(0), random(branch.node.id.as_bytes()));
    let filed = StarApplication { id, ..StarApplication::filed(branch.node, sheet, own(0))? };
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
        let (by, when) = if steps > 3 { (review.department, 3) } else { (review.colleague, 5) };
        let score = new.review.as_ref().map_or(0, StarReview::total);
        let decision: NewStarDecision = read(json!({ "score": score, "star": rules.star(score) }))?;
        new = new.decided(decision, (sheet, rules), judge(by, when))?;
        tell(("star.decided", Role::OrganizationDepartment), by, at(when), &new);
    }
    if steps > 3 {
        new = new.awarded(false, rules, judge(review.department, 4))?;
        tell(("star.awarded", Role::OrganizationDepartment), review.department, at(4), &new);
    }
    Ok((new, told))
}

impl DemoStars {
    /// Takes in the application of the branch `node`, after so many changes of what it applied for, and what is told of it.
    fn add(
        &mut self,
        application: StarApplication,
        told: Vec<Activity>,
        (node, changes): (&Node, usize),
    ) -> Result<(), Refusal> {
        self.rows.push(row(&AppliedRow::of(&application))?);
        self.rows.push(StarReviews::filed(node.id).counted(changes));
        self.rows.push(row(&ApplicationRow::new(application, node.path.clone()))?);
        self.activities.extend(told);
        Ok(())
    }

    /// Takes in what members object to the star of `application`, which is under notice.
    fn dispute(
        &mut self,
        review: &DemoReview<'_>,
        application: &StarApplication,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let (rules, mut raised) = (Rules::get()?, 0);
        let ago = |hours: i64| now - SignedDuration::from_hours(hours);
        for (member, objecting) in review.objecting.iter().zip(OBJECTIONS) {
            let hand = Hand { by: member.id, at: ago(objecting.ago) };
            let new: NewStarObjection = read(json!({ "text": objecting.text }))?;
            let id = StarObjectionId::of_instant(hand.at, random(member.id.as_bytes()));
            let open = StarObjection { id, ..new.raised(application, rules, hand)? };
            let announcement = tell::raised(&open, application.committee);
            self.notices.push(row(&CauseRow::of_announcement(&announcement).done())?);
            self.activities.push(tell::raising(&open, member.organization));
            self.rows.push(row(&RaisedRow::of(&open))?);
            let objection = match objecting.answer {
                Some((hours, reason)) => self.answer(review, (application, &open), reason, ago(hours))?,
                None => open,
            };
            self.rows.push(row(&ObjectionRow::new(objection, application))?);
            raised += 1;
        }
        if raised > 0 {
            self.rows.push(ApplicationRow::counter(application.id).counted(raised));
        }
        Ok(())
    }

    /// Takes in that the department refuses what is objected, and with it reads who objects; the objection after that.
    fn answer(
        &mut self,
        review: &DemoReview<'_>,
        (application, open): (&StarApplication, &StarObjection),
        reason: &str,
        at: Timestamp,
    ) -> Result<StarObjection, Refusal> {
        let (by, role) = (review.department, Role::OrganizationDepartment.slug());
        let answer: StarAnswer = read(json!({ "granted": false, "reason": reason }))?;
        let judge = Judge { hand: Hand { by, at }, home: review.home, officer: false };
        let refused = open.answered(answer, application, judge)?;
        self.activities.push(tell::answering(&refused, application.committee, (Actor::person(by, role), at)));
        let notice = tell::answered(&refused, at);
        self.notices.push(row(&CauseRow::of(&notice).done())?);
        self.notices.push(row(&NoticeRow::of(&notice))?);
        self.notices.push(row(&MarkRow::of(&notice))?);
        let reading = Reading {
            id: ReadId::new(at),
            at,
            reader: by,
            role: role.to_owned(),
            organization: application.committee,
            fields: tell::READ.to_owned(),
            purpose: None,
        };
        self.readings.push((refused.raised_by, reading));
        Ok(refused)
    }
}

/// The sheet of a review as it stands at `now`, and what is kept and told of it.
fn begun(review: &DemoReview<'_>, now: Timestamp) -> Result<(StarSheet, DemoStars), Refusal> {
    let sheet = sheet(review, now)?;
    let actor = Actor::person(sheet.drawn_by, Role::OrganizationDepartment.slug());
    let subject = format!("{}/stars/{}", sheet.organization, sheet.year);
    let drawn = Activity::new(sheet.drawn_at, actor, "star-sheet.drawn", sheet.organization, subject);
    let activities = vec![drawn.stating("year", sheet.year).stating("version", sheet.version)];
    let rows = vec![row(&SheetRow::new(sheet.clone()))?];
    Ok((sheet, DemoStars { rows, activities, ..DemoStars::default() }))
}

/// What a review comes to at `now`: the sheet, and an application of each branch, each a step further than the one before, with
/// what is objected to the one that is under public notice; and what they leave in the trace.
///
/// # Errors
/// When a rule refuses.
pub fn demo_stars(review: DemoReview<'_>, now: Timestamp) -> Result<DemoStars, Refusal> {
    let (sheet, mut made) = begun(&review, now)?;
    for (steps, branch) in review.branches.iter().enumerate() {
        let (application, told) = applied(&review, &sheet, (branch, steps), now)?;
        if application.state == StarState::Notice {
            made.dispute(&review, &application, now)?;
        }
        made.add(application, told, (branch.node, 1))?;
    }
    Ok(made)
}

/// What a review comes to in which `branch` had handed in when it was closed, at `now`; `branch` is as it was before.
///
/// # Errors
/// When a rule refuses.
pub fn demo_ended_star(review: DemoReview<'_>, branch: StarBranch<'_>, now: Timestamp) -> Result<DemoStars, Refusal> {
    let (sheet, mut made) = begun(&review, now)?;
    let (submitted, mut told) = applied(&review, &sheet, (&branch, 1), now)?;
    let (state, version) = (StarState::BranchClosed, submitted.version + 1);
    let ended = StarApplication { state, branch_closed_on: Some(shanghai_day(now)), version, ..submitted };
    let actor = Actor::person(review.reviewer, Role::PartyAffairsOfficer.slug());
    let line = Activity::new(now, actor, "star.closed", ended.organization, ended.id.to_string());
    told.push(line.stating("year", ended.year).stating("state", state).stating("version", version));
    // It applied, and it was closed.
    made.add(ended, told, (branch.node, 2))?;
    Ok(made)
}
