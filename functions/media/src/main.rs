//! Lambda entry point of media.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    http_api::serve("media", async |env| Ok(media::router(media::App::connect(env).await?))).await
}
