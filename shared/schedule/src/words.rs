//! Schedules in words.

use crate::Expression;
use kernel::Text;

/// Days of the week as an expression counts or names them.
const DAYS: [(&str, &str, &str, &str); 7] = [
    ("1", "SUN", "日", "Sunday"),
    ("2", "MON", "一", "Monday"),
    ("3", "TUE", "二", "Tuesday"),
    ("4", "WED", "三", "Wednesday"),
    ("5", "THU", "四", "Thursday"),
    ("6", "FRI", "五", "Friday"),
    ("7", "SAT", "六", "Saturday"),
];

impl Expression {
    /// It in words, as far as it has a form that people use; else its fields.
    #[must_use]
    pub fn words(&self) -> Text {
        let parts: Vec<&str> = self.fields.split(' ').collect();
        let said = match parts.as_slice() {
            [minute, hour, day, "*", weekday, "*"] => days(day, weekday).zip(times(minute, hour)),
            _ => None,
        };
        match said {
            // What happens within each hour needs no "every day".
            Some(((_, _, true), (zh, en, true))) => Text::of(zh, en),
            Some(((zh, en, _), (times_zh, times_en, _))) => {
                Text::of(format!("{zh} {times_zh}"), format!("{en}, {times_en}"))
            }
            None => Text::of(format!("cron({})", self.fields), format!("cron({})", self.fields)),
        }
    }
}

/// The days in words, and whether they are all.
fn days(day: &str, weekday: &str) -> Option<(String, String, bool)> {
    match (day, weekday) {
        ("*", "?") | ("?", "*") => Some(("每天".to_owned(), "every day".to_owned(), true)),
        ("?", "MON-FRI" | "2-6") => Some(("每周一至周五".to_owned(), "Monday to Friday".to_owned(), false)),
        ("?", name) => {
            let (.., zh, en) = DAYS.iter().find(|(number, short, ..)| *number == name || *short == name)?;
            Some((format!("每周{zh}"), format!("every {en}"), false))
        }
        ("L", "?") => Some(("每月最后一天".to_owned(), "the last day of each month".to_owned(), false)),
        (number, "?") => {
            let number: u8 = number.parse().ok()?;
            Some((format!("每月 {number} 日"), format!("day {number} of each month"), false))
        }
        _ => None,
    }
}

/// The times of a day in words, and whether they are the same in every hour.
fn times(minute: &str, hour: &str) -> Option<(String, String, bool)> {
    let number = |text: &str| text.parse::<u8>().ok();
    if hour == "*" {
        return match (minute, minute.strip_prefix("0/")) {
            ("*", _) => Some(("每分钟".to_owned(), "every minute".to_owned(), true)),
            (_, Some(step)) => {
                let step = number(step)?;
                Some((format!("每 {step} 分钟"), format!("every {step} minutes"), true))
            }
            _ => {
                let minute = number(minute)?;
                Some((format!("每小时第 {minute} 分"), format!("every hour at minute {minute}"), true))
            }
        };
    }
    let minute = number(minute)?;
    if let Some((first, last)) = hour.split_once('-') {
        let (first, last) = (number(first)?, number(last)?);
        let (zh, en) = ("每小时一次", "every hour");
        let between = format!("{first:02}:{minute:02}–{last:02}:{minute:02}");
        return Some((format!("{between} {zh}"), format!("{en} {between}"), false));
    }
    let hours: Option<Vec<_>> = hour.split(',').map(number).collect();
    let each: Vec<_> = hours?.into_iter().map(|hour| format!("{hour:02}:{minute:02}")).collect();
    Some((each.join("、"), each.join(", "), false))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::tz::TimeZone;

    #[test]
    fn schedules_are_said_as_people_say_them() {
        for (fields, zh, en) in [
            ("* * * * ? *", "每分钟", "every minute"),
            ("0/15 * * * ? *", "每 15 分钟", "every 15 minutes"),
            ("7 * * * ? *", "每小时第 7 分", "every hour at minute 7"),
            ("30 1-5 * * ? *", "每天 01:30–05:30 每小时一次", "every day, every hour 01:30–05:30"),
            ("0 8,20 * * ? *", "每天 08:00、20:00", "every day, 08:00, 20:00"),
            ("0 8 ? * 2 *", "每周一 08:00", "every Monday, 08:00"),
            ("0 8 ? * SUN *", "每周日 08:00", "every Sunday, 08:00"),
            ("0 8 ? * MON-FRI *", "每周一至周五 08:00", "Monday to Friday, 08:00"),
            ("0/15 * ? * MON-FRI *", "每周一至周五 每 15 分钟", "Monday to Friday, every 15 minutes"),
            ("5 0 1 * ? *", "每月 1 日 00:05", "day 1 of each month, 00:05"),
            ("5 0 L * ? *", "每月最后一天 00:05", "the last day of each month, 00:05"),
            ("0 8 1 1 ? *", "cron(0 8 1 1 ? *)", "cron(0 8 1 1 ? *)"),
            ("0 8 ? * 2#1 *", "cron(0 8 ? * 2#1 *)", "cron(0 8 ? * 2#1 *)"),
        ] {
            let words = Expression::parse(&format!("cron({fields})"), TimeZone::UTC).unwrap().words();
            assert_eq!((&*words.zh, &*words.en), (zh, en), "{fields}");
        }
    }
}
