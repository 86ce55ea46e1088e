//! The entry point of every HTTP function.

use axum::Router;
use cloud::{Environment, StartError};
use lambda_http::Error;

/// Starts logging, reads the environment, connects and answers requests until the platform ends it.
///
/// # Errors
/// When the function cannot start; the platform logs why.
pub async fn serve(connect: impl AsyncFnOnce(&Environment) -> Result<Router, StartError>) -> Result<(), Error> {
    let env = Environment::from_process()?;
    telemetry::init(&env.settings);
    let router = connect(&env).await?;
    lambda_http::run(router).await
}
