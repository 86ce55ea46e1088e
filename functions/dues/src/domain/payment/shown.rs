//! A payment as it is shown.

use super::{Payment, State};
use dues_records::Fen;
use kernel::PaymentId;
use serde::Serialize;
use utoipa::ToSchema;

/// A payment as it is shown to whoever opened it for another member: that it is paid, and not for which months.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DuesPaymentGist)]
pub(crate) struct Gist {
    id: PaymentId,
    /// What was asked for.
    total: Fen,
    state: State,
}

/// A payment as it is shown.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = DuesPaymentView)]
pub(crate) enum View<'a> {
    /// To the member whose dues they are, and to who keeps or reads the dues of the branch.
    Whole(&'a Payment),
    /// To whoever else paid it or opened it.
    Gist(Gist),
}

impl Payment {
    /// What of it whoever opened it for another member is shown.
    pub(crate) const fn gist(&self) -> View<'_> {
        View::Gist(Gist { id: self.id, total: self.total, state: self.state })
    }
}
