//! Lambda entry point of the job that sends what people and organisations are told.

use cloud::Environment;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let env = Environment::from_process()?;
    telemetry::init(&env.settings);
    let app = &notifier::App::connect(&env).await?;
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Value>| notifier::run(app, event.payload).await)).await
}
