//! A function with one SDK call: `GET` by id, answered from one `GetItem`, the client configured as the SDK does.

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::{Client, types::AttributeValue};
use lambda_http::{Body, Error, Request, RequestExt, Response, run, service_fn, tracing};
use serde_json::{Map, Value, json};

async fn answer(client: &Client, table: &str, request: Request) -> Result<Response<Body>, Error> {
    let parameters = request.path_parameters();
    let id = parameters.first("id").unwrap_or_default();
    let key = AttributeValue::S(id.to_owned());
    let found = client.get_item().table_name(table).key("pk", key.clone()).key("sk", key).send().await?;
    let (status, body) = match found.item {
        Some(item) => {
            let fields = item.into_iter().filter_map(|(name, value)| match value {
                AttributeValue::S(text) => Some((name, Value::String(text))),
                _ => None,
            });
            (200, Value::Object(fields.collect::<Map<_, _>>()))
        }
        None => (404, json!({ "message": "not found" })),
    };
    Ok(Response::builder().status(status).header("content-type", "application/json").body(body.to_string().into())?)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let (client, table) = (&Client::new(&config), &std::env::var("TABLE")?);
    run(service_fn(async |request| answer(client, table, request).await)).await
}
