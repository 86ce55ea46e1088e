//! Payments.

use super::{
    ahead::payable,
    billing,
    reading::{all_seen, seen},
    told,
};
use crate::{
    App,
    domain::{Channel, Hand, Heard, Kind, Payer, Payment, Provider, View, field},
    store::rows::{PaymentRow, ProviderRow, TransactionRow},
};
use authz::Action;
use axum::extract::State;
use dues_records::{Bill, BillRow, Fen, Month};
use dynamo::{Activity, Actor, Change, Once, Tries};
use http_api::{Caller, Idempotency, Json, Paging, Path, Problem, ProblemBody, Query, Reply};
use jiff::Timestamp;
use kernel::{ErrorCode, Line, MemberId, OrgId, Page, PaymentId};
use notices::Announcement;
use register::Node;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

/// Tries of a payment whose bills others change meanwhile.
const TRIES: u32 = 5;

/// What is to be paid.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewDuesPayment {
    /// Whose dues.
    member: MemberId,
    /// Months with an open bill, or later ones of this quarter that are paid ahead: 1 to 12 of them. Through a provider these
    /// need that the branch agreed (`quarterly` of the standard).
    months: Vec<Month>,
    channel: Channel,
    /// The payment provider, for that channel.
    #[schema(value_type = Option<String>)]
    provider: Option<Provider>,
    /// Who pays in cash; the member when it is left out. Of a payment through a provider it is the caller, or a relative of the
    /// member who uses their phone.
    payer: Option<Payer>,
}

/// The bills that the rows hold.
pub(super) fn bills(rows: &[BillRow]) -> Vec<Bill> {
    rows.iter().map(|row| row.bill.clone()).collect()
}

/// Who pays, as far as `caller` can say so: for another member's dues they pay as that other member.
async fn payer(app: &App, caller: &Caller, new: &NewDuesPayment, node: &Node) -> Result<Payer, Problem> {
    let given = new.payer.clone().unwrap_or(Payer { kind: Kind::Oneself, member: None, name: None });
    if new.channel == Channel::Provider && caller.member != new.member {
        // Only somebody of the same branch knows what is owed there.
        let own = app.store.person(caller.member).await?;
        if !(own.state.is_current() && node.path.contains(&own.path)) {
            return Err(ErrorCode::NotFound.into());
        }
        return Ok(Payer { kind: Kind::Member, member: Some(own.id), name: Some(own.name) });
    }
    let fits = match given.kind {
        Kind::Oneself => given.member.is_none() && given.name.is_none(),
        Kind::Relative => given.member.is_none() && given.name.is_some(),
        Kind::Member => given.member.is_some_and(|other| other != new.member) && new.channel == Channel::Cash,
    };
    if !fits {
        return Err(field(
            "/payer",
            "请写明代交人：亲属写姓名，党员写编号",
            "names the relative, or the member who pays",
        )
        .into());
    }
    match given.member {
        None => Ok(given),
        Some(other) => {
            let other = app
                .store
                .person(other)
                .await
                .map_err(|_| Problem::from(field("/payer/member", "没有这名党员", "there is no such member")))?;
            Ok(Payer { name: Some(other.name), ..given })
        }
    }
}

/// What a trace of readings says of somebody who pays for another member of their branch.
const PAYER: &str = "payer";

/// Pays a member's dues, to the branch where they are now. In cash it is entered by who keeps the dues of the branch, and settled at
/// once. Through a provider it is opened by the member, or by another member of the branch: hand its id and total to the provider,
/// whose callback settles it. The member sees who asked for their months; another member is told no more than id, total and state.
#[utoipa::path(post, path = "/v1/dues/payments", tag = "dues", operation_id = "payDues", request_body = NewDuesPayment,
    security(("token" = [])), responses((status = 201, body = View<'_>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn pay(
    State(app): State<App>,
    caller: Caller,
    Idempotency(once): Idempotency,
    Json(new): Json<NewDuesPayment>,
) -> Result<Reply, Problem> {
    if new.months.len() > crate::domain::MOST_MONTHS {
        return Err(field("/months", "请选择 1 至 12 个不重复的月份", "are 1 to 12 months, each once").into());
    }
    let known = app.store.dues.bills_for(new.member, &new.months.iter().copied().collect::<Distinct>().0).await?;
    // Whatever branch a bill was made in, it is paid where the member is now (党费规定 §9): the other one may be closed.
    let node = app.store.branch_of(&app.store.person(new.member).await?).await?;
    let place = node.id;
    let scope = match new.channel {
        Channel::Cash => Some(caller.may(Action::ManageDues, &node.path)?),
        Channel::Provider => None,
    };
    let payer = payer(&app, &caller, &new, &node).await?;
    let role = scope.as_ref().map_or(PAYER, |scope| scope.role().slug());
    seen(&app, &caller, new.member, (role, place)).await?;
    match (&new.provider, new.channel) {
        (None, Channel::Cash) => {}
        (Some(provider), Channel::Provider) if app.store.provider(ProviderRow::key(provider)).await?.is_some() => {}
        _ => return Err(field("/provider", "没有这个支付渠道", "there is no such provider").into()),
    }
    let hand = app.hand(&caller);
    let payable = payable(&app, (new.member, place), &new.months, &known, scope.is_some()).await?;
    let payment = Payment::opened(place, &payable, &new.months, (payer, new.channel, new.provider), hand)?;
    let subject = payment.id.to_string();
    if let Some(scope) = scope {
        let activity = told(&scope, hand, "paid", place, subject)
            .stating("member", payment.member)
            .stating("channel", payment.channel);
        let settled = payment.settled(&payable, payment.total, (None, Some(hand.by)), hand.at)?;
        let row = PaymentRow::new(settled.payment);
        let activity = activity.stating("amount", row.payment.held).stating("months", row.payment.months());
        let change = app.store.enter_payment(Change::new(), &row);
        let change = app.store.change_bills(change, &known, &settled.bills)?;
        let change = app.store.dues.enter(change, settled.entry);
        let told = billing(activity, &known, &settled.bills);
        return created(&app, change, (&row, View::Whole(&row.payment)), told, once).await;
    }
    let actor = Actor::oneself(hand.by);
    let activity = Activity::new(hand.at, actor, "dues.payment-opened", place, subject)
        .stating("amount", payment.total)
        .stating("months", payment.months());
    let row = PaymentRow::new(payment);
    let change = app.store.enter_payment(Change::new(), &row);
    let view = if row.payment.member == hand.by { View::Whole(&row.payment) } else { row.payment.gist() };
    created(&app, change, (&row, view), vec![activity], once).await
}

/// Months, each once, in the order in which they come: a key is asked for once.
struct Distinct(Vec<Month>);

impl FromIterator<Month> for Distinct {
    fn from_iter<I: IntoIterator<Item = Month>>(months: I) -> Self {
        let mut all: Vec<_> = months.into_iter().collect();
        all.sort_unstable();
        all.dedup();
        Self(all)
    }
}

pub(super) async fn created(
    app: &App,
    change: Change,
    (row, view): (&PaymentRow, View<'_>),
    told: Vec<Activity>,
    once: Option<Once>,
) -> Result<Reply, Problem> {
    let location = format!("/v1/dues/payments/{}", row.payment.id);
    let reply = Reply::created(location, &view)?.version(row.payment.version);
    Ok(app.store.ledger.commit(change, told, once.as_ref(), reply.into_answer()).await?.into())
}

/// Enters what the provider says came in for a payment. What somebody changes meanwhile is read and decided again, so that
/// two callbacks at once, or a callback and the treasurer, both find their place. A transaction counts once, whichever payment it is
/// said to be of: money that is in the book for one is not entered for another. Of money for an organisation that is closed
/// meanwhile, who keeps its dues now is told.
pub(crate) async fn settle(
    app: &App,
    id: PaymentId,
    provider: &Provider,
    (amount, transaction): (Fen, Line<64>),
) -> Result<(), Problem> {
    let mut tries = Tries::new(TRIES);
    loop {
        let row = app.store.payment(id).await?;
        if row.payment.provider.as_ref() != Some(provider) {
            return Err(ErrorCode::NotFound.into());
        }
        if row.payment.knows(&transaction) {
            return Ok(());
        }
        let (organization, now) = (row.payment.organization, app.clock.now());
        let transaction = transaction.clone();
        let heard = Heard { organization, payment: id, transaction: transaction.clone(), amount, at: now };
        let claim = TransactionRow::new(provider, heard);
        // Asked only of what did not go in: a transaction is hardly ever of another payment.
        if !tries.is_first() && app.store.is_of_another(&claim).await? {
            return Err(ErrorCode::AlreadyDecided.into());
        }
        let known = app.store.dues.bills_for(row.payment.member, &row.payment.months()).await?;
        // Boxed: few payments are of months that are not billed. What was opened was agreed to then.
        let whose = (row.payment.member, organization);
        let payable = Box::pin(payable(app, whose, &row.payment.months(), &known, true)).await?;
        let settled = row.payment.settled(&payable, amount, (Some(transaction), None), now)?;
        let actor = Actor::job(provider.as_str());
        let activity = Activity::new(now, actor, "dues.paid", organization, id.to_string())
            .stating("member", row.payment.member)
            .stating("channel", Channel::Provider)
            .stating("amount", amount)
            .stating("unclarified", settled.payment.unclarified)
            .stating("months", settled.bills.iter().map(|bill| bill.month).collect::<Vec<_>>())
            .stating("paid", settled.payment.paid());
        let told = billing(activity, &known, &settled.bills);
        let new = PaymentRow::new(settled.payment);
        let change = app.store.claim(Change::new(), &claim);
        let change = app.store.change_payment(change, row.payment.version, &new);
        let change = app.store.change_bills(change, &known, &settled.bills)?;
        let change = app.store.dues.enter(change, settled.entry);
        let keeping = Box::pin(app.keeping(app.store.node(organization).await?)).await?;
        let change = if keeping.id == organization {
            change
        } else {
            app.store.notices.announce(change, &came_late(keeping.id, (id, now), &claim))
        };
        match app.store.ledger.carry_out(change, told).await {
            Err(error) if error.is_conflict() && tries.again() => {}
            outcome => return outcome.map_err(Problem::from),
        }
    }
}

/// What `keeping` is told of the money in the book of a closed organisation of which it has to take care now.
fn came_late(keeping: OrgId, (id, at): (PaymentId, Timestamp), claim: &TransactionRow) -> Announcement {
    Announcement {
        organization: keeping,
        cause: format!("dues/came-late/{id}/{}", claim.pk),
        kind: "dues.came-late".to_owned(),
        title: "一个已撤销的下级组织又有党费到账，请及时处理".to_owned(),
        at,
    }
}

/// What `caller` may see of `payment`: all of it as the one it is about or in an office, of which a line is left for the member;
/// that it is paid as who paid or entered it.
async fn shown<'a>(app: &App, caller: &Caller, payment: &'a Payment, node: &Node) -> Result<View<'a>, Problem> {
    if caller.member == payment.member {
        return Ok(View::Whole(payment));
    }
    match caller.may(Action::ReadDues, &node.path) {
        Ok(scope) => {
            seen(app, caller, payment.member, (scope.role().slug(), node.id)).await?;
            Ok(View::Whole(payment))
        }
        Err(_) if [payment.payer.member, Some(payment.entered_by)].contains(&Some(caller.member)) => Ok(payment.gist()),
        Err(refusal) => Err(refusal.into()),
    }
}

/// A payment with what came in, what it is for, and the number of its receipt, for the member and officers; the member sees who
/// read it. Whoever else paid it or opened it is told id, total and state.
#[utoipa::path(get, path = "/v1/dues/payments/{payment}", tag = "dues", operation_id = "readDuesPayment",
    params(("payment" = PaymentId, Path)), security(("token" = [])),
    responses((status = 200, body = View<'_>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn read(State(app): State<App>, caller: Caller, Path(id): Path<PaymentId>) -> Result<Reply, Problem> {
    let row = app.store.payment(id).await?;
    let node = app.store.node(row.payment.organization).await?;
    let view = shown(&app, &caller, &row.payment, &node).await?;
    Ok(Reply::ok(&view)?.version(row.payment.version))
}

/// A page that is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Paged {
    /// At most this many, 1 to 200; 50 when left out.
    pub(super) limit: Option<u16>,
    /// The `next` of the page before.
    pub(super) cursor: Option<String>,
}

/// Payments to a branch, latest first. Each member on the page sees who read it.
#[utoipa::path(get, path = "/v1/organizations/{organization}/dues/payments", tag = "dues",
    operation_id = "listDuesPayments", params(("organization" = OrgId, Path), Paged), security(("token" = [])),
    responses((status = 200, body = Page<Payment>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<OrgId>,
    Query(Paged { limit, cursor }): Query<Paged>,
) -> Result<Reply, Problem> {
    let page = Paging::of("dues-payments", limit, cursor.as_deref())?;
    let node = app.store.node(id).await?;
    let scope = caller.may(Action::ReadDues, &node.path)?;
    let found = app.store.payments_of(id, page.place()).await?;
    let items: Vec<_> = found.items.into_iter().map(|row| row.payment).collect();
    let members = items.iter().map(|payment| payment.member).collect();
    all_seen(&app, &caller, members, (scope.role().slug(), id)).await?;
    Reply::ok(&page.holding(items, found.after))
}

/// What the trace says of a step of `payment` in an office, `what`.
pub(super) fn stepped(scope: &authz::Scope, hand: Hand, what: &str, payment: &Payment) -> Activity {
    told(scope, hand, what, payment.organization, payment.id.to_string()).stating("version", payment.version)
}
