//! Lambda entry point of meetings.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    http_api::serve("meetings", async |env| Ok(meetings::router(meetings::App::connect(env).await?))).await
}
