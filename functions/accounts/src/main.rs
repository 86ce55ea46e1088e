//! Lambda entry point of the accounts.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    http_api::serve("accounts", async |env| Ok(accounts::router(accounts::App::connect(env).await?))).await
}
