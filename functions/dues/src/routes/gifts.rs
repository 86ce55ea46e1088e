//! Larger sums that members give once, of free will. They are recorded apart and go up whole (党费规定 §11).

use super::{payments::created, told};
use crate::{
    App,
    domain::{Payment, View},
    store::rows::PaymentRow,
};
use authz::Action;
use axum::extract::State;
use dues_records::Fen;
use dynamo::Change;
use http_api::{Caller, Idempotency, Json, Problem, ProblemBody, Reply};
use kernel::{ErrorCode, MemberId, Refusal};
use serde::Deserialize;
use utoipa::ToSchema;

/// What a member gives.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewDuesGift {
    member: MemberId,
    /// Fen: 1000 yuan or more.
    amount: Fen,
}

/// Enters a larger sum that a member gave once, of free will, for who keeps the dues of their branch. It pays no bill, no level
/// retains any of it, and it is taken back like any payment as long as it was not sent up.
#[utoipa::path(post, path = "/v1/dues/gifts", tag = "dues", operation_id = "giveDues", request_body = NewDuesGift,
    security(("token" = [])), responses((status = 201, body = View<'_>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn give(
    State(app): State<App>,
    caller: Caller,
    Idempotency(once): Idempotency,
    Json(NewDuesGift { member, amount }): Json<NewDuesGift>,
) -> Result<Reply, Problem> {
    let member = app.store.person(member).await?;
    let branch = app.store.branch_of(&member).await?;
    let scope = caller.may(Action::ManageDues, &branch.path)?;
    if branch.temporary {
        return Err(Refusal::new(ErrorCode::TemporaryBranch).by("支部条例 §8").into());
    }
    let hand = app.hand(&caller);
    let payment = Payment::given(branch.id, (member.id, member.name), amount, hand)?;
    let settled = payment.settled(&[], amount, (None, Some(hand.by)), hand.at)?;
    let row = PaymentRow::new(settled.payment);
    let activity = told(&scope, hand, "gift-paid", branch.id, row.payment.id.to_string()).stating("amount", amount);
    let change = app.store.enter_payment(Change::new(), &row);
    let change = app.store.dues.enter(change, settled.entry);
    created(&app, change, (&row, View::Whole(&row.payment)), activity, once).await
}
