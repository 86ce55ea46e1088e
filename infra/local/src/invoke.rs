//! Calling a function the way Lambda does: JSON in, JSON out, within its timeout, and a panic is an error.

use crate::functions::{Handler, Verdict};
use axum::Router;
use jiff::Timestamp;
use kernel::Clock;
use lambda_http::{Adapter, LambdaEvent, Service, lambda_runtime::Context, request::LambdaRequest};
use lambda_runtime::Error;
use serde_json::Value;
use std::{future::Future, time::Duration};
use tracing::Instrument;
use uuid::{NoContext, Uuid};

/// An id for a call at `now`, different from every other.
pub(crate) fn fresh_id(now: Timestamp) -> String {
    let seconds = now.as_second().try_into().unwrap_or_default();
    let nanoseconds = now.subsec_nanosecond().unsigned_abs();
    Uuid::new_v7(uuid::Timestamp::from_unix(NoContext, seconds, nanoseconds)).to_string()
}

/// A function with what every call of it needs.
#[derive(Debug, Clone)]
pub(crate) struct Callee {
    /// The name of its crate.
    pub(crate) name: String,
    pub(crate) handler: Handler,
    pub(crate) timeout: Duration,
    pub(crate) clock: Clock,
}

/// Why a call has no result.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("it took longer than its timeout of {} s", .0.as_secs_f64())]
    TimedOut(Duration),
    #[error("it panicked: {0}")]
    Panicked(String),
    #[error("{0}")]
    Failed(Error),
    #[error("it is not a function for this kind of event")]
    Unsuited,
}

impl Callee {
    /// Sends an HTTP request as the JSON event of payload format 2.0; the answer is JSON too.
    pub(crate) async fn request(&self, event: Vec<u8>, request_id: &str) -> Result<Vec<u8>, Failure> {
        let Handler::Http { router, .. } = &self.handler else { return Err(Failure::Unsuited) };
        self.call(request_id, answer(router.clone(), event, self.context(request_id))).await
    }

    /// Asks an authorizer with the JSON event of payload format 2.0.
    pub(crate) async fn judge(&self, question: Vec<u8>, request_id: &str) -> Result<Verdict, Failure> {
        let Handler::Authorizer(judge) = &self.handler else { return Err(Failure::Unsuited) };
        let judge = judge.clone();
        self.call(request_id, async move { Ok(judge(serde_json::from_slice(&question)?).await) }).await
    }

    /// Has a job do its work.
    pub(crate) async fn work(&self, event: Value, request_id: &str) -> Result<Value, Failure> {
        let Handler::Job(work) = &self.handler else { return Err(Failure::Unsuited) };
        self.call(request_id, work(event)).await
    }

    /// Runs `call` in a task of its own, so that neither a panic nor a caller that hangs up reaches further.
    async fn call<T: Send + 'static>(
        &self,
        request_id: &str,
        call: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> Result<T, Failure> {
        let span = tracing::info_span!("function", name = self.name, request_id);
        let mut task = tokio::spawn(call.instrument(span));
        match tokio::time::timeout(self.timeout, &mut task).await {
            Ok(Ok(result)) => result.map_err(Failure::Failed),
            Ok(Err(panic)) => Err(Failure::Panicked(panic.to_string())),
            Err(_) => {
                task.abort();
                Err(Failure::TimedOut(self.timeout))
            }
        }
    }

    fn context(&self, request_id: &str) -> Context {
        let mut context = Context::default();
        request_id.clone_into(&mut context.request_id);
        let timeout = i64::try_from(self.timeout.as_millis()).unwrap_or(i64::MAX);
        context.deadline = self.clock.now().as_millisecond().saturating_add(timeout).try_into().unwrap_or_default();
        context.invoked_function_arn = crate::template::function_arn(&self.name);
        context
    }
}

/// Exactly what `lambda_http::run` does with an event.
async fn answer(router: Router, event: Vec<u8>, context: Context) -> Result<Vec<u8>, Error> {
    let request: LambdaRequest = serde_json::from_slice(&event)?;
    let response = {
        let mut adapter = Adapter::from(router);
        adapter.call(LambdaEvent::new(request, context))
    };
    let response = response.await?;
    Ok(serde_json::to_vec(&response)?)
}
