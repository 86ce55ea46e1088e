//! How a person wants to hear.

use crate::Recipient;
use jiff::{SignedDuration, Timestamp};
use kernel::MemberId;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};

/// Minutes of a day.
const DAY: i64 = 24 * 60;

/// Where Shanghai's clocks are ahead of UTC, in minutes.
const SHANGHAI: i64 = 8 * 60;

/// A minute of the day in Shanghai, `21:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Minute(u16);

impl Minute {
    /// The minute at `hour`:`minute`, which must exist.
    #[must_use]
    pub const fn at(hour: u16, minute: u16) -> Self {
        Self(hour * 60 + minute)
    }

    /// The first instant from `from` on at which the clocks of Shanghai show it.
    #[must_use]
    pub fn next(self, from: Timestamp) -> Timestamp {
        let minutes = from.as_second().div_euclid(60);
        let whole = Timestamp::from_second(minutes * 60).unwrap_or(from);
        let ahead = (i64::from(self.0) - Self::of(from)).rem_euclid(DAY);
        let at = whole + SignedDuration::from_mins(ahead);
        if at < from { at + SignedDuration::from_mins(DAY) } else { at }
    }

    /// The minute of the day that the clocks of Shanghai show at `at`.
    fn of(at: Timestamp) -> i64 {
        (at.as_second().div_euclid(60) + SHANGHAI).rem_euclid(DAY)
    }
}

impl FromStr for Minute {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = || {
            let (hour, minute) = text.split_once(':')?;
            let digits = |part: &str, below: u16| {
                let two = part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
                part.parse().ok().filter(|n| two && *n < below)
            };
            Some(Self::at(digits(hour, 24)?, digits(minute, 60)?))
        };
        read().ok_or("应为 00:00 到 23:59\u{1f}must be from 00:00 to 23:59")
    }
}

impl TryFrom<String> for Minute {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl fmt::Display for Minute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl From<Minute> for String {
    fn from(minute: Minute) -> Self {
        minute.to_string()
    }
}

impl PartialSchema for Minute {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::String).pattern(Some("^([01][0-9]|2[0-3]):[0-5][0-9]$")).into()
    }
}

impl ToSchema for Minute {}

/// When nothing is sent, in the time of Shanghai. From and until the same minute: never.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct QuietHours {
    /// The first quiet minute.
    pub from: Minute,
    /// The first minute that is not quiet any more.
    pub until: Minute,
}

impl Default for QuietHours {
    fn default() -> Self {
        Self { from: Minute::at(21, 0), until: Minute::at(8, 0) }
    }
}

impl QuietHours {
    /// The first instant from `now` on that is not quiet.
    #[must_use]
    pub fn over(self, now: Timestamp) -> Timestamp {
        let since = (Minute::of(now) - i64::from(self.from.0)).rem_euclid(DAY);
        let length = (i64::from(self.until.0) - i64::from(self.from.0)).rem_euclid(DAY);
        if since < length { self.until.next(now) } else { now }
    }
}

/// Whether messages are gathered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Digest {
    /// Each goes out by itself.
    #[default]
    Off,
    /// One message a day, when the quiet hours end.
    Daily,
}

/// A channel of a person's own, beside the inbox, which everybody has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WantedChannel {
    /// A text message to the phone number of the register.
    Sms,
    /// E-mail to the address that the person has named and confirmed.
    Email,
}

/// How a person wants to hear what they are told.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NoticeSettings {
    /// Channels beside the inbox.
    pub channels: Vec<WantedChannel>,
    /// When nothing is sent; what comes meanwhile is sent when they end.
    pub quiet_hours: QuietHours,
    /// Whether messages are gathered.
    pub digest: Digest,
}

impl NoticeSettings {
    /// When something that happened at `at` is to be sent, not before `now`.
    #[must_use]
    pub fn send_at(&self, at: Timestamp, now: Timestamp) -> Timestamp {
        let gathered = match self.digest {
            Digest::Off => at,
            Digest::Daily => self.quiet_hours.until.next(at + SignedDuration::from_secs(1)),
        };
        self.quiet_hours.over(gathered.max(now))
    }
}

/// A person's settings as they are stored; without a row the defaults hold.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SettingsRow {
    /// `MBR#<member>`
    pub pk: String,
    /// `SETTINGS`
    pub sk: String,
    /// Counts changes.
    pub version: u64,
    /// The settings.
    pub settings: NoticeSettings,
}

impl SettingsRow {
    /// The sort key.
    pub const KEY: &str = "SETTINGS";

    /// The row of a person's settings.
    #[must_use]
    pub fn new(member: MemberId, settings: NoticeSettings, version: u64) -> Self {
        let pk = Recipient::Member(member).partition();
        Self { pk, sk: Self::KEY.to_owned(), version, settings }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> Timestamp {
        format!("{text}+08:00").parse().unwrap()
    }

    #[test]
    fn nothing_leaves_from_nine_in_the_evening_until_eight_in_the_morning() {
        let quiet = QuietHours::default();
        for (now, over) in [
            ("2026-11-24T20:59:59", "2026-11-24T20:59:59"),
            ("2026-11-24T21:00:00", "2026-11-25T08:00:00"),
            ("2026-11-24T23:59:59", "2026-11-25T08:00:00"),
            ("2026-11-25T00:00:00", "2026-11-25T08:00:00"),
            ("2026-11-25T07:59:59", "2026-11-25T08:00:00"),
            ("2026-11-25T08:00:00", "2026-11-25T08:00:00"),
            ("2026-11-25T08:00:01", "2026-11-25T08:00:01"),
            ("2026-12-31T22:00:00", "2027-01-01T08:00:00"),
        ] {
            assert_eq!(quiet.over(at(now)), at(over), "{now}");
        }
    }

    #[test]
    fn quiet_hours_may_lie_within_a_day_or_not_be_at_all() {
        let noon = QuietHours { from: Minute::at(12, 0), until: Minute::at(14, 30) };
        assert_eq!(noon.over(at("2026-11-24T11:59:59")), at("2026-11-24T11:59:59"));
        assert_eq!(noon.over(at("2026-11-24T12:00:00")), at("2026-11-24T14:30:00"));
        let never = QuietHours { from: Minute::at(8, 0), until: Minute::at(8, 0) };
        assert_eq!(never.over(at("2026-11-24T08:00:00")), at("2026-11-24T08:00:00"));
    }

    #[test]
    fn a_digest_is_sent_once_a_day_when_the_quiet_hours_end() {
        let daily = NoticeSettings { digest: Digest::Daily, ..NoticeSettings::default() };
        for (happened, now, sent) in [
            ("2026-11-24T08:00:00", "2026-11-24T08:00:00", "2026-11-25T08:00:00"),
            ("2026-11-24T07:59:59", "2026-11-24T07:59:59", "2026-11-24T08:00:00"),
            ("2026-11-24T15:00:00", "2026-11-24T15:00:30", "2026-11-25T08:00:00"),
            ("2026-11-24T15:00:00", "2026-11-25T08:00:00", "2026-11-25T08:00:00"),
            ("2026-11-24T15:00:00", "2026-11-25T08:05:00", "2026-11-25T08:05:00"),
            ("2026-11-24T15:00:00", "2026-11-25T22:00:00", "2026-11-26T08:00:00"),
        ] {
            assert_eq!(daily.send_at(at(happened), at(now)), at(sent), "{happened} at {now}");
        }
    }

    #[test]
    fn a_minute_has_one_spelling() {
        assert_eq!("21:00".parse(), Ok(Minute::at(21, 0)));
        for other in ["24:00", "21:60", "9:00", "21", "21:0", "+1:00", "21:00:00", ""] {
            assert!(other.parse::<Minute>().is_err(), "{other}");
        }
        assert_eq!(Minute::at(8, 5).to_string(), "08:05");
    }

    proptest! {
        #[test]
        fn what_is_sent_is_never_sent_in_quiet_hours_and_waits_a_day_at_most(
            second in 1_700_000_000_i64..1_900_000_000, from in 0_u16..1440, until in 0_u16..1440,
        ) {
            let (now, quiet) = (Timestamp::from_second(second).unwrap(), QuietHours { from: Minute(from), until: Minute(until) });
            let over = quiet.over(now);
            prop_assert!(over >= now && over.duration_since(now) <= SignedDuration::from_hours(24));
            prop_assert_eq!(quiet.over(over), over);
        }
    }
}
