//! What the client knows: every effect that was acknowledged to it.

use super::{dues::Dues, files::File, letters::Transfer, steps::Op};
use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};
use kernel::MemberId;
use register::{Member, MemberState, Node, OrgKind};
use std::collections::{BTreeMap, BTreeSet};
use testkit::{Reply, Town};

/// Within this time of a change an index may not show it.
pub(super) const LAG: SignedDuration = SignedDuration::from_secs(30);

#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) id: String,
    /// The operation that registered them: their ID-card number follows from it. `None` for those of the town.
    pub(super) card: Option<u64>,
    pub(super) home: usize,
    pub(super) state: MemberState,
    pub(super) version: u64,
    pub(super) unit: Option<String>,
    /// Open requests: id, field, proposed value.
    pub(super) open: Vec<(String, &'static str, String)>,
    /// Lines of their trace.
    pub(super) story: usize,
    pub(super) touched: Timestamp,
}

impl Person {
    pub(super) fn member(&self) -> MemberId {
        self.id.parse().unwrap()
    }
}

#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) id: String,
    pub(super) parent: Option<usize>,
    pub(super) kind: OrgKind,
    pub(super) name: String,
    pub(super) open: bool,
    /// The day on which its next election is due.
    pub(super) due: Option<String>,
    pub(super) elections: i64,
    pub(super) touched: Timestamp,
}

#[derive(Debug, Clone)]
pub(super) struct Office {
    pub(super) id: String,
    pub(super) place: usize,
    pub(super) ended: bool,
}

/// Persons, places, offices, and how often what was done.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) people: Vec<Person>,
    pub(super) places: Vec<Place>,
    pub(super) offices: Vec<Office>,
    pub(super) transfers: Vec<Transfer>,
    pub(super) files: Vec<File>,
    pub(super) dues: Dues,
    /// What time it is.
    pub(super) now: Timestamp,
    /// Activities by kind.
    pub(super) done: BTreeMap<String, usize>,
    /// Acknowledged requests that bore a key.
    pub(super) keyed: usize,
    /// Moves that copies may still have to follow, by place.
    pub(super) moving: BTreeSet<usize>,
}

impl Model {
    /// Of the first root of the town and of whoever belongs to it.
    pub(super) fn of<'a>(town: &Town, people: impl Iterator<Item = &'a Member>, now: Timestamp) -> Self {
        let nodes =
            [&town.city, &town.district, &town.street, &town.other_street, &town.branch, &town.neighbour, &town.group];
        let place = |node: &&Node| Place {
            id: node.id.to_string(),
            parent: nodes.iter().position(|parent| Some(parent.id) == node.path.parent()),
            kind: node.kind,
            name: node.name.to_string(),
            open: true,
            due: None,
            elections: 0,
            touched: now - LAG,
        };
        let places: Vec<Place> = nodes.iter().map(place).collect();
        let person = |member: &Member| {
            let home = nodes.iter().position(|node| node.id == member.organization)?;
            let (id, unit, open, touched) = (member.id.to_string(), None, Vec::new(), now - LAG);
            Some(Person { id, card: None, home, state: member.state, version: 1, unit, open, story: 0, touched })
        };
        Self {
            people: people.filter_map(person).collect(),
            places,
            offices: Vec::new(),
            transfers: Vec::new(),
            files: Vec::new(),
            dues: Dues::default(),
            now,
            done: BTreeMap::new(),
            keyed: 0,
            moving: BTreeSet::new(),
        }
    }

    /// Whether the place `at` is `above` or stands below it.
    pub(super) fn within(&self, at: usize, above: usize) -> bool {
        std::iter::successors(Some(at), |at| self.places[*at].parent).any(|place| place == above)
    }

    /// Any place that `fits`.
    pub(super) fn place(&self, dice: &mut Rng, fits: impl Fn(usize, &Place) -> bool) -> Option<usize> {
        let found: Vec<_> = (0..self.places.len()).filter(|at| fits(*at, &self.places[*at])).collect();
        (!found.is_empty()).then(|| found[dice.usize(..found.len())])
    }

    /// Any person who `fits`.
    pub(super) fn person(&self, dice: &mut Rng, fits: impl Fn(&Person) -> bool) -> Option<usize> {
        // Enough tries to find one where there are any to speak of.
        (0..20).map(|_| dice.usize(..self.people.len())).find(|at| fits(&self.people[*at]))
    }

    pub(super) fn is_empty(&self, at: usize) -> bool {
        let child = self.places.iter().any(|place| place.parent == Some(at) && place.open);
        !child && !self.people.iter().any(|person| person.home == at && person.state.is_current())
    }

    /// The committee that decides transfers out of the place `at`.
    pub(super) fn committee(&self, at: usize) -> Option<usize> {
        let above = std::iter::successors(self.places[at].parent, |at| self.places[*at].parent);
        above.into_iter().find(|at| self.places[*at].kind < OrgKind::GeneralBranch)
    }

    pub(super) fn told(&mut self, kind: &str, times: usize) {
        if times > 0 {
            *self.done.entry(kind.to_owned()).or_default() += times;
        }
    }

    /// Takes in what `reply` acknowledges of `op`, which was operation `n`.
    pub(super) fn done(&mut self, op: &Op, n: u64, reply: &Reply, now: Timestamp) {
        self.keyed += usize::from(op.is_keyed());
        let version = reply.body["version"].as_u64().unwrap_or_default();
        match op {
            Op::Register { home, full } => {
                let state = if *full { MemberState::Full } else { MemberState::Probationary };
                let (id, unit) = (reply.text("/id"), Some(super::steps::mark(n)));
                let person = Person {
                    id,
                    card: Some(n),
                    home: *home,
                    state,
                    version,
                    unit,
                    open: Vec::new(),
                    story: 1,
                    touched: now,
                };
                self.people.push(person);
                self.told("member.registered", 1);
            }
            Op::Readmit { who, home, .. } => {
                let person = self.touch(*who, version, now);
                (person.home, person.state) = (*home, MemberState::Full);
                person.unit = Some(super::steps::mark(n));
                self.told("member.readmitted", 1);
            }
            Op::Edit { who } => {
                self.touch(*who, version, now).unit = Some(super::steps::mark(n));
                self.told("member.edited", 1);
            }
            Op::Change { who, to } => {
                self.touch(*who, version, now).state = *to;
                self.told(&format!("member.{}", to.slug()), 1);
            }
            Op::Ask { who, field } => {
                let person = &mut self.people[*who];
                person.open.push((reply.text("/id"), field, super::steps::mark(n)));
                (person.story, person.touched) = (person.story + 1, now);
                self.told("correction.asked", 1);
            }
            Op::Decide { who, at, accept } => {
                let person = &mut self.people[*who];
                let (_, field, value) = person.open.remove(*at);
                person.version += u64::from(*accept);
                if *accept && field == "unit" {
                    person.unit = Some(value);
                }
                (person.story, person.touched) = (person.story + 1, now);
                self.told(if *accept { "correction.accepted" } else { "correction.refused" }, 1);
            }
            Op::Import { .. } => self.told("import.announced", 1),
            Op::Disclose { .. } => {}
            Op::Letter(op) => op.done(self, reply, now),
            Op::File(op) => op.done(self, reply),
            Op::Dues(op) => op.done(self, reply),
            Op::Appoint { place, .. } => {
                self.offices.push(Office { id: reply.text("/id"), place: *place, ended: false });
                self.told("officer.appointed", 1);
            }
            Op::End { office } => {
                self.offices[*office].ended = true;
                self.told("officer.ended", 1);
            }
            _ => self.done_to_place(op, reply, now),
        }
    }

    fn touch(&mut self, who: usize, version: u64, now: Timestamp) -> &mut Person {
        let person = &mut self.people[who];
        (person.version, person.story, person.touched) = (version, person.story + 1, now);
        person
    }

    fn done_to_place(&mut self, op: &Op, reply: &Reply, now: Timestamp) {
        match op {
            Op::Found { parent, kind } => {
                let (id, name, parent) = (reply.text("/id"), reply.text("/name"), Some(*parent));
                let place = Place { id, parent, kind: *kind, name, open: true, due: None, elections: 0, touched: now };
                self.places.push(place);
                self.told("organization.founded", 1);
            }
            Op::Rename { place } => {
                let place = &mut self.places[*place];
                (place.name, place.touched) = (reply.text("/name"), now);
                self.told("organization.edited", 1);
            }
            Op::Move { place, to } => {
                self.places[*place].parent = Some(*to);
                self.moving.insert(*place);
                for at in 0..self.places.len() {
                    if self.within(at, *place) {
                        self.places[at].touched = now;
                    }
                }
                self.told("organization.moved", 1);
            }
            Op::Merge { place, .. } | Op::Dissolve { place } => {
                (self.places[*place].open, self.places[*place].touched) = (false, now);
                let held = self.offices.iter_mut().filter(|office| office.place == *place && !office.ended);
                let ended = held.map(|office| office.ended = true).count();
                self.told("officer.ended", ended);
                let merged = matches!(op, Op::Merge { .. });
                self.told(if merged { "organization.merged" } else { "organization.dissolved" }, 1);
            }
            Op::Elect { place } | Op::Shift { place } => {
                let elected = matches!(op, Op::Elect { .. });
                let place = &mut self.places[*place];
                place.elections += i64::from(elected);
                (place.due, place.touched) = (Some(reply.text("/term/dueOn")), now);
                self.told(if elected { "organization.elected" } else { "organization.term-shifted" }, 1);
            }
            _ => {}
        }
    }
}
