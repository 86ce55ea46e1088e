//! Lambda entry point of analytics.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    http_api::serve("analytics", async |env| Ok(analytics::router(analytics::App::connect(env).await?))).await
}
