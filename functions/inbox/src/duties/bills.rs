//! Dues of one's own.

use super::{Duty, Kind};
use dues_records::{Bill, BillState, Fen, Yuan};
use kernel::MemberId;

/// That `member` pays those of `bills` that are open, in time as long as the month of the earliest is not over.
pub(crate) fn bills<'a>(bills: impl IntoIterator<Item = &'a Bill>, member: MemberId) -> Option<Duty> {
    let open: Vec<_> = bills.into_iter().filter(|bill| bill.state == BillState::Open).collect();
    let first = open.iter().map(|bill| bill.month).min()?;
    let sum: Fen = open.iter().map(|bill| bill.amount).sum();
    let title = format!("交纳党费：{}个月，共{}元", open.len(), Yuan(sum));
    Some(Duty::new(Kind::Dues, member, title, first.last_day(), "POST /v1/dues/payments".to_owned()))
}
