//! Applications of branches, and what they can rest on.

use crate::{
    App,
    domain::{Rules, StarApplication, StarState, field},
    facts::evidence,
    routes::Step,
    views::{StarApplicationView, StarFact, StarListed},
};
use authz::Action;
use axum::extract::State;
use dynamo::Filter;
use http_api::{Caller, Idempotency, Json, Paging, Path, Problem, ProblemBody, Query, Reply};
use jiff::civil::Date;
use kernel::{ErrorCode, OrgId, Page, StarApplicationId, known_year};
use register::{Node, OrgKind};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

/// A branch applies.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewStarApplication {
    /// The branch.
    organization: OrgId,
    year: i16,
}

/// Which applications are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct StarsWanted {
    /// The organisation; those below it are included.
    organization: OrgId,
    /// Only those of this year.
    year: Option<i16>,
    /// Only those that are so far; all that are under way when left out.
    #[param(inline)]
    state: Option<StarState>,
    /// Whether only those are asked for whose review is waited for, longer than it should take; they are submitted.
    #[serde(default)]
    waiting: bool,
    /// At most this many, 1 to 200; 50 when left out.
    limit: Option<u16>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// Whose activities are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct FactsWanted {
    /// A group of the branch; the branch itself when left out.
    group: Option<OrgId>,
    /// At most this many activities are looked at, 1 to 200; 50 when left out.
    limit: Option<u16>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

impl App {
    /// Whether `id` is a group of `branch`.
    pub(super) async fn is_group(&self, id: OrgId, branch: &Node) -> Result<bool, Problem> {
        let node = match self.store.node(id).await.map_err(Problem::from) {
            Err(problem) if problem.code() == ErrorCode::NotFound => return Ok(false),
            node => node?,
        };
        Ok(node.kind == OrgKind::Group && node.path.parent() == Some(branch.id))
    }
}

/// Applies for stars, for the secretary of a branch: once in a year, as long as the window of its sheet is open.
#[utoipa::path(post, path = "/v1/star-applications", tag = "ratings", operation_id = "applyForStars",
    request_body = NewStarApplication, security(("token" = [])),
    responses((status = 201, body = StarApplicationView), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn file(
    State(app): State<App>,
    caller: Caller,
    Idempotency(once): Idempotency,
    Json(NewStarApplication { organization, year }): Json<NewStarApplication>,
) -> Result<Reply, Problem> {
    let branch = app.store.node(organization).await?;
    let scope = caller.may(Action::ApplyForStars, &branch.path)?;
    if branch.kind != OrgKind::Branch {
        return Err(field("/organization", "由党支部申报", "must be a branch").into());
    }
    let committee = branch.path.root_id().unwrap_or(branch.id);
    let sheet = app.store.sheet(committee, known_year(year)?).await?;
    let sheet = sheet.ok_or_else(|| field("/year", "该年度没有评分表", "has no score sheet"))?;
    let hand = app.hand(&caller);
    let new = StarApplication::filed(&branch, &sheet, hand)?;
    let change = app.store.file(&new, &branch);
    let view = StarApplicationView::of(&new, Rules::get()?, hand.today());
    let reply = Reply::created(format!("/v1/star-applications/{}", new.id), &view)?.version(new.version);
    let activity = Step { scope, hand, branch }.told("star.applied", &new);
    Ok(app.store.ledger.commit(change, [activity], once.as_ref(), reply.into_answer()).await?.into())
}

/// Applications of an organisation and those below it, by place in the tree: those that are under way, or that are so far as
/// `state` says. What a branch did not hand in within the window is not under way; as `draft` it can be asked for. Points are with an
/// application that is public, and otherwise in the application itself.
#[utoipa::path(get, path = "/v1/star-applications", tag = "ratings", operation_id = "listStarApplications",
    params(StarsWanted), security(("token" = [])),
    responses((status = 200, body = Page<StarListed>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(wanted): Query<StarsWanted>,
) -> Result<Reply, Problem> {
    let (rules, today) = (Rules::get()?, app.today());
    let state = if wanted.waiting { Some(StarState::Submitted) } else { wanted.state };
    let open = state.is_none_or(StarState::is_open);
    let name = if open { "star-applications" } else { "ended-star-applications" };
    let page = Paging::of(name, wanted.limit, wanted.cursor.as_deref())?;
    if wanted.waiting && wanted.state.is_some_and(|state| state != StarState::Submitted) {
        return Err(field("/state", "只有已提交的申报等待复评", "must be submitted: no other waits").into());
    }
    let node = app.store.node(wanted.organization).await?;
    caller.may_below(Action::ReadStars, &node.path, node.kind.has_members())?;
    let mut filter = state.iter().fold(Filter::default(), |filter, state| filter.equals("state", state.slug()));
    if let Some(year) = wanted.year {
        filter = filter.equals("period", &year.to_string());
    }
    if wanted.waiting {
        filter = filter.at_most("submittedOn", &rules.waiting_since(today).to_string());
    }
    let found = app.store.list(&node.path, open, filter, page.place()).await?;
    let under_way = found.items.into_iter().filter(|listed| state.is_some() || !listed.is_missed(today));
    let items = under_way.map(|listed| StarListed::of(listed, rules, today));
    Reply::ok(&page.holding(items.collect(), found.after))
}

/// An application with all points and records, for its branch and those above it.
#[utoipa::path(get, path = "/v1/star-applications/{application}", tag = "ratings", operation_id = "readStarApplication",
    params(("application" = StarApplicationId, Path)), security(("token" = [])),
    responses((status = 200, body = StarApplicationView), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn read(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<StarApplicationId>,
) -> Result<Reply, Problem> {
    let application = app.store.application(id).await?;
    let branch = app.store.node(application.organization).await?;
    caller.may(Action::ReadStars, &branch.path)?;
    let view = StarApplicationView::of(&application, Rules::get()?, app.today());
    Ok(Reply::ok(&view)?.version(application.version))
}

/// Activities of the branch, or of one of its groups, that items of the sheet can rest on, the latest first. A page holds what fits
/// of the activities that it looked at, so that it may be short and have a page after it.
#[utoipa::path(get, path = "/v1/star-applications/{application}/facts", tag = "ratings", operation_id = "listStarFacts",
    params(("application" = StarApplicationId, Path), FactsWanted), security(("token" = [])),
    responses((status = 200, body = Page<StarFact>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn facts(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<StarApplicationId>,
    Query(wanted): Query<FactsWanted>,
) -> Result<Reply, Problem> {
    let page = Paging::of("star-facts", wanted.limit, wanted.cursor.as_deref())?;
    let application = app.store.application(id).await?;
    let branch = app.store.node(application.organization).await?;
    caller.may(Action::ReadStars, &branch.path)?;
    let whose = wanted.group.unwrap_or(branch.id);
    if whose != branch.id && !app.is_group(whose, &branch).await? {
        return Err(field("/group", "不是本支部的党小组", "is no group of the branch").into());
    }
    let (sheet, rules) = (app.store.sheet_of(&application).await?, Rules::get()?);
    let from = Date::new(application.year, 1, 1).ok();
    let found = app.store.done(whose, from, page.place()).await?;
    let fitting = found.items.iter().filter_map(|activity| evidence(activity, application.year, rules));
    let items = fitting.filter_map(|evidence| StarFact::of(evidence, &sheet, rules)).collect();
    Reply::ok(&page.holding(items, found.after))
}
