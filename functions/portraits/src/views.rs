//! Portraits as clients see them. Points are in hundredths everywhere.

mod evidence;
mod performance;

pub(crate) use evidence::EvidencePack;
pub(crate) use performance::Performance;

use crate::domain::{Appeal, AppealState, Gap, MemberRating, RatingBand, Rules};
use jiff::civil::Date;
use kernel::{AppealId, MemberId, OrgId, PersonName};
use scoring::{Dimension, FactKind, Line, Rule, RuleStanding, Sheet, State, Subject, Why};
use serde::Serialize;
use utoipa::ToSchema;

/// A rule, as whatever refers to it names it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PortraitRule)]
pub(crate) struct RuleView {
    id: &'static str,
    version: u32,
    name: &'static str,
    /// Where it is written that this is asked for.
    article: &'static str,
    /// Whether the number is ours, or no regulation in force was found.
    unconfirmed: bool,
}

impl From<&'static Rule> for RuleView {
    fn from(rule: &'static Rule) -> Self {
        let Rule { id, version, name, article, unconfirmed, .. } = rule;
        Self { id, version: *version, name, article, unconfirmed: *unconfirmed }
    }
}

/// Why a line is there.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = PortraitWhy)]
pub(crate) enum WhyView {
    /// Nothing is asked of them, or nothing was held.
    NothingAsked,
    /// The rule begins with its whole and takes away.
    FromTheBeginning,
    /// It was done.
    Done,
    /// It was missed.
    Missed,
    /// It was not asked of them.
    Exempt,
}

impl WhyView {
    /// In Chinese.
    const fn zh(self) -> &'static str {
        match self {
            Self::NothingAsked => "未作要求",
            Self::FromTheBeginning => "起始满分",
            Self::Done => "已完成",
            Self::Missed => "未完成",
            Self::Exempt => "免于要求",
        }
    }
}

impl From<Why> for WhyView {
    fn from(why: Why) -> Self {
        match why {
            Why::NothingAsked => Self::NothingAsked,
            Why::FromTheBeginning => Self::FromTheBeginning,
            Why::Done => Self::Done,
            Why::Missed => Self::Missed,
            Why::Exempt => Self::Exempt,
        }
    }
}

/// A line: points, and where they come from. All lines of a dimension together are its points.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PortraitLine)]
pub(crate) struct LineView {
    rule: RuleView,
    /// The record; absent for what a rule begins with.
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<String>,
    /// The day of the record.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    on: Option<Date>,
    /// Whether the record was written down late; it counts as much.
    late: bool,
    why: WhyView,
    /// The appeal by which it was corrected.
    #[serde(skip_serializing_if = "Option::is_none")]
    corrected_by: Option<AppealId>,
    points: i32,
}

impl LineView {
    fn of(line: &Line<'static>, appeals: &[Appeal]) -> Self {
        let record = line.record.map(|record| record.to_string());
        // The latest one comes first.
        let granted =
            |appeal: &&Appeal| appeal.state == AppealState::Granted && Some(&appeal.record) == record.as_ref();
        let corrected_by = appeals.iter().find(granted).filter(|_| line.corrected).map(|appeal| appeal.id);
        let (on, late, why) = (line.on, line.late, line.why.into());
        Self { rule: line.rule.into(), record, on, late, why, corrected_by, points: line.points }
    }
}

/// A kind of record.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PortraitRecordKind)]
pub(crate) struct KindView {
    kind: &'static str,
    name: &'static str,
}

/// Those that a rule looks at.
fn kinds(rule: &Rule) -> Vec<KindView> {
    let kinds = FactKind::ALL.iter().filter(|kind| rule.facts.contains(**kind));
    kinds.map(|kind| KindView { kind: kind.slug(), name: kind.zh() }).collect()
}

/// A rule that has not given everything yet, and what would change that.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PortraitAhead)]
pub(crate) struct AheadView {
    rule: RuleView,
    /// What it gave.
    points: u32,
    /// What it can give.
    whole: u32,
    /// How much is recorded: records, minutes of study, months of dues.
    done: u64,
    /// How much is asked of the whole year.
    asked: u64,
    /// Records of these kinds would count.
    records: Vec<KindView>,
}

impl From<&RuleStanding<'static>> for AheadView {
    fn from(standing: &RuleStanding<'static>) -> Self {
        let RuleStanding { rule, done, asked, points, .. } = *standing;
        Self { rule: rule.into(), points, whole: rule.whole, done, asked, records: kinds(rule) }
    }
}

/// One of the five numbers.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PortraitDimension)]
pub(crate) struct DimensionView {
    #[schema(value_type = String)]
    dimension: Dimension,
    name: &'static str,
    /// Of 10000.
    points: u32,
    lines: Vec<LineView>,
    /// Rules that have not given everything yet.
    ahead: Vec<AheadView>,
}

/// Five numbers with their reasons.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Portrait {
    /// Whose; absent for that of a branch.
    #[serde(skip_serializing_if = "Option::is_none")]
    member: Option<MemberId>,
    branch: OrgId,
    /// In one's own: the branches that one belonged to in the year, the last one first, where there were several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    branches: Vec<OrgId>,
    year: i16,
    /// The last day that is in it. What was recorded later is in the next night's.
    #[schema(value_type = String, format = Date)]
    as_of: Date,
    /// Whether the year is over. Before that the numbers are what has been done of a whole year.
    year_is_over: bool,
    /// The version of the rule sheet.
    sheet: &'static str,
    dimensions: Vec<DimensionView>,
    /// The band that the numbers suggest to whoever confirms one; absent for a branch.
    #[serde(skip_serializing_if = "Option::is_none")]
    suggested: Option<RatingBand>,
    /// What a person confirmed; absent until somebody did.
    #[serde(skip_serializing_if = "Option::is_none")]
    rating: Option<MemberRating>,
}

/// Whose portrait of when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Whose {
    pub(crate) subject: Subject,
    pub(crate) branch: OrgId,
    pub(crate) as_of: Date,
    pub(crate) today: Date,
}

/// The five numbers of somebody, in the order in which they are shown.
pub(crate) fn five(standings: &[RuleStanding<'_>], dimensions: [Dimension; 5]) -> [u16; 5] {
    dimensions.map(|dimension| {
        let of = standings.iter().filter(|standing| standing.rule.dimension == dimension);
        u16::try_from(of.map(|standing| standing.points).sum::<u32>()).unwrap_or(u16::MAX)
    })
}

impl Portrait {
    /// What `state` comes to; `None` for somebody who did not belong to the branch in the year. A rating rests on what was scored in
    /// its branch, and is of no other portrait.
    pub(crate) fn of(
        (state, sheet): (&State, &'static Sheet),
        Whose { subject, branch, as_of, today }: Whose,
        (rating, appeals): (Option<MemberRating>, &[Appeal]),
        rules: &Rules,
    ) -> Option<Self> {
        let standings = state.standings(sheet, subject);
        if standings.is_empty() {
            return None;
        }
        let lines = state.lines(sheet, subject);
        let (member, five_of) = match subject {
            Subject::Branch => (None, Dimension::OF_BRANCH),
            Subject::Member(member) => (Some(member), Dimension::OF_MEMBER),
        };
        let points = five(&standings, five_of);
        let dimension = |(dimension, points): (Dimension, u16)| {
            let lines = lines.iter().filter(|line| line.rule.dimension == dimension);
            let short = |standing: &&RuleStanding<'static>| {
                standing.rule.dimension == dimension && standing.points < standing.rule.whole && standing.asked > 0
            };
            DimensionView {
                dimension,
                name: dimension.zh(),
                points: points.into(),
                lines: lines.map(|line| LineView::of(line, appeals)).collect(),
                ahead: standings.iter().filter(short).map(AheadView::from).collect(),
            }
        };
        let rating = rating.filter(|rating| rating.branch == branch);
        Some(Self {
            member,
            branch,
            branches: Vec::new(),
            year: state.year(),
            as_of,
            year_is_over: today.year() > state.year(),
            sheet: &sheet.version,
            dimensions: five_of.into_iter().zip(points).map(dimension).collect(),
            suggested: member.map(|_| RatingBand::suggested(points, rules)),
            rating,
        })
    }

    /// The same with the `branches` of the year, where there were several.
    pub(crate) fn among(self, branches: &[OrgId]) -> Self {
        Self { branches: if branches.len() > 1 { branches.to_vec() } else { Vec::new() }, ..self }
    }
}

/// The five numbers of one member.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = MemberScores)]
pub(crate) struct ScoresView {
    pub(crate) member: MemberId,
    /// Absent for somebody who is no longer in the register.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<PersonName>,
    /// 组织生活, 学习教育, 履行义务, 先锋作用, 日常行为
    #[schema(value_type = Vec<u16>)]
    pub(crate) points: [u16; 5],
}

/// A page of scores.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ScoresPage {
    pub(crate) year: i16,
    /// The last day that is in them; absent as long as there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub(crate) as_of: Option<Date>,
    /// The version of the rule sheet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sheet: Option<String>,
    /// By id, never by points.
    pub(crate) items: Vec<ScoresView>,
    /// The cursor of the next page.
    pub(crate) next: Option<String>,
}

/// What a branch still has to record.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SelfCheckGap)]
pub(crate) struct GapView {
    rule: RuleView,
    /// How much is recorded: records, minutes of study, months of dues.
    done: u64,
    /// How much is due by now.
    due: u64,
    /// How much is asked of the whole year.
    asked: u64,
    /// A record of any of these kinds closes it.
    records: Vec<KindView>,
}

impl From<&Gap<'static>> for GapView {
    fn from(Gap { standing, due }: &Gap<'static>) -> Self {
        let RuleStanding { rule, done, asked, .. } = *standing;
        Self { rule: rule.into(), done, due: *due, asked, records: kinds(rule) }
    }
}

/// What a branch finds by itself.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SelfCheck {
    branch: OrgId,
    year: i16,
    /// Everything that was recorded up to now is in it.
    #[schema(value_type = String, format = Date)]
    as_of: Date,
    /// The version of the rule sheet.
    sheet: &'static str,
    /// Rules of which less is recorded than is due. Each is gone once its record is there.
    gaps: Vec<GapView>,
    /// Records that were written down late.
    late: Vec<LineView>,
}

impl SelfCheck {
    pub(crate) fn of(
        (state, sheet): (&State, &'static Sheet),
        branch: OrgId,
        gaps: &[Gap<'static>],
        as_of: Date,
    ) -> Self {
        let lines = state.lines(sheet, Subject::Branch);
        let late = lines.iter().filter(|line| line.late).map(|line| LineView::of(line, &[]));
        Self {
            branch,
            year: state.year(),
            as_of,
            sheet: &sheet.version,
            gaps: gaps.iter().map(GapView::from).collect(),
            late: late.collect(),
        }
    }
}
