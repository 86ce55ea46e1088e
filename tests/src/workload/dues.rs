//! Dues of the branch: what the client does about them, and what it knows of them.

use super::{By, model::Model, steps::Sending};
use crate::tour::{Ask, dues::said};
use fastrand::Rng;
use register::MemberState;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use testkit::Reply;

/// The branch of the town, as the model counts places.
const BRANCH: usize = 4;
/// What is owed for; the last one is paid ahead.
const MONTHS: [&str; 3] = ["2026-10", "2026-11", "2026-12"];

/// A payment that was acknowledged.
#[derive(Debug, Clone)]
pub(super) struct Payment {
    pub(super) id: String,
    total: u64,
    online: bool,
    /// Transactions that the provider was heard of.
    heard: BTreeSet<u64>,
    /// Whether its reversal waits.
    asked: bool,
}

impl Payment {
    /// How often money came in.
    pub(super) fn times(&self) -> usize {
        if self.online { self.heard.len() } else { 1 }
    }
}

/// What is known of dues.
#[derive(Debug, Default)]
pub(super) struct Dues {
    /// Who owes.
    set: Vec<usize>,
    pub(super) payments: Vec<Payment>,
    /// Remittances on their way, and the place that is to receive them.
    sent: Vec<(String, usize)>,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Op {
    Set {
        who: usize,
    },
    Pay {
        who: usize,
        month: usize,
        online: bool,
    },
    /// The provider says it, perhaps again: first what was asked for, then more than that.
    Hear {
        payment: usize,
        nth: u64,
    },
    Question {
        payment: usize,
    },
    Judge {
        payment: usize,
        confirm: bool,
    },
    Send,
    Receive {
        sent: usize,
        received: bool,
    },
}

impl Op {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Set { .. } => "set a standard of dues",
            Self::Pay { online: false, .. } => "pay dues in cash",
            Self::Pay { .. } => "open a payment of dues",
            Self::Hear { .. } => "hear a provider",
            Self::Question { .. } => "ask for a reversal",
            Self::Judge { .. } => "decide a reversal",
            Self::Send => "remit dues",
            Self::Receive { .. } => "receive dues",
        }
    }

    /// Whether it is sent under a key: a provider knows of none.
    pub(super) const fn is_keyed(self) -> bool {
        !matches!(self, Self::Hear { .. })
    }

    pub(super) fn any(model: &Model, dice: &mut Rng) -> Option<Self> {
        let Dues { set, payments, sent } = &model.dues;
        let (month, odds) = (dice.usize(..MONTHS.len()), dice.u32(..4));
        let payer = (!set.is_empty()).then(|| set[dice.usize(..set.len())]);
        let payment = (!payments.is_empty()).then(|| dice.usize(..payments.len()));
        let chosen = match dice.u32(..12) {
            0..4 => payer.map(|who| Self::Pay { who, month, online: odds > 1 }),
            4..7 => {
                let online = payment.filter(|at| payments[*at].online);
                online.map(|payment| Self::Hear { payment, nth: u64::from(odds == 0) })
            }
            7..9 => payment.map(|payment| {
                if payments[payment].asked {
                    Self::Judge { payment, confirm: odds > 0 }
                } else {
                    Self::Question { payment }
                }
            }),
            9 => payment.map(|_| Self::Send),
            10 => sent.len().checked_sub(1).map(|sent| Self::Receive { sent, received: odds > 0 }),
            _ => None,
        };
        chosen.or_else(|| {
            let owes = |state| matches!(state, MemberState::Full | MemberState::Probationary);
            let who = model.person(dice, |person| owes(person.state) && model.within(person.home, BRANCH))?;
            (!set.contains(&who)).then_some(Self::Set { who })
        })
    }

    /// What is sent. Two persons keep the dues of the branch, and one of them those of the place that receives.
    pub(super) fn sending(self, model: &Model) -> Sending {
        let payment = |at: usize, rest: &str| format!("/v1/dues/payments/{}{rest}", model.dues.payments[at].id);
        let (by, path, body) = match self {
            Self::Set { who } => {
                let body = json!({
                    "member": model.people[who].id, "from": MONTHS[0], "class": "wage", "base": "2999.87", "quarterly": true,
                });
                (By::Officer, "/v1/dues/standards".to_owned(), body)
            }
            Self::Pay { who, month, online } => {
                let (by, channel) = if online { (By::Oneself(who), "provider") } else { (By::Officer, "cash") };
                let provider = online.then_some("bank");
                let body = json!({
                    "member": model.people[who].id, "months": [MONTHS[month]], "channel": channel, "provider": provider,
                });
                (by, "/v1/dues/payments".to_owned(), body)
            }
            Self::Hear { payment, nth } => {
                let known = &model.dues.payments[payment];
                let (transaction, amount) = (format!("T{nth}-{}", known.id), known.total + nth * 100);
                let ask = said(&json!(known.id), &transaction, amount, model.now);
                return Sending { function: "dues", method: "POST", ask, by: By::Officer };
            }
            Self::Question { payment: at } => (By::Officer, payment(at, "/reversal"), json!({ "reason": "录错" })),
            Self::Judge { payment: at, confirm } => {
                (By::Keeper(BRANCH), payment(at, "/reversal/decision"), json!({ "confirm": confirm }))
            }
            Self::Send => {
                let body = json!({ "organization": model.places[BRANCH].id });
                (By::Officer, "/v1/dues/remittances".to_owned(), body)
            }
            Self::Receive { sent, received } => {
                let (id, to) = &model.dues.sent[sent];
                let body: Value = json!({ "received": received, "reason": "核对" });
                (By::Keeper(*to), format!("/v1/dues/remittances/{id}/receipt"), body)
            }
        };
        Sending { function: "dues", method: "POST", ask: Ask::with(path, body), by }
    }

    /// Takes in what `reply` acknowledges.
    pub(super) fn done(self, model: &mut Model, reply: &Reply) {
        let told = match self {
            Self::Set { who } => {
                model.dues.set.push(who);
                "dues.standard-set"
            }
            Self::Pay { online, .. } => {
                let (id, total) = (reply.text("/id"), reply.body["total"].as_u64().unwrap_or_default());
                model.dues.payments.push(Payment { id, total, online, heard: BTreeSet::new(), asked: false });
                if online { "dues.payment-opened" } else { "dues.paid" }
            }
            Self::Hear { payment, nth } => {
                if !model.dues.payments[payment].heard.insert(nth) {
                    return;
                }
                "dues.paid"
            }
            Self::Question { payment } => {
                model.dues.payments[payment].asked = true;
                "dues.reversal-requested"
            }
            Self::Judge { payment, .. } => {
                model.dues.payments[payment].asked = false;
                "dues.reversal-decided"
            }
            Self::Send => {
                let to = reply.text("/to");
                let place = model.places.iter().position(|place| place.id == to).unwrap();
                model.dues.sent.push((reply.text("/id"), place));
                "dues.remitted"
            }
            Self::Receive { sent, .. } => {
                model.dues.sent.remove(sent);
                "dues.remittance-decided"
            }
        };
        model.told(told, 1);
    }
}
