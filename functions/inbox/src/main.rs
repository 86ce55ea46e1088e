//! Lambda entry point of the inbox.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    http_api::serve("inbox", async |env| Ok(inbox::router(inbox::App::connect(env).await?))).await
}
