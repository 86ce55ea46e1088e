//! Who is on the rolls: in which bands, on a stated day.
//!
//! Numbers are kept under `<breakdown>/<group>/<state>`, formal members, probationary ones and those whose membership is suspended
//! apart, so that they add up along the tree like any others.

use crate::{Band, Rules, Tally, rules::band};
use jiff::civil::Date;
use kernel::Sex;
use register::{Member, MemberState};

/// By what persons are divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Breakdown {
    /// 年龄, in completed years.
    Age,
    /// 性别
    Sex,
    /// 学历
    Education,
    /// 党龄, in completed years.
    Tenure,
    /// 正式、预备、停止党籍
    Status,
}

impl Breakdown {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Age, Self::Sex, Self::Education, Self::Tenure, Self::Status];

    /// Its name in rows and in the API.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Age => "age",
            Self::Sex => "sex",
            Self::Education => "education",
            Self::Tenure => "tenure",
            Self::Status => "status",
        }
    }

    /// Its Chinese name.
    #[must_use]
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Age => "年龄",
            Self::Sex => "性别",
            Self::Education => "学历",
            Self::Tenure => "党龄",
            Self::Status => "党籍状态",
        }
    }

    /// Its groups with their Chinese names, in their order: the same for everybody, whether or not somebody is in them.
    #[must_use]
    pub fn groups(self, rules: &Rules) -> Vec<(&str, &str)> {
        match self {
            Self::Age => named(&rules.age).collect(),
            Self::Sex => vec![(MALE, "男"), (FEMALE, "女")],
            Self::Education => {
                let known = rules.education.iter().map(|words| (words.key.as_str(), words.name.as_str()));
                known.chain([(UNKNOWN, "未登记")]).collect()
            }
            Self::Tenure => named(&rules.tenure).chain([(NOT_COUNTED, "未计党龄")]).collect(),
            Self::Status => STATES.iter().map(|state| (state.slug(), state.zh())).collect(),
        }
    }
}

fn named(bands: &[Band]) -> impl Iterator<Item = (&str, &str)> {
    bands.iter().map(|band| (band.key.as_str(), band.name.as_str()))
}

const MALE: &str = "male";
const FEMALE: &str = "female";
const UNKNOWN: &str = "unknown";
const NOT_COUNTED: &str = "not-counted";
/// In which state somebody on the rolls can be.
const STATES: [MemberState; 3] = [MemberState::Full, MemberState::Probationary, MemberState::Suspended];

/// Persons of a group, by where they stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Heads {
    /// 正式党员
    pub full: u64,
    /// 预备党员
    pub probationary: u64,
    /// 停止党籍
    pub suspended: u64,
}

impl Heads {
    /// All of them.
    #[must_use]
    pub const fn all(self) -> u64 {
        self.full.saturating_add(self.probationary).saturating_add(self.suspended)
    }

    const fn and(self, other: Self) -> Self {
        Self {
            full: self.full.saturating_add(other.full),
            probationary: self.probationary.saturating_add(other.probationary),
            suspended: self.suspended.saturating_add(other.suspended),
        }
    }
}

/// Whole years from `from` to `to`; none when `to` is earlier.
fn years(from: Date, to: Date) -> i16 {
    let before = (to.month(), to.day()) < (from.month(), from.day());
    (to.year() - from.year() - i16::from(before)).max(0)
}

/// The groups that a member is in on the day `stated`.
fn groups<'a>(rules: &'a Rules, stated: Date, member: &Member) -> [(Breakdown, &'a str); 4] {
    let of = |bands: &'a [Band], from: Date| band(bands, years(from, stated)).map(|band| band.key.as_str());
    let sex = match member.sex {
        Sex::Male => MALE,
        Sex::Female => FEMALE,
    };
    let learned = member.education.as_deref().unwrap_or_default();
    let education = rules.education.iter().find(|words| words.contains.iter().any(|word| learned.contains(word)));
    // Membership counts from the end of probation; who is not a formal member yet has no length of it.
    let since = member.full_since.filter(|since| *since <= stated);
    [
        (Breakdown::Age, of(&rules.age, member.born).unwrap_or(UNKNOWN)),
        (Breakdown::Sex, sex),
        (Breakdown::Education, education.map_or(UNKNOWN, |words| words.key.as_str())),
        (Breakdown::Tenure, since.and_then(|since| of(&rules.tenure, since)).unwrap_or(NOT_COUNTED)),
    ]
}

fn name(breakdown: Breakdown, group: &str, state: MemberState) -> String {
    format!("{}/{group}/{}", breakdown.slug(), state.slug())
}

/// Who of `members` is in which group on the day `stated`. Who is on no rolls is in none.
#[must_use]
pub fn composition<'a>(rules: &Rules, stated: Date, members: impl IntoIterator<Item = &'a Member>) -> Tally {
    let mut tally = Tally::default();
    for member in members.into_iter().filter(|member| member.state.is_current()) {
        for (breakdown, group) in groups(rules, stated, member) {
            tally.add(&name(breakdown, group, member.state), 1);
        }
    }
    tally
}

/// The groups of `breakdown` in what [`composition`] made, in their order: key, Chinese name, persons.
#[must_use]
pub fn heads<'a>(rules: &'a Rules, tally: &Tally, breakdown: Breakdown) -> Vec<(&'a str, &'a str, Heads)> {
    let of = |breakdown, group: &str| {
        let [full, probationary, suspended] = STATES.map(|state| tally.get(&name(breakdown, group, state)));
        Heads { full, probationary, suspended }
    };
    // Who stands where is told by any of the others.
    let everybody = of(Breakdown::Sex, MALE).and(of(Breakdown::Sex, FEMALE));
    let groups = breakdown.groups(rules).into_iter();
    let counted = groups.map(|(group, name)| {
        let heads = match (breakdown, group) {
            (Breakdown::Status, "full") => Heads { full: everybody.full, ..Heads::default() },
            (Breakdown::Status, "probationary") => Heads { probationary: everybody.probationary, ..Heads::default() },
            (Breakdown::Status, _) => Heads { suspended: everybody.suspended, ..Heads::default() },
            (other, group) => of(other, group),
        };
        (group, name, heads)
    });
    counted.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{MemberId, OrgId, OrgPath};
    use serde_json::json;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn member(born: &str, sex: Sex, education: Option<&str>, state: MemberState, full_since: Option<&str>) -> Member {
        let organization = OrgId::from_bytes(1, [1; 10]);
        let record = json!({
            "id": MemberId::from_bytes(1, [1; 10]), "organization": organization, "path": OrgPath::root(organization),
            "name": "陈员", "sex": sex, "born": born, "ethnicity": "汉族", "education": education, "category": "wage",
            "idCard": "v1", "idCardMasked": "", "idCardIndex": "", "phone": "v1", "phoneMasked": "", "phoneIndex": "",
            "state": state, "stateSince": "2010-07-01", "joinedOn": "2010-07-01", "fullSince": full_since,
            "version": 1, "updatedAt": "2026-11-01T00:00:00Z",
        });
        serde_json::from_value(record).unwrap()
    }

    /// Who is in which group, without those that nobody is in.
    fn found(members: &[Member], breakdown: Breakdown) -> Vec<(&'static str, Heads)> {
        let rules = Rules::get().unwrap();
        let tally = composition(rules, day("2026-11-01"), members);
        let all = heads(rules, &tally, breakdown).into_iter();
        all.filter(|(_, _, heads)| heads.all() > 0).map(|(key, _, heads)| (key, heads)).collect()
    }

    #[test]
    fn breakdowns_have_the_names_of_rows_and_of_readers() {
        assert_eq!(
            Breakdown::ALL.map(|breakdown| (breakdown.slug(), breakdown.zh())),
            [("age", "年龄"), ("sex", "性别"), ("education", "学历"), ("tenure", "党龄"), ("status", "党籍状态")]
        );
    }

    #[test]
    fn bands_are_those_of_the_stated_day() {
        let full = Heads { full: 1, ..Heads::default() };
        for (born, band) in
            [("1995-11-02", "to-30"), ("1995-11-01", "31-35"), ("1965-11-01", "from-61"), ("1965-11-02", "56-60")]
        {
            let one = member(born, Sex::Male, None, MemberState::Full, Some("2011-07-01"));
            assert_eq!(found(&[one], Breakdown::Age), [(band, full)], "{born}");
        }
        for (since, band) in [
            (Some("2020-11-02"), "to-5"),
            (Some("2020-11-01"), "6-10"),
            (Some("1976-11-01"), "from-50"),
            (Some("2026-11-02"), "not-counted"),
            (None, "not-counted"),
        ] {
            let one = member("1950-01-01", Sex::Male, None, MemberState::Full, since);
            assert_eq!(found(&[one], Breakdown::Tenure), [(band, full)], "{since:?}");
        }
    }

    #[test]
    fn education_is_sorted_by_the_first_words_that_fit() {
        for (text, group) in [
            (Some("在职研究生"), "postgraduate"),
            (Some("大学专科"), "college"),
            (Some("大学本科"), "university"),
            (Some("大学"), "university"),
            (Some("中专"), "secondary"),
            (Some("小学"), "basic"),
            (Some("其他"), "unknown"),
            (None, "unknown"),
        ] {
            let one = member("1990-01-01", Sex::Female, text, MemberState::Full, Some("2011-07-01"));
            assert_eq!(
                found(&[one], Breakdown::Education),
                [(group, Heads { full: 1, ..Heads::default() })],
                "{text:?}"
            );
        }
    }

    #[test]
    fn formal_and_probationary_members_are_apart_and_who_left_is_in_no_group() {
        let states = [
            (Sex::Male, MemberState::Full),
            (Sex::Male, MemberState::Full),
            (Sex::Female, MemberState::Probationary),
            (Sex::Male, MemberState::Suspended),
            (Sex::Male, MemberState::TransferredOut),
            (Sex::Female, MemberState::Deceased),
        ];
        let all: Vec<_> = states.iter().map(|(sex, state)| member("1990-01-01", *sex, None, *state, None)).collect();
        let male = Heads { full: 2, probationary: 0, suspended: 1 };
        let female = Heads { full: 0, probationary: 1, suspended: 0 };
        assert_eq!(found(&all, Breakdown::Sex), [("male", male), ("female", female)]);
        let by_status: Vec<_> = found(&all, Breakdown::Status).iter().map(|(key, heads)| (*key, heads.all())).collect();
        assert_eq!(by_status, [("full", 2), ("probationary", 1), ("suspended", 1)]);
        for breakdown in Breakdown::ALL {
            let persons: u64 = found(&all, breakdown).iter().map(|(_, heads)| heads.all()).sum();
            assert_eq!(persons, 4, "{breakdown:?}");
        }
    }
}
