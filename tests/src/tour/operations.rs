//! How the installation runs.

use super::{Ask, For, Step, step};
use crate::{Scene, invoker::JOBS};
use authz::Action;

/// Lets a job run that changes nothing here.
async fn run(scene: &Scene) {
    let job = JOBS.iter().find(|job| job.name == "relocation").unwrap();
    (job.run)(scene.bench.env.clone(), job.event()).await.unwrap();
}

pub(super) const STEPS: &[Step] =
    &[step("operations", "GET", "/v1/jobs", For::Anywhere(Action::ReadJobs), 200, |scene| {
        Box::pin(async {
            run(scene).await;
            Ask::get("/v1/jobs")
        })
    })];
