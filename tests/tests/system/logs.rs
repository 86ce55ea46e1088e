//! Canary: whatever the functions do, no personal data and no secret is in their log, and a request's line is short.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};
use system::{Scene, tour::tour};
use testkit::Town;
use tracing_subscriber::fmt::MakeWriter;

#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Captured {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn nothing_personal_is_logged_and_a_request_is_one_short_line() {
    let captured = Captured::default();
    let subscriber =
        tracing_subscriber::fmt().json().with_max_level(tracing::Level::DEBUG).with_writer(captured.clone()).finish();
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

    let log = String::from_utf8(captured.0.lock().unwrap().clone()).unwrap();
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
