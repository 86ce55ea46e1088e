//! Transfers: what the client does about them, and what it knows of them.

use super::{
    By,
    model::Model,
    steps::{Sending, TODAY},
};
use crate::tour::Ask;
use fastrand::Rng;
use jiff::Timestamp;
use register::{MemberState, OrgKind};
use serde_json::{Value, json};
use testkit::Reply;

/// How far a transfer is, as far as it was acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Draft,
    Approved,
    Issued,
    Received,
    Returned,
    Withdrawn,
}

impl State {
    pub(super) const fn slug(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Approved => "approved",
            Self::Issued => "issued",
            Self::Received => "received",
            Self::Returned => "returned",
            Self::Withdrawn => "withdrawn",
        }
    }

    const fn is_open(self) -> bool {
        matches!(self, Self::Draft | Self::Approved | Self::Issued)
    }
}

#[derive(Debug, Clone)]
pub(super) struct Transfer {
    pub(super) id: String,
    pub(super) who: usize,
    /// The destination; `None` where it is outside.
    pub(super) to: Option<usize>,
    pub(super) state: State,
    pub(super) version: u64,
}

/// A step of a transfer.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    Approve,
    Issue,
    Receive,
    /// The receipt of an organisation outside comes back.
    Arrive,
    Return,
    Withdraw,
}

#[derive(Debug, Clone)]
pub(super) enum Op {
    Draft { who: usize, to: Option<usize> },
    Step { transfer: usize, step: Step },
}

impl Op {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Draft { .. } => "draft a transfer",
            Self::Step { step: Step::Approve, .. } => "approve a transfer",
            Self::Step { step: Step::Issue, .. } => "issue a letter",
            Self::Step { step: Step::Receive, .. } => "receive a member",
            Self::Step { step: Step::Arrive, .. } => "note a receipt",
            Self::Step { step: Step::Return, .. } => "return a transfer",
            Self::Step { step: Step::Withdraw, .. } => "withdraw a transfer",
        }
    }

    /// A transfer is begun, or one that is under way goes a step further.
    pub(super) fn any(model: &Model, dice: &mut Rng) -> Option<Self> {
        let open: Vec<_> = (0..model.transfers.len()).filter(|at| model.transfers[*at].state.is_open()).collect();
        if open.is_empty() || dice.u32(..4) == 0 {
            let who =
                model.person(dice, |person| matches!(person.state, MemberState::Full | MemberState::Probationary))?;
            if dice.u32(..4) == 0 {
                return Some(Self::Draft { who, to: None });
            }
            let to = model.place(dice, |at, place| {
                at != model.people[who].home && place.open && matches!(place.kind, OrgKind::Branch | OrgKind::Group)
            })?;
            return Some(Self::Draft { who, to: Some(to) });
        }
        let transfer = open[dice.usize(..open.len())];
        let step = match (model.transfers[transfer].state, model.transfers[transfer].to, dice.u32(..10)) {
            (_, _, 0) => Step::Withdraw,
            (State::Draft, ..) => Step::Approve,
            (State::Approved, ..) => Step::Issue,
            (_, None, _) => Step::Arrive,
            (_, _, 1) => Step::Return,
            _ => Step::Receive,
        };
        Some(Self::Step { transfer, step })
    }

    /// What is sent. Who drafts does not decide.
    pub(super) fn sending(&self, model: &Model, mark: &str) -> Sending {
        let (by, path, body) = match self {
            Self::Draft { who, to } => {
                let (kind, to) = match to {
                    Some(to) => {
                        let same = model.committee(model.people[*who].home) == model.committee(*to);
                        let kind = if same { "within-committee" } else { "within-city" };
                        (kind, json!({ "organization": model.places[*to].id }))
                    }
                    None => ("other-province", json!({ "outside": mark })),
                };
                let body = json!({ "member": model.people[*who].id, "kind": kind, "to": to, "reason": mark });
                (By::Colleague, "/v1/transfers".to_owned(), body)
            }
            Self::Step { transfer, step } => {
                let (verb, body) = match step {
                    Step::Approve => ("decision", json!({ "accept": true })),
                    Step::Issue => ("letters", json!({ "number": mark, "duesUntil": "2026-11" })),
                    Step::Receive => ("receive", Value::Null),
                    Step::Arrive => ("receipt", json!({ "on": TODAY, "receivedOn": TODAY })),
                    Step::Return => ("return", json!({ "reason": mark })),
                    Step::Withdraw => ("withdraw", json!({ "reason": mark })),
                };
                (By::Officer, format!("/v1/transfers/{}/{verb}", model.transfers[*transfer].id), body)
            }
        };
        let ask = if body.is_null() { Ask::get(path) } else { Ask::with(path, body) };
        Sending { function: "transfers", method: "POST", ask, by }
    }

    /// Takes in what `reply` acknowledges.
    pub(super) fn done(&self, model: &mut Model, reply: &Reply, now: Timestamp) {
        let version = reply.body["version"].as_u64().unwrap_or_default();
        let (transfer, step) = match self {
            Self::Draft { who, to } => {
                let (id, who, to) = (reply.text("/id"), *who, *to);
                model.transfers.push(Transfer { id, who, to, state: State::Draft, version });
                model.told("transfer.drafted", 1);
                return;
            }
            Self::Step { transfer, step } => (&mut model.transfers[*transfer], *step),
        };
        let (state, kind, times) = match step {
            Step::Approve => (State::Approved, "transfer.approved", 1),
            Step::Issue => (State::Issued, "transfer.issued", 1),
            Step::Receive => (State::Received, "transfer.received", 1),
            Step::Arrive => (State::Received, "transfer.arrived", 1),
            // A line for either side.
            Step::Return => (State::Returned, "transfer.returned", 2),
            Step::Withdraw => (State::Withdrawn, "transfer.withdrawn", 1),
        };
        (transfer.state, transfer.version) = (state, version);
        let (who, to) = (transfer.who, transfer.to);
        model.told(kind, times);
        if state == State::Received {
            let person = &mut model.people[who];
            (person.version, person.story, person.touched) = (person.version + 1, person.story + 1, now);
            let kind = if let Some(to) = to {
                person.home = to;
                "member.transferred"
            } else {
                person.state = MemberState::TransferredOut;
                "member.transferred-out"
            };
            model.told(kind, 1);
        }
    }
}
