//! Lambda entry point of the job that asks by night what rules find.

use cloud::Environment;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let env = Environment::from_process()?;
    telemetry::init(&env.settings);
    let app = &nightly_findings::App::connect(&env).await?;
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Value>| nightly_findings::run(app, event.payload).await))
        .await
}
