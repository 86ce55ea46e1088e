//! Lambda entry point of the trace.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    http_api::serve("audit", async |env| Ok(audit::router(audit::App::connect(env).await?))).await
}
