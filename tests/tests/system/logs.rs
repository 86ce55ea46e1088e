//! Canary: whatever the functions do, no personal data and no secret is in their log, and a request's line is short.

use system::{Scene, tour::tour};
use testkit::{Town, Written};

#[tokio::test]
async fn nothing_personal_is_logged_and_a_request_is_one_short_line() {
    let written = Written::default();
    let writer = written.clone();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_max_level(tracing::Level::DEBUG)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let mut secrets = vec!["correct-horse-battery".to_owned(), "battery-horse-correct".to_owned()];
    let scene = Scene::set().await;
    let fresh = scene.bench.image();
    secrets.push(scene.refresh.clone());
    secrets.extend([
        scene.member.name.reveal().to_owned(),
        scene.secretary.name.reveal().to_owned(),
        "吴新".to_owned(),
    ]);
    for step in tour() {
        scene.bench.restore(&fresh);
        let ask = (step.ask)(&scene).await;
        let reply = ask.send(step.method, &step.client(&scene)).await;
        secrets.extend(["/accessToken", "/refreshToken", "/secret", "/idCard"].map(|field| reply.text(field)));
    }
    for n in 0..60 {
        secrets.push(Town::id_card(n).reveal().to_owned());
        secrets.extend([format!("139{n:08}"), format!("138{n:08}")]);
    }
    secrets.retain(|secret| !secret.is_empty());
    secrets.sort_unstable();
    secrets.dedup();

    let log = written.text();
    let ours: Vec<_> = log.lines().filter(|line| line.contains("\"answered\"")).collect();
    assert!(ours.len() >= tour().len(), "only {} lines", ours.len());
    for line in log.lines() {
        // What the log sender of one-time codes is for: it exists on a laptop only.
        let sender = line.contains("sign-in code");
        let found = secrets.iter().find(|secret| line.contains(secret.as_str()));
        assert!(sender || found.is_none(), "{line}");
    }
    let longest = ours.iter().map(|line| line.len()).max().unwrap();
    assert!(longest <= 320, "{longest} bytes");
}
