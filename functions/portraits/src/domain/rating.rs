//! Ratings: a band is suggested by computation, and is there once a person confirmed one.

use super::{Hand, Rules, illegal};
use jiff::{Timestamp, civil::Date};
use kernel::{ErrorCode, Line, MemberId, OrgId, Refusal};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A band of a member's year. It is none of the grades of 民主评议党员.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum RatingBand {
    /// 优秀
    Excellent,
    /// 良好
    Good,
    /// 中等
    Fair,
    /// 达标
    Sufficient,
    /// 有待提高
    NeedsAttention,
}

impl RatingBand {
    /// The band that five numbers suggest: by their mean, each bound belonging to the band above it.
    pub(crate) fn suggested(points: [u16; 5], rules: &Rules) -> Self {
        let sum: u32 = points.into_iter().map(u32::from).sum();
        let reached = rules.ratings.bands.iter().find(|band| sum >= 5 * band.from);
        reached.map_or(Self::NeedsAttention, |band| band.band)
    }
}

/// What a member's year came to by computation.
#[derive(Debug, Clone)]
pub(crate) struct Scored {
    pub(crate) points: [u16; 5],
    /// The last day that is in it.
    pub(crate) as_of: Date,
    /// The version of the rule sheet.
    pub(crate) sheet: String,
}

/// What somebody confirms.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewRating {
    /// The branch in which the year is rated, of those that the member belonged to in it; the present one when it is left out.
    pub(crate) branch: Option<OrgId>,
    /// The band; it may be another one than is suggested.
    pub(crate) band: RatingBand,
    /// What it rests on: a meeting and its resolution, and why, where the band is not the suggested one.
    #[schema(value_type = String)]
    pub(crate) basis: Line<500>,
}

/// A rating that a person confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MemberRating {
    pub(crate) member: MemberId,
    /// The branch whose scores of the member it rests on.
    pub(crate) branch: OrgId,
    pub(crate) year: i16,
    pub(crate) band: RatingBand,
    /// What was suggested then.
    pub(crate) suggested: RatingBand,
    /// The five numbers of then, in hundredths of a point.
    #[schema(value_type = Vec<u16>)]
    pub(crate) points: [u16; 5],
    /// The last day that was in them.
    #[schema(value_type = String, format = Date)]
    pub(crate) as_of: Date,
    #[schema(value_type = String)]
    pub(crate) basis: Line<500>,
    /// The version of the rule sheet.
    pub(crate) sheet: String,
    /// The version of the bands.
    pub(crate) rules: String,
    pub(crate) confirmed_by: MemberId,
    #[schema(value_type = String, format = DateTime)]
    pub(crate) confirmed_at: Timestamp,
    pub(crate) version: u64,
}

impl NewRating {
    /// The rating of a year of `member` in `branch`.
    ///
    /// # Errors
    /// [`ErrorCode::OwnCase`] for oneself; [`ErrorCode::IllegalTransition`] before the year can be rated.
    pub(crate) fn confirmed(
        self,
        (member, branch, year): (MemberId, OrgId, i16),
        Scored { points, as_of, sheet }: Scored,
        rules: &Rules,
        hand: Hand,
    ) -> Result<MemberRating, Refusal> {
        if hand.by == member {
            return Err(ErrorCode::OwnCase.into());
        }
        let first = Date::new(year, rules.ratings.from_month, 1);
        if first.is_ok_and(|first| hand.today() < first) {
            return Err(illegal("本年度尚未到综合评定的时间", "it is too early to rate this year"));
        }
        Ok(MemberRating {
            member,
            branch,
            year,
            band: self.band,
            suggested: RatingBand::suggested(points, rules),
            points,
            as_of,
            basis: self.basis,
            sheet,
            rules: rules.version.clone(),
            confirmed_by: hand.by,
            confirmed_at: hand.at,
            version: 1,
        })
    }
}
