//! Lambda entry point of imports and exports.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    http_api::serve("imports", async |env| Ok(imports::router(imports::App::connect(env).await?))).await
}
