//! Larger sums that members give once, of free will. They are recorded apart and go up whole (党费规定 §11).

use super::{payments::created, told};
use crate::{
    App,
    domain::{Payment, View},
    store::rows::PaymentRow,
};
use authz::Action;
use axum::extract::State;
use dues_records::{Fen, Gift, Month, Rules, Yuan};
use dynamo::Change;
use http_api::{Caller, Idempotency, Json, Problem, ProblemBody, Reply};
use jiff::Timestamp;
use kernel::{ErrorCode, MemberId, Refusal};
use notices::Notice;
use serde::Deserialize;
use utoipa::ToSchema;

/// What a member gives.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewDuesGift {
    member: MemberId,
    /// Fen: 1000 yuan or more.
    amount: Fen,
}

/// Tells the member of their gift, which has no bill that would, what became of it, and keeps it among what they see.
pub(super) fn shown(app: &App, change: Change, payment: &Payment, at: Timestamp) -> Result<Change, Refusal> {
    let (id, member, reversed) = (payment.id, payment.member, payment.held == Fen::NONE);
    let given = payment.received.first().map_or(at, |received| received.at);
    let (organization, amount, month) = (payment.organization, payment.total, Month::at(given));
    let gift = Gift { payment: id, organization, amount, month, reversed };
    let (kind, title, what) = if reversed {
        ("dues.gift-reversed", "一笔自愿多交的党费已冲正", "已冲正。如有疑问，请向支部了解情况。")
    } else {
        ("dues.gift-paid", "自愿多交的党费已登记", "已登记，全部上缴，请在“我的党费”中查看。")
    };
    let notice = Notice::new(at, member, kind, &format!("dues/gift/{id}/{kind}"))
        .saying(title, format!("您自愿多交的党费 {} 元{what}", Yuan(amount)))
        .about(id)
        .by(&Rules::get()?.gift.article);
    Ok(app.store.notices.post(app.store.dues.note_gift(change, member, gift), &notice))
}

/// Enters a larger sum that a member gave once, of free will, for who keeps the dues of their branch. It pays no bill, no level
/// retains any of it, and it is taken back like any payment as long as it was not sent up. The member is told of both.
#[utoipa::path(post, path = "/v1/dues/gifts", tag = "dues", operation_id = "giveDues", request_body = NewDuesGift,
    security(("token" = [])), responses((status = 201, body = View<'_>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn give(
    State(app): State<App>,
    caller: Caller,
    Idempotency(once): Idempotency,
    Json(NewDuesGift { member, amount }): Json<NewDuesGift>,
) -> Result<Reply, Problem> {
    let member = app.store.person(member).await?;
    let branch = app.store.branch_of(&member).await?;
    let scope = caller.may(Action::ManageDues, &branch.path)?;
    if branch.temporary {
        return Err(Refusal::new(ErrorCode::TemporaryBranch).by("支部条例 §8").into());
    }
    let hand = app.hand(&caller);
    let payment = Payment::given(branch.id, (member.id, member.name), amount, hand)?;
    let settled = payment.settled(&[], amount, (None, Some(hand.by)), hand.at)?;
    let row = PaymentRow::new(settled.payment);
    let activity = told(&scope, hand, "gift-paid", branch.id, row.payment.id.to_string()).stating("amount", amount);
    let change = app.store.enter_payment(Change::new(), &row);
    let change = app.store.dues.enter(change, settled.entry);
    let change = shown(&app, change, &row.payment, hand.at)?;
    created(&app, change, (&row, View::Whole(&row.payment)), vec![activity], once).await
}
