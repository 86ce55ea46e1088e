//! HTTP in, HTTP out: officers.

use super::{activity, open};
use crate::{
    App,
    domain::{self, Nomination, Offices, Warning},
};
use authz::{Action, Role, Scope};
use axum::extract::State;
use dynamo::Read;
use http_api::{Caller, Idempotency, Json, Paging, Path, Problem, ProblemBody, Query, Reply};
use jiff::civil::Date;
use kernel::{AppointmentId, ErrorCode, Line, MemberId, OrgId, OrgPath, Page, Refusal, Text, shanghai_day};
use register::Appointment;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

/// Which officers are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct InOffice {
    /// Those in office on this day; today when left out.
    #[param(value_type = Option<String>, format = Date)]
    on: Option<Date>,
    /// Appointments looked at, 1 to 200; 50 when left out. A page may come back short, with a cursor.
    limit: Option<u16>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// Who is in office on a day, in the order in which they were entered.
#[utoipa::path(get, path = "/v1/organizations/{organization}/officers", tag = "organizations", operation_id = "listOfficers",
    params(("organization" = OrgId, Path), InOffice), security(("token" = [])),
    responses((status = 200, body = Page<Appointment>), (status = "4XX", body = ProblemBody)))]
pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<OrgId>,
    Query(asked): Query<InOffice>,
) -> Result<Reply, Problem> {
    let page = Paging::of("officers", asked.limit, asked.cursor.as_deref())?;
    let node = app.tree.node(id).await?;
    caller.may(Action::ReadOrganization, &node.path)?;
    let on = asked.on.unwrap_or_else(|| shanghai_day(app.clock.now()));
    let (after, size) = page.place();
    let found = app.tree.officers(id, after, size).await?;
    let items: Vec<_> = found.items.into_iter().filter(|held| held.holds_on(on)).collect();
    Reply::ok(&page.holding(items, found.after))
}

/// A new appointment, with what a rule calls unusual about it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Appointed<'a> {
    #[serde(flatten)]
    appointment: &'a Appointment,
    /// What a rule calls unusual and does not forbid.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<Warning>,
}

/// Appoints an officer.
#[utoipa::path(post, path = "/v1/organizations/{organization}/officers", tag = "organizations", operation_id = "appointOfficer",
    request_body = Nomination, security(("token" = [])), params(("organization" = OrgId, Path)),
    responses((status = 201, body = Appointed<'_>), (status = "4XX", body = ProblemBody)))]
pub(super) async fn appoint(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<OrgId>,
    Idempotency(once): Idempotency,
    Json(nomination): Json<Nomination>,
) -> Result<Reply, Problem> {
    let node = app.tree.row(id).await?.node;
    let scope = authority(&caller, nomination.role, nomination.holder, &node.path)?;
    open(&node)?;
    let full_members = async {
        if nomination.is_limited(&node) { app.tree.full_members(&node.path).await.map(Some) } else { Ok(None) }
    };
    let (holder, (of_organization, counted), (of_holder, counted_of_holder), full_members) = tokio::try_join!(
        app.tree.person(nomination.holder, Read::Consistent),
        app.tree.offices_of(id),
        app.tree.held_by(nomination.holder),
        full_members,
    )?;
    let absent = || Refusal::field("/holder", Text::of("没有这名党员", "there is no such person"));
    let holder = holder.ok_or_else(absent)?;
    // Who is not in the caller's sight is not there: an appointment would tell their name and state.
    let home = app.tree.node(holder.organization).await?;
    if caller.may(Action::ReadOrganization, &home.path).is_err() {
        return Err(absent().into());
    }
    let offices = Offices { of_organization: &of_organization, of_holder: &of_holder, full_members };
    let now = app.clock.now();
    let warnings = domain::appoint(&nomination, &node, &holder, offices, app.rules, shanghai_day(now))?;

    let appointment = Appointment {
        id: AppointmentId::new(now),
        organization: id,
        role: nomination.role,
        holder: holder.id,
        holder_name: holder.name.reveal().try_into().map_err(Problem::internal)?,
        from: nomination.from,
        until: None,
        decision: nomination.decision,
        version: 1,
    };
    let mut activity = activity(&caller, &scope, "officer.appointed", id, now);
    activity.subject = holder.id.to_string();
    activity.after = json!({
        "appointment": appointment.id,
        "role": appointment.role,
        "from": appointment.from,
        "decision": appointment.decision,
        "rules": app.rules.version,
        "warnings": warnings,
    });
    let change = app.tree.appoint(&appointment, (counted, counted_of_holder));
    let location = format!("/v1/organizations/{id}/officers/{}", appointment.id);
    let reply = Reply::created(location, &Appointed { appointment: &appointment, warnings })?.version(1);
    Ok(app.tree.ledger.commit(change, [activity], once.as_ref(), reply.into_answer()).await?.into())
}

/// The office in which the caller gives or ends the office `role` of `holder` at `place`. Elected officers are a matter
/// of the superior; those whom nobody elects also of the administrator, and administrators of nobody else. Nobody does it
/// for themselves.
fn authority(caller: &Caller, role: Role, holder: MemberId, place: &OrgPath) -> Result<Scope, Refusal> {
    let by_superior = || caller.may(Action::AppointOfficer, place);
    let by_administrator = || caller.may(Action::AppointAdministrator, place);
    let scope = match role {
        // 三员: a superior who could make one would administer their own powers.
        role if role.is_administrator() => by_administrator(),
        role if role.is_committee() || role == Role::GroupLeader => by_superior(),
        _ => by_superior().or_else(|_| by_administrator()),
    }?;
    if holder == caller.member { Err(ErrorCode::OwnCase.into()) } else { Ok(scope) }
}

/// How an appointment ends.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Ending {
    /// The last day in office. The day before the first one takes the appointment back.
    #[schema(value_type = String, format = Date)]
    on: Date,
    /// Why.
    #[schema(value_type = String)]
    reason: Line<500>,
}

/// Ends an appointment.
#[utoipa::path(post, path = "/v1/organizations/{organization}/officers/{appointment}/end", tag = "organizations",
    operation_id = "endAppointment", request_body = Ending, security(("token" = [])),
    params(("organization" = OrgId, Path), ("appointment" = AppointmentId, Path)),
    responses((status = 200, body = Appointment), (status = "4XX", body = ProblemBody)))]
pub(super) async fn end(
    State(app): State<App>,
    caller: Caller,
    Path((id, appointment)): Path<(OrgId, AppointmentId)>,
    Idempotency(once): Idempotency,
    Json(Ending { on, reason }): Json<Ending>,
) -> Result<Reply, Problem> {
    let node = app.tree.row(id).await?.node;
    caller.may(Action::ReadOrganization, &node.path)?;
    let held = app.tree.appointment(id, appointment).await?;
    let scope = authority(&caller, held.role, held.holder, &node.path)?;
    open(&node)?;
    let now = app.clock.now();
    let ended = domain::end(&held, on, shanghai_day(now))?;

    let mut activity = activity(&caller, &scope, "officer.ended", id, now);
    activity.subject = held.holder.to_string();
    activity.before = json!({ "appointment": held.id, "role": held.role, "from": held.from });
    activity.after = json!({ "until": on, "reason": reason });
    let reply = Reply::ok(&ended)?.version(ended.version);
    let change = app.tree.end(&ended);
    Ok(app.tree.ledger.commit(change, [activity], once.as_ref(), reply.into_answer()).await?.into())
}
