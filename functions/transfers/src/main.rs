//! Lambda entry point of transfers.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    http_api::serve("transfers", async |env| Ok(transfers::router(transfers::App::connect(env).await?))).await
}
