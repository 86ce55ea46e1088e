//! The gateway's events as they are in `events/`, each answered.

use crate::stage::Stage;
use accounts::{App, router};
use axum::body::Body;
use lambda_http::{Request, request};
use std::{fs, path::Path};
use tower::ServiceExt;

#[tokio::test]
async fn every_event_is_answered() {
    let stage = Stage::new().await;
    let router = router(App::connect(&stage.bench.env).await.unwrap());
    // Nobody in them has an account.
    for (name, status) in [("request-code", 202), ("sign-in", 401), ("me", 401), ("end-session", 401), ("jwks", 200)] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../events/accounts.{name}.json"));
        let request: Request = request::from_reader(fs::File::open(path).unwrap()).unwrap();
        let reply = router.clone().oneshot(request.map(|body| Body::from(body.to_vec()))).await.unwrap();
        assert_eq!(reply.status().as_u16(), status, "{name}");
    }
}
