//! What the rules say that everybody hears, worked out in the plainest way: at each instant look at every task there is.
//! The colour of a task is taken from where its boundaries have tests of their own; when it is told is decided here.

use super::cast::Cast;
use jiff::{Timestamp, ToSpan, civil::Date};
use kernel::{MemberId, TaskId, is_working_day, shanghai_day, start_of_shanghai_day};
use std::collections::BTreeMap;
use task_records::{Colour, TaskRow, TaskState};

/// What somebody knows of a task.
#[derive(Debug, Default)]
struct Known {
    state: Option<TaskState>,
    /// The colour it has; green when it does not await its owner.
    colour: Option<Colour>,
    since: Option<Timestamp>,
    /// The worst that was told, and in which week.
    told: Option<(String, Colour)>,
    escalated: bool,
}

/// What everybody has to hear.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) told: BTreeMap<(MemberId, Timestamp), BTreeMap<String, usize>>,
    pub(crate) kinds: BTreeMap<String, usize>,
    known: BTreeMap<TaskId, Known>,
}

/// The ISO week of a day.
fn week(day: Date) -> String {
    let week = day.iso_week_date();
    format!("{:04}-W{:02}", week.year(), week.week())
}

/// The instant at which so many working days after the day of `from` are over.
fn over(from: Timestamp, days: u32) -> Timestamp {
    let (mut day, mut left) = (shanghai_day(from), days);
    while left > 0 {
        day = day.saturating_add(1.day());
        left -= u32::from(is_working_day(day));
    }
    start_of_shanghai_day(day.saturating_add(1.day()))
}

impl Ledger {
    fn tell(&mut self, member: MemberId, now: Timestamp, kind: &str, what: &str) {
        *self.kinds.entry(kind.to_owned()).or_default() += 1;
        let line = match kind {
            "红色预警满" => format!("红色预警满2个工作日未回应：{what}"),
            _ => format!("{kind}：{what}"),
        };
        *self.told.entry((member, now)).or_default().entry(line).or_default() += 1;
    }

    /// What is told now.
    pub(crate) async fn slot(&mut self, cast: &Cast) {
        for (row, progress) in cast.rows().await {
            self.task(&row, progress, cast);
        }
    }

    fn task(&mut self, row: &TaskRow, progress: u16, cast: &Cast) {
        let (now, name) = (cast.now(), row.title.as_str());
        let superior = row.parent_owner.unwrap_or(row.issued_by);
        let known = self.known.remove(&row.id).unwrap_or_default();
        let changed = (known.state != Some(row.state)).then_some(row.state);
        let colour = if row.state.awaits_owner() { row.colour(progress, now) } else { Colour::Green };
        let this = week(shanghai_day(now));
        let was_open = known.colour.is_some_and(|colour| colour != Colour::Green);
        // In a new week only what is open is known, as it was last.
        let before = known.told.filter(|(week, _)| *week == this).map(|(_, worst)| worst);
        let before = before.or(known.colour.filter(|_| was_open));
        let worse = colour != Colour::Green && before.is_none_or(|before| colour > before);
        let news = match changed {
            Some(TaskState::AwaitingSign) => Some("新任务"),
            Some(TaskState::Returned) => Some("退回"),
            Some(TaskState::Done) => Some("办结"),
            Some(TaskState::Withdrawn) => Some("撤销"),
            _ => None,
        };
        let warned = match colour {
            Colour::Green => None,
            Colour::Blue => Some("蓝色预警"),
            Colour::Yellow => Some("黄色预警"),
            Colour::Red => Some("红色预警"),
        };
        if let Some(kind) = news.or(warned.filter(|_| worse)) {
            self.tell(row.owner, now, kind, name);
        }
        if changed == Some(TaskState::InReview) {
            self.tell(superior, now, "待审核", name);
        }
        let same = was_open && known.colour == Some(colour) && !worse;
        let since = if same { known.since } else { Some(now) };
        let mut escalated = same && known.escalated;
        let silent = since.is_some_and(|since| cast.acted.get(&row.id).is_none_or(|acted| *acted <= since));
        if colour == Colour::Red && !escalated && silent && since.is_some_and(|since| now >= over(since, 2)) {
            self.tell(superior, now, "红色预警满", name);
            escalated = true;
        }
        let told = if colour == Colour::Green {
            before.map(|worst| (this, worst))
        } else {
            Some((this, before.map_or(colour, |before| before.max(colour))))
        };
        let next = Known { state: Some(row.state), colour: Some(colour), since, told, escalated };
        self.known.insert(row.id, next);
    }

    /// What is told by bills now.
    pub(crate) async fn bills(&mut self, cast: &Cast) {
        let (now, today) = (cast.now(), shanghai_day(cast.now()));
        let monday = today.weekday() == jiff::civil::Weekday::Monday;
        if !monday && !is_working_day(today) {
            return;
        }
        let coming = start_of_shanghai_day(today.saturating_add(8.days()));
        for (row, progress) in cast.rows().await {
            let open = row.state.awaits_owner();
            let red = self.known[&row.id].since.is_some_and(|since| shanghai_day(since) < today)
                && row.colour(progress, now) == Colour::Red;
            let counts = if monday { row.colour(progress, now) != Colour::Green || row.limit() < coming } else { red };
            if open && counts {
                let period = if monday { week(today) } else { today.to_string() };
                self.tell(row.owner, now, "账单", &period);
            }
        }
    }
}
