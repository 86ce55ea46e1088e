//! Payment providers of the installation.

use crate::{
    App, callback,
    domain::{Provider, Secret},
    store::rows::ProviderRow,
};
use authz::Action;
use axum::extract::State;
use dynamo::{Activity, Actor, Change, Key};
use http_api::{Caller, Idempotency, Json, Path, Problem, ProblemBody, Reply};
use jiff::Timestamp;
use kernel::ErrorCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a provider signs with.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewDuesProvider {
    secret: Secret,
}

/// A provider. Its secret is never shown.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct DuesProvider<'a> {
    #[schema(value_type = String)]
    provider: &'a Provider,
    #[schema(value_type = String, format = DateTime)]
    set_at: Timestamp,
    version: u64,
}

/// Sets what a provider signs its callbacks with, or replaces it. It is encrypted and never shown again.
#[utoipa::path(put, path = "/v1/dues/providers/{provider}", tag = "dues", operation_id = "setDuesProvider",
    request_body = NewDuesProvider, params(("provider" = Provider, Path)), security(("token" = [])),
    responses((status = 200, body = DuesProvider<'_>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn set(
    State(app): State<App>,
    caller: Caller,
    Path(provider): Path<Provider>,
    Idempotency(once): Idempotency,
    Json(NewDuesProvider { secret }): Json<NewDuesProvider>,
) -> Result<Reply, Problem> {
    let scope = caller.may_anywhere(Action::ManageDuesProviders)?;
    let held = caller.grants.iter().find(|grant| grant.role == scope.role()).ok_or(ErrorCode::Forbidden)?;
    let hand = app.hand(&caller);
    let old = app.store.provider(ProviderRow::key(&provider)).await?.map_or(0, |row| row.version);
    let secret = app.vault.seal(&callback::place(provider.as_str()), secret.reveal()).map_err(Problem::internal)?;
    let Key { pk, sk } = ProviderRow::key(&provider);
    let row = ProviderRow { pk, sk, secret, set_by: hand.by, set_at: hand.at, version: old + 1 };
    let actor = Actor::person(hand.by, scope.role().slug());
    let activity = Activity::new(hand.at, actor, "dues.provider-set", held.org, held.org.to_string())
        .stating("provider", provider.as_str())
        .stating("version", row.version);
    let view = DuesProvider { provider: &provider, set_at: row.set_at, version: row.version };
    let reply = Reply::ok(&view)?.version(row.version);
    let change = app.store.set_provider(Change::new(), old, &row);
    Ok(app.store.ledger.commit(change, [activity], once.as_ref(), reply.into_answer()).await?.into())
}
