//! What a branch owes besides meetings.

use crate::{Lasting, Period, Rules, Source, Standing, Strength};
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

/// Something that a branch owes besides meetings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OtherDuty)]
pub struct Other {
    /// Its name in the API.
    pub duty: String,
    /// Its Chinese name.
    pub name: String,
    /// In which period: `2026-H2`, `2026`.
    pub period: String,
    /// The last day on which it is in time.
    #[schema(value_type = String, format = Date)]
    pub due_on: Date,
    /// How it stands; absent where no record says whether it was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub standing: Option<Standing>,
    /// When it was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub done_on: Option<Date>,
    /// What says whether it was done.
    pub source: Source,
    /// How strictly the regulation puts it.
    pub strength: Strength,
    /// Where it is written.
    pub article: String,
}

/// What a branch that was there as `lasted` says owes besides meetings in the periods that end within the days of `whole`, and
/// how it stands on `today`; `published_on` is the day on which it first published what it collected in them. By the days on which
/// periods end.
#[must_use]
pub fn others(
    rules: &Rules,
    lasted: Lasting,
    published_on: Option<Date>,
    whole: (Date, Date),
    today: Date,
) -> Vec<Other> {
    let of = |period: Period, source: Source| match source {
        Source::None => (None, None),
        Source::Dues => {
            let standing = match published_on {
                Some(on) if on <= period.last() => Standing::Done,
                Some(_) => Standing::Late,
                None if today <= period.last() => Standing::Due,
                None => Standing::Missing,
            };
            (Some(standing), published_on)
        }
    };
    let mut found = Vec::new();
    for rule in &rules.others {
        for period in Period::begun(rule.every, whole, today).filter(|period| lasted.covers(*period)) {
            let (standing, done_on) = of(period, rule.source);
            found.push(Other {
                duty: rule.duty.clone(),
                name: rule.name.clone(),
                period: period.to_string(),
                due_on: period.last(),
                standing,
                done_on,
                source: rule.source,
                strength: rule.strength,
                article: rule.article.clone(),
            });
        }
    }
    found.sort_by_key(|other| other.due_on);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_record_tells_of_is_named_and_not_judged() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        let of = |published: Option<&str>, today: &str| {
            let whole = (day("2026-01-01"), day("2026-12-31"));
            let lasted = Lasting { from: day("2026-01-01"), until: None };
            others(Rules::get().unwrap(), lasted, published.map(day), whole, day(today))
        };
        let found = of(None, "2026-11-29");
        let halves: Vec<_> = found.iter().filter(|other| other.duty == "contact-abroad").collect();
        assert_eq!(halves.iter().map(|half| half.period.as_str()).collect::<Vec<_>>(), ["2026-H1", "2026-H2"]);
        assert!(halves.iter().all(|half| (half.standing, half.source) == (None, Source::None)));
        for (published, today, expected) in [
            (None, "2026-12-31", Standing::Due),
            (None, "2027-01-01", Standing::Missing),
            (Some("2026-12-31"), "2027-01-01", Standing::Done),
            (Some("2027-01-20"), "2027-02-01", Standing::Late),
        ] {
            let found = of(published, today);
            let dues = found.iter().find(|other| other.source == Source::Dues).unwrap();
            assert_eq!((dues.standing, dues.done_on), (Some(expected), published.map(day)), "{today}");
        }
    }
}
