//! What a member owes in a year, as the branch sets it.

use super::{billing, told};
use crate::{
    App,
    domain::{Hand, field, illegal},
};
use authz::Action;
use axum::extract::State;
use dues_records::{
    Bill, BillRow, BillState, Class, Fen, Month, NewStandard, Relief, Step, YearRow, Years, Yuan, owes,
};
use dynamo::Change;
use http_api::{Caller, Idempotency, Json, Problem, ProblemBody, Reply};
use kernel::{ErrorCode, Line, MemberId, OrgId, PersonName, known_year};
use register::Member;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a member owes in a year.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DuesYear)]
pub(crate) struct YearView<'a> {
    member: MemberId,
    name: &'a PersonName,
    organization: OrgId,
    year: i16,
    /// Sums, the earliest first.
    steps: &'a [Step],
    /// What was proposed or granted for hardship.
    reliefs: &'a [Relief],
    version: u64,
}

impl<'a> From<&'a Years> for YearView<'a> {
    fn from(years: &'a Years) -> Self {
        let Years { member, name, organization, year, steps, reliefs, version } = years;
        Self { member: *member, name, organization: *organization, year: *year, steps, reliefs, version: *version }
    }
}

/// What is to be set.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewDuesStandard {
    member: MemberId,
    /// From this month of its year on. The first of a year may begin in the past; a change begins this month or later, or in an
    /// earlier month where that and those after it are not paid.
    from: Month,
    class: Class,
    /// Income of a month that counts, in yuan as in `/v1/dues/quote`, for classes with a rate. It is not kept.
    base: Option<Yuan>,
    /// The sum of a month in fen, where the rule leaves a choice.
    amount: Option<Fen>,
    /// Whether the branch agrees that they pay by the quarter, so that they can pay months of it ahead through a provider
    /// (党费规定 §12). It holds until another standard says otherwise.
    #[serde(default)]
    quarterly: bool,
    /// Needed for a change within the year.
    #[schema(value_type = Option<String>)]
    reason: Option<Line<200>>,
}

/// Bills of the months from `from` to `until` as `years` says now: those that change, and those that are missing.
pub(super) fn bills(
    (member, years): (&Member, &Years),
    old: &[BillRow],
    (from, until): (Month, Month),
    hand: Hand,
) -> Vec<Bill> {
    let each = from.to(until).filter_map(|month| {
        let amount = years.monthly(month)?;
        match old.iter().find(|row| row.bill.month == month) {
            Some(row) => row.bill.repriced(amount, hand.at),
            None if owes(member.state, member.joined_on, month) => {
                let who = (member.id, member.name.clone());
                Some(Bill::new(who, years.organization, month, amount, hand.at))
            }
            None => None,
        }
    });
    each.collect()
}

/// Sets what a member owes from a month on, by class and base. Bills of this and earlier months that are missing are made,
/// those that are open get the new sum.
#[utoipa::path(post, path = "/v1/dues/standards", tag = "dues", operation_id = "setDuesStandard",
    request_body = NewDuesStandard, security(("token" = [])),
    responses((status = 200, body = YearView<'_>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn set(
    State(app): State<App>,
    caller: Caller,
    Idempotency(once): Idempotency,
    Json(wanted): Json<NewDuesStandard>,
) -> Result<Reply, Problem> {
    let member = app.store.person(wanted.member).await?;
    let branch = app.store.branch_of(&member).await?;
    let scope = caller.may(Action::ManageDues, &branch.path)?;
    if branch.temporary {
        return Err(kernel::Refusal::new(ErrorCode::TemporaryBranch).by("支部条例 §8").into());
    }
    let hand = app.hand(&caller);
    let (now, from) = (Month::at(hand.at), wanted.from);
    if !owes(member.state, member.joined_on, from.max(now)) {
        return Err(illegal("该同志目前不交纳党费", "this person does not owe dues").into());
    }
    let year = known_year(from.year())?;
    if !(now.year() - 1..=now.year() + 1).contains(&year) {
        return Err(field("/from", "应为去年、今年或明年的月份", "is of last year, this year or the next").into());
    }
    let old = app.store.dues.year(member.id, year).await?;
    let before = old.map_or_else(|| Years::of(&member, branch.id, year), |row| row.years);
    let until = now.min(from.after(11));
    let known = app.store.dues.bills(member.id, (from, until.max(from))).await?;
    let paid =
        known.iter().map(|row| &row.bill).filter(|bill| bill.state == BillState::Paid && bill.month.year() == year);
    let paid = paid.map(|bill| bill.month).max();
    let NewDuesStandard { class, base, amount, quarterly, reason, .. } = wanted;
    let base = base.map(|Yuan(fen)| fen);
    let set = NewStandard { class, base, amount, from, quarterly, reason };
    let mut new = before.set(set, paid, (hand.by, hand.at))?;
    (new.name, new.organization) = (member.name.clone(), branch.id);
    let bills = bills((&member, &new), &known, (from, until), hand);
    let activity = told(&scope, hand, "standard-set", branch.id, member.id.to_string())
        .stating("from", from)
        .stating("class", class)
        .stating("monthly", new.monthly(from))
        .stating("quarterly", quarterly)
        .stating("bills", bills.len())
        .stating("version", new.version);
    let above = match new.waiting() {
        Some(_) => Some(app.store.committee_over(&branch).await?.1),
        None => None,
    };
    let row = YearRow::new(new, above);
    let change = app.store.dues.change_year(Change::new(), before.version, &row);
    let change = app.store.change_bills(change, &known, &bills)?;
    let told = billing(activity, &known, &bills);
    let reply = Reply::ok(&YearView::from(&row.years))?.version(row.years.version);
    Ok(app.store.ledger.commit(change, told, once.as_ref(), reply.into_answer()).await?.into())
}
