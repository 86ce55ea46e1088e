//! Lambda entry point of the authorizer.

use authorizer::{App, authorize};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let env = cloud::Environment::from_process()?;
    telemetry::init(&env.settings);
    let app = App::connect(&env).await?;
    let answer = async |event: LambdaEvent<_>| Ok::<_, Error>(authorize(&app, event.payload).await);
    Box::pin(run(service_fn(answer))).await
}
