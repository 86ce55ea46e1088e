//! Meetings, and what a branch holds by the regulation.

use super::{Duty, Kind, within};
use jiff::{Timestamp, ToSpan, civil::Date};
use kernel::{MemberId, OrgId, Refusal, shanghai_day};
use org_life::{MeetingRecord, Obliged, Progress, Rules, Standing, duties};
use serde_json::json;

/// Months that something missing stays a duty after its period is over.
const MONTHS_AFTER: i32 = 3;

/// A duty about `meeting`, with the article of what it counts as.
fn of_meeting(kind: Kind, meeting: &MeetingRecord, what: &str, since: Date, act: String) -> Duty {
    let title = format!("{what}：{}", meeting.title.as_str());
    let rules = Rules::get().ok();
    let counts = |rules: &'static Rules| rules.kinds.iter().find(|rule| meeting.kinds.contains(&rule.kind));
    let article = rules.and_then(counts).map(|rule| rule.article.clone());
    Duty { article, ..Duty::new(kind, meeting.id, title, within(kind, since), act) }
}

/// That `member` writes down `meeting`; `None` when that is not theirs, it is not over at `now`, or it is written down.
pub(crate) fn minutes(meeting: &MeetingRecord, member: MemberId, now: Timestamp) -> Option<Duty> {
    if meeting.state != Progress::Planned || meeting.recorder != member || meeting.ends_at > now {
        return None;
    }
    let act = format!("PUT /v1/meetings/{}/minutes", meeting.id);
    Some(of_meeting(Kind::Minutes, meeting, "登记出席并记录会议", shanghai_day(meeting.ends_at), act))
}

/// That the minutes of `meeting` are signed; `None` when there is nothing to sign.
pub(crate) fn signature(meeting: &MeetingRecord) -> Option<Duty> {
    let written = meeting.minutes.filter(|_| meeting.state == Progress::Recorded)?;
    let act = format!("POST /v1/meetings/{}/signature", meeting.id);
    Some(of_meeting(Kind::Signature, meeting, "核对并签字确认会议记录", shanghai_day(written.entered_at), act))
}

/// The first day of the periods that are looked at on `today`: what is missing for longer is history.
pub(crate) fn since(today: Date) -> Date {
    today.first_of_month().saturating_sub(MONTHS_AFTER.months())
}

/// What the `branch` holds by the regulation and has not held, of what is due on `today` or was due in the last months.
///
/// # Errors
/// When the rules do not read, which a test rules out.
pub(crate) fn org_life(branch: OrgId, obliged: &Obliged, today: Date) -> Result<Vec<Duty>, Refusal> {
    let last = Date::new(today.year(), 12, 31).unwrap_or(today);
    let owed = duties(Rules::get()?, obliged, (since(today), last), today);
    let open = owed.into_iter().filter_map(|owed| {
        let what = match owed.standing {
            Standing::Due => "召开",
            Standing::Missing => "逾期未召开，请补录或说明",
            Standing::Done | Standing::Late => return None,
        };
        let title = format!("{what}：{}（{}）", owed.kind.zh(), owed.period);
        let duty = Duty::new(Kind::OrgLife, branch, title, owed.due_on, "POST /v1/meetings".to_owned());
        let key = format!("{}/{}/{}", duty.key, json!(owed.kind).as_str().unwrap_or_default(), owed.period);
        Some(Duty { key, article: Some(owed.article), ..duty })
    });
    Ok(open.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::MeetingId;
    use org_life::{Body, Lasting, Written};

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn meeting(state: Progress) -> MeetingRecord {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let written = Written { held_from: at("2026-11-02T11:00:00Z"), entered_at: at("2026-11-02T16:00:00Z") };
        MeetingRecord {
            id: MeetingId::from_bytes(1, [1; 10]),
            kinds: [org_life::Kind::ThemeDay].into(),
            title: "主题党日".try_into().unwrap(),
            ends_at: at("2026-11-02T12:30:00Z"),
            host: MemberId::from_bytes(1, [1; 10]),
            recorder: MemberId::from_bytes(2, [2; 10]),
            state,
            minutes: (state != Progress::Planned).then_some(written),
        }
    }

    #[test]
    fn a_meeting_is_written_down_by_its_recorder_once_it_is_over() {
        let (planned, own) = (meeting(Progress::Planned), MemberId::from_bytes(2, [2; 10]));
        let duty = minutes(&planned, own, planned.ends_at).unwrap();
        assert_eq!((duty.due_on, duty.article.as_deref()), (day("2026-11-09"), Some("支部条例 §16、教管条例 §16")));
        let moment = jiff::SignedDuration::from_millis(1);
        assert_eq!(minutes(&planned, own, planned.ends_at - moment), None);
        assert_eq!(minutes(&planned, MemberId::from_bytes(3, [3; 10]), planned.ends_at), None);
        for state in [Progress::Recorded, Progress::Signed, Progress::Cancelled] {
            assert_eq!(minutes(&meeting(state), own, planned.ends_at), None, "{state:?}");
        }
    }

    #[test]
    fn what_is_written_down_waits_for_the_signature() {
        assert_eq!(signature(&meeting(Progress::Recorded)).unwrap().due_on, day("2026-11-10"));
        for state in [Progress::Planned, Progress::Signed, Progress::Cancelled] {
            assert_eq!(signature(&meeting(state)), None, "{state:?}");
        }
    }

    #[test]
    fn what_a_branch_has_not_held_is_a_duty_by_the_article_that_asks_for_it() {
        let branch = OrgId::from_bytes(3, [3; 10]);
        // It is there too short for anything but its theme days.
        let body = Body { lasted: Lasting::between(day("2026-11-01"), None), held: Vec::new() };
        let obliged = Obliged { branch: Some(body), ..Obliged::default() };
        let owed = |what: &str, period: &str, due_on: &str| Duty {
            key: format!("org-life/{branch}/theme-day/{period}"),
            kind: Kind::OrgLife,
            title: format!("{what}：主题党日（{period}）"),
            due_on: day(due_on),
            article: Some("支部条例 §16、教管条例 §16".to_owned()),
            subject: branch.to_string(),
            act: "POST /v1/meetings".to_owned(),
        };
        let missing = owed("逾期未召开，请补录或说明", "2026-11", "2026-11-30");
        let due = owed("召开", "2026-12", "2026-12-31");
        assert_eq!(org_life(branch, &obliged, day("2026-12-05")).unwrap(), [missing, due]);
    }

    #[test]
    fn what_is_missing_stays_for_three_months() {
        assert_eq!(since(day("2026-11-24")), day("2026-08-01"));
        assert_eq!(since(day("2026-02-28")), day("2025-11-01"));
    }
}
