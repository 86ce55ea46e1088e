//! The rules of tasks. Pure: who does a step and when are arguments.

#[cfg(test)]
mod tests;

use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date};
use kernel::{
    CommentId, ErrorCode, Hand, Line, MediaId, MemberId, OrgId, OrgPath, Refusal, TaskId, Text, shanghai_day,
    start_of_shanghai_day, working_days_after,
};
use register::{Member, Node};
use serde::Deserialize;
use std::collections::BTreeSet;
use task_records::{Comment, Course, Done, Point, Rules, Task, TaskKind, TaskState};
use utoipa::ToSchema;

/// Points of a plan, at most.
const POINTS: usize = 24;
/// Media of one report, at most.
const EVIDENCE: usize = 9;
/// Everything, in basis points.
const WHOLE: u16 = 10_000;

pub(crate) use kernel::{field, illegal};

/// What a task is about, and when it is to be done.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = NewTask)]
pub(crate) struct NewTask {
    #[schema(inline)]
    pub(crate) kind: TaskKind,
    /// The organisation that is to do it.
    pub(crate) organization: OrgId,
    /// Of a whistle task, and only of one: the organisation that calls.
    pub(crate) caller: Option<OrgId>,
    /// Who answers for it: a member of the organisation or of one below it.
    pub(crate) owner: MemberId,
    #[schema(value_type = String)]
    pub(crate) title: Line<100>,
    #[schema(value_type = Option<String>)]
    pub(crate) detail: Option<Line<2000>>,
    /// Today when left out.
    #[schema(value_type = Option<String>, format = Date)]
    pub(crate) starts_on: Option<Date>,
    /// This instant is in time.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) due_at: Timestamp,
    /// Planned progress by day, growing; linear in between. Without it linear from the start to the limit.
    #[serde(default)]
    pub(crate) plan: Vec<Point>,
}

/// A part of a task that is split.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = NewTaskPart)]
pub(crate) struct NewPart {
    /// The organisation that is to do it: that of the task or one below it.
    pub(crate) organization: OrgId,
    /// Who answers for it: a member of this organisation or of one below it.
    pub(crate) owner: MemberId,
    #[schema(value_type = String)]
    pub(crate) title: Line<100>,
    #[schema(value_type = Option<String>)]
    pub(crate) detail: Option<Line<2000>>,
    /// Of 100 for all parts.
    #[schema(minimum = 1, maximum = 100)]
    pub(crate) weight: u8,
    /// That of the task when left out.
    #[schema(value_type = Option<String>, format = Date)]
    pub(crate) starts_on: Option<Date>,
    /// Not after that of the task, which it is when left out.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) due_at: Option<Timestamp>,
    /// As of a task.
    #[serde(default)]
    pub(crate) plan: Vec<Point>,
}

/// What an owner reports.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = TaskReport)]
pub(crate) struct Report {
    /// How much of it is done.
    #[schema(minimum = 0, maximum = 100)]
    pub(crate) percent: u8,
    /// What was done.
    #[schema(value_type = String)]
    pub(crate) note: Line<500>,
    /// Completed media of the organisation that show it, at most nine.
    #[serde(default)]
    pub(crate) evidence: Vec<MediaId>,
}

/// Who is named does not belong where the task is done. Whether there is such a person is not said.
pub(crate) fn outside() -> Refusal {
    let text =
        Text::of("责任人不在承办组织及其下级组织中", "the owner does not belong to the organisation or one below it");
    Refusal::new(ErrorCode::Forbidden).because(text)
}

/// Whether an organisation at `place` can be called from `calling`: both stand below one root. Departments of another city
/// are not at anybody's call (ours).
pub(crate) fn within_call(calling: &OrgPath, place: &OrgPath) -> Result<(), Refusal> {
    if calling.root_id() == place.root_id() {
        return Ok(());
    }
    let text = Text::of("只能向同一地方党委下的组织吹哨", "only organisations below the same root can be called");
    Err(Refusal::new(ErrorCode::Forbidden).because(text))
}

/// `owner`, if they can answer for something in the organisation `place`.
pub(crate) fn answers(owner: Option<&Member>, place: &Node) -> Result<Member, Refusal> {
    owner.filter(|owner| owner.state.is_current() && place.path.contains(&owner.path)).cloned().ok_or_else(outside)
}

/// Whether a plan goes up, within the time of its task.
fn planned(plan: &[Point], (starts_on, due_at): (Date, Timestamp), at: &str) -> Result<(), Refusal> {
    let last = shanghai_day(due_at);
    let grows = plan.windows(2).all(|pair| match pair {
        [one, other] => one.on < other.on && one.percent <= other.percent,
        _ => true,
    });
    let within = plan.iter().all(|point| (starts_on..=last).contains(&point.on) && point.percent <= 100);
    if plan.len() > POINTS || !grows || !within {
        let zh = format!("计划进度最多 {POINTS} 个时点，日期和百分比递增，且在起止日期之内");
        let en = format!("at most {POINTS} points, growing, between the first and the last day");
        return Err(field(format!("{at}/plan"), zh, en));
    }
    Ok(())
}

/// Whether a task can last from `starts_on` to `due_at` when it is issued at `now`.
fn lasts((starts_on, due_at): (Date, Timestamp), now: Timestamp, at: &str) -> Result<(), Refusal> {
    let (today, longest) = (shanghai_day(now), Rules::get()?.longest_days);
    let last = today.saturating_add(longest.days());
    if due_at <= now || shanghai_day(due_at) > last {
        let zh = format!("完成时限应晚于现在，且不晚于 {last}");
        return Err(field(format!("{at}/dueAt"), zh, format!("must lie after now and not after {last}")));
    }
    let first = today.saturating_sub(longest.days());
    if starts_on < first || start_of_shanghai_day(starts_on) >= due_at {
        let zh = format!("开始日期不得早于 {first}，且应早于完成时限");
        return Err(field(format!("{at}/startsOn"), zh, format!("must be {first} or later, and before the limit")));
    }
    Ok(())
}

/// A task that was issued by `hand` to the organisation `place`.
///
/// # Errors
/// [`ErrorCode::Forbidden`] for an owner from outside, [`ErrorCode::InvalidField`], [`ErrorCode::OrganizationClosed`].
pub(crate) fn issued(new: NewTask, place: &Node, owner: Option<&Member>, hand: Hand) -> Result<Task, Refusal> {
    let called = new.kind == TaskKind::Whistle;
    if new.caller.is_some() != called {
        return Err(field(
            "/caller",
            "吹哨报到须写明吹哨组织，其他任务不写",
            "is named for whistle tasks and no others",
        ));
    }
    if called && !new.plan.is_empty() {
        return Err(field("/plan", "吹哨报到没有计划进度", "a whistle task has no plan"));
    }
    if place.closed_on.is_some() {
        return Err(ErrorCode::OrganizationClosed.into());
    }
    let owner = answers(owner, place)?;
    let today = shanghai_day(hand.at);
    let time = (new.starts_on.unwrap_or(today), new.due_at);
    lasts(time, hand.at, "")?;
    planned(&new.plan, time, "")?;
    let arrive_by = if called { Some(arrival(today)?.min(new.due_at)) } else { None };
    let course = Course {
        kind: new.kind,
        state: TaskState::AwaitingSign,
        starts_on: time.0,
        due_at: new.due_at,
        arrive_by,
        plan: new.plan,
        submitted_at: None,
    };
    Ok(Task::issued((new.title, new.detail), place, owner, new.caller, course, hand))
}

/// The last moment for a department that is called on `today` to arrive.
fn arrival(today: Date) -> Result<Timestamp, Refusal> {
    let last = working_days_after(today, Rules::get()?.whistle.arrive_working_days).day;
    Ok(start_of_shanghai_day(last.saturating_add(1.day())) - SignedDuration::from_millis(1))
}

/// `task` after it was split, and its parts. `place` finds the organisation that a part names.
///
/// # Errors
/// [`ErrorCode::IllegalTransition`] when it was split before, has progress or is too deep; [`ErrorCode::Forbidden`] for
/// owners and organisations from outside; [`ErrorCode::InvalidField`].
pub(crate) fn split(
    task: &Task,
    own: &Node,
    parts: Vec<NewPart>,
    (places, owners): (&[Node], &[Member]),
    hand: Hand,
) -> Result<(Task, Vec<(Task, Node)>), Refusal> {
    let mut next = task.stepped(Done::Split, hand.at)?;
    if task.split {
        return Err(illegal("该任务已经细化下达", "the task was split already"));
    }
    if task.progress > 0 {
        return Err(illegal("该任务已有进度，不能再细化", "a task that has progress cannot be split"));
    }
    let rules = &Rules::get()?.split;
    if task.above.len() + 2 > rules.deepest_level {
        return Err(illegal("任务层级过深，不能再细化", "the task is too deep to be split"));
    }
    if !(1..=rules.most_children).contains(&parts.len()) {
        let zh = format!("一次细化为 1 至 {} 项", rules.most_children);
        return Err(field("/parts", zh, format!("from 1 to {} parts", rules.most_children)));
    }
    if parts.iter().map(|part| u32::from(part.weight)).sum::<u32>() != 100 || parts.iter().any(|part| part.weight == 0)
    {
        return Err(field("/parts", "各项权重均应大于 0，合计须为 100", "weights are positive and total 100"));
    }
    // Parts are listed by their ids: in the order in which they were given.
    let ids: BTreeSet<TaskId> = parts.iter().map(|_| TaskId::new(hand.at)).collect();
    let mut made = Vec::with_capacity(parts.len());
    for ((n, part), id) in parts.into_iter().enumerate().zip(ids) {
        let at = format!("/parts/{n}");
        let place = places.iter().find(|place| place.id == part.organization);
        let place = place.filter(|place| own.path.contains(&place.path)).ok_or_else(outside)?;
        if place.closed_on.is_some() {
            return Err(ErrorCode::OrganizationClosed.into());
        }
        let owner = answers(owners.iter().find(|owner| owner.id == part.owner), place)?;
        let time = (part.starts_on.unwrap_or(task.starts_on), part.due_at.unwrap_or(task.due_at));
        if time.1 > task.due_at {
            return Err(field(
                format!("{at}/dueAt"),
                "不得晚于上级任务的完成时限",
                "must not lie after that of the task",
            ));
        }
        lasts(time, hand.at, &at)?;
        planned(&part.plan, time, &at)?;
        let course = Course {
            kind: TaskKind::Key,
            state: TaskState::AwaitingSign,
            starts_on: time.0,
            due_at: time.1,
            arrive_by: None,
            plan: part.plan,
            submitted_at: None,
        };
        let child = Task {
            id,
            root: task.root,
            above: task.line(),
            organization: place.id,
            issuer: task.organization,
            caller: None,
            owner: owner.id,
            owner_name: owner.name,
            parent_owner: Some(task.owner),
            title: part.title,
            detail: part.detail,
            weight: part.weight,
            course,
            split: false,
            progress: 0,
            rating: None,
            issued_by: hand.by,
            version: 1,
            updated_at: hand.at,
        };
        made.push((child, place.clone()));
    }
    next.split = true;
    Ok((next, made))
}

/// `task` after its owner reported, and the line of its thread.
///
/// # Errors
/// [`ErrorCode::IllegalTransition`] for a task that was split or is not in progress; [`ErrorCode::InvalidField`].
pub(crate) fn reported(task: &Task, report: Report, hand: Hand) -> Result<(Task, Comment), Refusal> {
    let mut next = task.stepped(Done::Reported, hand.at)?;
    if task.split {
        return Err(illegal("已细化的任务由下级任务汇总进度", "a task that was split is as far as its parts are"));
    }
    if report.percent > 100 {
        return Err(field("/percent", "应在 0 到 100 之间", "must be from 0 to 100"));
    }
    if report.evidence.len() > EVIDENCE {
        return Err(field("/evidence", format!("最多 {EVIDENCE} 个"), format!("at most {EVIDENCE}")));
    }
    next.progress = u16::from(report.percent) * 100;
    let said = Comment { percent: Some(report.percent), evidence: report.evidence, ..said(Some(report.note), hand) };
    Ok((next, Comment { done: Some(Done::Reported), ..said }))
}

/// `task` after its owner handed it in. What it consists of is done; `children_done` says whether all of them are.
///
/// # Errors
/// [`ErrorCode::IllegalTransition`] when it is not in progress or not done.
pub(crate) fn submitted(task: &Task, children_done: bool, hand: Hand) -> Result<Task, Refusal> {
    let mut next = task.stepped(Done::Submitted, hand.at)?;
    if task.split && !children_done {
        return Err(illegal("下级任务尚未全部办结", "its parts are not all done"));
    }
    if task.kind == TaskKind::Whistle {
        next.progress = WHOLE;
    } else if !task.split && task.progress < WHOLE {
        return Err(illegal("进度达到 100% 后方可提交审核", "it is not at 100 per cent"));
    }
    next.course.submitted_at = Some(hand.at);
    Ok(next)
}

/// `task` after it was accepted, or sent back with a reason.
///
/// # Errors
/// [`ErrorCode::IllegalTransition`]; [`ErrorCode::InvalidField`] for sending back without a reason.
pub(crate) fn decided(task: &Task, accept: bool, reason: Option<&Line<500>>, hand: Hand) -> Result<Task, Refusal> {
    let mut next = task.stepped(if accept { Done::Accepted } else { Done::Returned }, hand.at)?;
    if !accept {
        if reason.is_none() {
            return Err(field("/reason", "退回须写明原因", "sending back needs a reason"));
        }
        next.course.submitted_at = None;
    }
    Ok(next)
}

/// `task` after who called rated it.
///
/// # Errors
/// [`ErrorCode::IllegalTransition`]; [`ErrorCode::InvalidField`] for anything but 1 to 5.
pub(crate) fn rated(task: &Task, stars: u8, hand: Hand) -> Result<Task, Refusal> {
    let mut next = task.stepped(Done::Rated, hand.at)?;
    if !(1..=5).contains(&stars) {
        return Err(field("/stars", "应在 1 到 5 之间", "must be from 1 to 5"));
    }
    next.rating = Some(stars);
    Ok(next)
}

/// A line of a thread.
pub(crate) fn said(text: Option<Line<500>>, hand: Hand) -> Comment {
    let id = CommentId::new(hand.at);
    Comment { id, at: hand.at, by: hand.by, done: None, text, percent: None, evidence: Vec::new() }
}
