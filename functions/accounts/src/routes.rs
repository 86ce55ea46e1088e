//! HTTP in, HTTP out.

mod administration;
mod codes;
mod data;
mod keys;
mod me;
mod password;
mod second_factor;
mod sessions;
mod sign_in;

use crate::{
    App,
    domain::Purpose,
    network::Network,
    store::{self, Spent},
};
use axum::Router;
use http_api::{Problem, document, finish};
use jiff::Timestamp;
use kernel::{Line, SixDigits};
use utoipa_axum::{router::OpenApiRouter, routes};

/// Every route of this function with its part of the API document.
pub fn api(app: App) -> (Router, utoipa::openapi::OpenApi) {
    let ledger = app.store.ledger.clone();
    let (router, document) = OpenApiRouter::with_openapi(document("accounts", "账号：登录、会话、双重验证、本人信息"))
        .routes(routes!(codes::send))
        .routes(routes!(sign_in::sign_in))
        .routes(routes!(sessions::refresh))
        .routes(routes!(sessions::sign_out))
        .routes(routes!(sessions::list))
        .routes(routes!(sessions::end))
        .routes(routes!(me::me))
        .routes(routes!(data::data))
        .routes(routes!(me::access_log))
        .routes(routes!(password::set))
        .routes(routes!(second_factor::enrol))
        .routes(routes!(second_factor::confirm))
        .routes(routes!(administration::suspend, administration::reinstate))
        .routes(routes!(administration::reset_second_factor))
        .routes(routes!(keys::keys))
        .with_state(app)
        .split_for_parts();
    (finish(router, Some(ledger)), document)
}

/// Every route of this function.
pub fn router(app: App) -> Router {
    api(app).0
}

/// Whether `typed` is the code that was sent to `login`; a wrong one is `None`. Without a challenge it is the code that was
/// asked for from the same network. Who asks has counted the attempt.
async fn proven_by_code(
    app: &App,
    login: &str,
    purpose: Purpose,
    challenge: Option<&Line<64>>,
    typed: &SixDigits,
    network: &Network,
    now: Timestamp,
) -> Result<Option<Spent>, Problem> {
    let challenge =
        challenge.map_or_else(|| store::challenge(&app.vault, login, purpose, network), ToString::to_string);
    Ok(app.store.try_code(&app.vault, login, &challenge, typed, now).await?)
}
