//! Lambda entry point of what the system administrator sees.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    http_api::serve("operations", async |env| Ok(operations::router(operations::App::connect(env).await?))).await
}
