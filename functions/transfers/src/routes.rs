//! HTTP in, HTTP out: one transfer, from the draft to the receipt.

pub(crate) mod views;

use crate::{
    App,
    domain::{Destination, Done, Draft, Hand, NewLetter, Receipt, Transfer},
    list,
    store::TransferRow,
    tell,
};
use authz::{Action, Scope};
use axum::{Router, extract::State};
use dynamo::{Activity, Actor, Change, Once};
use http_api::{Caller, Idempotency, Json, Path, Problem, ProblemBody, Reply, document, finish};
use jiff::civil::Date;
use kernel::{ErrorCode, Line, MemberId, OrgId, ReadId, Refusal, Text, TransferId};
use register::{Member, Node, Reading};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use views::TransferView;

/// Every route of this function with its part of the API document.
pub fn api(app: App) -> (Router, utoipa::openapi::OpenApi) {
    let ledger = app.transfers.ledger.clone();
    let (router, document) = OpenApiRouter::with_openapi(document("transfers", "组织关系转接：介绍信、接收、逾期"))
        .routes(routes!(draft, list::list))
        .routes(routes!(list::overdue))
        .routes(routes!(list::receipts))
        .routes(routes!(read))
        .routes(routes!(decide))
        .routes(routes!(issue))
        .routes(routes!(receive))
        .routes(routes!(send_back))
        .routes(routes!(withdraw))
        .routes(routes!(acknowledge))
        .routes(routes!(list::mine))
        .with_state(app)
        .split_for_parts();
    (finish(router, Some(ledger)), document)
}

/// Every route of this function.
pub fn router(app: App) -> Router {
    api(app).0
}

/// An activity in the matters of `organization` about the member concerned.
fn told(scope: &Scope, hand: Hand, transfer: &Transfer, done: Done, organization: OrgId) -> Activity {
    let actor = Actor::person(hand.by, scope.role().slug());
    let kind = format!("transfer.{}", done.slug());
    Activity::new(hand.at, actor, &kind, organization, transfer.member).stating("transfer", transfer.id)
}

/// The activity of the last step of `transfer`, in the matters of the sender, with its reason.
fn last_step(scope: &Scope, hand: Hand, transfer: &Transfer) -> Activity {
    let Some(step) = transfer.steps.last() else { return told(scope, hand, transfer, Done::Drafted, transfer.from) };
    let activity = told(scope, hand, transfer, step.done, transfer.from).stating("rules", &step.rules);
    match &step.reason {
        Some(reason) => activity.stating("reason", reason),
        None => activity,
    }
}

/// Makes `change`, of which `new` comes out.
async fn save(
    app: &App,
    change: Change,
    (old, new): (&TransferRow, &Transfer),
    activities: impl IntoIterator<Item = Activity>,
    (once, today): (Option<Once>, Date),
) -> Result<Reply, Problem> {
    let change = app.transfers.advance(change, old, new);
    let reply = Reply::ok(&TransferView::of(new, today))?.version(new.version);
    Ok(app.transfers.ledger.commit(change, activities, once.as_ref(), reply.into_answer()).await?.into())
}

/// How far the counter of offices of `member` stands, who holds none: authority does not move with a person.
async fn without_office(app: &App, member: MemberId, today: Date) -> Result<u64, Problem> {
    let (offices, counted) = app.transfers.offices(member, today).await?;
    if offices.is_empty() { Ok(counted) } else { Err(ErrorCode::HoldsOffice.into()) }
}

/// The destination of `transfer`, as it is now.
async fn destination(app: &App, transfer: &Transfer) -> Result<Node, Problem> {
    // From an organisation outside nobody acts here: for them there is no such transfer.
    let id = transfer.to.organization().ok_or(ErrorCode::NotFound)?;
    Ok(app.transfers.fresh(id).await?)
}

/// Drafts the transfer of a member. They stay where they are until the other side receives them.
#[utoipa::path(post, path = "/v1/transfers", tag = "transfers", operation_id = "draftTransfer", request_body = Draft,
    security(("token" = [])),
    responses((status = 201, body = TransferView<'_>), (status = "4XX", body = ProblemBody)))]
async fn draft(
    State(app): State<App>,
    caller: Caller,
    Idempotency(once): Idempotency,
    Json(draft): Json<Draft>,
) -> Result<Reply, Problem> {
    let member = app.transfers.person(draft.member).await?;
    let from = app.transfers.place(member.organization).await?;
    let scope = caller.may_for(Action::SendTransfer, member.id, &from.node.path)?;
    let to = match draft.to.organization() {
        Some(id) => Some(app.transfers.place(id).await.map_err(|error| unknown_destination(error.into()))?),
        None => None,
    };
    let hand = Hand { by: caller.member, at: app.clock.now() };
    let transfer = Transfer::drafted(draft, &member, (&from, to.as_ref()), hand)?;
    let activity = last_step(&scope, hand, &transfer).stating("kind", transfer.kind).stating("to", &transfer.to);
    let location = format!("/v1/transfers/{}", transfer.id);
    let reply = Reply::created(location, &TransferView::of(&transfer, hand.today()))?.version(transfer.version);
    let change = app.transfers.draft(transfer, &member, &from.node, to.as_ref().map(|to| &to.node));
    Ok(app.transfers.ledger.commit(change, [activity], once.as_ref(), reply.into_answer()).await?.into())
}

/// A destination that is not there is a field that is wrong, and not a transfer that is not there.
fn unknown_destination(problem: Problem) -> Problem {
    if problem.code() != ErrorCode::NotFound {
        return problem;
    }
    let text = Text::of("没有这个党组织，或党员不能转入", "there is no such organisation that members belong to");
    Refusal::field("/to/organization", text).into()
}

/// A transfer, for both sides and the person themselves. Reading somebody else's leaves a line that they can see.
#[utoipa::path(get, path = "/v1/transfers/{transfer}", tag = "transfers", operation_id = "readTransfer",
    params(("transfer" = TransferId, Path)), security(("token" = [])),
    responses((status = 200, body = TransferView<'_>), (status = "4XX", body = ProblemBody)))]
async fn read(State(app): State<App>, caller: Caller, Path(id): Path<TransferId>) -> Result<Reply, Problem> {
    let transfer = app.transfers.row(id).await?.transfer;
    let at = app.clock.now();
    if transfer.member != caller.member {
        let (scope, organization) = side(&app, &caller, &transfer).await?;
        let role = scope.role().slug().to_owned();
        let fields = "transfer".to_owned();
        let reading =
            Reading { id: ReadId::new(at), at, reader: caller.member, role, organization, fields, purpose: None };
        app.readings.log(transfer.member, reading).await?;
    }
    Ok(Reply::ok(&TransferView::of(&transfer, kernel::shanghai_day(at)))?.version(transfer.version))
}

/// The side on which the caller may see `transfer`.
async fn side(app: &App, caller: &Caller, transfer: &Transfer) -> Result<(Scope, OrgId), Problem> {
    let from = app.transfers.node(transfer.from).await?;
    let sender = caller.may(Action::ReadTransfer, &from.path).map(|scope| (scope, from.id));
    let (Err(refusal), Some(to)) = (&sender, transfer.to.organization()) else { return Ok(sender?) };
    let to = app.transfers.node(to).await?;
    match caller.may(Action::ReadTransfer, &to.path) {
        Ok(scope) => Ok((scope, to.id)),
        Err(other) if other.code == ErrorCode::Forbidden => Err(other.into()),
        Err(_) => Err(refusal.clone().into()),
    }
}

/// What the committee decides.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = TransferDecision)]
struct Decision {
    /// Whether it agrees.
    accept: bool,
    /// Why; needed where it does not.
    #[schema(value_type = Option<String>)]
    reason: Option<Line<500>>,
}

/// Decides a draft, as the committee above the sending organisation.
#[utoipa::path(post, path = "/v1/transfers/{transfer}/decision", tag = "transfers", operation_id = "decideTransfer",
    request_body = Decision, params(("transfer" = TransferId, Path)), security(("token" = [])),
    responses((status = 200, body = TransferView<'_>), (status = "4XX", body = ProblemBody)))]
async fn decide(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<TransferId>,
    Idempotency(once): Idempotency,
    Json(Decision { accept, reason }): Json<Decision>,
) -> Result<Reply, Problem> {
    let row = app.transfers.row(id).await?;
    let from = app.transfers.place(row.transfer.from).await?;
    let scope = caller.may_for(Action::ApproveTransfer, row.transfer.member, &from.seat)?;
    let hand = Hand { by: caller.member, at: app.clock.now() };
    let new = row.transfer.decided(accept, reason, hand)?;
    let activity = last_step(&scope, hand, &new);
    save(&app, Change::new(), (&row, &new), [activity], (once, hand.today())).await
}

/// Issues the letter of an approved transfer, or a new one where the last has lapsed; the old one is kept.
#[utoipa::path(post, path = "/v1/transfers/{transfer}/letters", tag = "transfers", operation_id = "issueTransferLetter",
    request_body = NewLetter, params(("transfer" = TransferId, Path)), security(("token" = [])),
    responses((status = 200, body = TransferView<'_>), (status = "4XX", body = ProblemBody)))]
async fn issue(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<TransferId>,
    Idempotency(once): Idempotency,
    Json(letter): Json<NewLetter>,
) -> Result<Reply, Problem> {
    let row = app.transfers.row(id).await?;
    let from = app.transfers.place(row.transfer.from).await?;
    let scope = caller.may_for(Action::ApproveTransfer, row.transfer.member, &from.seat)?;
    let member = app.transfers.person(row.transfer.member).await?;
    let to = match &row.transfer.to {
        Destination::Organization(id) => {
            let name = String::from(app.transfers.fresh(*id).await?.name);
            Line::try_from(name).map_err(|cause| Problem::internal(cause.into_owned()))?
        }
        Destination::Outside(name) => name.clone(),
    };
    let hand = Hand { by: caller.member, at: app.clock.now() };
    let new = row.transfer.issued(letter, &member, &from, to, hand)?;
    let number = new.letters.last().map(|letter| &letter.number);
    let activity = last_step(&scope, hand, &new).stating("number", number).stating("validUntil", new.valid_until);
    let change = Change::new();
    let change = match tell::issued(&new, hand) {
        Some(waiting) => app.notices.announce(change, &waiting),
        None => change,
    };
    save(&app, change, (&row, &new), [activity], (once, hand.today())).await
}

/// Receives the member: from now on they belong to the destination, and nothing else of their record changes.
#[utoipa::path(post, path = "/v1/transfers/{transfer}/receive", tag = "transfers", operation_id = "receiveTransfer",
    params(("transfer" = TransferId, Path)), security(("token" = [])),
    responses((status = 200, body = TransferView<'_>), (status = "4XX", body = ProblemBody)))]
async fn receive(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<TransferId>,
    Idempotency(once): Idempotency,
) -> Result<Reply, Problem> {
    let row = app.transfers.row(id).await?;
    let to = destination(&app, &row.transfer).await?;
    let scope = caller.may_for(Action::ReceiveTransfer, row.transfer.member, &to.path)?;
    let old = app.transfers.person(row.transfer.member).await?;
    let hand = Hand { by: caller.member, at: app.clock.now() };
    let (new, member) = row.transfer.received(&old, &to, hand)?;
    let counted = without_office(&app, old.id, hand.today()).await?;
    // Each organisation has its own line: the old one that the member left, the new one that they came.
    let came = told(&scope, hand, &new, Done::Received, to.id).stating("from", new.from);
    // Of whom nothing is asked where they come from, nothing is asked where they go.
    let came = match member.exemption {
        Some(exemption) => came.stating("exemption", exemption),
        None => came,
    };
    let activities = [left(&scope, hand, &new, (&old, &member)), came];
    let asked = app.transfers.open_corrections(old.id).await?;
    let change = app.transfers.change_member(&old, &member, counted);
    let change = app.transfers.receive(change, &member, &to, &asked);
    let change = app.notices.post(change, &tell::received(&new, hand));
    save(&app, change, (&row, &new), activities, (once, hand.today())).await
}

/// What became of the member's record, in the matters of the organisation that they left.
fn left(scope: &Scope, hand: Hand, transfer: &Transfer, (old, new): (&Member, &Member)) -> Activity {
    let kind = if new.state == old.state { "member.transferred" } else { "member.transferred-out" };
    let actor = Actor::person(hand.by, scope.role().slug());
    let standing = |member: &Member| {
        serde_json::json!({
            "organization": member.organization, "state": member.state, "stateSince": member.state_since,
        })
    };
    Activity::new(hand.at, actor, kind, old.organization, old.id)
        .between(&standing(old), &standing(new))
        .stating("transfer", transfer.id)
}

/// Why a transfer ends before the member is received.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = TransferReason)]
struct Why {
    /// Both sides and the person read it.
    #[schema(value_type = String)]
    reason: Line<500>,
}

/// Sends a transfer back, as the receiving side; never without a reason.
#[utoipa::path(post, path = "/v1/transfers/{transfer}/return", tag = "transfers", operation_id = "returnTransfer",
    request_body = Why, params(("transfer" = TransferId, Path)), security(("token" = [])),
    responses((status = 200, body = TransferView<'_>), (status = "4XX", body = ProblemBody)))]
async fn send_back(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<TransferId>,
    Idempotency(once): Idempotency,
    Json(Why { reason }): Json<Why>,
) -> Result<Reply, Problem> {
    let row = app.transfers.row(id).await?;
    let to = destination(&app, &row.transfer).await?;
    let scope = caller.may_for(Action::ReceiveTransfer, row.transfer.member, &to.path)?;
    let hand = Hand { by: caller.member, at: app.clock.now() };
    let new = row.transfer.returned(reason, hand)?;
    let activities = [last_step(&scope, hand, &new), told(&scope, hand, &new, Done::Returned, to.id)];
    let change = app.notices.post(Change::new(), &tell::returned(&new, hand));
    save(&app, change, (&row, &new), activities, (once, hand.today())).await
}

/// Takes a transfer back, as the sending side, as long as nobody received the member.
#[utoipa::path(post, path = "/v1/transfers/{transfer}/withdraw", tag = "transfers", operation_id = "withdrawTransfer",
    request_body = Why, params(("transfer" = TransferId, Path)), security(("token" = [])),
    responses((status = 200, body = TransferView<'_>), (status = "4XX", body = ProblemBody)))]
async fn withdraw(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<TransferId>,
    Idempotency(once): Idempotency,
    Json(Why { reason }): Json<Why>,
) -> Result<Reply, Problem> {
    let row = app.transfers.row(id).await?;
    let from = app.transfers.fresh(row.transfer.from).await?;
    let scope = caller.may_for(Action::SendTransfer, row.transfer.member, &from.path)?;
    let hand = Hand { by: caller.member, at: app.clock.now() };
    let new = row.transfer.withdrawn(reason, hand)?;
    let activity = last_step(&scope, hand, &new);
    save(&app, Change::new(), (&row, &new), [activity], (once, hand.today())).await
}

/// Notes the receipt that came back. From an organisation outside it says that the member was received there: with it
/// they leave the register as transferred out.
#[utoipa::path(post, path = "/v1/transfers/{transfer}/receipt", tag = "transfers", operation_id = "acknowledgeTransfer",
    request_body = Receipt, params(("transfer" = TransferId, Path)), security(("token" = [])),
    responses((status = 200, body = TransferView<'_>), (status = "4XX", body = ProblemBody)))]
async fn acknowledge(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<TransferId>,
    Idempotency(once): Idempotency,
    Json(receipt): Json<Receipt>,
) -> Result<Reply, Problem> {
    let row = app.transfers.row(id).await?;
    let from = app.transfers.fresh(row.transfer.from).await?;
    let scope = caller.may_for(Action::SendTransfer, row.transfer.member, &from.path)?;
    let hand = Hand { by: caller.member, at: app.clock.now() };
    if row.transfer.to.organization().is_some() {
        let new = row.transfer.acknowledged(receipt, hand)?;
        let activity = last_step(&scope, hand, &new).stating("on", receipt.on);
        return save(&app, Change::new(), (&row, &new), [activity], (once, hand.today())).await;
    }
    let old = app.transfers.person(row.transfer.member).await?;
    let (new, member) = row.transfer.arrived(&old, receipt, hand)?;
    let counted = without_office(&app, old.id, hand.today()).await?;
    let activities = [left(&scope, hand, &new, (&old, &member)), last_step(&scope, hand, &new)];
    let change = app.transfers.change_member(&old, &member, counted);
    save(&app, change, (&row, &new), activities, (once, hand.today())).await
}
