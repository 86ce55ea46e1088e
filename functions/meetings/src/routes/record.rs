//! What happened, and that it is closed.

use super::{keeping, office, save, told};
use crate::{
    App,
    domain::{
        Hand, Meeting, NewMinutes, NewResolution, Person, Presence, Resolution, credited, field, rewritten, signed,
        written,
    },
    views::MeetingView,
};
use authz::Action;
use axum::extract::State;
use dynamo::{Activity, Change};
use http_api::{Caller, Idempotency, IfMatch, Json, Path, Problem, ProblemBody, Reply};
use jiff::{SignedDuration, Timestamp, ToSpan};
use kernel::{Line, MeetingId, MemberId, Refusal, shanghai_day, start_of_shanghai_day};
use register::{MediaState, Member, Node, OrgKind};
use serde::Deserialize;
use std::collections::BTreeSet;
use study::Rules;
use task_records::{Course, Task, TaskKind, TaskState};
use utoipa::ToSchema;

/// Whether the media are completed uploads of the organisation, the owners of resolutions belong to it, and it votes at all.
async fn references(app: &App, node: &Node, new: &NewMinutes) -> Result<(), Problem> {
    if node.kind == OrgKind::Group && !new.ballots.is_empty() {
        let zh = "党小组不作表决，请在支部党员大会上进行";
        return Err(field("/ballots", zh, "a group does not vote: its branch does").into());
    }
    for (n, id) in new.media.iter().enumerate() {
        let media = app.store.media(*id).await?;
        if media.is_none_or(|media| media.state != MediaState::Ready || media.organization != node.id) {
            return Err(
                field(format!("/media/{n}"), "没有这个已上传的文件", "there is no such completed upload").into()
            );
        }
    }
    let owners: BTreeSet<MemberId> = new.resolutions.iter().filter_map(|resolution| resolution.owner).collect();
    let known = app.store.members(owners).await?;
    for (n, NewResolution { owner, .. }) in new.resolutions.iter().enumerate() {
        if let Some(owner) = owner {
            belongs(&known, *owner, node, n)?;
        }
    }
    Ok(())
}

/// The record of `owner`, who belongs to `node`.
fn belongs<'a>(known: &'a [Member], owner: MemberId, node: &Node, n: usize) -> Result<&'a Member, Refusal> {
    let found = known.iter().find(|member| member.id == owner);
    let found = found.filter(|member| member.state.is_current() && node.path.contains(&member.path));
    found.ok_or_else(|| {
        field(format!("/resolutions/{n}/owner"), "责任人不在本组织", "does not belong to the organisation")
    })
}

/// Writes down what happened, as host or recorder, or in an office; until it is signed it can be written again.
#[utoipa::path(put, path = "/v1/meetings/{meeting}/minutes", tag = "meetings", operation_id = "writeMinutes",
    request_body = NewMinutes, security(("token" = [])),
    params(("meeting" = MeetingId, Path), ("if-match" = String, Header, description = "The `ETag` that was read")),
    responses((status = 200, body = MeetingView<'_>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn write(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<MeetingId>,
    version: IfMatch,
    Idempotency(once): Idempotency,
    Json(new): Json<NewMinutes>,
) -> Result<Reply, Problem> {
    let (old, people) = app.store.whole(id).await?;
    let capacity = keeping(&app, &caller, &old, &people).await?;
    version.require(old.version)?;
    let node = app.store.node(old.organization).await?;
    references(&app, &node, &new).await?;
    let hand = Hand { by: caller.member, at: app.clock.now() };
    let new = written(&old, new, &people, hand)?;
    let activity = told(&capacity, hand, &new, "recorded").stating("heldOn", new.day());
    let mut change = app.store.change(Change::new(), &old, &new);
    if new.day() != old.day() {
        // It stands elsewhere in everybody's list.
        change = app.store.people(change, &new, &people, &rewritten(&people));
    }
    save(&app, change, (&new, &people), activity, once).await
}

/// The task that `resolution` of `meeting` becomes: none is late from the start, so that what was signed after its day is due on
/// the day of the signature.
fn follow_up(meeting: &Meeting, resolution: &Resolution, owner: &Member, node: &Node, hand: Hand) -> Option<Task> {
    let today = shanghai_day(hand.at);
    let due_on = resolution.due_on?.max(today);
    let from = format!("决议来源：{}（{}）", meeting.particulars.title.as_str(), meeting.day());
    let course = Course {
        kind: TaskKind::Key,
        state: TaskState::AwaitingSign,
        starts_on: today,
        due_at: start_of_shanghai_day(due_on.saturating_add(1.day())) - SignedDuration::from_millis(1),
        arrive_by: None,
        plan: Vec::new(),
        submitted_at: None,
    };
    let words = (resolution.text.clone(), Line::try_from(from).ok());
    Some(Task::issued(words, node, owner.clone(), None, course, hand))
}

/// Hours of `meeting`, in minutes, to whoever came.
fn minutes_held((from, to): (Timestamp, Timestamp)) -> i64 {
    to.duration_since(from).as_mins()
}

/// `activity`, the signature of the minutes of `meeting`, with what scores follow from: what it was and who was there.
pub(crate) fn what_counts(activity: Activity, meeting: &Meeting, people: &[Person]) -> Activity {
    let of = |presence: Presence| -> Vec<MemberId> {
        people.iter().filter(|person| person.presence == Some(presence)).map(|person| person.member).collect()
    };
    let recorded = meeting.minutes.as_ref().map(|minutes| shanghai_day(minutes.entered_at));
    activity
        .stating("kinds", &meeting.particulars.kinds)
        .stating("heldOn", meeting.day())
        .stating("recordedOn", recorded)
        .stating("minutes", minutes_held(meeting.held()))
        .stating("present", of(Presence::Present))
        .stating("online", of(Presence::Online))
        .stating("absent", of(Presence::Absent))
        .stating("exempt", of(Presence::Exempt))
}

/// Signs the minutes, as the secretary: with that they are closed. Everybody's attendance has to be known: 应到 = 实到 + 缺席.
/// Resolutions with an owner become tasks.
#[utoipa::path(post, path = "/v1/meetings/{meeting}/signature", tag = "meetings", operation_id = "signMinutes",
    security(("token" = [])),
    params(("meeting" = MeetingId, Path), ("if-match" = String, Header, description = "The `ETag` that was read")),
    responses((status = 200, body = MeetingView<'_>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn sign(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<MeetingId>,
    version: IfMatch,
    Idempotency(once): Idempotency,
) -> Result<Reply, Problem> {
    let (old, people) = app.store.whole(id).await?;
    let node = app.store.node(old.organization).await?;
    let capacity = office(&caller, Action::SignMinutes, &node, &people)?;
    version.require(old.version)?;
    let hand = Hand { by: caller.member, at: app.clock.now() };
    let mut new = signed(&old, &people, hand)?;
    let mut change = Change::new();
    if let Some(minutes) = &mut new.minutes {
        let owners = minutes.resolutions.iter().filter_map(|resolution| resolution.owner).collect();
        let known = app.store.members(owners).await?;
        for n in 0..minutes.resolutions.len() {
            let Some((owner, resolution)) = minutes.resolutions.get(n).and_then(|one| Some((one.owner?, one.clone())))
            else {
                continue;
            };
            let owner = belongs(&known, owner, &node, n)?;
            if let Some(task) = follow_up(&old, &resolution, owner, &node, hand) {
                change = app.store.follow_up(change, &task, &node);
                if let Some(kept) = minutes.resolutions.get_mut(n) {
                    kept.task = Some(task.id);
                }
            }
        }
    }
    let activity = what_counts(told(&capacity, hand, &new, "signed"), &new, &people);
    let change = app.store.change(change, &old, &new);
    // Whoever checks in meanwhile, or is entered otherwise, is noticed; what it counts for them stands in their rows.
    let change = app.store.people(change, &new, &people, &credited(&new, &people, Rules::get()?));
    save(&app, change, (&new, &people), activity, once).await
}

/// What is to be added.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = NewCorrectionNote)]
pub(crate) struct Noted {
    #[schema(value_type = String)]
    text: Line<500>,
}

/// Adds a correction note to signed minutes, as who may sign them. What was signed stays.
#[utoipa::path(post, path = "/v1/meetings/{meeting}/notes", tag = "meetings", operation_id = "addCorrectionNote",
    request_body = Noted, params(("meeting" = MeetingId, Path)), security(("token" = [])),
    responses((status = 200, body = MeetingView<'_>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn note(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<MeetingId>,
    Idempotency(once): Idempotency,
    Json(Noted { text }): Json<Noted>,
) -> Result<Reply, Problem> {
    let (old, people) = app.store.whole(id).await?;
    let node = app.store.node(old.organization).await?;
    let capacity = office(&caller, Action::SignMinutes, &node, &people)?;
    let hand = Hand { by: caller.member, at: app.clock.now() };
    let activity = told(&capacity, hand, &old, "noted").stating("note", &text);
    let new = old.noted(text, hand)?;
    let change = app.store.change(Change::new(), &old, &new);
    save(&app, change, (&new, &people), activity, once).await
}
