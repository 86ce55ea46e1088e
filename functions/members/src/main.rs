//! Lambda entry point of the register of members.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    http_api::serve("members", async |env| Ok(members::router(members::App::connect(env).await?))).await
}
