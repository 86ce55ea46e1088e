//! What is told of a task, and to whom. Pure: how far it is and what time it is are arguments.

use jiff::Timestamp;
use kernel::MemberId;
use task_records::{Colour, TaskRow, TaskState, Turn, Warning};

/// What an owner is told of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum News {
    /// It is theirs now.
    Issued,
    /// It became worse.
    Warned(Colour),
    /// It was sent back.
    Returned,
    /// It is done: it was accepted or rated.
    Done,
    /// It was withdrawn.
    Withdrawn,
}

/// What the superior is told of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Matter {
    /// It was handed in and waits for them.
    InReview,
    /// It is red, and nobody answered.
    Unanswered,
}

/// What comes of looking at a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Look {
    /// What the owner is told.
    pub(crate) owner: Option<News>,
    /// Who else is told what.
    pub(crate) superior: Option<(MemberId, Matter)>,
    /// Whether the office that issued it hears that it was handed in, since no person but its owner would.
    pub(crate) office: bool,
    /// The warning that the task has then.
    pub(crate) warning: Option<Warning>,
    /// What became of the one it had.
    pub(crate) turn: Turn,
}

impl Look {
    /// Whether anything but the next look changes.
    pub(crate) fn changes(&self, row: &TaskRow) -> bool {
        row.news || self.warning != row.warning || self.owner.is_some() || self.superior.is_some()
    }

    /// Whether the superior is asked to see to it.
    pub(crate) fn escalates(&self) -> bool {
        matches!(self.superior, Some((_, Matter::Unanswered)))
    }
}

/// What the warning of `row` is at `now`, when it has `progress` (basis points), and what became of it.
pub(crate) fn warning(row: &TaskRow, progress: u16, now: Timestamp) -> (Option<Warning>, Turn) {
    let colour = if row.state.awaits_owner() { row.colour(progress, now) } else { Colour::Green };
    Warning::next(row.warning.as_ref(), colour, now)
}

/// What is told of `row` at `now`, when it has `progress`; `answered` is whether its owner said anything since its
/// warning was opened.
pub(crate) fn look(row: &TaskRow, progress: u16, answered: bool, now: Timestamp) -> Look {
    let (mut warning, turn) = warning(row, progress, now);
    let changed = match row.state {
        _ if !row.news => None,
        TaskState::AwaitingSign => (row.issued_by != row.owner).then_some(News::Issued),
        TaskState::Returned => Some(News::Returned),
        TaskState::Done => Some(News::Done),
        TaskState::Withdrawn => Some(News::Withdrawn),
        TaskState::InProgress | TaskState::InReview => None,
    };
    let worse = warning.as_ref().filter(|_| turn == Turn::Told).map(|opened| News::Warned(opened.colour));
    let handed_in = row.news && row.state == TaskState::InReview;
    let (mut told, office) = (row.superior().filter(|_| handed_in), handed_in && row.superior().is_none());
    let mut matter = Matter::InReview;
    if !answered
        && let Some(overdue) = warning.as_mut().filter(|open| open.is_overdue(now))
        && let Some(above) = row.superior()
    {
        overdue.escalated_at = Some(now);
        (told, matter) = (Some(above), Matter::Unanswered);
    }
    Look { owner: changed.or(worse), superior: told.map(|member| (member, matter)), office, warning, turn }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::Date;
    use kernel::{OrgId, OrgPath, TaskId};
    use task_records::{Course, Task, TaskKind};

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn member(n: u8) -> MemberId {
        MemberId::from_bytes(u64::from(n), [n; 10])
    }

    /// Of member 1, issued by member 2 under a task of member 3; due on Friday, 2026-11-27 at 18:00 in Shanghai.
    fn row(state: TaskState) -> TaskRow {
        let (id, organization) = (TaskId::from_bytes(1, [1; 10]), OrgId::from_bytes(1, [1; 10]));
        let task = Task {
            id,
            root: id,
            above: Vec::new(),
            organization,
            issuer: organization,
            caller: None,
            owner: member(1),
            owner_name: serde_json::from_str("\"陈员\"").unwrap(),
            parent_owner: Some(member(3)),
            title: serde_json::from_str("\"走访\"").unwrap(),
            detail: None,
            weight: 100,
            course: Course {
                kind: TaskKind::Key,
                state,
                starts_on: Date::constant(2026, 11, 2),
                due_at: at("2026-11-27T10:00:00Z"),
                arrive_by: None,
                plan: Vec::new(),
                submitted_at: None,
            },
            split: false,
            progress: 0,
            rating: None,
            issued_by: member(2),
            version: 1,
            updated_at: at("2026-11-02T02:00:00Z"),
        };
        TaskRow::new(task, OrgPath::root(organization), 0, at("2026-11-02T02:00:00Z"), false)
    }

    fn with(row: TaskRow, adjust: impl FnOnce(&mut TaskRow)) -> TaskRow {
        let mut row = row;
        adjust(&mut row);
        row
    }

    #[test]
    fn each_state_is_told_to_whom_it_concerns() {
        let early = at("2026-11-02T03:00:00Z");
        for (state, owner, superior) in [
            (TaskState::AwaitingSign, Some(News::Issued), None),
            (TaskState::InProgress, None, None),
            (TaskState::InReview, None, Some((member(3), Matter::InReview))),
            (TaskState::Returned, Some(News::Returned), None),
            (TaskState::Done, Some(News::Done), None),
            (TaskState::Withdrawn, Some(News::Withdrawn), None),
        ] {
            let quiet = look(&row(state), 0, false, early);
            let returned = (state == TaskState::Returned).then_some(News::Warned(Colour::Yellow));
            assert_eq!((quiet.owner, quiet.superior), (returned, None), "{state:?}");
            let told = look(&row(state).with_news(), 0, false, early);
            assert_eq!((told.owner, told.superior), (owner, superior), "{state:?}");
        }
    }

    #[test]
    fn who_issued_their_own_task_is_not_told_of_it_and_nobody_is_above_themselves() {
        let early = at("2026-11-02T03:00:00Z");
        let own = with(row(TaskState::AwaitingSign).with_news(), |row| row.task.issued_by = member(1));
        assert_eq!(look(&own, 0, false, early).owner, None);
        for (parent_owner, issued_by, expected) in [
            (Some(member(3)), member(2), Some(member(3))),
            (None, member(2), Some(member(2))),
            (Some(member(1)), member(2), Some(member(2))),
            (None, member(1), None),
        ] {
            let row = with(row(TaskState::InReview).with_news(), |row| {
                (row.task.parent_owner, row.task.issued_by) = (parent_owner, issued_by);
            });
            assert_eq!(row.superior(), expected);
            assert_eq!(look(&row, 0, false, early).superior, expected.map(|member| (member, Matter::InReview)));
        }
    }

    #[test]
    fn a_colour_is_told_in_the_millisecond_in_which_it_comes() {
        let moment = jiff::SignedDuration::from_millis(1);
        let due = at("2026-11-27T10:00:00Z");
        // The 24th: three working days are left after it, the last included.
        let near = at("2026-11-23T16:00:00Z");
        for (progress, now, told) in [
            (10_000, near - moment, None),
            (10_000, near, Some(News::Warned(Colour::Blue))),
            (10_000, due, Some(News::Warned(Colour::Blue))),
            (10_000, due + moment, Some(News::Warned(Colour::Red))),
        ] {
            let look = look(&row(TaskState::InProgress), progress, false, now);
            assert_eq!((look.owner, look.superior), (told, None), "{now}");
        }
    }

    #[test]
    fn a_task_that_was_sent_back_is_one_message_and_its_warning_is_known_then() {
        let now = at("2026-11-02T03:00:00Z");
        let back = look(&row(TaskState::Returned).with_news(), 10_000, false, now);
        assert_eq!((back.owner, back.turn), (Some(News::Returned), Turn::Told));
        let later = with(row(TaskState::Returned), |row| row.warning = back.warning);
        assert_eq!(look(&later, 10_000, false, now).owner, None);
    }

    #[test]
    fn a_look_changes_something_when_there_is_news_or_the_warning_is_another() {
        let now = at("2026-11-02T03:00:00Z");
        let yellow = look(&row(TaskState::Returned), 10_000, false, now).warning;
        let warned = |state| with(row(state), |row| row.warning.clone_from(&yellow));
        for (row, turn, changes) in [
            (row(TaskState::InProgress), Turn::Stays, false),
            (row(TaskState::InProgress).with_news(), Turn::Stays, true),
            (row(TaskState::Returned), Turn::Told, true),
            (warned(TaskState::Returned), Turn::Stays, false),
            (warned(TaskState::InProgress), Turn::Closed, true),
        ] {
            let look = look(&row, 10_000, false, now);
            assert_eq!((look.turn, look.changes(&row)), (turn, changes), "{:?} {:?}", row.state, row.warning);
        }
    }

    #[test]
    fn red_without_an_answer_goes_up_once() {
        let due = at("2026-11-27T10:00:00Z");
        let red = look(&row(TaskState::InProgress), 0, false, due);
        let row = with(row(TaskState::InProgress), |row| row.warning.clone_from(&red.warning));
        // Friday; Monday and Tuesday are the two working days.
        let over = at("2026-12-01T16:00:00Z");
        let early = look(&row, 0, false, over - jiff::SignedDuration::from_millis(1));
        assert!(!early.escalates());
        assert!(!look(&row, 0, true, over).escalates(), "answered");
        let up = look(&row, 0, false, over);
        assert_eq!((up.owner, up.superior), (None, Some((member(3), Matter::Unanswered))));
        let row = with(row, |row| row.warning = up.warning);
        let again = look(&row, 0, false, at("2026-12-09T16:00:00Z"));
        assert_eq!((again.owner, again.superior), (None, None), "nor in the week after");
    }
}
