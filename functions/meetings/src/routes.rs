//! HTTP in, HTTP out: who may do what with a meeting.

mod attend;
mod record;
mod steps;

pub(crate) use record::what_counts;
pub(crate) use steps::person;

use crate::{
    App, calendar,
    domain::{Hand, Meeting, Person},
    life, list,
    views::MeetingView,
};
use authz::{Action, Scope};
use axum::Router;
use dynamo::{Activity, Actor, Change, Once};
use http_api::{Caller, Problem, Reply, document, finish};
use kernel::ErrorCode;
use register::Node;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Every route of this function with its part of the API document.
pub fn api(app: App) -> (Router, utoipa::openapi::OpenApi) {
    let ledger = app.store.ledger.clone();
    let (router, document) =
        OpenApiRouter::with_openapi(document("meetings", "组织生活：会议、出席、记录、表决、履职台账与日历订阅"))
            .routes(routes!(steps::plan, list::list))
            .routes(routes!(steps::read, steps::edit))
            .routes(routes!(steps::cancel))
            .routes(routes!(attend::show_code))
            .routes(routes!(attend::check_in))
            .routes(routes!(attend::ask_leave))
            .routes(routes!(attend::enter))
            .routes(routes!(record::write))
            .routes(routes!(record::sign))
            .routes(routes!(record::note))
            .routes(routes!(list::mine))
            .routes(routes!(life::of_organization))
            .routes(routes!(life::coverage))
            .routes(routes!(calendar::subscribe, calendar::unsubscribe))
            .routes(routes!(calendar::feed))
            .with_state(app)
            .split_for_parts();
    (finish(router, Some(ledger)), document)
}

/// Every route of this function.
pub fn router(app: App) -> Router {
    api(app).0
}

/// In what capacity somebody acts.
#[derive(Debug, Clone)]
pub(crate) enum Capacity {
    /// In an office.
    Office(Scope),
    /// As host or recorder.
    Keeper,
    /// As one who should attend.
    Oneself,
}

impl Capacity {
    fn actor(&self, hand: Hand) -> Actor {
        match self {
            Self::Office(scope) => Actor::person(hand.by, scope.role().slug()),
            Self::Keeper => Actor::person(hand.by, "recorder"),
            Self::Oneself => Actor::oneself(hand.by),
        }
    }

    /// Whether everybody's attendance is shown, and not one's own alone.
    const fn sees_everybody(&self) -> bool {
        !matches!(self, Self::Oneself)
    }
}

/// An activity about `meeting`.
pub(crate) fn told(capacity: &Capacity, hand: Hand, meeting: &Meeting, what: &str) -> Activity {
    let (kind, id) = (format!("meeting.{what}"), meeting.id.to_string());
    Activity::new(hand.at, capacity.actor(hand), &kind, meeting.organization, id)
}

/// Whether the caller may see `meeting`: as host or recorder, as one who should attend, or in an office.
pub(crate) async fn seen(
    app: &App,
    caller: &Caller,
    meeting: &Meeting,
    people: &[Person],
) -> Result<Capacity, Problem> {
    let particulars = &meeting.particulars;
    if [particulars.host, particulars.recorder].contains(&caller.member) {
        return Ok(Capacity::Keeper);
    }
    let node = app.store.node(meeting.organization).await?;
    let attends = people.iter().any(|person| person.member == caller.member);
    match caller.may(Action::ReadMeeting, &node.path) {
        Ok(scope) => Ok(Capacity::Office(scope)),
        Err(_) if attends => Ok(Capacity::Oneself),
        Err(refusal) => Err(refusal.into()),
    }
}

/// Lets host and recorder go on, and who may keep the meetings of the organisation; to others who see it it is forbidden.
async fn keeping(app: &App, caller: &Caller, meeting: &Meeting, people: &[Person]) -> Result<Capacity, Problem> {
    let particulars = &meeting.particulars;
    if [particulars.host, particulars.recorder].contains(&caller.member) {
        return Ok(Capacity::Keeper);
    }
    let node = app.store.node(meeting.organization).await?;
    office(caller, Action::ManageMeeting, &node, people)
}

/// Lets who may do `action` in `node` go on; to one who should attend it is forbidden, to others there is no such meeting.
fn office(caller: &Caller, action: Action, node: &Node, people: &[Person]) -> Result<Capacity, Problem> {
    match caller.may(action, &node.path) {
        Ok(scope) => Ok(Capacity::Office(scope)),
        Err(_) if people.iter().any(|person| person.member == caller.member) => Err(ErrorCode::Forbidden.into()),
        Err(refusal) => Err(refusal.into()),
    }
}

/// Makes `change`, of which `new` with `people` comes out.
async fn save(
    app: &App,
    change: Change,
    (new, people): (&Meeting, &[Person]),
    activity: Activity,
    once: Option<Once>,
) -> Result<Reply, Problem> {
    let view = MeetingView::of(new, people, |_| true);
    let reply = Reply::ok(&view)?.version(new.version);
    let activity = activity.stating("version", new.version);
    Ok(app.store.ledger.commit(change, [activity], once.as_ref(), reply.into_answer()).await?.into())
}
