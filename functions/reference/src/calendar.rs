//! Days as the rules count them, for anybody who has to name a date.

use http_api::{Json, Problem, ProblemBody, Reply};
use jiff::civil::Date;
use kernel::{Counting, Deadline, Refusal, Text, YEARS, months_from, next_working_day, working_days_from};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Working days that one request counts, at most.
const MOST_DAYS: u32 = 1_000;
/// Months that one request counts, at most.
const MOST_MONTHS: u32 = 1_200;

/// A period of working days.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct WorkingDays {
    /// Its first day.
    #[schema(value_type = String, format = Date)]
    start: Date,
    /// How many working days.
    #[schema(minimum = 1, maximum = 1_000)]
    count: u32,
    /// Whether the first day counts; it does not when this is left out.
    #[serde(default)]
    rule: Counting,
}

/// What happens where the last day is none on which anybody works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum LastDay {
    /// It stays the last day.
    #[default]
    AsCounted,
    /// The next working day is (民法典 §203).
    WorkingDay,
}

/// A period of months.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Months {
    /// Its first day.
    #[schema(value_type = String, format = Date)]
    start: Date,
    /// How many months.
    #[schema(minimum = 1, maximum = 1_200)]
    count: u32,
    /// Whether the first day counts; it does not when this is left out.
    #[serde(default)]
    rule: Counting,
    /// What happens where the last day is a day off.
    #[serde(default)]
    last_day: LastDay,
}

/// The last day of a period.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct LastDayOf {
    /// The last day that is in time.
    #[schema(value_type = String, format = Date)]
    date: Date,
    /// 暂算: it goes by weekdays in a year whose holidays are not announced yet, or not known here.
    provisional: bool,
}

impl From<Deadline> for LastDayOf {
    fn from(Deadline { day, provisional }: Deadline) -> Self {
        Self { date: day, provisional }
    }
}

/// Whether a period can be counted: days before 1991 were not all of one length in Shanghai.
fn countable(start: Date, count: u32, most: u32) -> Result<u32, Refusal> {
    let refused = |pointer: &str, zh: String, en: String| Err(Refusal::field(pointer, Text::of(zh, en)));
    if !YEARS.contains(&start.year()) {
        return refused("/start", "应在 1992 年至 2200 年之间".to_owned(), "must be from 1992 to 2200".to_owned());
    }
    if !(1..=most).contains(&count) {
        return refused("/count", format!("应为 1 至 {most}"), format!("must be from 1 to {most}"));
    }
    Ok(count)
}

/// The last day of a period of working days, by the State Council's notices: a Saturday that is worked counts, a Monday that
/// is off does not.
#[utoipa::path(post, path = "/v1/calendar/working-days", tag = "reference", request_body = WorkingDays,
    operation_id = "countWorkingDays",
    responses((status = 200, body = LastDayOf), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn working_days(
    Json(WorkingDays { start, count, rule }): Json<WorkingDays>,
) -> Result<Reply, Problem> {
    let count = countable(start, count, MOST_DAYS)?;
    Reply::ok(&LastDayOf::from(working_days_from(start, count, rule)))
}

/// The last day of a period of months: the same day of the last month, or its end where it has no such day.
#[utoipa::path(post, path = "/v1/calendar/months", tag = "reference", request_body = Months,
    operation_id = "countMonths",
    responses((status = 200, body = LastDayOf), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn months(Json(Months { start, count, rule, last_day }): Json<Months>) -> Result<Reply, Problem> {
    let count = i32::try_from(countable(start, count, MOST_MONTHS)?).map_err(Problem::internal)?;
    let date = months_from(start, count, rule);
    Reply::ok(&match last_day {
        LastDay::AsCounted => LastDayOf { date, provisional: false },
        LastDay::WorkingDay => next_working_day(date).into(),
    })
}
