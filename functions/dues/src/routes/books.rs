//! Books of organisations, and what waits for somebody.

use super::reading::all_seen;
use crate::{App, store::rows::WaitingRow};
use authz::Action;
use axum::extract::State;
use dues_records::{Balances, Entry, Fen, Month, Rules, Waiting};
use http_api::{Caller, Paging, Path, Problem, ProblemBody, Query, Reply};
use kernel::{MemberId, OrgId, Page, PersonName};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which month of a book is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DuesBookMonth {
    /// This month when it is left out.
    month: Option<Month>,
    /// Entries at most, 1 to 200; 50 when left out.
    limit: Option<u16>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// A month of a book.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct DuesBook {
    month: Month,
    /// What its accounts came to at the end of the month, in fen: debits positive, together zero.
    #[schema(value_type = Object)]
    balances: Balances,
    /// What is to be sent up of that.
    to_send: Fen,
    /// What is to be sent up of gifts beside it: all of them.
    gifts_to_send: Fen,
    /// The share that its level retains, in basis points.
    retained: u64,
    /// Whether the province has confirmed the shares.
    shares_confirmed: bool,
    /// Entries of the month, the earliest first.
    entries: Vec<Entry>,
    /// Hand this back as `cursor` for the page after; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// The book of an organisation: its trial balance at the end of a month, and the entries of that month.
#[utoipa::path(get, path = "/v1/organizations/{organization}/dues/book", tag = "dues", operation_id = "readDuesBook",
    params(("organization" = OrgId, Path), DuesBookMonth), security(("token" = [])),
    responses((status = 200, body = DuesBook), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn book(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<OrgId>,
    Query(wanted): Query<DuesBookMonth>,
) -> Result<Reply, Problem> {
    let page = Paging::of("dues-book", wanted.limit, wanted.cursor.as_deref())?;
    let node = app.store.node(id).await?;
    caller.may(Action::ReadDues, &node.path)?;
    let month = wanted.month.unwrap_or(Month::at(app.clock.now()));
    let rules = Rules::get()?;
    let retained = rules.retained(node.kind);
    let balances = app.store.dues.balances(id, month).await?;
    let found = app.store.dues.entries(id, month, page.place()).await?;
    let (to_send, gifts_to_send) = match node.path.parent() {
        Some(_) => (balances.to_send(retained), balances.gifts_to_send()),
        None => (Fen::NONE, Fen::NONE),
    };
    Reply::ok(&DuesBook {
        month,
        to_send,
        gifts_to_send,
        balances,
        retained,
        shares_confirmed: rules.shares().0,
        entries: found.items.into_iter().map(|row| row.entry).collect(),
        next: page.next(found.after),
    })
}

/// What is asked for of what waits.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DuesWaitingKind {
    /// Only this.
    kind: Option<Waiting>,
    /// At most this many, 1 to 200; 50 when left out.
    limit: Option<u16>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// Something that waits for somebody at an organisation.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct DuesMatter {
    kind: Waiting,
    /// The branch that it comes from.
    organization: OrgId,
    /// The case, payment or remittance; a relief is found by member and year.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    member: Option<MemberId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<PersonName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    year: Option<i16>,
    /// What was sent up, or is unclarified.
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<Fen>,
}

impl DuesMatter {
    fn of(row: WaitingRow) -> Option<Self> {
        let WaitingRow { waits_key, organization, id, member, name, year, amount, unclarified } = row;
        let kind = Waiting::ALL.into_iter().find(|kind| waits_key.starts_with(&kind.key("")))?;
        Some(Self { kind, organization, id, member, name, year, amount: amount.or(unclarified) })
    }
}

/// What waits at an organisation: cases of long arrears, money whose purpose is unknown, reversals that a second person decides,
/// reliefs and remittances from below. Each member on the page sees who read it.
#[utoipa::path(get, path = "/v1/organizations/{organization}/dues/open", tag = "dues", operation_id = "listOpenDuesMatters",
    params(("organization" = OrgId, Path), DuesWaitingKind), security(("token" = [])),
    responses((status = 200, body = Page<DuesMatter>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn waiting(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<OrgId>,
    Query(wanted): Query<DuesWaitingKind>,
) -> Result<Reply, Problem> {
    let page = Paging::of("dues-open", wanted.limit, wanted.cursor.as_deref())?;
    let node = app.store.node(id).await?;
    let scope = caller.may(Action::ReadDues, &node.path)?;
    let found = app.store.waiting((id, wanted.kind), page.place()).await?;
    let items: Vec<_> = found.items.into_iter().filter_map(DuesMatter::of).collect();
    let members = items.iter().filter_map(|matter| matter.member).collect();
    all_seen(&app, &caller, members, (scope.role().slug(), id)).await?;
    Reply::ok(&page.holding(items, found.after))
}
