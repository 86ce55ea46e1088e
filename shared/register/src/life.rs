//! An organisation as the rules of org life ask about it.

use crate::{Appointment, Node};
use org_life::{Body, Held, Lasting, Obliged, committee};

impl Node {
    /// When this branch or group was there, and what it `held`.
    #[must_use]
    pub fn body(&self, held: Vec<Held>) -> Body {
        Body { lasted: Lasting::between(self.founded_on, self.closed_on), held }
    }

    /// What this branch is judged by: what it `held`, the `offices` in it, its `groups` ([`Node::body`]).
    #[must_use]
    pub fn obliged(&self, held: Vec<Held>, offices: &[Appointment], groups: Vec<Body>) -> Obliged {
        let offices = offices.iter().filter(|office| office.role.is_committee());
        let held_by = |office: &Appointment| (office.holder, Lasting { from: office.from, until: office.until });
        let committee = committee(&offices.map(held_by).collect::<Vec<_>>());
        Obliged { branch: Some(self.body(held)), committee, groups, theme_day: self.theme_day }
    }
}
