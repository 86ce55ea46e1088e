//! HTTP in, HTTP out: who sees which portrait, and who decides what of it.

mod appeals;
mod conduct;
mod evidence;
mod performance;
mod ratings;
mod reading;

use crate::{
    App,
    domain::{Hand, field},
};
use authz::Scope;
use axum::Router;
use dynamo::{Activity, Actor, Found};
use http_api::{Caller, Paging, Problem, Reply, document, finish};
use jiff::civil::Date;
use kernel::{MemberId, OrgId, shanghai_day};
use register::{Node, OrgKind};
use serde::{Deserialize, Serialize};
use std::fmt::Display;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Every route of this function with its part of the API document.
pub fn api(app: App) -> (Router, utoipa::openapi::OpenApi) {
    let ledger = app.store.ledger.clone();
    let (router, document) = OpenApiRouter::with_openapi(document(
        "portraits",
        "画像：五维、五星、计分明细、自查、考核依据、干部综合表现、综合评定、申诉、日常行为",
    ))
    .routes(routes!(reading::mine))
    .routes(routes!(reading::of_member))
    .routes(routes!(reading::of_branch))
    .routes(routes!(reading::scores))
    .routes(routes!(reading::self_check))
    .routes(routes!(evidence::of_branch))
    .routes(routes!(performance::mine))
    .routes(routes!(performance::of_member))
    .routes(routes!(ratings::confirm, ratings::revise))
    .routes(routes!(appeals::file, appeals::mine))
    .routes(routes!(appeals::list))
    .routes(routes!(appeals::read))
    .routes(routes!(appeals::decide))
    .routes(routes!(conduct::file))
    .routes(routes!(conduct::mine))
    .routes(routes!(conduct::list))
    .routes(routes!(conduct::reply))
    .routes(routes!(conduct::decide))
    .with_state(app)
    .split_for_parts();
    (finish(router, Some(ledger)), document)
}

/// Every route of this function.
pub fn router(app: App) -> Router {
    api(app).0
}

/// Which page is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// At most this many, 1 to 200; 50 when left out.
    limit: Option<u16>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

impl App {
    /// The caller at this instant.
    fn hand(&self, caller: &Caller) -> Hand {
        Hand { by: caller.member, at: self.clock.now() }
    }

    fn today(&self) -> Date {
        shanghai_day(self.clock.now())
    }

    /// Writes down for each of `members` but the caller that the caller, by `scope` in the matters of `organization`, reads this
    /// of theirs.
    async fn seen(
        &self,
        caller: &Caller,
        members: impl IntoIterator<Item = MemberId>,
        (scope, organization): (&Scope, OrgId),
        fields: &str,
    ) -> Result<(), Problem> {
        let (by, role) = ((caller.member, self.clock.now()), scope.role().slug());
        Ok(self.store.readings.seen(members, by, (role, organization), fields).await?)
    }
}

/// Refuses what is no branch: nothing else has scores.
fn of_branches(node: &Node) -> Result<(), Problem> {
    if node.kind == OrgKind::Branch {
        return Ok(());
    }
    Err(field("/organization", "请按党支部查询", "ask for a branch").into())
}

/// The page that was found.
fn paged<T: Serialize>(page: &Paging, found: Found<T>) -> Result<Reply, Problem> {
    Reply::ok(&page.holding(found.items, found.after))
}

/// What `actor` did.
fn told(actor: Actor, hand: Hand, kind: &str, organization: OrgId, subject: impl Display) -> Activity {
    Activity::new(hand.at, actor, kind, organization, subject.to_string())
}
