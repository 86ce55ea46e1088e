//! A meeting until it is held.

use super::{Capacity, office, save, seen, told};
use crate::{
    App,
    domain::{Hand, Meeting, Outlook, Particulars, Person, Plan, Presence, field, rewritten},
    views::MeetingView,
};
use authz::Action;
use axum::extract::State;
use dynamo::Change;
use http_api::{Caller, Idempotency, IfMatch, Json, Path, Problem, ProblemBody, Reply};
use kernel::{ErrorCode, Line, MeetingId, MemberId, Refusal, shanghai_day};
use org_life::Kind;
use register::{Member, MemberState, OrgKind};
use serde::Deserialize;
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// The row of `member` of a meeting that is about to be planned. Who is exempt from taking part is so here until they come, or
/// the recorder says otherwise; what ails them stays in their record.
pub(crate) fn person(meeting: &Meeting, member: Member) -> Person {
    let exempt = member.is_exempt(meeting.day());
    Person {
        meeting: meeting.id,
        member: member.id,
        voting: member.state == MemberState::Full,
        name: member.name,
        leave: None,
        checked_in_at: None,
        wrong_codes: 0,
        presence: exempt.then_some(Presence::Exempt),
        reason: Line::try_from("长期免予要求（教管条例 §23）").ok().filter(|_| exempt),
        entered_by: None,
        credit: None,
        version: 1,
    }
}

/// Whether host and recorder are persons of the register, and the recorder one of those who should attend.
async fn keepers(app: &App, particulars: &Particulars, people: &BTreeSet<MemberId>) -> Result<(), Problem> {
    if !people.contains(&particulars.recorder) {
        return Err(field("/recorder", "记录人应在应到人员中", "is one of those who should attend").into());
    }
    let known = people.contains(&particulars.host)
        || app.store.members(BTreeSet::from([particulars.host])).await?.iter().any(|host| host.state.is_current());
    if known { Ok(()) } else { Err(field("/host", "没有这名党员", "there is no such member").into()) }
}

/// Plans a meeting, or enters one that was held already. Who should attend is read from the register.
#[utoipa::path(post, path = "/v1/meetings", tag = "meetings", operation_id = "planMeeting", request_body = Plan,
    security(("token" = [])),
    responses((status = 201, body = MeetingView<'_>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn plan(
    State(app): State<App>,
    caller: Caller,
    Idempotency(once): Idempotency,
    Json(plan): Json<Plan>,
) -> Result<Reply, Problem> {
    let node = app.store.node(plan.organization).await?;
    let scope = caller.may(Action::ManageMeeting, &node.path)?;
    if node.closed_on.is_some() {
        return Err(ErrorCode::OrganizationClosed.into());
    }
    if !matches!(node.kind, OrgKind::Branch | OrgKind::Group) {
        return Err(field("/organization", "会议应属于党支部或党小组", "is a branch or a group").into());
    }
    let hand = Hand { by: caller.member, at: app.clock.now() };
    let particulars = Particulars::from(plan);
    if node.kind == OrgKind::Branch && particulars.kinds.contains(&Kind::GroupMeeting) {
        return Err(field("/kinds", "党小组会应在各党小组名下安排", "a group meeting is one of a group").into());
    }
    let of_group = |kind: &Kind| *kind == Kind::GroupMeeting || kind.is_held_by_groups();
    if let Some(kind) = particulars.kinds.iter().find(|kind| node.kind == OrgKind::Group && !of_group(kind)) {
        let zh = format!("{}应在党支部名下安排", kind.zh());
        return Err(field("/kinds", zh, "is one of the branch and not of a group").into());
    }
    let members = app.store.expected(&node, &particulars.kinds, shanghai_day(particulars.starts_at)).await?;
    let meeting = Meeting::planned(node.id, particulars, members.len(), hand)?;
    keepers(&app, &meeting.particulars, &members.iter().map(|member| member.id).collect()).await?;
    let people: Vec<_> = members.into_iter().map(|member| person(&meeting, member)).collect();
    let activity = told(&Capacity::Office(scope), hand, &meeting, "planned")
        .stating("kinds", &meeting.particulars.kinds)
        .stating("title", &meeting.particulars.title)
        .stating("startsAt", meeting.particulars.starts_at)
        .stating("people", meeting.people)
        .stating("version", meeting.version);
    let view = MeetingView::of(&meeting, &people, |_| true);
    let reply = Reply::created(format!("/v1/meetings/{}", meeting.id), &view)?.version(meeting.version);
    let change = app.store.plan(&meeting, &people);
    let change = app.store.tell(change, &meeting, Outlook::after(&meeting, hand.at));
    Ok(app.store.ledger.commit(change, [activity], once.as_ref(), reply.into_answer()).await?.into())
}

/// A meeting, for those who should attend it, who keep it, and officers. Who only attends sees of the others no attendance.
#[utoipa::path(get, path = "/v1/meetings/{meeting}", tag = "meetings", operation_id = "readMeeting",
    params(("meeting" = MeetingId, Path)), security(("token" = [])),
    responses((status = 200, body = MeetingView<'_>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn read(State(app): State<App>, caller: Caller, Path(id): Path<MeetingId>) -> Result<Reply, Problem> {
    let (meeting, people) = app.store.whole(id).await?;
    let capacity = seen(&app, &caller, &meeting, &people).await?;
    let shows = |person: &Person| capacity.sees_everybody() || person.member == caller.member;
    Ok(Reply::ok(&MeetingView::of(&meeting, &people, shows))?.version(meeting.version))
}

/// Changes time, place or particulars of a meeting that is not written down yet. Calendars hear of it.
#[utoipa::path(put, path = "/v1/meetings/{meeting}", tag = "meetings", operation_id = "editMeeting",
    request_body = Particulars, security(("token" = [])),
    params(("meeting" = MeetingId, Path), ("if-match" = String, Header, description = "The `ETag` that was read")),
    responses((status = 200, body = MeetingView<'_>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn edit(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<MeetingId>,
    version: IfMatch,
    Idempotency(once): Idempotency,
    Json(particulars): Json<Particulars>,
) -> Result<Reply, Problem> {
    let (old, people) = app.store.whole(id).await?;
    let node = app.store.node(old.organization).await?;
    let capacity = office(&caller, Action::ManageMeeting, &node, &people)?;
    version.require(old.version)?;
    let hand = Hand { by: caller.member, at: app.clock.now() };
    let new = old.edited(particulars, hand)?;
    keepers(&app, &new.particulars, &people.iter().map(|person| person.member).collect()).await?;
    let activity = told(&capacity, hand, &new, "edited")
        .between(&serde_json::json!(old.particulars), &serde_json::json!(new.particulars));
    let mut change = app.store.change(Change::new(), &old, &new);
    if new.day() != old.day() {
        // It stands elsewhere in everybody's list.
        change = app.store.people(change, &new, &people, &rewritten(&people));
    }
    if new.sequence > old.sequence {
        change = app.store.tell(change, &new, Outlook::after(&new, hand.at));
    }
    save(&app, change, (&new, &people), activity, once).await
}

/// Why a meeting does not take place.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = MeetingCancellation)]
pub(crate) struct Why {
    #[schema(value_type = String)]
    reason: Line<500>,
}

/// Cancels a meeting that was not held.
#[utoipa::path(post, path = "/v1/meetings/{meeting}/cancellation", tag = "meetings", operation_id = "cancelMeeting",
    request_body = Why, params(("meeting" = MeetingId, Path)), security(("token" = [])),
    responses((status = 200, body = MeetingView<'_>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn cancel(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<MeetingId>,
    Idempotency(once): Idempotency,
    Json(Why { reason }): Json<Why>,
) -> Result<Reply, Problem> {
    let (old, people) = app.store.whole(id).await?;
    let node = app.store.node(old.organization).await?;
    let capacity = office(&caller, Action::ManageMeeting, &node, &people)?;
    let hand = Hand { by: caller.member, at: app.clock.now() };
    if people.iter().any(|person| person.presence.is_some_and(|presence| presence != Presence::Exempt)) {
        let text = kernel::Text::of("已有人到会，不能取消", "somebody has attended it");
        return Err(Refusal::new(ErrorCode::IllegalTransition).because(text).into());
    }
    let new = old.cancelled(reason, hand)?;
    let activity = told(&capacity, hand, &new, "cancelled").stating("reason", &new.cancelled_for);
    let change = app.store.change(Change::new(), &old, &new);
    let change = app.store.tell(change, &new, Outlook::after(&new, hand.at));
    save(&app, change, (&new, &people), activity, once).await
}
