//! Lambda entry point of tasks.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    http_api::serve("tasks", async |env| Ok(tasks::router(tasks::App::connect(env).await?))).await
}
