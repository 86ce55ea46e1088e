//! F18: hostile input gets a clear refusal, quickly, and leaves nothing behind.

use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, TestRunner},
};
use serde_json::{Value, json};
use system::{Scene, tour::tour};

/// Any JSON, some of it deep, long or with names that mean something.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,40}".prop_map(Value::from),
        Just(json!("\u{0}")),
        Just(json!("\u{202e}gnihtemos")),
        Just(json!("x".repeat(5_000))),
        Just(json!("mbr_00000000000070008000000000000000")),
        Just(json!("2026-02-30")),
        Just(json!("-271821-04-20")),
    ];
    let name = prop_oneof![
        "[a-z]{1,8}",
        Just("name".to_owned()),
        Just("phone".to_owned()),
        Just("organization".to_owned()),
        Just("on".to_owned())
    ];
    leaf.prop_recursive(4, 32, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::btree_map(name.clone(), inner, 0..6).prop_map(|map| json!(map)),
        ]
    })
}

/// The example with one of its fields replaced, so that everything before the rule passes.
fn spoiled(example: &Value, field: usize, by: Value) -> Value {
    let mut body = example.clone();
    if let Some(fields) = body.as_object_mut() {
        let name = fields.keys().nth(field % fields.len().max(1)).cloned().unwrap_or_default();
        fields.insert(name, by);
    }
    body
}

/// Bodies for each route, and half as many headers; `PROPTEST_CASES=3000` makes it hundreds of thousands in all.
#[expect(clippy::disallowed_methods, reason = "a length of a test run, and no setting")]
fn cases() -> usize {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(30)
}

#[tokio::test]
async fn no_body_makes_a_server_error() {
    let scene = Scene::set().await;
    let image = scene.bench.image();
    let mut runner = TestRunner::new(Config::default());
    let mut sent = 0;
    for step in tour() {
        // A body that happens to be right changes what the next one starts from.
        scene.bench.restore(&image);
        let ask = (step.ask)(&scene).await;
        let Some(example) = &ask.body else { continue };
        let client = step.client(&scene);
        let corpus = [
            "",
            "{",
            "null",
            "[]",
            "\"\"",
            "{}",
            "1e999",
            "\u{feff}{}",
            "{\"a\":1,\"a\":2}",
            "{\"name\":\"\\ud800\"}",
            "NaN",
            "\u{0}",
            "{\"name\":\"\u{0}\"}",
            "{\"name\":\"\u{202e}e\u{301}\u{fffe}\"}",
            "{\"n\":123456789012345678901234567890123456789012345678901234567890}",
            "{\"n\":-0.0000000000000000000000000000000000000000000000000000001e-999}",
            "{\"a\":{\"a\":{\"a\":[[[[[[[[[[[[]]]]]]]]]]]]}}}",
        ];
        // The last ones are longer than a body, an item and a function's event may be.
        let long = [
            "[".repeat(100_000),
            format!("\"{}\"", "长".repeat(200_000)),
            format!("{{\"name\":\"{}\"}}", "x".repeat(6 << 20)),
        ];
        for body in corpus.map(str::to_owned).into_iter().chain(long) {
            let reply = client.send(step.method, &ask.path, Some(body.clone())).await;
            assert!((400..500).contains(&reply.status), "{} {} {body:.40}: {reply:?}", step.method, step.route);
            assert!(!reply.code().is_empty(), "{} {} {body:.40}: {reply:?}", step.method, step.route);
            sent += 1;
        }
        for at in 0..cases() {
            let value = any_json().new_tree(&mut runner).expect("a value").current();
            let body = if at % 3 == 0 { value } else { spoiled(example, at, value) };
            let client = ask.headers.iter().fold(client.clone(), |client, (name, value)| client.header(name, value));
            let reply = client.send(step.method, &ask.path, Some(body.to_string())).await;
            assert!(reply.status < 500, "{} {} {body}: {reply:?}", step.method, step.route);
            sent += 1;
        }
    }
    assert!(sent > 1_000, "only {sent} bodies were sent");
}

#[tokio::test]
async fn no_path_query_or_header_makes_a_server_error() {
    let scene = Scene::set().await;
    let image = scene.bench.image();
    let mut runner = TestRunner::new(Config::default());
    let ids = [
        "",
        "x",
        "%00",
        "%ff",
        "..",
        "%2e%2e%2f",
        "org_00000000000070008000000000000000",
        "mbr_00000000000070008000000000000000",
    ];
    for step in tour() {
        scene.bench.restore(&image);
        for id in ids {
            let path: String = step
                .route
                .split('/')
                .map(|part| if part.starts_with('{') { id } else { part })
                .collect::<Vec<_>>()
                .join("/");
            let reply = step.client(&scene).send(step.method, &path, Some("{}".to_owned())).await;
            assert!(reply.status < 500, "{} {path}: {reply:?}", step.method);
        }
        let ask = (step.ask)(&scene).await;
        for _ in 0..cases() / 2 {
            let text = "[!-~]{0,60}".new_tree(&mut runner).expect("a text").current();
            let client = step
                .client(&scene)
                .header("accept-language", &text)
                .header("if-match", &text)
                .header("idempotency-key", &text);
            let query = text.bytes().fold(String::new(), |query, byte| format!("{query}%{byte:02x}"));
            let path =
                format!("{}{}cursor={query}&limit={query}", ask.path, if ask.path.contains('?') { '&' } else { '?' });
            let reply = client.send("GET", &path, None).await;
            assert!(reply.status < 500, "GET {path}: {reply:?}");
        }
    }
}
