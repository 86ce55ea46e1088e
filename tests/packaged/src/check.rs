//! Whether packaged functions answer as they do in this process: every file of `events/`, and the example of every route.

use crate::{
    Failure, Only, events, in_process,
    mask::mask,
    process::{Package, Process},
    stage::Stage,
};
use bytes::Bytes;
use serde_json::Value;
use std::{io::Write, path::Path};
use system::tour::{Step, tour};

/// Compares all functions of the template, packaged in `folder`.
///
/// # Errors
/// When one is missing, does not start, or answers otherwise.
pub(crate) async fn check(folder: &Path, only: &Only, out: &mut impl Write) -> Result<(), Failure> {
    let (packaged, here) = (Stage::set().await?, Stage::set().await?);
    let fresh = (packaged.scene.bench.image(), here.scene.bench.image());
    let (mut compared, mut different) = (0, Vec::new());
    for name in packaged.functions().filter(|name| only.has(name)) {
        let files = events::files(name)?;
        if files.is_empty() {
            different.push(format!("{name}: events/ has no event for it"));
        }
        let mut process = started(&packaged.package(folder, name)?).await?;
        let handler = in_process::connect(&here, name).await?;
        for (file, event) in files {
            let expected = in_process::answer(&handler, event.clone()).await;
            compared += 1;
            different.extend(compare(&file, &mut process, event, expected).await?);
        }
        process.end().await?;
    }
    for step in tour().iter().filter(|step| only.has(step.function)) {
        compared += 1;
        packaged.again(&fresh.0);
        here.again(&fresh.1);
        different.extend(Box::pin(route(folder, step, (&packaged, &here))).await?);
    }
    if different.is_empty() {
        writeln!(out, "{compared} answers of packaged functions are those of the functions in process")?;
        return Ok(());
    }
    Err(format!("{} of {compared} answers differ:\n\n{}", different.len(), different.join("\n\n")).into())
}

/// The example of a route, on two towns in which nothing has happened.
async fn route(folder: &Path, step: &Step, (packaged, here): (&Stage, &Stage)) -> Result<Option<String>, Failure> {
    let event = async |stage: &Stage| {
        let ask = (step.ask)(&stage.scene).await;
        ask.event(step.method, &step.client(&stage.scene))
    };
    let handler = in_process::connect(here, step.function).await?;
    let expected = in_process::answer(&handler, event(here).await).await;
    let mut process = started(&packaged.package(folder, step.function)?).await?;
    let title = format!("{} {}", step.method, step.route);
    let difference = compare(&title, &mut process, event(packaged).await, expected).await?;
    process.end().await?;
    Ok(difference)
}

async fn started(package: &Package) -> Result<Process, Failure> {
    let mut process = Process::start(package, &[]).await?;
    process.ready().await.map_err(|problem| format!("{} does not start: {problem}", package.name))?;
    Ok(process)
}

/// In which way the packaged function's answer to `event` differs from the expected one, if it does.
async fn compare(
    title: &str,
    process: &mut Process,
    event: Value,
    expected: Result<Value, Failure>,
) -> Result<Option<String>, Failure> {
    let answer = process.invoke(Bytes::from(event.to_string())).await?.outcome;
    let (expected, given) = match (expected, answer) {
        (Ok(expected), Ok(given)) => (mask(expected), mask(serde_json::from_slice(&given)?)),
        // Both refuse the event; the text of the packaged one is wrapped by the runtime.
        (Err(_), Err(_)) => return Ok(None),
        (expected, given) => (format!("{expected:?}"), format!("{given:?}")),
    };
    let difference = format!("{title}\n  in process: {expected}\n  packaged:   {given}");
    Ok((expected != given).then_some(difference))
}
