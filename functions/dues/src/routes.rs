//! HTTP in, HTTP out: who may do what with dues.

mod ahead;
mod books;
mod cases;
mod corrections;
mod gifts;
mod payments;
mod providers;
mod publications;
mod quote;
mod reading;
mod reconciliations;
mod reliefs;
mod remittances;
mod standards;

pub(crate) use payments::settle;
pub(crate) use publications::summed;

use crate::{App, callback, domain::Hand};
use authz::{Action, Scope};
use axum::Router;
use dues_records::{Bill, BillRow};
use dynamo::{Activity, Actor};
use http_api::{Caller, Problem, document, finish};
use kernel::{OrgId, shanghai_day};
use register::Node;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Every route of this function with its part of the API document.
pub fn api(app: App) -> (Router, utoipa::openapi::OpenApi) {
    let ledger = app.store.ledger.clone();
    let (router, document) =
        OpenApiRouter::with_openapi(document("dues", "党费：计算、核定、交纳、冲正、上缴、账簿、催缴与公布"))
            .routes(routes!(quote::quote))
            .routes(routes!(standards::set))
            .routes(routes!(reliefs::propose))
            .routes(routes!(reliefs::decide))
            .routes(routes!(payments::pay))
            .routes(routes!(payments::read))
            .routes(routes!(payments::list))
            .routes(routes!(gifts::give))
            .routes(routes!(callback::receive))
            .routes(routes!(corrections::allot))
            .routes(routes!(corrections::question))
            .routes(routes!(corrections::judge))
            .routes(routes!(remittances::pay_out))
            .routes(routes!(remittances::send))
            .routes(routes!(remittances::list))
            .routes(routes!(remittances::decide))
            .routes(routes!(reconciliations::reconcile))
            .routes(routes!(cases::close))
            .routes(routes!(providers::set))
            .routes(routes!(publications::publish, publications::read))
            .routes(routes!(reading::mine))
            .routes(routes!(reading::of_member))
            .routes(routes!(reading::ledger))
            .routes(routes!(reading::without))
            .routes(routes!(books::book))
            .routes(routes!(books::waiting))
            .with_state(app)
            .split_for_parts();
    (finish(router, Some(ledger)), document)
}

/// Every route of this function.
pub fn router(app: App) -> Router {
    api(app).0
}

impl App {
    /// The caller at this instant.
    fn hand(&self, caller: &Caller) -> Hand {
        Hand { by: caller.member, at: self.clock.now() }
    }

    /// Which organisation keeps the dues of `node`. Those of one that is closed are kept by the nearest one above that is not: a
    /// provider may say late that money came in.
    async fn keeping(&self, mut node: Node) -> Result<Node, Problem> {
        while node.closed_on.is_some() {
            let Some(above) = node.path.parent() else { break };
            // Boxed: hardly any request comes here.
            node = Box::pin(self.store.node(above)).await?;
        }
        Ok(node)
    }

    /// The caller in an office that keeps the dues of `node`.
    async fn keeper(&self, caller: &Caller, node: &Node) -> Result<Scope, Problem> {
        let keeping = self.keeping(node.clone()).await?;
        Ok(caller.may(Action::ManageDues, &keeping.path)?)
    }

    fn today(&self) -> jiff::civil::Date {
        shanghai_day(self.clock.now())
    }
}

/// What somebody in an office did.
fn told(scope: &Scope, hand: Hand, what: &str, organization: OrgId, subject: impl Into<String>) -> Activity {
    Activity::new(hand.at, Actor::person(hand.by, scope.role().slug()), &format!("dues.{what}"), organization, subject)
}

/// What the trace tells of a `step`, and of the bills of a member that it makes: those of `new` ones that are none of the `known`.
fn billing(step: Activity, known: &[BillRow], new: &[Bill]) -> Vec<Activity> {
    let is_made = |bill: &&Bill| known.iter().all(|row| row.bill.month != bill.month);
    let made: Vec<Bill> = new.iter().filter(is_made).cloned().collect();
    let by = (step.actor.clone(), step.at);
    let told = (!made.is_empty()).then(|| Bill::told(&made, step.organization, by));
    [step].into_iter().chain(told).collect()
}
