//! Every file of `events/` is answered by the function that it is for, as a request and not as a mistake.

use serde_json::Value;
use std::fs;
use system::Scene;

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
            "relocation" => {
                let app = relocation::App::connect(&scene.bench.env).await.unwrap();
                relocation::run(&app, event).await.unwrap();
            }
            "import-jobs" => {
                let app = import_jobs::App::connect(&scene.bench.env).await.unwrap();
                import_jobs::run(&app, event).await.unwrap();
            }
            "media-sweep" => {
                let app = media_sweep::App::connect(&scene.bench.env).await.unwrap();
                media_sweep::run(&app, event).await.unwrap();
            }
            "audit-seal" => {
                let app = audit_seal::App::connect(&scene.bench.env).await.unwrap();
                audit_seal::run(&app, event).await.unwrap();
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
