//! Hardship: the branch proposes, the committee above decides, and no general branch (党费规定 §7).

use super::{
    billing,
    standards::{YearView, bills},
    told,
};
use crate::App;
use authz::Action;
use axum::extract::State;
use dues_records::{BillRow, BillState, Fen, Month, Relief, Rules, YearRow, Years, owes};
use dynamo::Change;
use http_api::{Caller, Idempotency, Json, Path, Problem, ProblemBody, Reply};
use kernel::{ErrorCode, Line, MemberId};
use notices::{Announcement, Notice};
use register::Member;
use serde::Deserialize;
use utoipa::ToSchema;

/// What is proposed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewDuesRelief {
    /// First month.
    from: Month,
    /// Last month, of the same year.
    until: Month,
    /// Fen that are owed each month instead; 0 for an exemption.
    monthly: Fen,
    #[schema(value_type = String)]
    reason: Line<500>,
}

/// Proposes a reduction or exemption for a member, for the branch.
#[utoipa::path(post, path = "/v1/members/{member}/dues/{year}/relief", tag = "dues", operation_id = "proposeDuesRelief",
    request_body = NewDuesRelief, params(("member" = MemberId, Path), ("year" = i16, Path)), security(("token" = [])),
    responses((status = 200, body = YearView<'_>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn propose(
    State(app): State<App>,
    caller: Caller,
    Path((id, year)): Path<(MemberId, i16)>,
    Idempotency(once): Idempotency,
    Json(NewDuesRelief { from, until, monthly, reason }): Json<NewDuesRelief>,
) -> Result<Reply, Problem> {
    let member = app.store.person(id).await?;
    let branch = app.store.branch_of(&member).await?;
    let scope = caller.may(Action::ManageDues, &branch.path)?;
    let (_, above) = app.store.committee_over(&branch).await?;
    let hand = app.hand(&caller);
    let old = app.store.dues.year(id, year).await?.ok_or(ErrorCode::NotFound)?.years;
    let relief = Relief {
        from,
        until,
        monthly,
        reason,
        proposed_by: hand.by,
        proposed_at: hand.at,
        granted: None,
        decided_by: None,
        remark: None,
    };
    let new = old.proposed(relief)?;
    let activity = told(&scope, hand, "relief-proposed", branch.id, id.to_string())
        .stating("from", from)
        .stating("until", until)
        .stating("monthly", monthly)
        .stating("version", new.version);
    // The reason is of the member's hardship: whoever decides reads it, a group chat does not.
    let announcement = Announcement {
        organization: above,
        cause: format!("dues/relief/{id}/{year}/{}", new.version),
        kind: "dues.relief-proposed".to_owned(),
        title: "有一项党费减免申请等待审批".to_owned(),
        at: hand.at,
    };
    let row = YearRow::new(new, Some(above));
    let change = app.store.dues.change_year(Change::new(), old.version, &row);
    let change = app.store.notices.announce(change, &announcement);
    let reply = Reply::ok(&YearView::from(&row.years))?.version(row.years.version);
    Ok(app.store.ledger.commit(change, [activity], once.as_ref(), reply.into_answer()).await?.into())
}

/// What is decided.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct DuesReliefDecision {
    grant: bool,
    #[schema(value_type = Option<String>)]
    remark: Option<Line<500>>,
}

/// Whether something is owed of `month`, as `years` and the bills that are `known` say: it is not paid, and nothing freed the member of
/// it before.
fn is_owed(member: &Member, years: &Years, known: &[BillRow], month: Month) -> bool {
    if let Some(row) = known.iter().find(|row| row.bill.month == month) {
        return row.bill.state == BillState::Open;
    }
    let set = years.monthly(month);
    set.is_some_and(|set| set != Fen::NONE) && owes(member.state, member.joined_on, month)
}

/// Grants or refuses what a branch proposed, for the committee above it and as another person. Open bills get the sum that is granted,
/// and those of months that began and have none are made with it.
#[utoipa::path(post, path = "/v1/members/{member}/dues/{year}/relief/decision", tag = "dues",
    operation_id = "decideDuesRelief", request_body = DuesReliefDecision,
    params(("member" = MemberId, Path), ("year" = i16, Path)), security(("token" = [])),
    responses((status = 200, body = YearView<'_>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn decide(
    State(app): State<App>,
    caller: Caller,
    Path((id, year)): Path<(MemberId, i16)>,
    Idempotency(once): Idempotency,
    Json(DuesReliefDecision { grant, remark }): Json<DuesReliefDecision>,
) -> Result<Reply, Problem> {
    let member = app.store.person(id).await?;
    let branch = app.store.branch_of(&member).await?;
    let (seat, above) = app.store.committee_over(&branch).await?;
    let scope = caller.may_for(Action::ApproveDuesRelief, id, &seat)?;
    let hand = app.hand(&caller);
    let old = app.store.dues.year(id, year).await?.ok_or(ErrorCode::NotFound)?.years;
    let new = old.decided(grant, hand.by, remark)?;
    let relief = new.reliefs.last().ok_or(ErrorCode::NotFound)?;
    let (from, last, nothing, now) = (relief.from, relief.until, relief.monthly == Fen::NONE, Month::at(hand.at));
    let until = last.min(now);
    let known = app.store.dues.bills(id, (from, last)).await?;
    // A bill that is missing is made here as well, so that the job that makes it at the same time meets this one.
    let here = Years { organization: branch.id, ..new.clone() };
    let changed = if grant { bills((&member, &here), &known, (from, until), hand) } else { Vec::new() };
    let owed = from.to(last).filter(|month| is_owed(&member, &old, &known, *month)).count();
    let exempted = if grant && nothing { owed } else { 0 };
    let activity = told(&scope, hand, "relief-decided", branch.id, id.to_string())
        .stating("granted", grant)
        .stating("bills", changed.len())
        .stating("year", year)
        .stating("exempted", exempted)
        .stating("version", new.version);
    let body = if grant {
        "您的党费减免已经批准，请在“我的党费”中查看。"
    } else {
        "您的党费减免未获批准，请向支部了解情况。"
    };
    let cause = format!("dues/relief/{year}/{}", new.version);
    let notice = Notice::new(hand.at, id, "dues.relief-decided", &cause)
        .saying("党费减免有了审批结果", body)
        .about(id.to_string())
        .by(&Rules::get()?.relief.article);
    let row = YearRow::new(new, Some(above));
    let change = app.store.dues.change_year(Change::new(), old.version, &row);
    let change = app.store.change_bills(change, &known, &changed)?;
    let told = billing(activity, &known, &changed);
    let change = app.store.notices.post(change, &notice);
    let reply = Reply::ok(&YearView::from(&row.years))?.version(row.years.version);
    Ok(app.store.ledger.commit(change, told, once.as_ref(), reply.into_answer()).await?.into())
}
