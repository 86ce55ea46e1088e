//! How the stars of a year are shared among branches. A report: it takes no star from anybody, and is about no person.

use super::{Rules, StarSheet};
use kernel::{OrgId, OrgPath};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Branches with so many stars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StarCount {
    /// 0 for none.
    pub(crate) star: u8,
    pub(crate) branches: u32,
    /// Of all that were awarded, in hundredths of a per cent, rounded down.
    pub(crate) share: u32,
}

/// The stars below an organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StarArea {
    /// One directly below the organisation that was asked for, or that itself.
    pub(crate) organization: OrgId,
    /// Branches that were awarded a star, or none.
    pub(crate) awarded: u32,
    pub(crate) stars: Vec<StarCount>,
}

/// A share that the sheet names, beside what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StarLimit {
    pub(crate) star: u8,
    pub(crate) at_most_percent: u8,
    /// Whether more branches have so many stars.
    pub(crate) is_over: bool,
}

/// The stars of a year at and below an organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StarReport {
    pub(crate) year: i16,
    pub(crate) organization: OrgId,
    /// Branches that were awarded a star, or none.
    pub(crate) awarded: u32,
    pub(crate) stars: Vec<StarCount>,
    pub(crate) limits: Vec<StarLimit>,
    /// By id of the organisation, and never by stars.
    pub(crate) areas: Vec<StarArea>,
}

/// How many branches have how many stars.
#[derive(Debug, Default)]
struct Tally(BTreeMap<u8, u32>);

impl Tally {
    fn add(&mut self, star: u8) {
        *self.0.entry(star).or_default() += 1;
    }

    fn awarded(&self) -> u32 {
        self.0.values().sum()
    }

    fn of(&self, star: u8) -> u32 {
        self.0.get(&star).copied().unwrap_or_default()
    }

    /// The share of `star`, in hundredths of a per cent.
    fn share(&self, star: u8) -> u32 {
        let share = (u64::from(self.of(star)) * 10_000).checked_div(u64::from(self.awarded()));
        share.and_then(|share| u32::try_from(share).ok()).unwrap_or_default()
    }

    /// Every number of stars, the most first.
    fn counts(&self, rules: &Rules) -> Vec<StarCount> {
        let stars = rules.bands.iter().map(|band| band.star).chain([0]);
        stars.map(|star| StarCount { star, branches: self.of(star), share: self.share(star) }).collect()
    }

    fn is_over(&self, star: u8, at_most_percent: u8) -> bool {
        u64::from(self.of(star)) * 100 > u64::from(self.awarded()) * u64::from(at_most_percent)
    }
}

impl StarReport {
    /// Of the stars that were `awarded` to branches at these paths, in the year `year`, at and below the organisation at `place`.
    pub(crate) fn of<'a>(
        (year, organization, place): (i16, OrgId, &OrgPath),
        awarded: impl Iterator<Item = (&'a OrgPath, u8)>,
        sheet: Option<&StarSheet>,
        rules: &Rules,
    ) -> Self {
        let (mut all, mut areas) = (Tally::default(), BTreeMap::<OrgId, Tally>::new());
        for (path, star) in awarded {
            all.add(star);
            areas.entry(path.ids().nth(place.depth()).unwrap_or(organization)).or_default().add(star);
        }
        let limits = sheet.into_iter().flat_map(|sheet| &sheet.shares).map(|share| StarLimit {
            star: share.star,
            at_most_percent: share.at_most_percent,
            is_over: all.is_over(share.star, share.at_most_percent),
        });
        Self {
            year,
            organization,
            awarded: all.awarded(),
            stars: all.counts(rules),
            limits: limits.collect(),
            areas: areas
                .into_iter()
                .map(|(organization, area)| StarArea {
                    organization,
                    awarded: area.awarded(),
                    stars: area.counts(rules),
                })
                .collect(),
        }
    }
}
