//! Money on its way: from the provider to the organisation, and from there up the tree.

use super::{payments::Paged, told};
use crate::{
    App,
    domain::{Remittance, field, illegal},
    store::rows::{PayoutRow, RemittanceRow},
};
use authz::Action;
use axum::extract::State;
use dues_records::{Account, Entry, EntryKind, Fen, Month, Rules};
use dynamo::Change;
use http_api::{Caller, Idempotency, Json, Paging, Path, Problem, ProblemBody, Query, Reply};
use kernel::{ErrorCode, Line, OrgId, Page, RemittanceId};
use serde::Deserialize;
use utoipa::ToSchema;

/// What a provider paid out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewDuesPayout {
    organization: OrgId,
    /// Fen that came to the account of the organisation.
    amount: Fen,
    /// The number of the statement; each is entered once.
    #[schema(value_type = String)]
    reference: Line<64>,
}

/// Enters that the provider paid out to the account of an organisation, by its statement.
#[utoipa::path(post, path = "/v1/dues/payouts", tag = "dues", operation_id = "enterDuesPayout",
    request_body = NewDuesPayout, security(("token" = [])),
    responses((status = 200, body = Entry), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn pay_out(
    State(app): State<App>,
    caller: Caller,
    Idempotency(once): Idempotency,
    Json(NewDuesPayout { organization, amount, reference }): Json<NewDuesPayout>,
) -> Result<Reply, Problem> {
    let node = app.store.node(organization).await?;
    let scope = app.keeper(&caller, &node).await?;
    let hand = app.hand(&caller);
    let counted = app.store.left(organization).await?;
    let balances = app.store.dues.balances(organization, Month::at(hand.at)).await?;
    if amount == Fen::NONE || balances.of(Account::Clearing) < amount.signed() {
        return Err(field(
            "/amount",
            "应大于零，且不超过待清算金额",
            "is more than nothing and at most what is in clearing",
        )
        .into());
    }
    let about = (organization, EntryKind::Payout, reference.to_string());
    let (to, from) = ([(Account::Cash, amount)], [(Account::Clearing, amount)]);
    let entry = Entry::new(about, &to, &from, (Some(hand.by), hand.at))?;
    let activity = told(&scope, hand, "paid-out", organization, organization.to_string())
        .stating("amount", amount)
        .stating("reference", &reference);
    let row = PayoutRow::new(organization, &reference, amount, (hand.by, hand.at));
    let change = app.store.leave(app.store.pay_out(Change::new(), &row), organization, counted);
    let reply = Reply::ok(&entry)?;
    let change = app.store.dues.enter(change, entry);
    Ok(app.store.ledger.commit(change, [activity], once.as_ref(), reply.into_answer()).await?.into())
}

/// Who sends up.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewDuesRemittance {
    organization: OrgId,
    /// Whether the share that its level retains goes up as well: of an organisation that is closed, or where nobody is left, on
    /// its rolls or below it, as before it is closed.
    #[serde(default)]
    everything: bool,
}

/// Sends up what an organisation owes the one above: everything that it took in, less the share that its level retains and
/// what it sent before, as far as it lies in cash, and gifts whole. With `everything` that share goes up too, where nobody is left: an
/// organisation is closed only once its book is empty.
#[utoipa::path(post, path = "/v1/dues/remittances", tag = "dues", operation_id = "remitDues",
    request_body = NewDuesRemittance, security(("token" = [])),
    responses((status = 201, body = Remittance), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn send(
    State(app): State<App>,
    caller: Caller,
    Idempotency(once): Idempotency,
    Json(NewDuesRemittance { organization, everything }): Json<NewDuesRemittance>,
) -> Result<Reply, Problem> {
    let node = app.store.node(organization).await?;
    let scope = app.keeper(&caller, &node).await?;
    let above = node.path.parent().ok_or(ErrorCode::IllegalTransition)?;
    // Boxed: it is asked once in the life of an organisation.
    if everything && node.closed_on.is_none() && !Box::pin(app.store.is_left(&node)).await? {
        return Err(illegal(
            "该组织仍有党员或下级组织，留存部分不能上缴",
            "members or organisations are left there: the share that it retains is theirs",
        )
        .into());
    }
    let (hand, rules) = (app.hand(&caller), Rules::get()?);
    let counted = app.store.left(organization).await?;
    let balances = app.store.dues.balances(organization, Month::at(hand.at)).await?;
    let retained = if everything { 0 } else { rules.retained(node.kind) };
    let parts = (balances.to_send(retained), balances.gifts_to_send());
    let (remittance, entry) = Remittance::sent((organization, above), parts, &rules.version, hand)?;
    let activity = told(&scope, hand, "remitted", organization, remittance.id.to_string())
        .stating("amount", remittance.amount)
        .stating("gifts", remittance.gifts)
        .stating("everything", everything)
        .stating("to", above);
    let row = RemittanceRow::new(remittance);
    let change = app.store.keep_remittance(Change::new(), 0, &row);
    let change = app.store.leave(app.store.dues.enter(change, entry), organization, counted);
    let location = format!("/v1/dues/remittances/{}", row.remittance.id);
    let reply = Reply::created(location, &row.remittance)?.version(1);
    Ok(app.store.ledger.commit(change, [activity], once.as_ref(), reply.into_answer()).await?.into())
}

/// What an organisation sent up, latest first.
#[utoipa::path(get, path = "/v1/organizations/{organization}/dues/remittances", tag = "dues",
    operation_id = "listDuesRemittances", params(("organization" = OrgId, Path), Paged), security(("token" = [])),
    responses((status = 200, body = Page<Remittance>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<OrgId>,
    Query(Paged { limit, cursor }): Query<Paged>,
) -> Result<Reply, Problem> {
    let page = Paging::of("dues-remittances", limit, cursor.as_deref())?;
    let node = app.store.node(id).await?;
    caller.may(Action::ReadDues, &node.path)?;
    let found = app.store.remittances_of(id, page.place()).await?;
    let items = found.items.into_iter().map(|row| row.remittance).collect();
    Reply::ok(&page.holding(items, found.after))
}

/// Whether it came.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct DuesRemittanceReceipt {
    received: bool,
    /// Needed when it did not come.
    #[schema(value_type = Option<String>)]
    reason: Option<Line<500>>,
}

/// Says whether a remittance came, for who keeps the dues of the organisation above, as another person than who sent it. What
/// did not come is in the cash of the sender again.
#[utoipa::path(post, path = "/v1/dues/remittances/{remittance}/receipt", tag = "dues",
    operation_id = "receiveDuesRemittance", request_body = DuesRemittanceReceipt,
    params(("remittance" = RemittanceId, Path)), security(("token" = [])),
    responses((status = 200, body = Remittance), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn decide(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<RemittanceId>,
    Idempotency(once): Idempotency,
    Json(DuesRemittanceReceipt { received, reason }): Json<DuesRemittanceReceipt>,
) -> Result<Reply, Problem> {
    let old = app.store.remittance(id).await?.remittance;
    let node = app.store.node(old.to).await?;
    let scope = app.keeper(&caller, &node).await?;
    if !received && reason.is_none() {
        return Err(field("/reason", "未收到的，请说明情况", "is needed when it did not come").into());
    }
    let hand = app.hand(&caller);
    let (new, entries) = old.decided(received, reason, hand)?;
    let activity = told(&scope, hand, "remittance-decided", old.organization, id.to_string())
        .stating("received", received)
        .stating("amount", old.amount);
    let row = RemittanceRow::new(new);
    let change = app.store.keep_remittance(Change::new(), old.version, &row);
    let change = entries.into_iter().fold(change, |change, entry| app.store.dues.enter(change, entry));
    let reply = Reply::ok(&row.remittance)?.version(row.remittance.version);
    Ok(app.store.ledger.commit(change, [activity], once.as_ref(), reply.into_answer()).await?.into())
}
