//! The smallest function that `lambda_http` makes: any request, a fixed answer.

use lambda_http::{Body, Error, Request, Response, run, service_fn, tracing};
use serde_json::json;

async fn answer(_: Request) -> Result<Response<Body>, Error> {
    let body = json!({ "status": "up" }).to_string();
    Ok(Response::builder().header("content-type", "application/json").body(body.into())?)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    run(service_fn(answer)).await
}
