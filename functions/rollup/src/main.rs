//! Lambda entry point of the function that counts.

use cloud::Environment;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let env = Environment::from_process()?;
    telemetry::init(&env.settings);
    let app = &rollup::App::connect(&env).await?;
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Value>| rollup::run(app, event.payload).await)).await
}
