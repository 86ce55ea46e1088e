//! Tasks for demo data, made by the rules that requests go through.

use crate::{
    domain::{self, NewPart, NewTask, Report},
    routes::outcome,
};
use dynamo::{Activity, Actor};
use jiff::{SignedDuration, Timestamp};
use kernel::{ErrorCode, Hand, Line, MemberId, Refusal, shanghai_day};
use register::{Member, Node};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use task_records::{
    Bill, BillItem, BillRow, Comment, CommentRow, Done, Listed, Period, Share, Sum, SumRow, Task, TaskKind, TaskRow,
    Warning, roll_up,
};

/// An organisation with who answers for its part, and what that is split into.
#[derive(Debug, Clone)]
pub struct DemoOwner<'a> {
    /// The organisation.
    pub place: &'a Node,
    /// A member of it or of one below it.
    pub owner: &'a Member,
    /// Parts; none for a part that somebody does themselves.
    pub parts: Vec<DemoOwner<'a>>,
}

/// What demo tasks leave behind.
#[derive(Debug, Default)]
pub struct DemoTasks {
    /// Items of the table of tasks.
    pub rows: Vec<Value>,
    /// What was done.
    pub activities: Vec<Activity>,
    /// Tasks as lists have them, with their progress: what bills are made of.
    listed: Vec<(Listed, u16)>,
}

/// How far a part is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum End {
    /// It is being done.
    #[default]
    Going,
    /// Its owner has not signed for it.
    Unsigned,
    /// It was handed in.
    InReview,
    /// It was sent back.
    Returned,
    /// It was withdrawn.
    Withdrawn,
    /// It was accepted.
    Accepted,
}

/// How a part goes: days from now to its limit, per cent reported, how far it is.
type Way = (i64, u8, End);

/// Ways of parts in turn: green, blue, yellow, red and done, and then every other state.
const WAYS: [Way; 9] = [
    (30, 60, End::Going),
    (1, 95, End::Going),
    (30, 20, End::Going),
    (-1, 50, End::Going),
    (30, 100, End::Accepted),
    (30, 0, End::Unsigned),
    (30, 100, End::InReview),
    (30, 100, End::Returned),
    (30, 40, End::Withdrawn),
];

fn days(now: Timestamp, days: i64) -> Timestamp {
    now + SignedDuration::from_hours(24 * days)
}

/// A key task of the organisation at the top of `top`, split as that says, and a whistle task by which the organisation
/// `caller` called for the first one below it; both as they stand at `now`.
///
/// # Errors
/// When a rule refuses.
pub fn demo_tasks(top: &DemoOwner<'_>, caller: &Node, now: Timestamp) -> Result<DemoTasks, Refusal> {
    let mut made = DemoTasks::default();
    let new = NewTask {
        kind: TaskKind::Key,
        organization: top.place.id,
        caller: None,
        owner: top.owner.id,
        title: Line::ours("创建“近邻党建”示范点（演示）")?,
        detail: Some(Line::ours("各街道、各支部按计划完成示范点建设，每周上报进度。")?),
        starts_on: None,
        due_at: days(now, 30),
        plan: Vec::new(),
    };
    let hand = Hand { by: top.owner.id, at: days(now, -20) };
    let task = domain::issued(new, top.place, Some(top.owner), hand)?;
    made.tell(&task, Done::Issued, hand.at);
    made.grow(&task, top, &mut 0, now)?;

    let department = top.parts.first().unwrap_or(top);
    let new = NewTask {
        kind: TaskKind::Whistle,
        organization: department.place.id,
        caller: Some(caller.id),
        owner: department.owner.id,
        title: Line::ours("小区消防通道被占用（演示）")?,
        detail: None,
        starts_on: None,
        due_at: days(now, 5),
        plan: Vec::new(),
    };
    let at = days(now, -1);
    let task = domain::issued(new, department.place, Some(department.owner), Hand { by: department.owner.id, at })?;
    made.tell(&task, Done::Issued, at);
    let task = task.stepped(Done::Signed, at + SignedDuration::from_hours(3))?;
    made.tell(&task, Done::Signed, task.updated_at);
    made.keep(task, department.place, None, now)?;
    made.bill(now)?;
    Ok(made)
}

impl DemoTasks {
    /// Splits `task` as `plan` says, or does it in the next way; gives what it comes to.
    fn grow(
        &mut self,
        task: &Task,
        plan: &DemoOwner<'_>,
        way: &mut usize,
        now: Timestamp,
    ) -> Result<(Task, Option<Sum>), Refusal> {
        let hand = |days_ago: i64| Hand { by: task.owner, at: days(now, -days_ago) };
        if plan.parts.is_empty() {
            let how = WAYS.get(*way % WAYS.len()).copied().unwrap_or_default();
            *way += 1;
            let done = self.work(task, how, now)?;
            self.keep(done.clone(), plan.place, None, now)?;
            return Ok((done, None));
        }
        let signed = task.stepped(Done::Signed, hand(19).at)?;
        self.tell(&signed, Done::Signed, hand(19).at);
        let first = *way;
        let parts = plan.parts.iter().zip(weights(plan.parts.len())).enumerate().map(|(n, (part, weight))| {
            let own = part.parts.is_empty();
            let due = WAYS.get((first + n) % WAYS.len()).filter(|_| own).map_or(30, |(due, ..)| *due);
            Ok(NewPart {
                organization: part.place.id,
                owner: part.owner.id,
                title: Line::ours(if own {
                    "走访并登记（演示）"
                } else {
                    "本级示范点建设（演示）"
                })?,
                detail: None,
                weight,
                starts_on: Some(shanghai_day(days(now, -20))),
                due_at: Some(days(now, due)),
                plan: Vec::new(),
            })
        });
        let parts = parts.collect::<Result<Vec<_>, Refusal>>()?;
        let places: Vec<Node> = plan.parts.iter().map(|part| part.place.clone()).collect();
        let owners: Vec<Member> = plan.parts.iter().map(|part| part.owner.clone()).collect();
        let (split, made) = domain::split(&signed, plan.place, parts, (&places, &owners), hand(19))?;
        self.tell(&split, Done::Split, hand(19).at);
        let mut pieces = Vec::new();
        for ((part, _), below) in made.into_iter().zip(&plan.parts) {
            let (part, sum) = self.grow(&part, below, way, now)?;
            pieces.extend(Share::of(&part).map(|share| share.part(sum)));
        }
        let sum = roll_up(pieces);
        if split.parent().is_none() {
            let size = TaskRow::size(split.root);
            self.rows.push(json!({ "pk": size.pk, "sk": size.sk, "tasks": count(plan) - 1 }));
        }
        self.rows.push(json!(SumRow::new(split.parent(), split.id, sum, now)));
        self.keep(split.clone(), plan.place, Some(sum), now)?;
        Ok((split, Some(sum)))
    }

    /// Goes the way of a part: it is signed for, reported, handed in, and what its superior says to that.
    fn work(&mut self, task: &Task, (_, percent, end): Way, now: Timestamp) -> Result<Task, Refusal> {
        let hand = |days_ago: i64| Hand { by: task.owner, at: days(now, -days_ago) };
        if end == End::Unsigned {
            return Ok(task.clone());
        }
        let signed = task.stepped(Done::Signed, hand(19).at)?;
        self.tell(&signed, Done::Signed, hand(19).at);
        let report = Report { percent, note: Line::ours("已按计划走访（演示）")?, evidence: Vec::new() };
        let (mut task, said) = domain::reported(&signed, report, hand(3))?;
        self.rows.push(json!(CommentRow::new(task.id, said)));
        self.tell(&task, Done::Reported, hand(3).at);
        if end == End::Withdrawn {
            task = task.stepped(Done::Withdrawn, hand(2).at)?;
            return self.said(task, Done::Withdrawn, "工作调整，另行安排（演示）", hand(2));
        }
        if matches!(end, End::InReview | End::Returned | End::Accepted) {
            task = domain::submitted(&task, true, hand(2))?;
            self.tell(&task, Done::Submitted, hand(2).at);
        }
        match end {
            End::Accepted => {
                task = domain::decided(&task, true, None, hand(1))?;
                self.tell(&task, Done::Accepted, hand(1).at);
                Ok(task)
            }
            End::Returned => {
                let reason = "走访记录不全，请补充后再提交（演示）";
                task = domain::decided(&task, false, Some(&Line::ours(reason)?), hand(1))?;
                self.said(task, Done::Returned, reason, hand(1))
            }
            End::Going | End::Unsigned | End::InReview | End::Withdrawn => Ok(task),
        }
    }

    /// `task`, of which a step was `done` for a reason that stands in its thread.
    fn said(&mut self, task: Task, done: Done, reason: &str, hand: Hand) -> Result<Task, Refusal> {
        let said = Comment { done: Some(done), ..domain::said(Some(Line::ours(reason)?), hand) };
        self.rows.push(json!(CommentRow::new(task.id, said)));
        self.tell(&task, done, hand.at);
        Ok(task)
    }

    /// Keeps `task` with the warning that its owner was given.
    fn keep(&mut self, task: Task, place: &Node, sum: Option<Sum>, now: Timestamp) -> Result<(), Refusal> {
        self.rows.extend(Share::of(&task).map(|share| json!(share)));
        let progress = sum.map_or(task.progress, |sum| sum.progress);
        let mut row = TaskRow::new(task, place.path.clone(), progress, now, false);
        if row.state.awaits_owner() {
            row.warning = Warning::next(None, row.colour(progress, now), now).0;
        }
        let row = json!(row);
        let listed = serde_json::from_value(row.clone()).map_err(|_| Refusal::new(ErrorCode::Internal))?;
        self.listed.push((listed, progress));
        self.rows.push(row);
        Ok(())
    }

    /// The bills of this week for everybody with an open task that makes one.
    fn bill(&mut self, now: Timestamp) -> Result<(), Refusal> {
        let period = Period::week_of(shanghai_day(now));
        let mut owners: BTreeMap<MemberId, Vec<BillItem>> = BTreeMap::new();
        for (task, progress) in self.listed.iter().filter(|(task, _)| task.course.state.is_open()) {
            owners.entry(task.owner).or_default().push(BillItem::of(task, *progress, now));
        }
        for (owner, items) in owners.into_iter().filter(|(_, items)| items.iter().any(BillItem::counts)) {
            self.rows.push(json!(BillRow::new(owner, period, Bill::new(period, items, now)?)));
        }
        Ok(())
    }

    fn tell(&mut self, task: &Task, done: Done, at: Timestamp) {
        let kind = format!("task.{}", done.slug());
        let told = Activity::new(at, Actor::job("demo"), &kind, task.organization, task.id.to_string());
        let told = told.stating("version", task.version);
        let decided = matches!(done, Done::Accepted | Done::Returned | Done::Rated);
        self.activities.push(if decided { outcome(told, task) } else { told });
    }
}

/// Tasks of a tree that is planned.
fn count(plan: &DemoOwner<'_>) -> usize {
    1 + plan.parts.iter().map(count).sum::<usize>()
}

/// Weights of so many parts, as even as they can be.
fn weights(parts: usize) -> impl Iterator<Item = u8> {
    let parts = u8::try_from(parts).unwrap_or(u8::MAX).max(1);
    (0..parts).map(move |n| 100 / parts + u8::from(n < 100 % parts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_end_in_every_way() {
        for end in [End::Going, End::Unsigned, End::InReview, End::Returned, End::Withdrawn, End::Accepted] {
            assert!(WAYS.iter().any(|(.., is)| *is == end), "{end:?}");
        }
    }
}
