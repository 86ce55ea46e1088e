//! HTTP in, HTTP out: who may do what with study.

mod attempts;
mod certificates;
mod courses;
mod hours;
mod papers;
mod pieces;
mod results;
mod sets;
mod topics;
mod trainings;

pub(crate) use attempts::outcome as attempt_outcome;
pub(crate) use trainings::outcome as training_outcome;

use crate::{App, domain::Hand};
use axum::Router;
use dynamo::{Activity, Actor, Found, Once};
use http_api::{Paging, Problem, Reply, document, finish};
use kernel::OrgId;
use serde::{Deserialize, Serialize};
use std::fmt::Display;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Tries of something that others change meanwhile: the same phone sends twice, two phones of one person.
const TRIES: u32 = 10;

/// Every route of this function with its part of the API document.
pub fn api(app: App) -> (Router, utoipa::openapi::OpenApi) {
    let ledger = app.store.ledger.clone();
    let (router, document) =
        OpenApiRouter::with_openapi(document("learning", "学习教育：课程、专题、题库、试卷、答题、培训、学时与证书"))
            .routes(routes!(courses::write, courses::list))
            .routes(routes!(courses::mine))
            .routes(routes!(courses::read, courses::edit))
            .routes(routes!(courses::publish, courses::withdraw))
            .routes(routes!(courses::link))
            .routes(routes!(courses::reach))
            .routes(routes!(topics::write, topics::list))
            .routes(routes!(topics::mine))
            .routes(routes!(topics::read, topics::edit))
            .routes(routes!(topics::publish, topics::withdraw))
            .routes(routes!(sets::write, sets::list))
            .routes(routes!(sets::import))
            .routes(routes!(sets::template))
            .routes(routes!(sets::read, sets::remove))
            .routes(routes!(papers::write, papers::list))
            .routes(routes!(papers::mine))
            .routes(routes!(papers::read))
            .routes(routes!(papers::publish, papers::withdraw))
            .routes(routes!(attempts::begin))
            .routes(routes!(attempts::read))
            .routes(routes!(attempts::answer))
            .routes(routes!(attempts::hand_in))
            .routes(routes!(results::list))
            .routes(routes!(results::statistics))
            .routes(routes!(trainings::enter, trainings::list))
            .routes(routes!(trainings::decide))
            .routes(routes!(hours::mine))
            .routes(routes!(hours::of_member))
            .routes(routes!(hours::of_organization))
            .routes(routes!(certificates::issue, certificates::mine))
            .routes(routes!(certificates::document))
            .routes(routes!(certificates::verify))
            .with_state(app)
            .split_for_parts();
    (finish(router, Some(ledger)), document)
}

/// Every route of this function.
pub fn router(app: App) -> Router {
    api(app).0
}

/// Whose courses, topics, sets, papers or trainings are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Owned {
    /// The organisation whose they are.
    organization: OrgId,
    /// At most this many, 1 to 200; 50 when left out.
    limit: Option<u16>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// The page that was found, each of its items as `view` shows it.
fn paged<T, V: Serialize>(page: &Paging, found: Found<T>, view: impl Fn(T) -> V) -> Result<Reply, Problem> {
    Reply::ok(&page.holding(found.items.into_iter().map(view).collect(), found.after))
}

/// The first answer to a request that was seen before, or `present` where it was another one that made what is there.
async fn again(app: &App, once: Option<&Once>, present: Reply) -> Result<Reply, Problem> {
    let Some(once) = once else { return Ok(present) };
    Ok(app.store.ledger.recall(once).await?.map_or(present, Reply::from))
}

/// What `actor` did.
fn told(actor: Actor, hand: Hand, kind: &str, organization: OrgId, subject: impl Display) -> Activity {
    Activity::new(hand.at, actor, kind, organization, subject.to_string())
}
