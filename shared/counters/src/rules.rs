//! Bands, read from the rule data.

use kernel::{Refusal, RuleFile};
use serde::Deserialize;

/// A band of whole years.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Band {
    /// Its name in rows and in the API.
    pub key: String,
    /// Its Chinese name.
    pub name: String,
    /// The last year in it; none of the last band.
    pub up_to: Option<i16>,
}

/// A group that a typed text belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Words {
    /// Its name in rows and in the API.
    pub key: String,
    /// Its Chinese name.
    pub name: String,
    /// A text with any of these in it belongs to it.
    pub contains: Vec<String>,
}

/// Rules of one version. What the file says for its readers alone is left out.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rules {
    /// Named by what was counted under it.
    pub version: String,
    /// Groups of fewer persons are not shown to everybody.
    pub least_group: u64,
    /// By age, the youngest first.
    pub age: Vec<Band>,
    /// By length of membership, the shortest first.
    pub tenure: Vec<Band>,
    /// By education; the first that fits counts.
    pub education: Vec<Words>,
}

static RULES: RuleFile<Rules> = RuleFile::new(include_str!("../../../infra/rules/analytics.json"));

impl Rules {
    /// The rules in force.
    ///
    /// # Errors
    /// [`kernel::ErrorCode::Internal`] when they do not read, which a test rules out.
    pub fn get() -> Result<&'static Self, Refusal> {
        RULES.get()
    }
}

/// The band that so many whole years are in.
pub(crate) fn band(bands: &[Band], years: i16) -> Option<&Band> {
    bands.iter().find(|band| band.up_to.is_none_or(|last| years <= last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_read_and_leave_no_gap() {
        let rules = Rules::get().unwrap();
        assert_eq!(rules.least_group, 5);
        for bands in [&rules.age, &rules.tenure] {
            let (last, rest) = bands.split_last().unwrap();
            assert!(last.up_to.is_none(), "the last band takes everybody else");
            let ends: Vec<_> = rest.iter().map(|band| band.up_to.unwrap()).collect();
            assert!(ends.is_sorted_by(|one, other| one < other), "{ends:?}");
        }
        assert!(rules.education.iter().all(|words| !words.contains.is_empty()));
    }

    #[test]
    fn the_last_year_of_a_band_is_in_it() {
        let age = |years| band(&Rules::get().unwrap().age, years).unwrap().key.as_str();
        assert_eq!(
            [18, 30, 31, 35, 36, 60, 61, 104].map(age),
            ["to-30", "to-30", "31-35", "31-35", "36-40", "56-60", "from-61", "from-61"]
        );
    }
}
