//! Lambda entry point of the star review.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    http_api::serve("ratings", async |env| Ok(ratings::router(ratings::App::connect(env).await?))).await
}
