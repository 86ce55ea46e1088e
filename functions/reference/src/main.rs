//! Lambda entry point of the API reference.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    http_api::serve("reference", async |env| Ok(reference::router(reference::App::connect(env).await?))).await
}
