//! What is owed and what became of it: for oneself, and for officers.

use super::standards::YearView;
use crate::App;
use authz::Action;
use axum::extract::State;
use dues_records::{Bill, BillState, DuesTable, Fen, Gift, Month};
use http_api::{Caller, Paging, Path, Problem, ProblemBody, Query, Reply};
use kernel::{CaseId, MemberId, OrgId, Page, PersonName, ReadId, wanted_year};
use register::Reading;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::{IntoParams, ToSchema};

/// Which year is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DuesYearOf {
    /// This year when it is left out.
    #[param(minimum = 1992, maximum = 2200)]
    pub(super) year: Option<i16>,
}

/// A member's dues of a year.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct MemberDues<'a> {
    year: i16,
    /// What is set for the year; absent until the branch did.
    #[serde(skip_serializing_if = "Option::is_none")]
    standard: Option<YearView<'a>>,
    /// Bills of the year, the earliest first. Each says what paid it.
    bills: Vec<Bill>,
    /// What is open of them.
    open: Fen,
    /// Larger sums that were given in the year, those that were taken back included.
    gifts: Vec<Gift>,
    /// The case of long arrears that is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    open_case: Option<CaseId>,
}

async fn dues_of(app: &App, member: MemberId, wanted: Option<i16>) -> Result<Reply, Problem> {
    let year = wanted_year(wanted, app.today())?;
    let (Some(first), Some(last)) = (Month::new(year, 1), Month::new(year, 12)) else {
        return Err(kernel::ErrorCode::InvalidField.into());
    };
    let dues = &app.store.dues;
    let (standard, bills, mut gifts, case) = tokio::try_join!(
        dues.year(member, year),
        dues.bills(member, (first, last)),
        dues.gifts(member),
        dues.open_case(member)
    )?;
    gifts.retain(|gift| gift.month.year() == year);
    let bills: Vec<_> = bills.into_iter().map(|row| row.bill).collect();
    let open = bills.iter().filter(|bill| bill.state == BillState::Open).map(|bill| bill.amount).sum();
    let standard = standard.as_ref().map(|row| YearView::from(&row.years));
    Reply::ok(&MemberDues { year, standard, bills, open, gifts, open_case: case.map(|row| row.case.id) })
}

/// One's own dues of a year: what is set, the bills and what paid them, and what was given beyond them.
#[utoipa::path(get, path = "/v1/me/dues", tag = "dues", operation_id = "myDues", params(DuesYearOf),
    security(("token" = [])), responses((status = 200, body = MemberDues<'_>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn mine(
    State(app): State<App>,
    caller: Caller,
    Query(DuesYearOf { year }): Query<DuesYearOf>,
) -> Result<Reply, Problem> {
    Box::pin(dues_of(&app, caller.member, year)).await
}

/// Writes down for `member` that the caller, as `role` in an organisation, sees dues of theirs, unless these are their own.
pub(super) async fn seen(
    app: &App,
    caller: &Caller,
    member: MemberId,
    (role, organization): (&str, OrgId),
) -> Result<(), Problem> {
    if member == caller.member {
        return Ok(());
    }
    let (at, reader) = (app.clock.now(), caller.member);
    let (role, fields) = (role.to_owned(), "dues".to_owned());
    let reading = Reading { id: ReadId::new(at), at, reader, role, organization, fields, purpose: None };
    Ok(app.store.readings.log(member, reading).await?)
}

/// Writes down the same for each of `members`, once.
pub(super) async fn all_seen(
    app: &App,
    caller: &Caller,
    members: BTreeSet<MemberId>,
    (role, organization): (&str, OrgId),
) -> Result<(), Problem> {
    let by = (caller.member, app.clock.now());
    Ok(app.store.readings.seen(members, by, (role, organization), "dues").await?)
}

/// A member's dues of a year, for officers. The member sees who read them.
#[utoipa::path(get, path = "/v1/members/{member}/dues", tag = "dues", operation_id = "readMemberDues",
    params(("member" = MemberId, Path), DuesYearOf), security(("token" = [])),
    responses((status = 200, body = MemberDues<'_>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn of_member(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<MemberId>,
    Query(DuesYearOf { year }): Query<DuesYearOf>,
) -> Result<Reply, Problem> {
    let member = app.store.person(id).await?;
    let node = app.store.branch_of(&member).await?;
    let scope = caller.may(Action::ReadDues, &node.path)?;
    seen(&app, &caller, id, (scope.role().slug(), node.id)).await?;
    Box::pin(dues_of(&app, id, year)).await
}

/// Which bills are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DuesLedger {
    /// This month when it is left out.
    month: Option<Month>,
    /// Only those that stand so.
    state: Option<BillState>,
    /// At most this many, 1 to 200; 50 when left out.
    limit: Option<u16>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// Bills of a branch for a month, and how they stand. Each member on the page sees who read it.
#[utoipa::path(get, path = "/v1/organizations/{organization}/dues", tag = "dues", operation_id = "readDuesLedger",
    params(("organization" = OrgId, Path), DuesLedger), security(("token" = [])),
    responses((status = 200, body = Page<Bill>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn ledger(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<OrgId>,
    Query(wanted): Query<DuesLedger>,
) -> Result<Reply, Problem> {
    let page = Paging::of("dues-ledger", wanted.limit, wanted.cursor.as_deref())?;
    let node = app.store.node(id).await?;
    let scope = caller.may(Action::ReadDues, &node.path)?;
    let month = wanted.month.unwrap_or(Month::at(app.clock.now()));
    let state = wanted.state.map(BillState::slug);
    let found = app.store.ledger_of(id, (month, state), page.place()).await?;
    let items: Vec<_> = found.items.into_iter().map(|row| row.bill).collect();
    let members = items.iter().map(|bill| bill.member).collect();
    all_seen(&app, &caller, members, (scope.role().slug(), id)).await?;
    Reply::ok(&page.holding(items, found.after))
}

/// A member of whom nothing is set.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct MemberWithoutStandard {
    member: MemberId,
    name: PersonName,
}

/// Members of a branch who owe dues and for whom nothing is set this year: they get no bill until it is.
#[utoipa::path(get, path = "/v1/organizations/{organization}/dues/without-standard", tag = "dues",
    operation_id = "listMembersWithoutDuesStandard", params(("organization" = OrgId, Path)), security(("token" = [])),
    responses((status = 200, body = Page<MemberWithoutStandard>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn without(State(app): State<App>, caller: Caller, Path(id): Path<OrgId>) -> Result<Reply, Problem> {
    let node = app.store.node(id).await?;
    caller.may(Action::ReadDues, &node.path)?;
    if node.kind != register::OrgKind::Branch {
        return Reply::ok(&Page::<MemberWithoutStandard> { items: Vec::new(), next: None });
    }
    let month = Month::at(app.clock.now());
    let owing = DuesTable::owing(&app.store.people, &node, month).await?;
    let years = app.store.dues.years(owing.iter().map(|member| member.id), month.year()).await?;
    let is_set = |id: &MemberId| years.get(id).is_some_and(|years| years.monthly(month).is_some());
    let without = owing.into_iter().filter(|member| !is_set(&member.id));
    let items = without.map(|member| MemberWithoutStandard { member: member.id, name: member.name }).collect();
    Reply::ok(&Page::<MemberWithoutStandard> { items, next: None })
}
