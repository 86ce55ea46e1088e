//! An overview: some numbers of each thing that an organisation is led by.

use super::{Known, counts_members};
use authz::Action;
use counter_records::{Counter, Stars};
use dues_records::Month;
use jiff::civil::Date;
use kernel::OrgId;
use register::{MemberState, Node, OrgKind};
use scoring::Dimension;
use serde::Serialize;
use task_records::TaskState;
use utoipa::ToSchema;

/// A number with what it is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = OverviewFigure)]
pub(crate) struct Figure {
    pub(crate) key: &'static str,
    /// Its Chinese name.
    pub(crate) name: &'static str,
    /// What one of it is: `persons`, `fen`, `minutes`, hundredths of a point.
    pub(crate) unit: &'static str,
    pub(crate) value: u64,
}

/// Numbers of one thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OverviewSection)]
pub(crate) struct Section {
    pub(crate) key: &'static str,
    /// Its Chinese name.
    pub(crate) name: &'static str,
    /// Everything up to the end of this day is in it.
    #[schema(value_type = String, format = Date)]
    pub(crate) as_of: Date,
    pub(crate) figures: Vec<Figure>,
}

/// What there is of an organisation and those below it, as far as the caller may read what it counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OrganizationOverview)]
pub(crate) struct Overview {
    pub(crate) organization: OrgId,
    /// Its name.
    pub(crate) name: String,
    /// The month that was recorded in.
    pub(crate) month: Month,
    pub(crate) sections: Vec<Section>,
}

fn figure(key: &'static str, name: &'static str, unit: &'static str, value: u64) -> Figure {
    Figure { key, name, unit, value }
}

/// What was recorded in the month.
fn recorded(known: &Known, counters: &[Counter]) -> Vec<Figure> {
    let of =
        |counter: &Counter| figure(counter.slug(), counter.zh(), counter.unit(), known.sum.counts.of_counter(*counter));
    counters.iter().map(of).collect()
}

fn organizations(known: &Known) -> Vec<Figure> {
    let all = figure("organizations", "党组织", "organizations", known.sum.organizations.total());
    let kinds = OrgKind::ALL
        .iter()
        .map(|kind| figure(kind.slug(), kind.zh(), "organizations", known.sum.organizations.get(kind.slug())));
    [all].into_iter().chain(kinds.filter(|figure| figure.value > 0)).collect()
}

fn members(known: &Known) -> Vec<Figure> {
    let all = figure("members", "在册党员", "persons", known.sum.members.total());
    let states = [MemberState::Full, MemberState::Probationary, MemberState::Suspended];
    let states = states.map(|state| figure(state.slug(), state.zh(), "persons", known.sum.members.get(state.slug())));
    let moved = recorded(known, &[Counter::MembersJoined, Counter::MembersLeft]);
    [all].into_iter().chain(states).chain(moved).collect()
}

/// What is owed in the periods that end in the month, and what was held.
fn org_life(known: &Known) -> Vec<Figure> {
    let mut sum = counter_records::Done::default();
    for (_, _, done) in known.sum.life.lines().filter(|(due_on, _, _)| Month::of(*due_on) == known.month) {
        sum = sum.and(done);
    }
    let owed = [
        figure("obliged", "本月到期应开展", "duties", sum.obliged),
        figure("done", "已开展", "duties", sum.done),
        figure("late", "补录", "duties", sum.late),
    ];
    let held = recorded(known, &[Counter::Meetings, Counter::Attended, Counter::Expected]);
    owed.into_iter().chain(held).collect()
}

fn tasks(known: &Known) -> Vec<Figure> {
    let open = TaskState::ALL.into_iter().filter(|state| state.is_open());
    let open = open.map(|state| figure(state.slug(), state.zh(), "tasks", known.sum.tasks.get(state.slug())));
    let all = figure("open", "未办结任务", "tasks", known.sum.tasks.total());
    let done = recorded(known, &[Counter::TasksIssued, Counter::TasksDone, Counter::TasksWithdrawn]);
    [all].into_iter().chain(open).chain(done).collect()
}

fn stars(stars: &Stars) -> Option<Vec<Figure>> {
    const KEYS: [&str; 5] = ["set-up", "organized-events", "member-education", "key-work", "member-services"];
    let averages = KEYS.into_iter().zip(Dimension::OF_BRANCH).zip(stars.averages()?);
    let averages = averages.map(|((key, dimension), value)| figure(key, dimension.zh(), "hundredths", value));
    Some([figure("branches", "已计分支部", "branches", stars.branches)].into_iter().chain(averages).collect())
}

/// The overview of `node` as `known`: the sections that `may` lets somebody read. `scored` are the scores of its branches, and the
/// day that they reach.
pub(crate) fn overview(
    node: &Node,
    known: &Known,
    scored: Option<(Stars, Date)>,
    may: impl Fn(Action) -> bool,
) -> Overview {
    let mut sections = Vec::new();
    let mut tell = |action, key, name, as_of: Option<Date>, figures: Vec<Figure>| {
        if let Some(as_of) = as_of.filter(|_| may(action)) {
            sections.push(Section { key, name, as_of, figures });
        }
    };
    let (counted, taken) = (Some(known.counted_on), known.taken_on);
    // Members and what a branch owes are those of a branch, its groups with it.
    let of_branch = taken.filter(|_| counts_members(node));
    tell(Action::ReadOrganization, "organizations", "党组织", counted, organizations(known));
    tell(Action::ReadMember, "members", "党员", of_branch, members(known));
    tell(Action::ReadMeeting, "org-life", "组织生活", of_branch, org_life(known));
    tell(Action::ReadTask, "tasks", "重点任务", taken, tasks(known));
    let dues = [Counter::DuesBilled, Counter::DuesPaid, Counter::DuesReversed, Counter::DuesMonths];
    tell(Action::ReadDues, "dues", "党费", counted, recorded(known, &dues));
    let study = [Counter::StudyMinutes, Counter::Trainings, Counter::PapersPassed];
    tell(Action::ReadStudyRecords, "study", "党员教育", counted, recorded(known, &study));
    let findings = [Counter::FindingsOpened, Counter::FindingsClosed];
    tell(Action::ReadFinding, "findings", "提醒", counted, recorded(known, &findings));
    if let Some((scores, as_of)) = scored
        && let Some(figures) = stars(&scores)
    {
        tell(Action::ReadScores, "scores", "五星平均", Some(as_of), figures);
    }
    Overview { organization: node.id, name: node.name.as_str().to_owned(), month: known.month, sections }
}
