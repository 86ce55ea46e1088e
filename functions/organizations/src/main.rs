//! Lambda entry point of the organisation tree.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    http_api::serve("organizations", async |env| Ok(organizations::router(organizations::App::connect(env).await?)))
        .await
}
