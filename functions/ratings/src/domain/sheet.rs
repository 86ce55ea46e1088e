//! The score sheet of a year.

use super::{Hand, Rules, field, illegal, points};
use jiff::{Timestamp, civil::Date};
use kernel::{ErrorCode, Line, MemberId, OrgId, Refusal, Text};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// An item of a sheet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct StarItem {
    /// What scores name it by; once on a sheet.
    #[schema(value_type = String)]
    pub(crate) id: Line<30>,
    #[schema(value_type = String)]
    pub(crate) name: Line<60>,
    /// What it gives at most, in hundredths of a point.
    pub(crate) max: u32,
    /// Kinds of activities that can be linked to it; none for what no record speaks of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>)]
    pub(crate) kinds: Vec<Line<40>>,
}

/// Something that leaves few stars or none, whatever the points.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct StarVeto {
    /// What decisions name it by; once on a sheet.
    #[schema(value_type = String)]
    pub(crate) id: Line<30>,
    #[schema(value_type = String)]
    pub(crate) name: Line<100>,
    /// Stars that it leaves at most; 0 for none.
    pub(crate) at_most: u8,
}

/// Which share of the branches should have so many stars: a figure for the report, which takes no star from anybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct StarShare {
    pub(crate) star: u8,
    /// Per cent of those that were awarded a star, or none.
    #[schema(maximum = 100)]
    pub(crate) at_most_percent: u8,
}

/// A sheet as the department draws it up.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewStarSheet {
    /// The committee at the root, whose department draws it up.
    pub(crate) organization: OrgId,
    /// What all items come to, in hundredths of a point.
    pub(crate) total: u32,
    pub(crate) items: Vec<StarItem>,
    #[serde(default)]
    pub(crate) vetoes: Vec<StarVeto>,
    #[serde(default)]
    pub(crate) shares: Vec<StarShare>,
    /// First day on which branches apply, in Shanghai.
    #[schema(value_type = String, format = Date)]
    pub(crate) opens_on: Date,
    /// Last day on which they apply and hand in.
    #[schema(value_type = String, format = Date)]
    pub(crate) closes_on: Date,
}

/// The sheet of a year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StarSheet {
    pub(crate) year: i16,
    /// The committee at the root, whose department drew it up.
    pub(crate) organization: OrgId,
    /// In hundredths of a point.
    pub(crate) total: u32,
    pub(crate) items: Vec<StarItem>,
    pub(crate) vetoes: Vec<StarVeto>,
    pub(crate) shares: Vec<StarShare>,
    #[schema(value_type = String, format = Date)]
    pub(crate) opens_on: Date,
    #[schema(value_type = String, format = Date)]
    pub(crate) closes_on: Date,
    /// Who drew it up, or edited it last.
    pub(crate) drawn_by: MemberId,
    #[schema(value_type = String, format = DateTime)]
    pub(crate) drawn_at: Timestamp,
    /// The version of the rules that it was drawn up by.
    pub(crate) rules: String,
    pub(crate) version: u64,
}

/// Refuses a name that comes twice.
fn once<'a>(list: &str, ids: impl Iterator<Item = &'a Line<30>>) -> Result<(), Refusal> {
    let mut seen = BTreeSet::new();
    for (at, id) in ids.enumerate() {
        if !seen.insert(id) {
            return Err(field(format!("/{list}/{at}/id"), "编号重复", "comes twice"));
        }
    }
    Ok(())
}

impl NewStarSheet {
    /// The sheet of `year`, drawn up before its window opens.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidField`] for whatever does not fit: items that do not come to the total, a window that is open already.
    pub(crate) fn drawn(self, year: i16, rules: &Rules, hand: Hand) -> Result<StarSheet, Refusal> {
        self.check_items(rules)?;
        self.check_vetoes(rules)?;
        self.check_window(year, rules, hand.today())?;
        Ok(StarSheet {
            year,
            organization: self.organization,
            total: self.total,
            items: self.items,
            vetoes: self.vetoes,
            shares: self.shares,
            opens_on: self.opens_on,
            closes_on: self.closes_on,
            drawn_by: hand.by,
            drawn_at: hand.at,
            rules: rules.version.clone(),
            version: 1,
        })
    }

    fn check_items(&self, rules: &Rules) -> Result<(), Refusal> {
        if self.items.is_empty() || self.items.len() > rules.most_items {
            let most = rules.most_items;
            return Err(field("/items", format!("应有 1 至 {most} 项"), format!("must be 1 to {most} items")));
        }
        once("items", self.items.iter().map(|item| &item.id))?;
        for (at, item) in self.items.iter().enumerate() {
            if !(1..=rules.total).contains(&item.max) {
                let (zh, en) = ("每项分值应大于零、不超过总分", "must be over zero and not over the total");
                return Err(field(format!("/items/{at}/max"), zh, en));
            }
            let mut kinds = BTreeSet::new();
            if let Some(n) = item.kinds.iter().position(|kind| rules.fact(kind).is_none() || !kinds.insert(kind)) {
                let (zh, en) = ("不是可以引用的记录种类，或重复", "is no kind that can be linked, or comes twice");
                return Err(field(format!("/items/{at}/kinds/{n}"), zh, en));
            }
        }
        let sum: u32 = self.items.iter().map(|item| item.max).sum();
        if sum != self.total {
            let zh = format!("各项分值合计为 {} 分，与总分不符", points(sum));
            return Err(field("/total", zh, format!("the items come to {} points", points(sum))));
        }
        if self.total != rules.total {
            let whole = points(rules.total);
            return Err(field("/total", format!("总分应为 {whole} 分"), format!("must be {whole} points")));
        }
        Ok(())
    }

    fn check_vetoes(&self, rules: &Rules) -> Result<(), Refusal> {
        if self.vetoes.len() > rules.most_vetoes {
            let most = rules.most_vetoes;
            return Err(field("/vetoes", format!("最多 {most} 项"), format!("must be at most {most} items")));
        }
        once("vetoes", self.vetoes.iter().map(|veto| &veto.id))?;
        if let Some(at) = self.vetoes.iter().position(|veto| veto.at_most > rules.veto_at_most) {
            let most = rules.veto_at_most;
            let (zh, en) = (format!("一票否决项最多保留 {most} 星"), format!("must be at most {most} stars"));
            return Err(field(format!("/vetoes/{at}/atMost"), zh, en));
        }
        let mut stars = BTreeSet::new();
        for (at, share) in self.shares.iter().enumerate() {
            let known = rules.bands.iter().any(|band| band.star == share.star);
            if !known || !stars.insert(share.star) {
                let (zh, en) = ("没有这一星级，或重复", "is no number of stars, or comes twice");
                return Err(field(format!("/shares/{at}/star"), zh, en));
            }
            if share.at_most_percent > 100 {
                let (zh, en) = ("比例应为 0 至 100", "must be from 0 to 100");
                return Err(field(format!("/shares/{at}/atMostPercent"), zh, en));
            }
        }
        Ok(())
    }

    fn check_window(&self, year: i16, rules: &Rules, today: Date) -> Result<(), Refusal> {
        let (opens, longest) = (self.opens_on, rules.longest_window_days);
        if opens <= today {
            return Err(field("/opensOn", "应晚于今天", "must be later than today"));
        }
        if opens.year() != year && opens.year() - 1 != year {
            return Err(field("/opensOn", "应在评星年度或其次年", "must be in the year or in the one after it"));
        }
        if !(0..longest).contains(&(self.closes_on - opens).get_days()) {
            let zh = format!("应不早于开始日期，申报期最长 {longest} 天");
            return Err(field("/closesOn", zh, format!("must be within {longest} days from the day it opens")));
        }
        Ok(())
    }
}

impl StarSheet {
    /// The same as `new` says, as long as its window is not open.
    ///
    /// # Errors
    /// [`ErrorCode::IllegalTransition`] from the day on which it opens; otherwise as [`NewStarSheet::drawn`].
    pub(crate) fn edited(&self, new: NewStarSheet, rules: &Rules, hand: Hand) -> Result<Self, Refusal> {
        if hand.today() >= self.opens_on {
            return Err(illegal("申报已开始，评分表不能再修改", "the window is open: the sheet stays as it is"));
        }
        Ok(Self { version: self.version + 1, ..new.drawn(self.year, rules, hand)? })
    }

    /// Whether branches can apply and hand in on `today`.
    ///
    /// # Errors
    /// [`ErrorCode::Forbidden`] with both days where they cannot.
    pub(crate) fn open_on(&self, today: Date) -> Result<(), Refusal> {
        let (opens, closes) = (self.opens_on, self.closes_on);
        if (opens..=closes).contains(&today) {
            return Ok(());
        }
        let (zh, en) = (format!("申报时间为 {opens} 至 {closes}"), format!("the window is from {opens} to {closes}"));
        Err(Refusal::new(ErrorCode::Forbidden).because(Text::of(zh, en)))
    }

    /// The item of this id.
    pub(crate) fn item(&self, id: &str) -> Option<&StarItem> {
        self.items.iter().find(|item| item.id.as_str() == id)
    }

    /// The veto item of this id.
    pub(crate) fn veto(&self, id: &str) -> Option<&StarVeto> {
        self.vetoes.iter().find(|veto| veto.id.as_str() == id)
    }
}
