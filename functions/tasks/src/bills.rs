//! 微账单 of one's own.

use crate::App;
use axum::extract::State;
use dynamo::Found;
use http_api::{Caller, Paging, Problem, ProblemBody, Query, Reply};
use kernel::{ErrorCode, Page};
use serde::Deserialize;
use task_records::{Bill, BillRow, Period};
use utoipa::IntoParams;

/// Which bills are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// The one of this week, `2026-W49`, or day, `2026-12-01`, with its tasks; without it, all without theirs.
    period: Option<String>,
    /// At most this many, 1 to 200; 50 when left out.
    limit: Option<u16>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// Bills of all that one has before one, latest first: on Mondays where something needs attention in the week, on other working
/// days where something is red since an earlier one. A period without a bill is an empty page.
#[utoipa::path(get, path = "/v1/me/bills", tag = "tasks", params(Wanted), security(("token" = [])),
    operation_id = "myTaskBills",
    responses((status = 200, body = Page<Bill>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn mine(
    State(app): State<App>,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Reply, Problem> {
    let page = Paging::of("task-bills", wanted.limit, wanted.cursor.as_deref())?;
    if let Some(text) = wanted.period {
        let period = Period::read(&text).ok_or(ErrorCode::InvalidField)?;
        let items: Vec<Bill> = app.store.bill(caller.member, period).await?.into_iter().collect();
        return Reply::ok(&Page { items, next: None });
    }
    let found: Found<BillRow> = app.store.bills(caller.member, page.place()).await?;
    let items = found.items.into_iter().map(|row| Bill { items: Vec::new(), ..row.bill }).collect();
    Reply::ok(&page.holding(items, found.after))
}
