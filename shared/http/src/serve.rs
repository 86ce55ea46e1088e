//! The entry point of every HTTP function.

use axum::{
    Router,
    extract::{Request, State},
    middleware::{self, Next},
    response::Response,
};
use cloud::{Environment, StartError};
use kernel::Clock;
use lambda_http::Error;
use telemetry::Metrics;

/// Starts logging, reads the environment, connects and answers requests until the platform ends it. `service` is the
/// function's name in metrics.
///
/// # Errors
/// When the function cannot start; the platform logs why.
pub async fn serve(
    service: &'static str,
    connect: impl AsyncFnOnce(&Environment) -> Result<Router, StartError>,
) -> Result<(), Error> {
    let env = Environment::from_process()?;
    telemetry::init(&env.settings);
    let metrics = Metrics::open(&env.settings, service)?;
    let router = connect(&env).await?;
    lambda_http::run(counted(router, metrics, env.clock)).await
}

/// The router, counting what the gateway's own metrics do not tell apart.
pub(crate) fn counted(router: Router, metrics: Metrics, clock: Clock) -> Router {
    router.layer(middleware::from_fn_with_state((metrics, clock), count))
}

async fn count(State((metrics, clock)): State<(Metrics, Clock)>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let name = match response.status().as_u16() {
        409 | 412 => "Conflicts",
        429 => "Throttled",
        503 => "StoreBusy",
        500 => "Failures",
        _ if response.headers().contains_key("idempotency-replayed") => "Replays",
        _ => return response,
    };
    metrics.count(name, 1);
    if let Err(error) = metrics.flush(clock.now()) {
        tracing::warn!(%error, "metrics are lost");
    }
    response
}
