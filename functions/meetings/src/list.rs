//! Lists of meetings.

use crate::{App, views::Summary};
use authz::Action;
use axum::extract::State;
use http_api::{Caller, Paging, Problem, ProblemBody, Query, Reply};
use jiff::civil::Date;
use kernel::{OrgId, Page, shanghai_day};
use serde::Deserialize;
use utoipa::IntoParams;

/// Which meetings are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// The branch or group whose meetings they are.
    organization: OrgId,
    /// Held on this day or later.
    #[param(value_type = Option<String>)]
    from: Option<Date>,
    /// Held on this day or earlier.
    #[param(value_type = Option<String>)]
    until: Option<Date>,
    /// At most this many, 1 to 200; 50 when left out.
    limit: Option<u16>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// Meetings of a branch or group, the one that was or will be held last at the top: its record book.
#[utoipa::path(get, path = "/v1/meetings", tag = "meetings", params(Wanted), security(("token" = [])),
    operation_id = "listMeetings",
    responses((status = 200, body = Page<Summary<'_>>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Reply, Problem> {
    let page = Paging::of("meetings", wanted.limit, wanted.cursor.as_deref())?;
    let node = app.store.node(wanted.organization).await?;
    caller.may(Action::ReadMeeting, &node.path)?;
    let found = app.store.list(node.id, (wanted.from, wanted.until), page.place()).await?;
    Reply::ok(&page.holding(found.items.iter().map(Summary::from).collect(), found.after))
}

/// Which of one's own meetings are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Mine {
    /// Whether those are asked for that are over; without it, those of today and later.
    #[serde(default)]
    past: bool,
    /// At most this many, 1 to 200; 50 when left out.
    limit: Option<u16>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// Meetings that one should attend from today on, the next one at the top; or all, the last one at the top.
#[utoipa::path(get, path = "/v1/me/meetings", tag = "meetings", params(Mine), security(("token" = [])),
    operation_id = "myMeetings",
    responses((status = 200, body = Page<Summary<'_>>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn mine(State(app): State<App>, caller: Caller, Query(mine): Query<Mine>) -> Result<Reply, Problem> {
    let name = if mine.past { "my-past-meetings" } else { "my-meetings" };
    let page = Paging::of(name, mine.limit, mine.cursor.as_deref())?;
    let from = (!mine.past).then(|| shanghai_day(app.clock.now()));
    let found = app.store.of_person(caller.member, from, page.place()).await?;
    Reply::ok(&page.holding(found.items.iter().map(Summary::from).collect(), found.after))
}
