//! Lambda entry point of study.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    http_api::serve("learning", async |env| Ok(learning::router(learning::App::connect(env).await?))).await
}
