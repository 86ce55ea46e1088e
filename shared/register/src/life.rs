//! An organisation as the rules of org life ask about it.

use crate::{Appointment, Node};
use authz::Role;
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
        let lasted = |office: &Appointment| Lasting { from: office.from, until: office.until };
        let of_committee = offices.iter().filter(|office| office.role.is_committee());
        let committee = committee(&of_committee.map(|office| (office.holder, lasted(office))).collect::<Vec<_>>());
        let leads = |office: &&Appointment| matches!(office.role, Role::Secretary | Role::DeputySecretary);
        let led = offices.iter().filter(leads).map(lasted).collect();
        Obliged { branch: Some(self.body(held)), committee, led, groups, theme_day: self.theme_day }
    }
}
