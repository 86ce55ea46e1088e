//! HTTP in, HTTP out: who takes which step, and who sees what of it.

mod applications;
mod decisions;
mod objections;
mod report;
mod reviews;
mod scores;
mod sheets;

use crate::{
    App,
    domain::{Hand, Judge, Rules, StarApplication},
    views::StarApplicationView,
};
use authz::{Action, Scope};
use axum::Router;
use dynamo::{Activity, Actor, Change, Once};
use http_api::{Caller, Problem, Reply, document, finish};
use jiff::civil::Date;
use kernel::{OrgId, OrgPath, shanghai_day};
use notices::{Announcement, Notice};
use register::Node;
use std::collections::BTreeSet;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Every route of this function with its part of the API document.
pub fn api(app: App) -> (Router, utoipa::openapi::OpenApi) {
    let ledger = app.store.ledger.clone();
    let (router, document) = OpenApiRouter::with_openapi(document(
        "ratings",
        "达标创星：评分表、申报、自评、复评、复核评星、公示、异议、命名、星级分布",
    ))
    .routes(routes!(sheets::draw, sheets::edit, sheets::read))
    .routes(routes!(applications::file, applications::list))
    .routes(routes!(applications::read))
    .routes(routes!(applications::facts))
    .routes(routes!(scores::score))
    .routes(routes!(scores::submit))
    .routes(routes!(reviews::rescore))
    .routes(routes!(reviews::submit))
    .routes(routes!(decisions::decide))
    .routes(routes!(decisions::award))
    .routes(routes!(objections::raise, objections::list))
    .routes(routes!(objections::answer))
    .routes(routes!(report::shown))
    .routes(routes!(report::report))
    .with_state(app)
    .split_for_parts();
    (finish(router, Some(ledger)), document)
}

/// Every route of this function.
pub fn router(app: App) -> Router {
    api(app).0
}

/// Somebody takes a step with the application of a branch.
#[derive(Debug)]
struct Step {
    scope: Scope,
    hand: Hand,
    branch: Node,
}

impl Step {
    fn actor(&self) -> Actor {
        Actor::person(self.hand.by, self.scope.role().slug())
    }

    /// What is told of a step that led to `new`. Points are not: the trace of a branch is read by more people than its application.
    fn told(&self, kind: &str, new: &StarApplication) -> Activity {
        Activity::new(self.hand.at, self.actor(), kind, self.branch.id, new.id.to_string())
            .stating("year", new.year)
            .stating("state", new.state)
            .stating("version", new.version)
    }

    /// That an organisation hears in its group chats that something waits there.
    fn announcement(&self, organization: OrgId, kind: &str, cause: String, title: &str) -> Announcement {
        Announcement { organization, cause, kind: kind.to_owned(), title: title.to_owned(), at: self.hand.at }
    }
}

impl App {
    /// The caller at this instant.
    fn hand(&self, caller: &Caller) -> Hand {
        Hand { by: caller.member, at: self.clock.now() }
    }

    fn today(&self) -> Date {
        shanghai_day(self.clock.now())
    }

    /// The same with the branch that the caller belongs to, and whether they hold an office of `branch`.
    async fn judge(&self, caller: &Caller, branch: OrgId) -> Result<Judge, Problem> {
        let home = self.store.home(caller.member).await?.branch;
        Ok(Judge { hand: self.hand(caller), home, officer: caller.is_officer_of(branch) })
    }

    /// Adds to `change` that the secretary of the branch hears of a step that led to `new`.
    async fn tell(
        &self,
        mut change: Change,
        step: &Step,
        new: &StarApplication,
        (kind, title, body): (&str, &str, &str),
    ) -> Result<Change, Problem> {
        let cause = format!("{kind}/{}/{}", new.id, new.version);
        let secretaries = self.store.secretaries(step.branch.id, step.hand.today()).await?;
        for member in secretaries.into_iter().collect::<BTreeSet<_>>() {
            let notice = Notice::new(step.hand.at, member, kind, &cause).saying(title, body).about(new.id.to_string());
            change = self.store.notices.post(change, &notice);
        }
        Ok(change)
    }

    /// Makes `change`, of which `new` comes out.
    async fn save(
        &self,
        change: Change,
        activity: Activity,
        new: &StarApplication,
        once: Option<&Once>,
    ) -> Result<Reply, Problem> {
        let reply = Reply::ok(&StarApplicationView::of(new, Rules::get()?, self.today()))?.version(new.version);
        Ok(self.store.ledger.commit(change, [activity], once, reply.into_answer()).await?.into())
    }
}

/// Lets the department of the committee at the root do what it does.
fn department(caller: &Caller, committee: OrgId) -> Result<Scope, Problem> {
    Ok(caller.may(Action::GiveStars, &OrgPath::root(committee))?)
}
