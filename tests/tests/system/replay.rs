//! Every file of `events/` is answered by the function that it is for, as a request and not as a mistake.

use serde_json::Value;
use std::fs;
use system::{Scene, invoker::call};

#[tokio::test]
async fn every_event_is_understood() {
    let scene = Scene::set().await;
    let mut replayed = 0;
    for entry in fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../events")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let event: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        match name.split('.').next().unwrap() {
            "authorizer" => {
                let app = authorizer::App::connect(&scene.bench.env).await.unwrap();
                let verdict = authorizer::authorize(&app, serde_json::from_value(event).unwrap()).await;
                assert_eq!(verdict.context["refusal"], "unauthenticated", "{name}");
            }
            // What a stream brings, and not a schedule.
            "rollup" if event["Records"].is_array() => {
                let app = rollup::App::connect(&scene.bench.env).await.unwrap();
                let answer = rollup::run(&app, event).await.unwrap();
                assert_eq!(answer["batchItemFailures"], serde_json::json!([]), "{name}");
            }
            _ if event["detail"]["job"].is_string() => {
                call(&scene.bench.post, scene.bench.env.clone(), &event).await.unwrap();
            }
            function => {
                let reply = scene.client(function).deliver(&event).await;
                let mistaken = matches!(reply.status, 400 | 405 | 415 | 422) || reply.status >= 500;
                assert!(!mistaken && (reply.status != 404 || reply.code() == "not-found"), "{name}: {reply:?}");
            }
        }
        replayed += 1;
    }
    assert!(replayed >= 15, "only {replayed}");
}
