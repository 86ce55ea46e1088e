//! Lambda entry point of findings.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    http_api::serve("findings", async |env| Ok(findings::router(findings::App::connect(env).await?))).await
}
