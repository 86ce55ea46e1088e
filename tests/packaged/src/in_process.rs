//! The same functions in this process: what the packaged ones are compared with.

use crate::{Failure, stage::Stage};
use lambda_http::{Adapter, Context, LambdaEvent, Service, request::LambdaRequest};
use local::Handler;
use serde_json::Value;

/// Starts the function `name` on `stage`.
pub(crate) async fn connect(stage: &Stage, name: &str) -> Result<Handler, Failure> {
    let listed = local::ALL.iter().find(|listed| listed.name == name);
    let listed = listed.ok_or_else(|| format!("the runner lists no function {name}"))?;
    Ok((listed.connect)(stage.environment(name)?).await?)
}

/// What `handler` makes of `event`: JSON in, JSON out.
pub(crate) async fn answer(handler: &Handler, event: Value) -> Result<Value, Failure> {
    match handler {
        Handler::Http { router, .. } => {
            let request: LambdaRequest = serde_json::from_value(event)?;
            let mut adapter = Adapter::from(router.clone());
            let response = adapter.call(LambdaEvent::new(request, Context::default())).await?;
            Ok(serde_json::to_value(response)?)
        }
        Handler::Authorizer(judge) => Ok(serde_json::to_value(judge(serde_json::from_value(event)?).await)?),
        Handler::Job(work) => work(event).await,
    }
}
