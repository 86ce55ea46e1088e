//! What was wrong is put right by another entry, never by a change.

use super::{
    gifts::shown,
    payments::{bills, stepped},
};
use crate::{App, domain::Payment, store::rows::PaymentRow};
use authz::Scope;
use axum::extract::State;
use dues_records::Month;
use dynamo::{Activity, Change, Once};
use http_api::{Caller, Idempotency, Json, Path, Problem, ProblemBody, Reply};
use kernel::{Line, PaymentId};
use serde::Deserialize;
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// A payment, for who keeps the dues of its branch.
async fn kept(app: &App, caller: &Caller, id: PaymentId) -> Result<(Payment, Scope), Problem> {
    let payment = app.store.payment(id).await?.payment;
    let node = app.store.node(payment.organization).await?;
    let scope = app.keeper(caller, &node).await?;
    Ok((payment, scope))
}

async fn save(
    app: &App,
    (old, new): (&Payment, Payment),
    change: Change,
    activity: Activity,
    once: Option<Once>,
) -> Result<Reply, Problem> {
    let row = PaymentRow::new(new);
    let change = app.store.change_payment(change, old.version, &row);
    let reply = Reply::ok(&row.payment)?.version(row.payment.version);
    Ok(app.store.ledger.commit(change, [activity], once.as_ref(), reply.into_answer()).await?.into())
}

/// What unclarified money is for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct DuesAllotment {
    /// Months of the member with an open bill.
    months: Vec<Month>,
    #[schema(value_type = String)]
    reason: Line<500>,
}

/// Pays open bills of the member with unclarified money of a payment, for who keeps the dues of the branch.
#[utoipa::path(post, path = "/v1/dues/payments/{payment}/allotment", tag = "dues", operation_id = "allotDuesPayment",
    request_body = DuesAllotment, params(("payment" = PaymentId, Path)), security(("token" = [])),
    responses((status = 200, body = Payment), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn allot(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<PaymentId>,
    Idempotency(once): Idempotency,
    Json(DuesAllotment { mut months, reason }): Json<DuesAllotment>,
) -> Result<Reply, Problem> {
    let (old, scope) = kept(&app, &caller, id).await?;
    months.truncate(crate::domain::MOST_MONTHS + 1);
    months.sort_unstable();
    months.dedup();
    let known = app.store.dues.bills_for(old.member, &months).await?;
    let hand = app.hand(&caller);
    let allotted = old.allotted(&bills(&known), &months, hand)?;
    let activity = stepped(&scope, hand, "allotted", &allotted.payment)
        .stating("member", allotted.payment.member)
        .stating("months", &months)
        .stating("paid", allotted.payment.paid())
        .stating("reason", &reason)
        .stating("unclarified", allotted.payment.unclarified);
    let change = app.store.change_bills(Change::new(), &known, &allotted.bills)?;
    let change = app.store.dues.enter(change, allotted.entry);
    save(&app, (&old, allotted.payment), change, activity, once).await
}

/// Why a payment is to be taken back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewDuesReversal {
    #[schema(value_type = String)]
    reason: Line<500>,
}

/// Asks for a payment to be taken back. A second person decides.
#[utoipa::path(post, path = "/v1/dues/payments/{payment}/reversal", tag = "dues", operation_id = "requestDuesReversal",
    request_body = NewDuesReversal, params(("payment" = PaymentId, Path)), security(("token" = [])),
    responses((status = 200, body = Payment), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn question(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<PaymentId>,
    Idempotency(once): Idempotency,
    Json(NewDuesReversal { reason }): Json<NewDuesReversal>,
) -> Result<Reply, Problem> {
    let (old, scope) = kept(&app, &caller, id).await?;
    let hand = app.hand(&caller);
    let new = old.questioned(reason.clone(), hand)?;
    let activity = stepped(&scope, hand, "reversal-requested", &new).stating("reason", reason);
    save(&app, (&old, new), Change::new(), activity, once).await
}

/// What the second person decides.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct DuesReversalDecision {
    confirm: bool,
}

/// Confirms or refuses a reversal, as another person than who asked for it. When it is confirmed its bills are open again, with what
/// is owed by now; those of months to come are gone. Its money leaves the book by an entry of its own: from the provider's account,
/// and from cash what was paid out. When other money came in since it was asked for it can only be refused, and asked for again.
#[utoipa::path(post, path = "/v1/dues/payments/{payment}/reversal/decision", tag = "dues",
    operation_id = "decideDuesReversal", request_body = DuesReversalDecision,
    params(("payment" = PaymentId, Path)), security(("token" = [])),
    responses((status = 200, body = Payment), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn judge(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<PaymentId>,
    Idempotency(once): Idempotency,
    Json(DuesReversalDecision { confirm }): Json<DuesReversalDecision>,
) -> Result<Reply, Problem> {
    let (old, scope) = kept(&app, &caller, id).await?;
    let hand = app.hand(&caller);
    if !confirm {
        let new = old.kept(hand)?;
        let activity = stepped(&scope, hand, "reversal-decided", &new).stating("confirmed", false);
        return save(&app, (&old, new), Change::new(), activity, once).await;
    }
    let known = app.store.dues.bills_for(old.member, &old.months()).await?;
    let counted = app.store.left(old.organization).await?;
    let balances = app.store.dues.balances(old.organization, Month::at(hand.at)).await?;
    let mut reversed = old.reversed(&bills(&known), &balances, hand)?;
    let years: BTreeSet<_> = reversed.bills.iter().map(|bill| bill.month.year()).collect();
    for year in years {
        // A standard or a relief came while it was paid.
        let Some(row) = app.store.dues.year(old.member, year).await? else { continue };
        for bill in &mut reversed.bills {
            if let Some(amount) = row.years.monthly(bill.month) {
                *bill = bill.clone().owing(amount);
            }
        }
    }
    // Of a month that was paid ahead there is no bill then, until the job makes it.
    let (ahead, reopened): (Vec<_>, Vec<_>) =
        reversed.bills.into_iter().partition(|bill| bill.month > Month::at(hand.at));
    let change = app.store.change_bills(Change::new(), &known, &reopened)?;
    let change = ahead.iter().fold(change, |change, bill| app.store.unmake_bill(change, bill));
    let change = app.store.leave(change, old.organization, counted);
    let activity = stepped(&scope, hand, "reversal-decided", &reversed.payment)
        .stating("confirmed", true)
        .stating("amount", old.held);
    let change = app.store.dues.enter(change, reversed.entry);
    let change = if old.gift { shown(&app, change, &reversed.payment, hand.at)? } else { change };
    save(&app, (&old, reversed.payment), change, activity, once).await
}
