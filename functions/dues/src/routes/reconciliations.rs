//! The statement of a provider beside the book. Nothing is changed by it.

use crate::{
    App,
    domain::{Provider, Reconciliation, Stated, field},
    store::rows::{ProviderRow, TransactionRow},
};
use authz::Action;
use axum::extract::State;
use http_api::{Caller, Json, Path, Problem, ProblemBody, Reply};
use jiff::{ToSpan, civil::Date};
use kernel::OrgId;
use serde::Deserialize;
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// Lines of one statement, at most.
const LINES: usize = 1_000;
/// Days of one statement, at most.
const DAYS: i32 = 31;

/// What a provider says came in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct DuesStatement {
    #[schema(value_type = String)]
    provider: Provider,
    /// Its first day.
    #[schema(value_type = String, format = Date)]
    from: Date,
    /// Its last day, of 31 at most.
    #[schema(value_type = String, format = Date)]
    until: Date,
    /// What came in, each transaction once; 1000 at most. What went out is not of it.
    items: Vec<Stated>,
}

/// Compares what a provider says came in for an organisation with its book: what the book does not have, what it has and the
/// provider did not say, and what they say differently. A payment that was reversed did come in; its reversal is another entry.
#[utoipa::path(post, path = "/v1/organizations/{organization}/dues/reconciliations", tag = "dues",
    operation_id = "reconcileDues", request_body = DuesStatement,
    params(("organization" = OrgId, Path)), security(("token" = [])),
    responses((status = 200, body = Reconciliation), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn reconcile(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<OrgId>,
    Json(DuesStatement { provider, from, until, items }): Json<DuesStatement>,
) -> Result<Reply, Problem> {
    let node = app.store.node(id).await?;
    caller.may(Action::ReadDues, &node.path)?;
    if until < from || until > from.saturating_add((DAYS - 1).days()) {
        return Err(field("/until", "起止日期应在 31 天以内", "is at most 31 days with the first one").into());
    }
    let named: BTreeSet<_> = items.iter().map(|one| &one.transaction).collect();
    if items.len() > LINES || named.len() != items.len() {
        return Err(field("/items", "最多 1000 笔，交易号不能重复", "are 1000 at most, each transaction once").into());
    }
    if app.store.provider(ProviderRow::key(&provider)).await?.is_none() {
        return Err(field("/provider", "没有这个支付渠道", "there is no such provider").into());
    }
    let keys = named.into_iter().map(|transaction| TransactionRow::key(&provider, transaction)).collect();
    let mut booked = app.store.transactions(keys).await?;
    booked.retain(|one| one.organization == id);
    let Some(heard) = app.store.heard(id, &provider, (from, until)).await? else {
        return Err(field("/until", "交易过多，请缩短起止日期", "has too many transactions: choose fewer days").into());
    };
    Reply::ok(&Reconciliation::of(items, &booked, heard))
}
