//! Lambda entry point of dues.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    http_api::serve("dues", async |env| Ok(dues::router(dues::App::connect(env).await?))).await
}
