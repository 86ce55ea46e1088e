//! Lists of transfers: what leaves and what comes, what nobody received, which receipts are missing, and one's own.

use crate::{
    App,
    domain::State as Standing,
    routes::views::{Summary, TransferView},
    store::{Direction, Due},
};
use authz::Action;
use axum::extract::State;
use dynamo::Filter;
use http_api::{Caller, Paging, Problem, ProblemBody, Query, Reply};
use kernel::{Limit, OrgId, Page, shanghai_day};
use serde::Deserialize;
use utoipa::IntoParams;

/// Which transfers are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// The organisation; those below it are included.
    organization: OrgId,
    /// `out`: members who leave it; `in`: members who come to it.
    #[param(inline)]
    direction: Direction,
    /// Only transfers in this state; without it, those that are not done with.
    state: Option<Standing>,
    /// At most this many, 1 to 200; 50 when left out.
    limit: Option<u16>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// Transfers out of an organisation and those below it, or into them, in the order of the tree and of time.
#[utoipa::path(get, path = "/v1/transfers", tag = "transfers", params(Wanted), security(("token" = [])),
    operation_id = "listTransfers",
    responses((status = 200, body = Page<Summary>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Reply, Problem> {
    let page = Paging::of("transfers", wanted.limit, wanted.cursor.as_deref())?;
    let node = app.transfers.node(wanted.organization).await?;
    caller.may(Action::ReadTransfer, &node.path)?;

    let today = shanghai_day(app.clock.now());
    let filter = match wanted.state {
        // Overdue is not stored: it is what issued becomes with the day.
        Some(Standing::Overdue) => Filter::default().equals("state", Standing::Issued.slug()),
        Some(state) => Filter::default().equals("state", state.slug()),
        None => Filter::default(),
    };
    let open = wanted.state.is_none_or(Standing::is_open);
    let found = app.transfers.list(wanted.direction, &node.path, open, filter, page.place()).await?;
    let items = found.items.into_iter().map(|listed| Summary::of(listed, today));
    let items: Vec<_> = items.filter(|item| wanted.state.is_none_or(|state| item.state == state)).collect();
    Reply::ok(&page.holding(items, found.after))
}

/// Whose transfers are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Whose {
    /// The sending organisation; those below it are included.
    organization: OrgId,
    /// At most this many, 1 to 200; 50 when left out.
    limit: Option<u16>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// 口袋党员: members whose letter has lapsed and whom nobody received, longest overdue first. The sending organisation is
/// responsible for them.
#[utoipa::path(get, path = "/v1/transfers/overdue", tag = "transfers", params(Whose), security(("token" = [])),
    operation_id = "overdueTransfers",
    responses((status = 200, body = Page<Summary>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn overdue(
    State(app): State<App>,
    caller: Caller,
    Query(whose): Query<Whose>,
) -> Result<Reply, Problem> {
    due(&app, &caller, whose, Due::Reception).await
}

/// Members who were received and whose receipt has not come back, the one due first at the top.
#[utoipa::path(get, path = "/v1/transfers/receipts", tag = "transfers", params(Whose), security(("token" = [])),
    operation_id = "missingTransferReceipts",
    responses((status = 200, body = Page<Summary>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn receipts(
    State(app): State<App>,
    caller: Caller,
    Query(whose): Query<Whose>,
) -> Result<Reply, Problem> {
    due(&app, &caller, whose, Due::Receipt).await
}

/// What waits for `what`: receptions once they are late, receipts from the day of receiving on.
async fn due(app: &App, caller: &Caller, whose: Whose, what: Due) -> Result<Reply, Problem> {
    let name = if what == Due::Reception { "overdue-transfers" } else { "transfer-receipts" };
    let page = Paging::of(name, whose.limit, whose.cursor.as_deref())?;
    let node = app.transfers.node(whose.organization).await?;
    caller.may(Action::ReadTransfer, &node.path)?;
    let today = shanghai_day(app.clock.now());
    let before = (what == Due::Reception).then_some(today);
    let found = app.transfers.due(what, &node.path, before, page.place()).await?;
    let items: Vec<_> = found.items.into_iter().map(|listed| Summary::of(listed, today)).collect();
    Reply::ok(&page.holding(items, found.after))
}

/// One's own transfers with their letters and what comes next, latest first.
#[utoipa::path(get, path = "/v1/me/transfers", tag = "transfers", params(Limit), security(("token" = [])),
    operation_id = "myTransfers",
    responses((status = 200, body = Page<TransferView<'_>>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn mine(
    State(app): State<App>,
    caller: Caller,
    Query(Limit { limit, cursor }): Query<Limit>,
) -> Result<Reply, Problem> {
    let page = Paging::of("my-transfers", limit, cursor.as_deref())?;
    let (after, size) = page.place();
    let found = app.transfers.of_person(caller.member, after, size).await?;
    let today = shanghai_day(app.clock.now());
    let items = found.items.iter().map(|transfer| TransferView::of(transfer, today)).collect();
    Reply::ok(&page.holding(items, found.after))
}
