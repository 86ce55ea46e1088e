//! Rows of a file of persons.

use super::{
    Header, Places, RowProblem,
    columns::{Column, column},
};
use jiff::civil::Date;
use kernel::{Line, Text};
use register::{Category, Draft, Member, MemberState};
use sheet::Row;
use std::{borrow::Cow, fmt::Display, str::FromStr};

/// The columns, in the order of an export.
pub(crate) const COLUMNS: &[Column] = &[
    column("所在组织", "/organization", true),
    column("姓名", "/name", true),
    column("身份证号", "/idCard", true),
    column("手机号", "/phone", true),
    column("民族", "/ethnicity", true),
    column("学历", "/education", false),
    column("工作单位", "/unit", false),
    column("类别", "/category", true),
    column("党籍状态", "/state", true),
    column("入党日期", "/joinedOn", true),
    column("转正日期", "/fullSince", false),
];

fn parsed<T: FromStr<Err: Display>>(text: &str) -> Result<T, Text> {
    text.parse().map_err(|wrong: T::Err| Text::from_display(&wrong))
}

pub(super) fn line<const MAX: usize>(text: &str) -> Result<Line<MAX>, Text> {
    Line::try_from(text).map_err(|wrong: Cow<'static, str>| Text::from_display(&wrong))
}

/// One of a few, by its Chinese name or its name in the API.
pub(super) fn one_of<T: Copy>(
    all: &[T],
    names: impl Fn(T) -> (&'static str, &'static str),
    text: &str,
) -> Result<T, Text> {
    let found = all.iter().copied().find(|one| <[&str; 2]>::from(names(*one)).contains(&text));
    found.ok_or_else(|| {
        let known: Vec<_> = all.iter().map(|one| names(*one).0).collect();
        Text::of(format!("应为以下之一：{}", known.join("、")), format!("must be one of {}", known.join(", ")))
    })
}

/// A day as people write it: `2026-06-18`, `2026/6/18`, `2026.6.18`, `20260618`, `2026年6月18日`.
pub(super) fn day(text: &str) -> Result<Date, Text> {
    let wrong = || Text::of("日期应写作 2026-06-18", "a day is written 2026-06-18");
    let digits = text.len() == 8 && text.bytes().all(|digit| digit.is_ascii_digit());
    let parts: Vec<&str> = if digits {
        [0..4, 4..6, 6..8].into_iter().filter_map(|part| text.get(part)).collect()
    } else {
        text.trim_end_matches('日').split(['-', '/', '.', '年', '月']).collect()
    };
    let [year, month, day] = parts.as_slice() else { return Err(wrong()) };
    let number = |part: &str| part.parse::<i16>().ok();
    let date = || {
        let small = |part: &str| i8::try_from(number(part)?).ok();
        Date::new(number(year).filter(|year| *year >= 1900)?, small(month)?, small(day)?).ok()
    };
    date().ok_or_else(wrong)
}

/// The person of a row, of any state that an export has; whether they can be registered so is another question.
///
/// # Errors
/// Everything that cannot be read, column by column.
pub(crate) fn person(header: &Header, row: &Row, places: &Places) -> Result<Draft, Vec<RowProblem>> {
    let mut problems = Vec::new();
    let wrong = &mut problems;
    let home = header.take(row, "/organization", wrong, |text| places.find(text));
    let name = header.take(row, "/name", wrong, parsed);
    let id_card = header.take(row, "/idCard", wrong, parsed);
    let phone = header.take(row, "/phone", wrong, parsed);
    let ethnicity = header.take(row, "/ethnicity", wrong, line);
    let education = header.take(row, "/education", wrong, line);
    let unit = header.take(row, "/unit", wrong, line);
    let category =
        header.take(row, "/category", wrong, |text| one_of(&Category::ALL, |one| (one.zh(), one.slug()), text));
    let states = [MemberState::Probationary, MemberState::Full, MemberState::Suspended];
    let state = header.take(row, "/state", wrong, |text| one_of(&states, |one| (one.zh(), one.slug()), text));
    let joined_on = header.take(row, "/joinedOn", wrong, day);
    let full_since = header.take(row, "/fullSince", wrong, day);

    let read = (home, name, id_card, phone, ethnicity, category, state, joined_on);
    let (
        Some(home),
        Some(name),
        Some(id_card),
        Some(phone),
        Some(ethnicity),
        Some(category),
        Some(state),
        Some(joined_on),
    ) = read
    else {
        return Err(problems);
    };
    let draft = Draft {
        organization: home.id,
        name,
        id_card,
        phone,
        ethnicity,
        education,
        unit,
        category,
        state,
        joined_on,
        full_since,
    };
    if problems.is_empty() { Ok(draft) } else { Err(problems) }
}

/// The fields in which the record of `member` is not what `draft` says; `phone` is the keyed hash of the draft's number.
pub(crate) fn differing(draft: &Draft, member: &Member, phone: &str) -> Vec<&'static str> {
    let fields = [
        ("/organization", draft.organization != member.organization),
        ("/name", draft.name != member.name),
        ("/phone", phone != member.phone_index),
        ("/ethnicity", draft.ethnicity != member.ethnicity),
        ("/education", draft.education != member.education),
        ("/unit", draft.unit != member.unit),
        ("/category", draft.category != member.category),
        ("/state", draft.state != member.state),
        ("/joinedOn", draft.joined_on != member.joined_on),
        ("/fullSince", draft.full_since != member.full_since),
    ];
    fields.into_iter().filter(|(_, differs)| *differs).map(|(pointer, _)| pointer).collect()
}

/// A person's row in an export, numbers in full.
pub(crate) fn row(member: &Member, id_card: String, phone: &str, places: &Places) -> [String; 11] {
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    [
        places.text(member.organization),
        member.name.reveal().to_owned(),
        id_card,
        phone.strip_prefix("+86").unwrap_or(phone).to_owned(),
        member.ethnicity.to_string(),
        text(member.education.as_deref()),
        text(member.unit.as_deref()),
        member.category.zh().to_owned(),
        member.state.zh().to_owned(),
        member.joined_on.to_string(),
        member.full_since.map(|day| day.to_string()).unwrap_or_default(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_as_people_write_them() {
        let expected = Ok(Date::constant(2026, 6, 8));
        for text in ["2026-06-08", "2026/6/8", "2026.6.8", "20260608", "2026年6月8日", "2026-6-08"] {
            assert_eq!(day(text), expected, "{text}");
        }
        for text in [
            "",
            "2026",
            "2026-13-01",
            "2026-02-30",
            "26-6-8",
            "2026-06-08-1",
            "2026-0-8",
            "2026--8",
            "+2026-6-8x",
            "六月",
        ] {
            assert!(day(text).is_err(), "{text}");
        }
    }
}
