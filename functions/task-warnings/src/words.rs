//! What messages say, in Chinese. Titles name nobody; what a task is about is in the body, which is read in the app only.

use crate::domain::{Look, Matter, News};
use aws_lc_rs::digest::{SHA256, digest};
use jiff::Timestamp;
use kernel::{MemberId, TaskId, hex, shanghai_day};
use notices::{Announcement, Notice};
use task_records::{Bill, Period, Rules, Task, TaskRow, Turn};

/// Tasks that a message names.
const NAMED: usize = 20;

/// A line of a message: what is told of one task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    task: TaskId,
    /// As in [`Notice::kind`].
    kind: &'static str,
    /// Tells this apart from what was told of the task before and will be told of it: its version or its period.
    mark: String,
    title: String,
    text: String,
}

impl Line {
    /// What the owner of `row` is told.
    pub(crate) fn to_owner(
        row: &TaskRow,
        look: &Look,
        (progress, reason): (u16, Option<&str>),
        now: Timestamp,
    ) -> Option<Self> {
        let (whistle, limit) = (row.is_whistle(), limit(row));
        let why = reason.map_or_else(String::new, |reason| format!("，原因：{reason}"));
        let name = row.title.as_str();
        let (kind, title, text) = match look.owner? {
            News::Issued => {
                let act = if whistle { "报到" } else { "签收" };
                let text = format!("新任务：{name}，{limit}，请{act}。{}", already(look));
                ("task.issued", "您有一项新任务".to_owned(), text)
            }
            News::Warned(colour) => {
                let (done, planned) = (percent(progress), percent(row.planned(now)));
                let plan = if whistle { String::new() } else { format!("，进度{done}，计划{planned}") };
                let colour = colour.zh();
                ("task.warned", format!("任务{colour}色预警"), format!("{colour}色预警：{name}，{limit}{plan}。"))
            }
            News::Returned => (
                "task.returned",
                "任务被退回".to_owned(),
                format!("退回：{name}，{limit}{why}，请改进后再提交。{}", already(look)),
            ),
            News::Done => {
                let what = if whistle { "已评价办结" } else { "审核通过，已办结" };
                ("task.finished", "任务已办结".to_owned(), format!("办结：{name}，{what}。"))
            }
            News::Withdrawn => ("task.withdrawn", "任务已撤销".to_owned(), format!("撤销：{name}{why}。")),
        };
        let mark = match (look.owner?, &look.warning) {
            (News::Warned(colour), Some(warning)) => format!("{}/{}", colour.zh(), warning.period),
            _ => row.version.to_string(),
        };
        Some(Self { task: row.id, kind, mark, title, text })
    }

    /// What the superior is told of `row`.
    pub(crate) fn to_superior(row: &TaskRow, look: &Look) -> Option<(MemberId, Self)> {
        let (member, matter) = look.superior?;
        let (name, limit) = (row.title.as_str(), limit(row));
        let owner = row.owner_name.reveal();
        let line = if let (Matter::Unanswered, Some(warning)) = (matter, &look.warning) {
            let days = Rules::get().map_or(0, |rules| rules.warnings.escalate_after_working_days);
            Self {
                task: row.id,
                kind: "task.escalated",
                mark: warning.at.to_string(),
                title: "任务红色预警未回应，请督办".to_owned(),
                text: format!("红色预警满{days}个工作日未回应：{name}，责任人{owner}，{limit}。"),
            }
        } else {
            let what = if row.is_whistle() { "评价" } else { "审核" };
            Self {
                task: row.id,
                kind: "task.submitted",
                mark: row.version.to_string(),
                title: format!("有任务待您{what}"),
                text: format!("待{what}：{name}，责任人{owner}，{limit}。"),
            }
        };
        Some((member, line))
    }
}

/// The announcement to the office that issued `row` that it was handed in: its owner issued it, and does not decide about it.
pub(crate) fn to_office(row: &TaskRow, now: Timestamp) -> Announcement {
    Announcement {
        organization: row.issuer,
        cause: format!("task.submitted/{}/{}", row.id, row.version),
        kind: "task.submitted".to_owned(),
        title: "有任务待审核，责任人不能自审".to_owned(),
        at: now,
    }
}

/// The colour that a task has at once when it comes, as far as its owner has not heard of it.
fn already(look: &Look) -> String {
    let colour = look.warning.as_ref().filter(|_| look.turn == Turn::Told).map(|warning| warning.colour.zh());
    colour.map_or_else(String::new, |colour| format!("（{colour}色预警）"))
}

/// The message to `member` with these lines; its cause follows from them.
pub(crate) fn message(member: MemberId, lines: &[Line], now: Timestamp) -> Option<Notice> {
    let article = Rules::get().ok()?.article();
    let causes: Vec<_> = lines.iter().map(|line| format!("{}/{}/{}", line.kind, line.task, line.mark)).collect();
    let cause = hex(digest(&SHA256, causes.join("\n").as_bytes()).as_ref().get(..16)?);
    let same = |one: &Line| lines.iter().all(|line| line.title == one.title);
    let (first, count) = (lines.first()?, lines.len());
    let (kind, title) = match count {
        1 => (first.kind, first.title.clone()),
        _ if same(first) => (first.kind, format!("{}（{count}项）", first.title)),
        _ => ("tasks.changed", format!("任务有{count}项新情况")),
    };
    let mut body: Vec<_> = lines.iter().take(NAMED).map(|line| line.text.clone()).collect();
    if count > NAMED {
        body.push(format!("另有{}项，请在“我的任务”中查看。", count - NAMED));
    }
    let notice = Notice::new(now, member, kind, &format!("task-warnings/{cause}")).saying(&title, body.join("\n"));
    let notice = notice.by(&article);
    Some(if count == 1 { notice.about(first.task.to_string()) } else { notice })
}

/// The message to `member` that there is `bill`.
pub(crate) fn billed(member: MemberId, period: Period, bill: &Bill, now: Timestamp) -> Option<Notice> {
    let rules = Rules::get().ok()?;
    let Bill { tasks, red, yellow, blue, late, coming, .. } = bill;
    let green = tasks.saturating_sub(red + yellow + blue);
    let title = if period.is_week() { "本周任务账单" } else { "今日任务账单" };
    let days = rules.warnings.coming_days;
    let body = format!(
        "共{tasks}项：红{red}项，黄{yellow}项，蓝{blue}项，绿{green}项；其中逾期{late}项，{days}天内到期{coming}项。请在“任务账单”中查看。"
    );
    let notice = Notice::new(now, member, "bill.made", &format!("task-bills/{period}")).saying(title, body);
    Some(notice.about(period.to_string()).by(&rules.article()))
}

/// Until when what is awaited is to be done, by its day in Shanghai.
fn limit(task: &Task) -> String {
    format!("期限{}", shanghai_day(task.limit()))
}

fn percent(progress: u16) -> String {
    format!("{}%", progress / 100)
}
