//! The events of `events/`, and those that functions are measured with.

use crate::{Failure, stage::Stage};
use bytes::Bytes;
use local::Handler;
use serde_json::{Value, json};
use std::{fs, path::PathBuf};
use system::tour::{For, Step, tour};

/// The files of `events/` for the function `name`: file name and event, in the order of their names.
pub(crate) fn files(name: &str) -> Result<Vec<(String, Value)>, Failure> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../events"));
    let mut events = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if file.split('.').next() == Some(name) {
            events.push((file, serde_json::from_slice(&fs::read(&path)?)?));
        }
    }
    events.sort_by(|one, other| one.0.cmp(&other.0));
    Ok(events)
}

/// What a function is measured with.
#[derive(Debug, Clone)]
pub(crate) struct Probe {
    /// What it is, for people.
    pub(crate) title: String,
    /// The event.
    pub(crate) event: Bytes,
    /// Whether it may be sent any number of times and is answered alike each time.
    pub(crate) repeatable: bool,
}

/// The request, question or firing that the function `name` is measured with: of an HTTP function its first `GET` by
/// id, or else its first `GET`; of an authorizer a token that is good; of a job its file in `events/`.
pub(crate) async fn probe(stage: &Stage, name: &str, handler: &Handler) -> Result<Probe, Failure> {
    let of = |title: &str, event: &Value, repeatable| Probe {
        title: title.to_owned(),
        event: Bytes::from(event.to_string()),
        repeatable,
    };
    let (file, event) = files(name)?.into_iter().next().ok_or_else(|| format!("events/ has none for {name}"))?;
    match handler {
        Handler::Http { .. } => {
            let step = representative(name).ok_or_else(|| format!("the tour has no GET of {name}"))?;
            let ask = (step.ask)(&stage.scene).await;
            let event = ask.event(step.method, &step.client(&stage.scene));
            Ok(of(&format!("{} {}", step.method, step.route), &event, true))
        }
        Handler::Authorizer(_) => Ok(of("a good token", &with_token(event, &token(stage).await), true)),
        Handler::Job(_) => Ok(of(&file, &event, false)),
    }
}

/// The route that stands for its function: by id, for whoever may, rather than one that needs no caller.
fn representative(name: &str) -> Option<Step> {
    let steps = tour().into_iter().filter(|step| step.function == name && step.method == "GET" && step.status == 200);
    let rank = |step: &Step| (step.whom == For::Everybody, !step.route.contains('{'));
    // The first of equals.
    steps.min_by_key(rank)
}

/// A token for the member of the scene.
async fn token(stage: &Stage) -> String {
    let login = json!({ "phone": "13900000002", "password": system::PASSWORD });
    stage.scene.client("accounts").post("/v1/sessions", login).await.text("/accessToken")
}

/// A question to the authorizer with another token in it.
#[expect(clippy::indexing_slicing, reason = "assigning to a field of a JSON object makes it")]
fn with_token(mut event: Value, token: &str) -> Value {
    let header = format!("Bearer {token}");
    event["identitySource"] = json!([header]);
    event["headers"]["authorization"] = json!(header);
    event
}
