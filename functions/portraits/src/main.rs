//! Lambda entry point of portraits.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    http_api::serve("portraits", async |env| Ok(portraits::router(portraits::App::connect(env).await?))).await
}
