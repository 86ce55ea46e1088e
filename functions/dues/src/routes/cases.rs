//! Cases of long arrears. A person looks into each and closes it; nothing follows by itself (党章 第九条).

use super::told;
use crate::{App, domain::field};
use axum::extract::State;
use dues_records::{BillState, Case, CaseRow, Closure, Month, Outcome};
use dynamo::Change;
use http_api::{Caller, Idempotency, Json, Path, Problem, ProblemBody, Reply};
use jiff::civil::Date;
use kernel::{CaseId, Line, MemberId, OrgId, PersonName};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A case.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DuesCase)]
pub(crate) struct CaseView<'a> {
    id: CaseId,
    member: MemberId,
    name: &'a PersonName,
    organization: OrgId,
    /// The first month that was unpaid.
    first: Month,
    #[schema(value_type = String, format = Date)]
    opened_on: Date,
    #[serde(skip_serializing_if = "Option::is_none")]
    closed: Option<&'a Closure>,
    version: u64,
}

impl<'a> From<&'a Case> for CaseView<'a> {
    fn from(case: &'a Case) -> Self {
        let Case { id, member, name, organization, first, opened_on, closed, version } = case;
        Self {
            id: *id,
            member: *member,
            name,
            organization: *organization,
            first: *first,
            opened_on: *opened_on,
            closed: closed.as_ref(),
            version: *version,
        }
    }
}

/// What was found.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct DuesFinding {
    outcome: Outcome,
    #[schema(value_type = String)]
    reason: Line<500>,
}

/// Closes a case with what was found, for who keeps the dues of the branch. It can be closed as paid once no bill since its first
/// month is open; that the branch meeting takes it up is a procedure of its own.
#[utoipa::path(post, path = "/v1/dues/cases/{case}/closure", tag = "dues", operation_id = "closeDuesCase",
    request_body = DuesFinding, params(("case" = CaseId, Path)), security(("token" = [])),
    responses((status = 200, body = CaseView<'_>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn close(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<CaseId>,
    Idempotency(once): Idempotency,
    Json(DuesFinding { outcome, reason }): Json<DuesFinding>,
) -> Result<Reply, Problem> {
    let old = app.store.case(id).await?.case;
    let node = app.store.node(old.organization).await?;
    let scope = app.keeper(&caller, &node).await?;
    let hand = app.hand(&caller);
    if outcome == Outcome::Paid {
        let bills = app.store.dues.bills(old.member, (old.first, Month::at(hand.at).after(-1))).await?;
        if bills.iter().any(|row| row.bill.state == BillState::Open) {
            return Err(field("/outcome", "仍有未交月份", "has open bills yet").into());
        }
    }
    let new = old.closed(Closure { outcome, reason: reason.clone(), by: hand.by, at: hand.at })?;
    let activity = told(&scope, hand, "case-closed", old.organization, old.member.to_string())
        .stating("case", id)
        .stating("outcome", outcome);
    let row = CaseRow::new(new);
    let change = app.store.close_case(Change::new(), old.version, &row);
    let reply = Reply::ok(&CaseView::from(&row.case))?.version(row.case.version);
    Ok(app.store.ledger.commit(change, [activity], once.as_ref(), reply.into_answer()).await?.into())
}
