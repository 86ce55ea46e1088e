//! The rule data, and what is owed by it.

use crate::{Class, Fen, Month, Yuan};
use jiff::civil::Date;
use kernel::{ErrorCode, Refusal, RuleFile, Text};
use register::OrgKind;
use serde::Deserialize;

/// A named table of brackets.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Scale {
    scale: String,
    brackets: Vec<Bracket>,
}

/// The rate on the whole base, if that is at most `up_to`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bracket {
    up_to: Option<Fen>,
    basis_points: u64,
}

/// A sum that depends on no base.
#[derive(Debug, Clone, Copy, Deserialize)]
struct Fixed {
    least: Fen,
    most: Fen,
}

#[derive(Debug, Deserialize)]
struct ClassRule {
    class: Class,
    #[serde(default)]
    scale: Option<String>,
    #[serde(default)]
    fixed: Option<Fixed>,
    article: String,
}

/// The most that is usually asked for a month.
#[derive(Debug, Deserialize)]
pub struct UsualMost {
    /// More than this is voluntary.
    pub monthly: Fen,
    /// Where it is written.
    pub article: String,
}

/// When arrears become something that people talk about.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ArrearsRule {
    /// Consecutive months after which the member and the branch are told.
    pub notice_months: u8,
    /// Consecutive months after which the branch has a case to look into.
    pub case_months: u8,
    /// Where the first is written.
    pub article: String,
    /// Where the second is written.
    pub case_article: String,
}

/// A period of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Period {
    /// A month.
    Month,
    /// Three of them.
    Quarter,
    /// Twelve.
    Year,
}

impl Period {
    /// The last month of the one that `month` is in.
    #[must_use]
    pub fn last(self, month: Month) -> Month {
        let length = match self {
            Self::Month => 1,
            Self::Quarter => 3,
            Self::Year => 12,
        };
        (0..length).map(|more| month.after(more)).find(|last| last.number() % length == 0).unwrap_or(month)
    }
}

/// How far months are paid ahead.
#[derive(Debug, Deserialize)]
pub struct AheadRule {
    /// To the end of the period in which one pays.
    pub until: Period,
    /// Where it is written.
    pub article: String,
}

/// What somebody gives beyond what they owe.
#[derive(Debug, Deserialize)]
pub struct GiftRule {
    /// Less than this is no such gift.
    pub least: Fen,
    /// Where it is written.
    pub article: String,
}

/// Where something is written.
#[derive(Debug, Deserialize)]
pub struct Written {
    /// The article.
    pub article: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Retained {
    kind: OrgKind,
    basis_points: u64,
}

#[derive(Debug, Deserialize)]
struct Shares {
    retained: Vec<Retained>,
    confirmed: bool,
    article: String,
}

/// Rules of one version.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rules {
    /// Named by what was decided under it.
    pub version: String,
    /// Since when the regulation is in force.
    pub in_force: Date,
    scales: Vec<Scale>,
    classes: Vec<ClassRule>,
    /// The most that is usually asked.
    pub usual_most: UsualMost,
    /// Arrears.
    pub arrears: ArrearsRule,
    /// Paying ahead.
    pub ahead: AheadRule,
    /// Hardship.
    pub relief: Written,
    /// Larger sums that are given once.
    pub gift: GiftRule,
    /// What a branch tells its members once a year.
    pub publication: Written,
    shares: Shares,
}

/// What is owed for a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quote {
    /// By the rule.
    pub due: Fen,
    /// The least that may be set.
    pub least: Fen,
    /// The most that may be set.
    pub most: Fen,
    /// Where it is written.
    pub article: &'static str,
}

impl Quote {
    /// The sum that is set: `wanted`, as far as the rule leaves a choice; what the rule says without it.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidField`] at `/amount` when the rule leaves no such choice.
    pub fn set(&self, wanted: Option<Fen>) -> Result<Fen, Refusal> {
        let Self { due, least, most, article } = *self;
        match wanted {
            Some(wanted) if !(least..=most).contains(&wanted) => {
                let (least, most) = (Yuan(least), Yuan(most));
                let zh = format!("每月应为 {least} 至 {most} 元");
                Err(Refusal::field("/amount", Text::of(zh, format!("is {least} to {most} yuan a month"))).by(article))
            }
            wanted => Ok(wanted.unwrap_or(due)),
        }
    }
}

static RULES: RuleFile<Rules> = RuleFile::new(include_str!("../../../infra/rules/dues.json"));

impl Rules {
    /// The rules in force.
    ///
    /// # Errors
    /// [`ErrorCode::Internal`] when they do not read, which a test rules out.
    pub fn get() -> Result<&'static Self, Refusal> {
        RULES.get()
    }

    /// What a member of `class` with this monthly `base` owes for a month. The rate is on the whole base, upper bounds are
    /// inclusive, half a fen is rounded up. Over the usual most the rest is voluntary: the least is the usual most then.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidField`] at `/base` when the class needs one and there is none, or the other way round.
    pub fn quote(&'static self, class: Class, base: Option<Fen>) -> Result<Quote, Refusal> {
        let rule = self.classes.iter().find(|rule| rule.class == class).ok_or(ErrorCode::Internal)?;
        let article = rule.article.as_str();
        let wrong = |zh: &'static str, en: &'static str| Refusal::field("/base", Text::of(zh, en)).by(article);
        match (rule.fixed, &rule.scale, base) {
            (Some(Fixed { least, most }), _, None) => Ok(Quote { due: least, least, most, article }),
            (Some(_), _, Some(_)) => Err(wrong("该类党员按固定数额交纳，不填基数", "has no base: the sum is fixed")),
            (None, Some(_), None) => Err(wrong("请填写交纳基数", "is needed for this class")),
            (None, Some(scale), Some(base)) => {
                let scale = self.scales.iter().find(|one| one.scale == *scale).ok_or(ErrorCode::Internal)?;
                let bracket = scale.brackets.iter().find(|bracket| bracket.up_to.is_none_or(|most| base <= most));
                let due = base.share(bracket.ok_or(ErrorCode::Internal)?.basis_points);
                Ok(Quote { due, least: due.min(self.usual_most.monthly), most: due, article })
            }
            (None, None, _) => Err(ErrorCode::Internal.into()),
        }
    }

    /// What an organisation of this kind retains of what it takes in, in basis points; all of it where the rule says
    /// nothing.
    #[must_use]
    pub fn retained(&self, kind: OrgKind) -> u64 {
        self.shares.retained.iter().find(|share| share.kind == kind).map_or(10_000, |share| share.basis_points)
    }

    /// Whether a province has confirmed the shares, and where it is written that it decides them.
    #[must_use]
    pub fn shares(&self) -> (bool, &str) {
        (self.shares.confirmed, &self.shares.article)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn due(class: Class, base: &str) -> String {
        let base: Option<Yuan> = (!base.is_empty()).then(|| base.parse().unwrap());
        Yuan(Rules::get().unwrap().quote(class, base.map(|Yuan(fen)| fen)).unwrap().due).to_string()
    }

    #[test]
    fn the_rules_read_and_speak_of_every_class_and_level_once() {
        let rules = Rules::get().unwrap();
        let classes: Vec<_> = rules.classes.iter().map(|rule| rule.class).collect();
        assert_eq!(classes, Class::ALL);
        for rule in &rules.classes {
            assert!(rule.scale.is_some() != rule.fixed.is_some(), "{rule:?}");
            assert!(rule.article.contains('§'));
        }
        for scale in &rules.scales {
            let bounds: Vec<_> = scale.brackets.iter().map(|bracket| bracket.up_to).collect();
            assert!(bounds.last().unwrap().is_none());
            assert!(bounds.windows(2).all(|pair| pair[1].is_none() || pair[0] < pair[1]));
        }
        let kinds = OrgKind::ALL.into_iter().filter(|kind| *kind != OrgKind::Group);
        for kind in kinds {
            assert_eq!(rules.shares.retained.iter().filter(|share| share.kind == kind).count(), 1, "{kind:?}");
            assert!(rules.retained(kind) <= 10_000);
        }
        assert_eq!(rules.shares(), (false, "党费规定 §27"), "a province has to say so first");
        assert_eq!((rules.arrears.notice_months, rules.arrears.case_months, rules.gift.least), (3, 6, Fen(100_000)));
    }

    #[test]
    fn dues_are_paid_to_the_end_of_a_period() {
        let last = |period: Period, month: &str| period.last(month.parse().unwrap()).to_string();
        let quarter = Rules::get().unwrap().ahead.until;
        for (month, end) in [("2026-01", "2026-03"), ("2026-03", "2026-03"), ("2026-11", "2026-12")] {
            assert_eq!(last(quarter, month), end);
            assert_eq!((last(Period::Month, month).as_str(), last(Period::Year, month)), (month, "2026-12".to_owned()));
        }
    }

    #[test]
    fn the_vectors_of_the_regulation() {
        for (class, base, expected) in [
            (Class::Wage, "2999.99", "15.00"),
            (Class::Wage, "3000.00", "15.00"),
            (Class::Wage, "3000.01", "30.00"),
            (Class::Wage, "5000.00", "50.00"),
            (Class::Wage, "5000.01", "75.00"),
            (Class::Wage, "10000.00", "150.00"),
            (Class::Wage, "10000.01", "200.00"),
            (Class::Wage, "60000.00", "1200.00"),
            (Class::AnnualSalary, "3000.01", "30.00"),
            (Class::SelfEmployed, "3000", "15.00"),
            (Class::Retired, "5000.00", "25.00"),
            (Class::Retired, "5000.01", "50.00"),
            (Class::Farmer, "", "0.20"),
            (Class::Student, "", "0.20"),
            (Class::LaidOff, "", "0.20"),
            (Class::Relief, "", "0.20"),
            (Class::MinimumLiving, "", "0.20"),
            (Class::Wage, "0", "0.00"),
            // Half a fen is rounded up: 0.005 × 1.00 and 0.99 yuan.
            (Class::Wage, "1.00", "0.01"),
            (Class::Wage, "0.99", "0.00"),
        ] {
            assert_eq!(due(class, base), expected, "{class:?} {base}");
        }
    }

    #[test]
    fn a_base_is_given_exactly_where_the_rule_has_one() {
        let rules = Rules::get().unwrap();
        for class in Class::ALL {
            let (with, without) = (rules.quote(class, Some(Fen(1))), rules.quote(class, None));
            assert!(with.is_ok() != without.is_ok(), "{class:?}");
            let refused = with.err().or(without.err()).unwrap();
            assert_eq!((refused.code, refused.fields[0].pointer.as_str()), (ErrorCode::InvalidField, "/base"));
        }
    }

    #[test]
    fn a_choice_is_left_to_farmers_and_over_the_usual_most() {
        let rules = Rules::get().unwrap();
        let farmer = rules.quote(Class::Farmer, None).unwrap();
        assert_eq!((farmer.set(None).unwrap(), farmer.set(Some(Fen(100))).unwrap()), (Fen(20), Fen(100)));
        for wrong in [19, 101] {
            assert_eq!(farmer.set(Some(Fen(wrong))).unwrap_err().fields[0].pointer, "/amount");
        }
        let high = rules.quote(Class::Wage, Some(Fen(6_000_000))).unwrap();
        assert_eq!(high.set(None).unwrap(), Fen(120_000));
        assert_eq!(high.set(Some(Fen(100_000))).unwrap(), Fen(100_000));
        assert!(high.set(Some(Fen(99_999))).is_err() && high.set(Some(Fen(120_001))).is_err());
        let usual = rules.quote(Class::Wage, Some(Fen(300_000))).unwrap();
        assert!(usual.set(Some(Fen(1_499))).is_err());
    }

    proptest! {
        #[test]
        fn whoever_has_more_owes_no_less(class in prop::sample::select(Class::ALL.to_vec()), base in 0_u64..20_000_000, more in 0_u64..100_000) {
            let rules = Rules::get().unwrap();
            if let (Ok(less), Ok(more)) = (rules.quote(class, Some(Fen(base))), rules.quote(class, Some(Fen(base + more)))) {
                prop_assert!(less.due <= more.due);
                prop_assert!(less.due.0 * 10_000 <= base * 200 + 5_000, "two per cent at most");
            }
        }
    }
}
