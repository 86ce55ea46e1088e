//! Lambda entry point of the job that makes bills of dues and tells of arrears.

use cloud::Environment;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let env = Environment::from_process()?;
    telemetry::init(&env.settings);
    let app = &dues_bills::App::connect(&env).await?;
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Value>| dues_bills::run(app, event.payload).await)).await
}
