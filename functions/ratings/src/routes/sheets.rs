//! The score sheet of a year.

use crate::{
    App,
    domain::{NewStarSheet, Rules, StarSheet, field},
};
use authz::{Action, Scope};
use axum::extract::State;
use dynamo::{Activity, Actor};
use http_api::{Caller, Idempotency, IfMatch, Json, Path, Problem, ProblemBody, Reply};
use kernel::{ErrorCode, OrgId, known_year};

/// Lets the department of the committee at the root draw up a sheet.
async fn drawing(app: &App, caller: &Caller, committee: OrgId) -> Result<Scope, Problem> {
    let node = app.store.node(committee).await?;
    let scope = caller.may(Action::GiveStars, &node.path)?;
    if node.path.depth() == 1 {
        return Ok(scope);
    }
    Err(field("/organization", "评分表由最上级党委组织部门制定", "must be the committee at the root").into())
}

/// What is told of a sheet that somebody drew up or edited.
fn told(scope: &Scope, kind: &str, sheet: &StarSheet) -> Activity {
    let actor = Actor::person(sheet.drawn_by, scope.role().slug());
    let StarSheet { year, organization, .. } = sheet;
    Activity::new(sheet.drawn_at, actor, kind, *organization, format!("{organization}/stars/{year}"))
        .stating("year", year)
        .stating("opensOn", sheet.opens_on)
        .stating("closesOn", sheet.closes_on)
        .stating("version", sheet.version)
}

/// Draws up the score sheet of a year, for the department of the committee at the root: items with what each gives at most, veto
/// items, and from when to when branches apply. Points are whole hundredths.
#[utoipa::path(post, path = "/v1/star-sheets/{year}", tag = "ratings", operation_id = "drawStarSheet",
    request_body = NewStarSheet, params(("year" = i16, Path)), security(("token" = [])),
    responses((status = 201, body = StarSheet), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn draw(
    State(app): State<App>,
    caller: Caller,
    Path(year): Path<i16>,
    Idempotency(once): Idempotency,
    Json(new): Json<NewStarSheet>,
) -> Result<Reply, Problem> {
    let scope = drawing(&app, &caller, new.organization).await?;
    let sheet = new.drawn(known_year(year)?, Rules::get()?, app.hand(&caller))?;
    let reply = Reply::created(format!("/v1/star-sheets/{year}"), &sheet)?.version(sheet.version);
    let (change, activity) = (app.store.draw(&sheet), told(&scope, "star-sheet.drawn", &sheet));
    Ok(app.store.ledger.commit(change, [activity], once.as_ref(), reply.into_answer()).await?.into())
}

/// Edits the score sheet of a year, until its window opens.
#[utoipa::path(put, path = "/v1/star-sheets/{year}", tag = "ratings", operation_id = "editStarSheet",
    request_body = NewStarSheet, security(("token" = [])),
    params(("year" = i16, Path), ("if-match" = String, Header, description = "The `ETag` that was read")),
    responses((status = 200, body = StarSheet), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn edit(
    State(app): State<App>,
    caller: Caller,
    Path(year): Path<i16>,
    based_on: IfMatch,
    Idempotency(once): Idempotency,
    Json(new): Json<NewStarSheet>,
) -> Result<Reply, Problem> {
    let scope = drawing(&app, &caller, new.organization).await?;
    let old = app.store.sheet(new.organization, year).await?.ok_or(ErrorCode::NotFound)?;
    based_on.require(old.version)?;
    let sheet = old.edited(new, Rules::get()?, app.hand(&caller))?;
    let reply = Reply::ok(&sheet)?.version(sheet.version);
    let (change, activity) = (app.store.redraw(&sheet, old.version), told(&scope, "star-sheet.edited", &sheet));
    Ok(app.store.ledger.commit(change, [activity], once.as_ref(), reply.into_answer()).await?.into())
}

/// The score sheet of a year, for everybody in the tree.
#[utoipa::path(get, path = "/v1/star-sheets/{year}", tag = "ratings", operation_id = "readStarSheet",
    params(("year" = i16, Path)), security(("token" = [])),
    responses((status = 200, body = StarSheet), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn read(State(app): State<App>, caller: Caller, Path(year): Path<i16>) -> Result<Reply, Problem> {
    let committee = app.store.home(caller.member).await?.committee;
    let sheet = app.store.sheet(committee, year).await?.ok_or(ErrorCode::NotFound)?;
    Ok(Reply::ok(&sheet)?.version(sheet.version))
}
