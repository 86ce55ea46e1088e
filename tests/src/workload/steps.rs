//! What the client does.

use super::{By, dues, files, imports, letters, model::Model};
use crate::tour::Ask;
use fastrand::Rng;
use jiff::{ToSpan, civil::date};
use kernel::IdCard;
use register::{MemberState, OrgKind};
use serde_json::{Value, json};

/// A change; numbers are places in the model.
#[derive(Debug, Clone)]
pub(super) enum Op {
    Register {
        home: usize,
        full: bool,
    },
    /// Of a few persons by a file.
    Import {
        home: usize,
    },
    /// Of somebody who was transferred out.
    Readmit {
        who: usize,
        card: u64,
        home: usize,
    },
    Edit {
        who: usize,
    },
    Change {
        who: usize,
        to: MemberState,
    },
    Ask {
        who: usize,
        field: &'static str,
    },
    Decide {
        who: usize,
        at: usize,
        accept: bool,
    },
    Disclose {
        who: usize,
    },
    Found {
        parent: usize,
        kind: OrgKind,
    },
    Rename {
        place: usize,
    },
    Move {
        place: usize,
        to: usize,
    },
    Merge {
        place: usize,
        into: usize,
    },
    Dissolve {
        place: usize,
    },
    Elect {
        place: usize,
    },
    Shift {
        place: usize,
    },
    Appoint {
        place: usize,
        who: usize,
        role: &'static str,
    },
    End {
        office: usize,
    },
    Letter(letters::Op),
    File(files::Op),
    Dues(dues::Op),
}

/// A change as it is sent.
pub(super) struct Sending {
    pub(super) function: &'static str,
    pub(super) method: &'static str,
    pub(super) ask: Ask,
    pub(super) by: By,
}

/// The mark that operation `n` leaves.
pub(super) fn mark(n: u64) -> String {
    format!("op-{n}")
}

/// The ID-card number of the person registered by operation `n`: valid, and of a division that does not exist.
#[must_use]
pub fn id_card(n: u64) -> String {
    let day = date(1970, 1, 1).saturating_add((i64::try_from(n / 900).unwrap() % 12_000).days());
    let first17 = format!("350199{}{:03}", day.strftime("%Y%m%d"), n % 900 + 100);
    format!("{first17}{}", IdCard::check_character(&first17).unwrap())
}

/// Today, on the day of the tests.
pub(super) const TODAY: &str = "2026-11-24";

/// A person to be registered in `home` by operation `n`.
fn draft(home: &str, n: u64, id_card: &str, full: bool) -> Value {
    json!({
        "organization": home, "name": "游新", "idCard": id_card, "phone": format!("138{n:08}"), "ethnicity": "汉族",
        "unit": mark(n), "category": "wage", "state": if full { "full" } else { "probationary" },
        "joinedOn": "2024-06-18", "fullSince": full.then_some("2025-06-18"),
    })
}

impl Op {
    /// Its name in figures.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Register { .. } => "register",
            Self::Import { .. } => "bring in a file",
            Self::Readmit { .. } => "register again",
            Self::Edit { .. } => "edit a person",
            Self::Change { .. } => "change a state",
            Self::Ask { .. } => "ask for a correction",
            Self::Decide { .. } => "decide a correction",
            Self::Disclose { .. } => "disclose",
            Self::Found { .. } => "found",
            Self::Rename { .. } => "rename",
            Self::Move { .. } => "move",
            Self::Merge { .. } => "merge",
            Self::Dissolve { .. } => "dissolve",
            Self::Elect { .. } => "elect",
            Self::Shift { .. } => "shift a term",
            Self::Appoint { .. } => "appoint",
            Self::End { .. } => "end an office",
            Self::Letter(op) => op.name(),
            Self::File(op) => op.name(),
            Self::Dues(op) => op.name(),
        }
    }

    /// Whether it is sent under a key, and its answer kept.
    pub(super) const fn is_keyed(&self) -> bool {
        match self {
            Self::Disclose { .. } => false,
            Self::Dues(op) => op.is_keyed(),
            _ => true,
        }
    }

    /// Any change that may be possible.
    pub(super) fn any(model: &Model, dice: &mut Rng) -> Self {
        use MemberState::{Deceased, Full, Probationary, Removed, Suspended, TransferredOut};
        let lot = dice.u32(..100);
        let current = |dice: &mut Rng| model.person(dice, |person| person.state.is_current());
        let homes = |dice: &mut Rng| {
            model.place(dice, |_, place| place.open && matches!(place.kind, OrgKind::Branch | OrgKind::Group)).unwrap()
        };
        let chosen = match lot {
            0..4 => model
                .person(dice, |person| person.state == TransferredOut && person.card.is_some())
                .and_then(|who| Some(Self::Readmit { who, card: model.people[who].card?, home: homes(dice) })),
            4..6 => Some(Self::Import { home: homes(dice) }),
            6..8 => None,
            8..16 => dues::Op::any(model, dice).map(Self::Dues),
            16..22 => current(dice).map(|who| Self::Edit { who }),
            22..32 => letters::Op::any(model, dice).map(Self::Letter),
            32..36 => files::Op::any(model, dice).map(Self::File),
            36..44 => current(dice).map(|who| {
                let to = match (model.people[who].state, dice.u32(..10)) {
                    (Probationary | Suspended, 0..=6) => Full,
                    (_, 0..=3) => Suspended,
                    (_, 4..=6) => Removed,
                    _ => Deceased,
                };
                Self::Change { who, to }
            }),
            44..50 => {
                current(dice).map(|who| Self::Ask { who, field: ["unit", "education", "ethnicity"][dice.usize(..3)] })
            }
            50..58 => model.person(dice, |person| !person.open.is_empty()).map(|who| Self::Decide {
                who,
                at: dice.usize(..model.people[who].open.len()),
                accept: dice.bool(),
            }),
            58..60 => current(dice).map(|who| Self::Disclose { who }),
            60..68 => {
                let parents = |kind: OrgKind| !matches!(kind, OrgKind::Group | OrgKind::MunicipalCommittee);
                model.place(dice, |_, place| place.open && parents(place.kind)).map(|parent| {
                    let kind = match model.places[parent].kind {
                        OrgKind::Branch => OrgKind::Group,
                        OrgKind::DistrictCommittee => OrgKind::SubDistrictCommittee,
                        _ => OrgKind::Branch,
                    };
                    Self::Found { parent, kind }
                })
            }
            68..72 => model.place(dice, |at, place| at > 0 && place.open).map(|place| Self::Rename { place }),
            72..75 => {
                let place = model.place(dice, |at, place| at > 1 && place.open && place.kind != OrgKind::Group);
                place.and_then(|place| {
                    let to = model.place(dice, |to, other| {
                        other.open
                            && other.kind < model.places[place].kind
                            && other.kind != OrgKind::Branch
                            && to != place
                    });
                    Some(Self::Move { place, to: to? })
                })
            }
            75..82 => {
                // Mostly what can be closed, sometimes what somebody just left or entered.
                let small = |at: usize| {
                    model.is_empty(at) || model.people.iter().filter(|person| person.home == at).count() == 1
                };
                let place = model.place(dice, |at, place| at > 6 && place.open && small(at));
                place.map(|place| {
                    let kind = model.places[place].kind;
                    let into = model.place(dice, |into, other| into != place && other.open && other.kind == kind);
                    match into.filter(|_| dice.u32(..3) == 0) {
                        Some(into) => Self::Merge { place, into },
                        None => Self::Dissolve { place },
                    }
                })
            }
            82..86 => model
                .place(dice, |at, place| at > 1 && place.open && place.kind != OrgKind::Group)
                .map(|place| Self::Elect { place }),
            86..88 => {
                model.place(dice, |_, place| place.open && place.due.is_some()).map(|place| Self::Shift { place })
            }
            88..95 => {
                let place = model.place(dice, |at, place| at > 1 && place.open);
                let who = model.person(dice, |person| person.state == Full);
                place.zip(who).map(|(place, who)| {
                    let any = ["secretary", "committee-member", "deputy-secretary", "dues-officer", "editor"];
                    let group = model.places[place].kind == OrgKind::Group;
                    Self::Appoint {
                        place,
                        who,
                        role: if group { "group-leader" } else { any[dice.usize(..any.len())] },
                    }
                })
            }
            _ => {
                let open: Vec<_> = (0..model.offices.len()).filter(|at| !model.offices[*at].ended).collect();
                (!open.is_empty()).then(|| Self::End { office: open[dice.usize(..open.len())] })
            }
        };
        chosen.unwrap_or_else(|| Self::Register { home: homes(dice), full: dice.u32(..3) > 0 })
    }

    /// What is sent as operation `n`; `etag` where the record was read before.
    pub(super) fn sending(&self, model: &Model, n: u64, etag: &str) -> Sending {
        let person = |who: usize, rest: &str| format!("/v1/members/{}{rest}", model.people[who].id);
        let place = |at: usize, rest: &str| format!("/v1/organizations/{}{rest}", model.places[at].id);
        let (mark, mut by) = (mark(n), By::Officer);
        let decided = |extra: Value| {
            let mut body = json!({ "on": TODAY, "reason": mark, "decision": mark });
            body.as_object_mut().unwrap().extend(extra.as_object().cloned().unwrap_or_default());
            body
        };
        let (function, method, path, body) = match self {
            Self::Letter(op) => return op.sending(model, &mark),
            Self::File(op) => return op.sending(model),
            Self::Import { home } => return imports::sending(model, n, *home),
            Self::Dues(op) => return op.sending(model),
            Self::Register { home, full } => {
                ("members", "POST", "/v1/members".to_owned(), draft(&model.places[*home].id, n, &id_card(n), *full))
            }
            Self::Readmit { card, home, .. } => {
                ("members", "POST", "/v1/members".to_owned(), draft(&model.places[*home].id, n, &id_card(*card), true))
            }
            Self::Edit { who } => {
                let mut body = json!({ "unit": mark });
                if n.is_multiple_of(3) {
                    body["phone"] = json!(format!("136{n:08}"));
                }
                ("members", "PATCH", person(*who, ""), body)
            }
            Self::Change { who, to } => {
                let extra = json!({ "to": to.slug() });
                let mut body = decided(extra);
                if *to == MemberState::Suspended {
                    body["lastContactOn"] = json!("2026-01-05");
                }
                ("members", "POST", person(*who, "/transitions"), body)
            }
            Self::Ask { who, field } => {
                by = By::Oneself(*who);
                let body = json!({ "proposal": { "field": field, "value": mark }, "reason": mark });
                ("members", "POST", "/v1/me/corrections".to_owned(), body)
            }
            Self::Decide { who, at, accept } => {
                let path = person(*who, &format!("/corrections/{}/decision", model.people[*who].open[*at].0));
                ("members", "POST", path, json!({ "accept": accept, "reason": mark }))
            }
            Self::Disclose { who } => ("members", "POST", person(*who, "/disclosures"), json!({ "purpose": mark })),
            Self::Found { parent, kind } => {
                let mut body = json!({
                    "parent": model.places[*parent].id, "name": format!("组织 {mark}"), "kind": kind.slug(),
                    "foundedOn": "2020-01-06", "decision": mark,
                });
                if *kind == OrgKind::Branch {
                    body["branchType"] = json!("community");
                    body["fullMembers"] = json!(5);
                }
                ("organizations", "POST", "/v1/organizations".to_owned(), body)
            }
            Self::Rename { place: at } => {
                ("organizations", "PATCH", place(*at, ""), json!({ "name": format!("组织 {mark}") }))
            }
            Self::Move { place: at, to } => {
                ("organizations", "POST", place(*at, "/move"), decided(json!({ "parent": model.places[*to].id })))
            }
            Self::Merge { place: at, into } => {
                ("organizations", "POST", place(*at, "/merge"), decided(json!({ "into": model.places[*into].id })))
            }
            Self::Dissolve { place: at } => ("organizations", "POST", place(*at, "/dissolution"), decided(json!({}))),
            Self::Elect { place: at } => {
                let day = date(2021, 1, 4).saturating_add(model.places[*at].elections.days());
                ("organizations", "POST", place(*at, "/terms"), json!({ "electedOn": day, "decision": mark }))
            }
            Self::Shift { place: at } => {
                let body = json!({ "dueOn": model.places[*at].due, "reason": mark, "decision": mark });
                ("organizations", "POST", place(*at, "/term-shift"), body)
            }
            Self::Appoint { place: at, who, role } => {
                let body =
                    json!({ "holder": model.people[*who].id, "role": role, "from": "2026-11-01", "decision": mark });
                ("organizations", "POST", place(*at, "/officers"), body)
            }
            Self::End { office } => {
                let office = &model.offices[*office];
                let path = place(office.place, &format!("/officers/{}/end", office.id));
                ("organizations", "POST", path, json!({ "on": "2026-11-20", "reason": mark }))
            }
        };
        let mut ask = Ask::with(path, body);
        match self {
            Self::Edit { who } => ask = ask.header("if-match", format!("\"v{}\"", model.people[*who].version)),
            Self::Rename { .. } => ask = ask.header("if-match", etag),
            _ => {}
        }
        Sending { function, method, ask, by }
    }
}
