//! One's own meetings in a calendar on one's phone: iCalendar (RFC 5545) at a private address.

use crate::{
    App,
    domain::{Meeting, State as MeetingState},
    store::CalendarRow,
};
use axum::{extract::State, response::IntoResponse};
use dynamo::{Activity, Actor, Read};
use http_api::{Caller, Idempotency, Path, Problem, ProblemBody, Reply};
use jiff::{Timestamp, ToSpan};
use kernel::{ErrorCode, shanghai_day};
use lambda_http::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use serde::Serialize;
use std::fmt::Write as _;
use utoipa::ToSchema;
use vault::{Vault, random_text};

/// Meetings of a calendar, at most.
const MOST: u16 = 200;
/// Days that a calendar reaches back.
const BACK: i32 = 90;
/// Bytes of a line, at most (RFC 5545 3.1).
const LINE: usize = 75;

fn hash(vault: &Vault, secret: &str) -> String {
    vault.index("calendar", secret)
}

/// Where a calendar is.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Subscription {
    /// The path of the calendar at the address of this API. Who has it sees one's meetings: it is shown once, and can be
    /// replaced.
    path: String,
}

/// Makes a private address at which a calendar program finds one's meetings; the one before it ends.
#[utoipa::path(post, path = "/v1/me/calendar", tag = "meetings", security(("token" = [])),
    operation_id = "subscribeCalendar",
    responses((status = 200, body = Subscription), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn subscribe(
    State(app): State<App>,
    caller: Caller,
    Idempotency(once): Idempotency,
) -> Result<Reply, Problem> {
    let (now, old) = (app.clock.now(), app.store.calendar_of(caller.member).await?);
    let secret = random_text::<24>().map_err(Problem::internal)?;
    let new = CalendarRow::new(caller.member, hash(&app.vault, &secret), now);
    let member = app.store.register(caller.member, Read::Eventual).await?;
    let actor = Actor::oneself(caller.member);
    let activity = Activity::of_account(now, actor, "calendar.subscribed", member.organization, member.id);
    let reply = Reply::ok(&Subscription { path: format!("/v1/calendars/{secret}.ics") })?;
    let change = app.store.readdress(old.as_ref(), Some(&new));
    Ok(app.store.ledger.commit(change, [activity], once.as_ref(), reply.into_answer()).await?.into())
}

/// Ends the private address of one's calendar.
#[utoipa::path(delete, path = "/v1/me/calendar", tag = "meetings", security(("token" = [])),
    operation_id = "endCalendar", responses((status = 204), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn unsubscribe(
    State(app): State<App>,
    caller: Caller,
    Idempotency(once): Idempotency,
) -> Result<Reply, Problem> {
    let (now, old) = (app.clock.now(), app.store.calendar_of(caller.member).await?);
    let old = old.ok_or(ErrorCode::NotFound)?;
    let member = app.store.register(caller.member, Read::Eventual).await?;
    let actor = Actor::oneself(caller.member);
    let activity = Activity::of_account(now, actor, "calendar.ended", member.organization, member.id);
    let change = app.store.readdress(Some(&old), None);
    Ok(app.store.ledger.commit(change, [activity], once.as_ref(), Reply::nothing().into_answer()).await?.into())
}

/// The meetings of whoever has this address, as long as they are on the rolls, from ninety days ago on, as iCalendar. Who
/// should attend and what was said is not in it.
#[utoipa::path(get, path = "/v1/calendars/{calendar}", tag = "meetings", params(("calendar" = String, Path)),
    operation_id = "readCalendar",
    responses((status = 200, description = "text/calendar"), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn feed(State(app): State<App>, Path(file): Path<String>) -> Result<impl IntoResponse, Problem> {
    let secret = file.strip_suffix(".ics").filter(|secret| secret.len() == 32).ok_or(ErrorCode::NotFound)?;
    let member = app.store.calendar_at(&hash(&app.vault, secret)).await?;
    // An address is kept in programs that nobody signs in to: it ends with the membership.
    if !app.store.register(member, Read::Eventual).await?.state.is_current() {
        return Err(ErrorCode::NotFound.into());
    }
    let from = shanghai_day(app.clock.now()).saturating_sub(BACK.days());
    let found = app.store.of_person(member, Some(from), (None, MOST)).await?;
    let headers = [(CONTENT_TYPE, "text/calendar; charset=utf-8"), (CACHE_CONTROL, "private, max-age=900")];
    Ok((headers, written(&found.items)))
}

/// `meetings` as iCalendar.
fn written(meetings: &[Meeting]) -> String {
    let mut lines = vec![
        "BEGIN:VCALENDAR".to_owned(),
        "VERSION:2.0".to_owned(),
        "PRODID:-//Zhibu//meetings//ZH".to_owned(),
        "CALSCALE:GREGORIAN".to_owned(),
        "X-WR-CALNAME:支部会议".to_owned(),
        "X-WR-TIMEZONE:Asia/Shanghai".to_owned(),
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H".to_owned(),
    ];
    for meeting in meetings {
        let (from, to) = meeting.held();
        let particulars = &meeting.particulars;
        let kinds: Vec<_> = particulars.kinds.iter().map(|kind| kind.zh()).collect();
        let status = if meeting.state == MeetingState::Cancelled { "CANCELLED" } else { "CONFIRMED" };
        lines.extend([
            "BEGIN:VEVENT".to_owned(),
            format!("UID:{}@zhibu", meeting.id),
            format!("SEQUENCE:{}", meeting.sequence),
            format!("DTSTAMP:{}", utc(meeting.updated_at)),
            format!("DTSTART:{}", utc(from)),
            format!("DTEND:{}", utc(to)),
            format!("SUMMARY:{}", escaped(particulars.title.as_str())),
            format!("LOCATION:{}", escaped(particulars.place.as_str())),
            format!("CATEGORIES:{}", kinds.join(",")),
            format!("STATUS:{status}"),
            "END:VEVENT".to_owned(),
        ]);
    }
    lines.push("END:VCALENDAR".to_owned());
    lines.iter().map(|line| folded(line)).collect()
}

/// An instant as calendars have it.
fn utc(at: Timestamp) -> String {
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// A text whose separators are none.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | ';' | ',' => {
                let _ = write!(escaped, "\\{c}");
            }
            '\n' => escaped.push_str("\\n"),
            c if c.is_control() => {}
            c => escaped.push(c),
        }
    }
    escaped
}

/// A line in pieces of at most 75 bytes, each but the first after a blank.
fn folded(line: &str) -> String {
    let (mut folded, mut length) = (String::with_capacity(line.len() + 8), 0);
    for c in line.chars() {
        if length + c.len_utf8() > LINE {
            folded.push_str("\r\n ");
            length = 1;
        }
        folded.push(c);
        length += c.len_utf8();
    }
    folded.push_str("\r\n");
    folded
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn separators_are_escaped_and_long_lines_folded() {
        assert_eq!(escaped("甲,乙;丙\\丁\n戊\r"), "甲\\,乙\\;丙\\\\丁\\n戊");
        assert_eq!(folded("SUMMARY:短"), "SUMMARY:短\r\n");
        let long = folded(&format!("SUMMARY:{}", "长".repeat(40)));
        assert_eq!(long.lines().count(), 2);
    }

    proptest! {
        #[test]
        fn a_folded_line_unfolds_to_what_it_was_and_no_piece_is_too_long(text in "\\PC{0,200}") {
            let folded = folded(&text);
            prop_assert!(folded.split("\r\n").all(|piece| piece.len() <= LINE));
            prop_assert_eq!(folded.replace("\r\n ", ""), format!("{text}\r\n"));
        }
    }
}
