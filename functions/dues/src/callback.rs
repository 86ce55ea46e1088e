//! What payment providers say. Their messages may be forged, late, repeated, and in any order.

use crate::{
    App,
    domain::{Callback, Provider, Status, field, is_signed},
    routes::settle,
    store::rows::{PaymentRow, ProviderRow},
};
use axum::{
    body::Bytes,
    extract::{State, rejection::BytesRejection},
};
use dues_records::Fen;
use dynamo::{Activity, Actor, Change, Tries};
use http_api::{Path, Problem, ProblemBody, Reply};
use kernel::{ErrorCode, PaymentId};
use lambda_http::http::HeaderMap;
use serde::Serialize;
use utoipa::ToSchema;
use vault::Place;

/// The header that says when a callback was signed, in seconds since 1970.
const TIMESTAMP: &str = "x-dues-timestamp";
/// The header with its signature.
const SIGNATURE: &str = "x-dues-signature";
/// Tries of a payment that others change meanwhile.
const TRIES: u32 = 5;

/// Where the secret of a provider is sealed for.
pub(crate) fn place(name: &str) -> Place<'_> {
    Place { table: "dues-providers", record: name, field: "secret" }
}

/// That a callback was heard. It is the same however often it comes.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DuesCallbackHeard)]
struct Heard {
    payment: PaymentId,
}

/// Hears what became of a payment, from a provider. The body is signed: `x-dues-signature` is the hexadecimal HMAC-SHA-256 of
/// `<x-dues-timestamp>.<body>`, the time within five minutes. What is not signed right has no effect. Money that nobody asked
/// for is not refused: it came in, and is unclarified. A transaction that was said to be of another payment is (409
/// `already-decided`): its money is in the book.
#[utoipa::path(post, path = "/v1/dues/callbacks/{provider}", tag = "dues", operation_id = "hearDuesProvider",
    request_body = Callback, params(("provider" = Provider, Path),
        ("x-dues-timestamp" = String, Header, description = "Seconds since 1970"),
        ("x-dues-signature" = String, Header, description = "HMAC-SHA-256 of `<timestamp>.<body>`, hexadecimal")),
    responses((status = 200, body = Heard), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn receive(
    State(app): State<App>,
    Path(provider): Path<Provider>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Reply, Problem> {
    let body = body.map_err(|_| Problem::from(ErrorCode::TooLarge))?;
    // Whether there is such a provider is not told apart from a signature that is wrong.
    let row = app.store.provider(ProviderRow::key(&provider)).await?.ok_or(ErrorCode::Unauthenticated)?;
    let secret = app.vault.unseal(&place(provider.as_str()), &row.secret).map_err(Problem::internal)?;
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !is_signed(&secret, (header(TIMESTAMP), header(SIGNATURE)), &body, app.clock.now()) {
        return Err(ErrorCode::Unauthenticated.into());
    }
    let said: Callback = serde_json::from_slice(&body).map_err(|_| Problem::from(ErrorCode::Malformed))?;
    match (said.status, said.transaction) {
        (Status::Paid, Some(transaction)) if said.amount > Fen::NONE => {
            Box::pin(settle(&app, said.payment, &provider, (said.amount, transaction))).await?;
        }
        (Status::Paid, _) => return Err(field("/transaction", "缺少交易号或金额", "and an amount are needed").into()),
        (Status::Closed, _) => Box::pin(close(&app, said.payment, &provider)).await?,
    }
    Reply::ok(&Heard { payment: said.payment })
}

/// Notes that nobody paid, unless somebody did.
async fn close(app: &App, id: PaymentId, provider: &Provider) -> Result<(), Problem> {
    let mut tries = Tries::new(TRIES);
    loop {
        let row = app.store.payment(id).await?;
        if row.payment.provider.as_ref() != Some(provider) {
            return Err(ErrorCode::NotFound.into());
        }
        let now = app.clock.now();
        let Some(closed) = row.payment.closed(now) else { return Ok(()) };
        let actor = Actor::job(provider.as_str());
        let activity = Activity::new(now, actor, "dues.payment-closed", closed.organization, id.to_string());
        let change = app.store.change_payment(Change::new(), row.payment.version, &PaymentRow::new(closed));
        match app.store.ledger.carry_out(change, [activity]).await {
            Err(error) if error.is_conflict() && tries.again() => {}
            outcome => return outcome.map_err(Problem::from),
        }
    }
}
