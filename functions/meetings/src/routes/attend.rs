//! Who comes.

use super::{Capacity, keeping, told};
use crate::{
    App,
    domain::{Entry, Hand, Meeting, Mode, Person, Presence, entered, field},
    store::CodeRow,
    views::{MeetingView, PersonView},
};
use axum::extract::State;
use dynamo::{Change, Tries};
use http_api::{Caller, Idempotency, Json, Path, Problem, ProblemBody, Reply};
use jiff::{SignedDuration, Timestamp};
use kernel::{ErrorCode, Line, MeetingId, SixDigits};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vault::{Vault, random_digits};

/// How long a code that is shown is good.
const SHOWN: SignedDuration = SignedDuration::from_mins(2);
/// Tries of attendance that others change meanwhile: people check in while the recorder enters.
const TRIES: u32 = 5;

fn hash(vault: &Vault, meeting: MeetingId, digits: &SixDigits) -> String {
    vault.index("meeting-code", &format!("{meeting}/{}", digits.reveal()))
}

/// The caller's own row of a meeting, and then the meeting: a signature in between has written the row again, so that what is
/// made of it comes too late. With that nothing has to be asked of the meeting itself, at which everybody would meet.
async fn one_of(app: &App, caller: &Caller, id: MeetingId) -> Result<(Person, Meeting), Problem> {
    let person = app.store.person(id, caller.member).await?;
    Ok((person, app.store.meeting(id).await?))
}

/// A code that is shown at a meeting.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ShownCode {
    /// Six digits.
    code: String,
    /// Until when it is good; ask for the next one then.
    #[schema(value_type = String, format = DateTime)]
    until: Timestamp,
}

/// A code to be shown at the meeting, good for two minutes; the one before it is no longer good. For host, recorder and who
/// keeps the meetings of the organisation.
#[utoipa::path(post, path = "/v1/meetings/{meeting}/code", tag = "meetings", operation_id = "showMeetingCode",
    params(("meeting" = MeetingId, Path)), security(("token" = [])),
    responses((status = 200, body = ShownCode), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn show_code(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<MeetingId>,
    Idempotency(once): Idempotency,
) -> Result<Reply, Problem> {
    let (meeting, people) = app.store.whole(id).await?;
    let capacity = keeping(&app, &caller, &meeting, &people).await?;
    let hand = Hand { by: caller.member, at: app.clock.now() };
    meeting.is_attended(hand.at)?;
    let digits = random_digits().map_err(Problem::internal)?;
    let row = CodeRow::new(id, hash(&app.vault, id, &digits), hand.at + SHOWN);
    let reply = Reply::ok(&ShownCode { code: digits.reveal().to_owned(), until: row.until })?;
    let activity = told(&capacity, hand, &meeting, "code-shown");
    let change = app.store.show(app.store.while_unchanged(Change::new(), &meeting), &row);
    Ok(app.store.ledger.commit(change, [activity], once.as_ref(), reply.into_answer()).await?.into())
}

/// The code that one sees.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct TypedMeetingCode {
    code: SixDigits,
    /// Whether one is there over a line; of a meeting that is not hybrid it is known.
    #[serde(default)]
    online: bool,
}

/// Says by the code that one is there. Typing it again changes nothing; what the recorder says stands above it.
#[utoipa::path(post, path = "/v1/meetings/{meeting}/check-in", tag = "meetings", operation_id = "checkIn",
    request_body = TypedMeetingCode, params(("meeting" = MeetingId, Path)), security(("token" = [])),
    responses((status = 200, body = PersonView<'_>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn check_in(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<MeetingId>,
    Idempotency(once): Idempotency,
    Json(TypedMeetingCode { code, online }): Json<TypedMeetingCode>,
) -> Result<Reply, Problem> {
    let (old, meeting) = one_of(&app, &caller, id).await?;
    let hand = Hand { by: caller.member, at: app.clock.now() };
    meeting.is_attended(hand.at)?;
    let shown = app.store.code(id).await?.filter(|shown| hand.at < shown.until);
    let right = shown.is_some_and(|shown| shown.hash == hash(&app.vault, id, &code));
    let online = match meeting.particulars.mode {
        Mode::Offline => false,
        Mode::Online => true,
        Mode::Hybrid => online,
    };
    let new = old.typed(right, online, hand.at)?;
    let change = app.store.people(Change::new(), &meeting, std::slice::from_ref(&old), std::slice::from_ref(&new));
    if !right {
        app.store.ledger.carry_out(change, []).await?;
        return Err(
            field("/code", "签到码不正确或已失效，请看会场最新的签到码", "is not the code that is shown now").into()
        );
    }
    let reply = Reply::ok(&PersonView::from(&new))?;
    let activity = told(&Capacity::Oneself, hand, &meeting, "checked-in");
    Ok(app.store.ledger.commit(change, [activity], once.as_ref(), reply.into_answer()).await?.into())
}

/// Why one asks not to have to come.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct LeaveRequest {
    #[schema(value_type = String)]
    reason: Line<200>,
}

/// 请假: asks not to have to come. The recorder sees it, and enters it as the reason.
#[utoipa::path(post, path = "/v1/meetings/{meeting}/leave", tag = "meetings", operation_id = "askLeave",
    request_body = LeaveRequest, params(("meeting" = MeetingId, Path)), security(("token" = [])),
    responses((status = 200, body = PersonView<'_>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn ask_leave(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<MeetingId>,
    Idempotency(once): Idempotency,
    Json(LeaveRequest { reason }): Json<LeaveRequest>,
) -> Result<Reply, Problem> {
    let (old, meeting) = one_of(&app, &caller, id).await?;
    if !meeting.state.is_open() {
        return Err(ErrorCode::IllegalTransition.into());
    }
    let hand = Hand { by: caller.member, at: app.clock.now() };
    let new = old.asking(reason, hand.at)?;
    let reply = Reply::ok(&PersonView::from(&new))?;
    let activity = told(&Capacity::Oneself, hand, &meeting, "leave-asked");
    let change = app.store.people(Change::new(), &meeting, std::slice::from_ref(&old), std::slice::from_ref(&new));
    Ok(app.store.ledger.commit(change, [activity], once.as_ref(), reply.into_answer()).await?.into())
}

/// Who came.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = NewAttendance)]
pub(crate) struct Attendance {
    /// Those of whom something is said.
    #[serde(default)]
    people: Vec<Entry>,
    /// What holds of everybody else of whom nothing is known yet: that they came. Who asked not to have to come is absent.
    others: Option<Presence>,
}

/// `people` with the rows of `changed` in their places.
fn merged(people: &[Person], changed: &[Person]) -> Vec<Person> {
    let of = |person: &Person| changed.iter().find(|one| one.member == person.member).unwrap_or(person).clone();
    people.iter().map(of).collect()
}

/// Enters who came, as host or recorder, or in an office: everybody but a few in one request.
#[utoipa::path(put, path = "/v1/meetings/{meeting}/attendance", tag = "meetings", operation_id = "enterAttendance",
    request_body = Attendance, params(("meeting" = MeetingId, Path)), security(("token" = [])),
    responses((status = 200, body = MeetingView<'_>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn enter(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<MeetingId>,
    Idempotency(once): Idempotency,
    Json(Attendance { people: entries, others }): Json<Attendance>,
) -> Result<Reply, Problem> {
    if entries.is_empty() && others.is_none() {
        return Err(field("/people", "请登记至少一人，或其余人员均到会", "says nothing of anybody").into());
    }
    let mut tries = Tries::new(TRIES);
    loop {
        let (meeting, people): (Meeting, Vec<Person>) = app.store.whole(id).await?;
        let capacity = keeping(&app, &caller, &meeting, &people).await?;
        let hand = Hand { by: caller.member, at: app.clock.now() };
        let changed = entered(&meeting, &people, (&entries, others), hand)?;
        let shown = merged(&people, &changed);
        let view = MeetingView::of(&meeting, &shown, |_| true);
        let reply = Reply::ok(&view)?.version(meeting.version);
        if changed.is_empty() {
            return Ok(reply);
        }
        let said: Vec<_> = changed.iter().map(|person| (person.member, person.presence)).collect();
        let activity = told(&capacity, hand, &meeting, "attendance-entered").stating("people", said);
        let change = app.store.while_unchanged(Change::new(), &meeting);
        let change = app.store.people(change, &meeting, &people, &changed);
        match app.store.ledger.commit(change, [activity], once.as_ref(), reply.into_answer()).await {
            // Somebody checked in meanwhile; what they say is read, and what the recorder says stands.
            Err(error) if error.is_conflict() && tries.again() => {}
            outcome => return Ok(outcome?.into()),
        }
    }
}
