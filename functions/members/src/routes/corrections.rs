//! HTTP in, HTTP out: corrections.

use crate::{
    App,
    corrections::{Correction, CorrectionRow, Decision, OpenRow, Request},
    domain,
};
use authz::Action;
use axum::extract::State;
use dynamo::{Activity, Actor, Change, Key, Stretch};
use http_api::{Caller, Idempotency, Json, Paging, Path, Problem, ProblemBody, Query, Reply};
use kernel::{CorrectionId, ErrorCode, Limit, MemberId, OrgId, OrgPath, Page, shanghai_day};
use notices::{Announcement, Notice};
use register::{Member, MemberRow, walk};
use serde::Deserialize;
use utoipa::IntoParams;

/// Asks to have one's own record put right.
#[utoipa::path(post, path = "/v1/me/corrections", tag = "members", request_body = Request, security(("token" = [])),
    responses((status = 201, body = Correction), (status = "4XX", body = ProblemBody)))]
pub(super) async fn ask(
    State(app): State<App>,
    caller: Caller,
    Idempotency(once): Idempotency,
    Json(request): Json<Request>,
) -> Result<Reply, Problem> {
    let member = app.members.get(caller.member).await?;
    let now = app.clock.now();
    request.proposal.check(&member)?;
    domain::plausible(&request.proposal.applied(&member), shanghai_day(now))?;
    let correction = Correction::asked(&member, request, now)?;
    let location = format!("/v1/members/{}/corrections/{}", member.id, correction.id);
    let reply = Reply::created(location, &correction)?.version(1);
    let activity = Activity::new(now, Actor::oneself(member.id), "correction.asked", member.organization, member.id)
        .stating("correction", correction.id)
        .stating("field", correction.proposal.field());
    let open = OpenRow::new(member.id, correction.proposal.field());
    let waiting = Announcement {
        organization: member.organization,
        cause: format!("correction/{}/asked", correction.id),
        kind: "correction.asked".to_owned(),
        title: "有党员信息更正申请待办理".to_owned(),
        at: now,
    };
    let change = app
        .notices
        .announce(app.members.asking(Change::new(), &member), &waiting)
        .insert(app.members.table(), &open, ErrorCode::AlreadyOpen)
        .insert(app.members.table(), &CorrectionRow::new(correction, &member.path), ErrorCode::Conflict);
    Ok(app.members.ledger.commit(change, [activity], once.as_ref(), reply.into_answer()).await?.into())
}

/// One's own requests, latest first.
#[utoipa::path(get, path = "/v1/me/corrections", tag = "members", params(Limit), security(("token" = [])),
    responses((status = 200, body = Page<Correction>), (status = "4XX", body = ProblemBody)))]
pub(super) async fn mine(
    State(app): State<App>,
    caller: Caller,
    Query(Limit { limit, cursor }): Query<Limit>,
) -> Result<Reply, Problem> {
    let page = Paging::of("my-corrections", limit, cursor.as_deref())?;
    let (after, size) = page.place();
    let found = app.members.corrections_of(caller.member, after, size).await?;
    Reply::ok(&page.holding(found.items, found.after))
}

/// Which requests are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Open {
    /// The organisation; those below it are included.
    organization: OrgId,
    /// At most this many, 1 to 200; 50 when left out.
    limit: Option<u16>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// Open requests of an organisation and those below it, the one due first at the top of each.
#[utoipa::path(get, path = "/v1/corrections", tag = "members", params(Open), security(("token" = [])),
    responses((status = 200, body = Page<Correction>), (status = "4XX", body = ProblemBody)))]
pub(super) async fn open(State(app): State<App>, caller: Caller, Query(asked): Query<Open>) -> Result<Reply, Problem> {
    let page = Paging::of("corrections", asked.limit, asked.cursor.as_deref())?;
    let node = app.organizations.node(asked.organization).await?;
    caller.may(Action::DecideCorrection, &node.path)?;
    let areas = app.organizations.areas(&node.path).await?;
    let (after, size) = page.place();
    let stretch = |area: &OrgPath| {
        Stretch::beginning(MemberRow::area(area, true), node.path.as_str()).of_index("open", "openArea", "openKey")
    };
    let found = walk::<CorrectionRow>(app.members.table(), &areas, after, size, stretch).await?;
    let items: Vec<_> = found.items.into_iter().map(|row| row.correction).collect();
    Reply::ok(&page.holding(items, found.after))
}

/// Decides a request: the record changes as proposed, or it does not; the reason is for the person who asked.
#[utoipa::path(post, path = "/v1/members/{member}/corrections/{correction}/decision", tag = "members",
    request_body = Decision, security(("token" = [])),
    params(("member" = MemberId, Path), ("correction" = CorrectionId, Path)),
    responses((status = 200, body = Correction), (status = "4XX", body = ProblemBody)))]
pub(super) async fn decide(
    State(app): State<App>,
    caller: Caller,
    Path((id, correction)): Path<(MemberId, CorrectionId)>,
    Idempotency(once): Idempotency,
    Json(decision): Json<Decision>,
) -> Result<Reply, Problem> {
    let old = app.members.get(id).await?;
    let node = app.organizations.node(old.organization).await?;
    let scope = caller.may_for(Action::DecideCorrection, id, &node.path)?;
    let asked = app.members.correction(id, correction).await?.correction;
    let now = app.clock.now();
    let decided = asked.decided(&decision, caller.member, now)?;

    let kind = if decision.accept { "correction.accepted" } else { "correction.refused" };
    let actor = Actor::person(caller.member, scope.role().slug());
    let activity = Activity::new(now, actor, kind, node.id, id)
        .stating("correction", asked.id)
        .stating("field", asked.proposal.field())
        .stating("decision", &decided.decision);
    // Either way the person still belongs where the caller may decide.
    let change = if decision.accept {
        let new = Member { version: old.version + 1, updated_at: now, ..asked.proposal.applied(&old) };
        domain::plausible(&new, shanghai_day(now))?;
        app.members.change(&old, &new)
    } else {
        app.members.while_unchanged(&old)
    };
    let reply = Reply::ok(&decided)?.version(decided.version);
    let open = OpenRow::new(id, asked.proposal.field());
    let outcome =
        if decision.accept { "已采纳，党员信息已更正。" } else { "未采纳，理由见申请。" };
    let notice = Notice::new(now, id, kind, &format!("correction/{}/decided", asked.id))
        .saying("更正申请已办结", format!("您提出的党员信息更正申请{outcome}"))
        .about(asked.id)
        .by("个保法 §46");
    let change = app
        .notices
        .post(change, &notice)
        .replace(app.members.table(), &CorrectionRow::new(decided, &node.path), asked.version)
        .remove(app.members.table(), Key::new(open.pk, open.sk));
    Ok(app.members.ledger.commit(change, [activity], once.as_ref(), reply.into_answer()).await?.into())
}
