//! HTTP in, HTTP out: the record of one person.

mod corrections;
mod views;

use crate::{
    App,
    domain::{self, Step},
    list,
};
use authz::Action;
use axum::{Router, extract::State};
use dynamo::{Activity, Actor, Change, Once};
use http_api::{
    Caller, Idempotency, IfMatch, Json, Paging, Path, Problem, ProblemBody, Query, Reply, document, finish,
};
use jiff::civil::Date;
use kernel::{ErrorCode, IdCard, Limit, Line, MemberId, Page, PersonName, Phone, ReadId, Refusal, Text, shanghai_day};
use register::{Category, Draft, Exemption, Member, MemberState, Reading, takes_members};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use views::{MemberView, Numbers, told};

/// Every route of this function with its part of the API document.
pub fn api(app: App) -> (Router, utoipa::openapi::OpenApi) {
    let ledger = app.members.ledger.clone();
    let (router, document) = OpenApiRouter::with_openapi(document("members", "党员名册：登记、状态变更、更正"))
        .routes(routes!(register, list::list))
        .routes(routes!(read, edit))
        .routes(routes!(transition))
        .routes(routes!(timeline))
        .routes(routes!(disclose))
        .routes(routes!(corrections::ask, corrections::mine))
        .routes(routes!(corrections::open))
        .routes(routes!(corrections::decide))
        .with_state(app)
        .split_for_parts();
    (finish(router, Some(ledger)), document)
}

/// Every route of this function.
pub fn router(app: App) -> Router {
    api(app).0
}

/// Registers a person. Who was transferred out and comes back keeps their record, under the same id.
#[utoipa::path(post, path = "/v1/members", tag = "members", request_body = Draft, security(("token" = [])),
    responses((status = 201, body = MemberView<'_>), (status = "4XX", body = ProblemBody)))]
async fn register(
    State(app): State<App>,
    caller: Caller,
    Idempotency(once): Idempotency,
    Json(draft): Json<Draft>,
) -> Result<Reply, Problem> {
    let node = app.organizations.node(draft.organization).await?;
    let scope = caller.may(Action::RegisterMember, &node.path)?;
    let now = app.clock.now();
    draft.check(shanghai_day(now))?;
    takes_members(&node)?;

    let actor = Actor::person(caller.member, scope.role().slug());
    let known = app.members.by_id_card(&app.vault, &draft.id_card).await?;
    let id = known.as_ref().map_or_else(|| MemberId::new(now), |old| old.id);
    let mut member = Member::registered(&app.vault, id, &node, draft, now).map_err(Problem::internal)?;
    // Nobody enters an organisation that is being dissolved at the same moment.
    let (change, activity) = match known {
        None => (app.members.admit(&member, &node), member.registration(now, actor)),
        Some(old) if old.state == MemberState::TransferredOut => {
            member.version = old.version + 1;
            let asked = app.members.open_corrections(id).await?;
            (app.members.readmit(&old, &member, &node, &asked), member.readmission(&old, now, actor))
        }
        Some(_) => return Err(ErrorCode::IdCardTaken.into()),
    };
    let reply = Reply::created(format!("/v1/members/{id}"), &MemberView::of(&member))?.version(member.version);
    Ok(app.members.ledger.commit(change, [activity], once.as_ref(), reply.into_answer()).await?.into())
}

/// A person's record, numbers masked. Reading somebody else's leaves a line that they can see.
#[utoipa::path(get, path = "/v1/members/{member}", tag = "members", params(("member" = MemberId, Path)), security(("token" = [])),
    responses((status = 200, body = MemberView<'_>), (status = "4XX", body = ProblemBody)))]
async fn read(State(app): State<App>, caller: Caller, Path(id): Path<MemberId>) -> Result<Reply, Problem> {
    let member = visible(&app, &caller, id, "record", None, Action::ReadMember).await?;
    Ok(Reply::ok(&MemberView::of(&member))?.version(member.version))
}

/// The record of `id` for somebody who may do `action` to it, or for the person themselves where it is a reading; logs
/// the reading by others before the record is shown.
async fn visible(
    app: &App,
    caller: &Caller,
    id: MemberId,
    fields: &str,
    purpose: Option<Line<200>>,
    action: Action,
) -> Result<Member, Problem> {
    let member = app.members.get(id).await?;
    if id == caller.member {
        return Ok(member);
    }
    let node = app.organizations.node(member.organization).await?;
    let scope = caller.may_for(action, id, &node.path)?;
    let at = app.clock.now();
    let role = scope.role().slug().to_owned();
    let (reader, organization, fields) = (caller.member, node.id, fields.to_owned());
    app.readings.log(id, Reading { id: ReadId::new(at), at, reader, role, organization, fields, purpose }).await?;
    Ok(member)
}

/// Fields of a record to be changed; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Edit {
    name: Option<PersonName>,
    id_card: Option<IdCard>,
    phone: Option<Phone>,
    /// 民族
    #[schema(value_type = Option<String>)]
    ethnicity: Option<Line<20>>,
    /// 学历
    #[schema(value_type = Option<String>)]
    education: Option<Line<20>>,
    /// 工作或学习单位
    #[schema(value_type = Option<String>)]
    unit: Option<Line<80>>,
    category: Option<Category>,
    /// That nobody presses them to take part in activities and study (教管条例 §23), by somebody else; with a last day it ends.
    exemption: Option<Exemption>,
}

/// Changes a person's record. Dates of membership change by a decision or a correction only.
#[utoipa::path(patch, path = "/v1/members/{member}", tag = "members", request_body = Edit, security(("token" = [])),
    params(("member" = MemberId, Path), ("If-Match" = String, Header, description = "The `ETag` of the record that the change is based on.")),
    responses((status = 200, body = MemberView<'_>), (status = "4XX", body = ProblemBody)))]
async fn edit(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<MemberId>,
    based_on: IfMatch,
    Idempotency(once): Idempotency,
    Json(edit): Json<Edit>,
) -> Result<Reply, Problem> {
    let old = app.members.get(id).await?;
    let node = app.organizations.node(old.organization).await?;
    let scope = caller.may_for(Action::EditMember, id, &node.path)?;
    based_on.require(old.version)?;
    if edit.exemption.is_some() && id == caller.member {
        return Err(ErrorCode::OwnCase.into());
    }
    let now = app.clock.now();
    let today = shanghai_day(now);
    if edit.phone.is_some() || edit.id_card.is_some() {
        guard_numbers(&app, &caller, id, today).await?;
    }
    let mut new = Member { version: old.version + 1, updated_at: now, path: node.path.clone(), ..old.clone() };
    if let Some(card) = &edit.id_card {
        (new.id_card, new.id_card_masked, new.id_card_index) =
            Member::seal_id_card(&app.vault, id, card).map_err(Problem::internal)?;
        (new.born, new.sex) = (card.born().unwrap_or(old.born), card.sex());
    }
    if let Some(phone) = &edit.phone {
        (new.phone, new.phone_masked, new.phone_index) =
            Member::seal_phone(&app.vault, id, phone).map_err(Problem::internal)?;
    }
    new.name = edit.name.unwrap_or(new.name);
    new.ethnicity = edit.ethnicity.unwrap_or(new.ethnicity);
    new.education = edit.education.or(new.education);
    new.unit = edit.unit.or(new.unit);
    new.category = edit.category.unwrap_or(new.category);
    new.exemption = edit.exemption.or(new.exemption);
    domain::plausible(&new, today)?;
    let activity = Activity::new(now, Actor::person(caller.member, scope.role().slug()), "member.edited", node.id, id);
    let activity = told(activity, &json!(MemberView::of(&old)), &json!(MemberView::of(&new)));
    let saved = save(&app, app.members.change(&old, &new), &new, activity, once).await;
    // Whoever lost the race at the last moment is told the same as who was late from the start.
    saved.map_err(|problem| if problem.code() == ErrorCode::Conflict { ErrorCode::Stale.into() } else { problem })
}

/// Makes `change`, of which `new` comes out.
async fn save(
    app: &App,
    change: Change,
    new: &Member,
    activity: Activity,
    once: Option<Once>,
) -> Result<Reply, Problem> {
    let reply = Reply::ok(&MemberView::of(new))?.version(new.version);
    Ok(app.members.ledger.commit(change, [activity], once.as_ref(), reply.into_answer()).await?.into())
}

/// Refuses to change the numbers of somebody in office for whoever could not appoint them: with the phone one signs in,
/// and in with it come the offices.
async fn guard_numbers(app: &App, caller: &Caller, id: MemberId, today: Date) -> Result<(), Problem> {
    let (offices, _) = app.organizations.offices(id, today).await?;
    for held in offices {
        let place = app.organizations.node(held.organization).await?.path;
        let administrator = held.role.is_administrator();
        let action = if administrator { Action::AppointAdministrator } else { Action::AppointOfficer };
        if caller.may(action, &place).is_err() {
            let zh = "该党员担任职务，其手机号和身份证号须由有权任免该职务者修改";
            let en = "only who may appoint to this person's offices may change their numbers";
            return Err(Refusal::new(ErrorCode::Forbidden).because(Text::of(zh, en)).into());
        }
    }
    Ok(())
}

/// Takes a person from one state to another, by a decision of the body that may.
#[utoipa::path(post, path = "/v1/members/{member}/transitions", tag = "members", request_body = Step, security(("token" = [])),
    params(("member" = MemberId, Path)),
    responses((status = 200, body = MemberView<'_>), (status = "4XX", body = ProblemBody)))]
async fn transition(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<MemberId>,
    Idempotency(once): Idempotency,
    Json(step): Json<Step>,
) -> Result<Reply, Problem> {
    let old = app.members.get(id).await?;
    let node = app.organizations.node(old.organization).await?;
    let scope = caller.may_for(Action::ChangeMemberState, id, &node.path)?;
    let now = app.clock.now();
    let next = domain::transition(&old, &step, shanghai_day(now))?;
    // Authority would outlive membership: an office is ended by those who gave it, with a paper of its own.
    let counted = if next.state == MemberState::Full {
        None
    } else {
        let (offices, counted) = app.organizations.offices(id, shanghai_day(now)).await?;
        if !offices.is_empty() {
            return Err(ErrorCode::HoldsOffice.into());
        }
        Some(counted)
    };
    let new = Member { version: old.version + 1, updated_at: now, path: node.path, ..next };
    let actor = Actor::person(caller.member, scope.role().slug());
    let activity = Activity::new(now, actor, &format!("member.{}", step.to.slug()), node.id, id);
    let activity = told(activity, &json!(MemberView::of(&old)), &json!(MemberView::of(&new)))
        .stating("reason", &step.reason)
        .stating("decision", &step.decision)
        .stating("lastContactOn", step.last_contact_on)
        .stating("rules", &domain::Rules::get()?.version);
    let mut change = app.members.change(&old, &new);
    if let Some(counted) = counted {
        change = app.organizations.while_offices_stay(change, id, counted);
    }
    save(&app, change, &new, activity, once).await
}

/// Everything that was done to a person's record, latest first: one line of life from application to the end.
#[utoipa::path(get, path = "/v1/members/{member}/timeline", tag = "members", params(("member" = MemberId, Path), Limit), security(("token" = [])),
    responses((status = 200, body = Page<Activity>), (status = "4XX", body = ProblemBody)))]
async fn timeline(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<MemberId>,
    Query(Limit { limit, cursor }): Query<Limit>,
) -> Result<Reply, Problem> {
    let page = Paging::of("timeline", limit, cursor.as_deref())?;
    let member = visible(&app, &caller, id, "timeline", None, Action::ReadMember).await?;
    let (after, size) = page.place();
    let mut found = app.members.trace.of_subject(&id.to_string(), None, after, size).await?;
    // What was done to the record goes with the record; offices held elsewhere are for there and for the person.
    found.items.retain(|activity| {
        let of_record = ["member.", "correction.", "transfer."].iter().any(|kind| activity.kind.starts_with(kind));
        of_record || id == caller.member || activity.organization == member.organization
    });
    Reply::ok(&page.holding(found.items, found.after))
}

/// What the numbers are needed for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Purpose {
    /// Shown to the person concerned.
    #[schema(value_type = String)]
    purpose: Line<200>,
}

/// A person's numbers in full, for a stated purpose that the person can read.
#[utoipa::path(post, path = "/v1/members/{member}/disclosures", tag = "members", request_body = Purpose, security(("token" = [])),
    params(("member" = MemberId, Path)),
    responses((status = 200, body = Numbers), (status = "4XX", body = ProblemBody)))]
async fn disclose(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<MemberId>,
    Json(Purpose { purpose }): Json<Purpose>,
) -> Result<Reply, Problem> {
    let member = visible(&app, &caller, id, "numbers", Some(purpose), Action::DiscloseMember).await?;
    let id_card = member.open_id_card(&app.vault).map_err(Problem::internal)?;
    let phone = member.open_phone(&app.vault).map_err(Problem::internal)?;
    Reply::ok(&Numbers { id_card, phone })
}
