//! What lies in the bucket: a head for each day, and parts with the leaves.

use crate::tree::{Tree, sha256};
use jiff::civil::Date;
use kernel::ActivityId;
use serde::{Deserialize, Serialize};

/// What the first day's seal has instead of the chain value of the day before.
pub const BEGINNING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// An activity in a seal: its id and the hash of its content, in hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leaf(pub ActivityId, pub String);

impl Leaf {
    pub(crate) fn text(&self) -> String {
        format!("{} {}", self.0, self.1)
    }
}

/// The activities of one organisation on one day, those of its accounts apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// The organisation's id; `<id>/accounts` for what was done to accounts.
    pub group: String,
    /// The root of the tree over its activities.
    pub root: String,
    /// Its activities, in the order of their ids.
    pub leaves: Vec<Leaf>,
}

impl Group {
    /// A group with the root of its leaves.
    #[must_use]
    pub fn of(group: &str, leaves: Vec<Leaf>) -> Self {
        let root = Self::tree(&leaves).root();
        Self { group: group.to_owned(), root, leaves }
    }

    pub(crate) fn tree(leaves: &[Leaf]) -> Tree {
        leaves.iter().map(Leaf::text).collect()
    }

    pub(crate) fn text(&self) -> String {
        format!("{} {} {}", self.group, self.leaves.len(), self.root)
    }
}

/// Where a group stands among those of its day: by the last digit of its organisation's id, then by its name.
#[must_use]
pub fn place(group: &str) -> (char, &str) {
    let id = group.split('/').next().unwrap_or_default();
    (id.chars().next_back().unwrap_or('0'), group)
}

/// Some groups of a day, as many as one object holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The Shanghai day.
    pub day: Date,
    /// Its number, from one.
    pub part: u32,
    /// Its groups, in the order of [`place`]; never none.
    pub groups: Vec<Group>,
}

impl Part {
    pub(crate) fn tree(&self) -> Tree {
        self.groups.iter().map(Group::text).collect()
    }

    /// What the head of the day says of it.
    #[must_use]
    pub fn line(&self) -> PartLine {
        let name = |group: Option<&Group>| group.map(|group| group.group.clone()).unwrap_or_default();
        PartLine {
            part: self.part,
            first: name(self.groups.first()),
            last: name(self.groups.last()),
            activities: self.groups.iter().map(|group| count(group.leaves.len())).sum(),
            root: self.tree().root(),
        }
    }

    /// Whether the root of each group is that of its leaves, and all stand in their order.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let groups = self.groups.is_sorted_by(|one, next| place(&one.group) < place(&next.group));
        let roots = self.groups.iter().all(|group| group.root == Group::tree(&group.leaves).root());
        groups && roots && self.groups.iter().all(|group| group.leaves.is_sorted_by(|one, next| one.0 < next.0))
    }
}

/// A part as the head of its day has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartLine {
    /// Its number.
    pub part: u32,
    /// Its first group.
    pub first: String,
    /// Its last group.
    pub last: String,
    /// Activities in it.
    pub activities: u64,
    /// The root of the tree over its groups.
    pub root: String,
}

impl PartLine {
    pub(crate) fn text(&self) -> String {
        format!("{} {} {}", self.part, self.activities, self.root)
    }

    /// Whether `group` is in this part, if the day has it.
    #[must_use]
    pub fn covers(&self, group: &str) -> bool {
        place(&self.first) <= place(group) && place(group) <= place(&self.last)
    }
}

/// A sealed day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The Shanghai day.
    pub day: Date,
    /// Activities of the day.
    pub activities: u64,
    /// Its parts, in their order.
    pub parts: Vec<PartLine>,
    /// The root of the tree over its parts.
    pub root: String,
    /// The chain value of the sealed day before; [`BEGINNING`] for the first.
    pub previous: String,
    /// The chain value: what all of this comes to.
    pub chain: String,
}

impl Head {
    /// Seals `parts` of `day` onto the chain value `previous`.
    #[must_use]
    pub fn seal(day: Date, parts: Vec<PartLine>, previous: &str) -> Self {
        let root = Self::tree(&parts).root();
        let activities = parts.iter().map(|part| part.activities).sum();
        let chain = chain(previous, day, activities, &root);
        Self { day, activities, parts, root, previous: previous.to_owned(), chain }
    }

    pub(crate) fn tree(parts: &[PartLine]) -> Tree {
        parts.iter().map(PartLine::text).collect()
    }

    /// Whether root and chain value are those of its parts.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        *self == Self::seal(self.day, self.parts.clone(), &self.previous)
    }
}

/// The chain value of a day.
pub(crate) fn chain(previous: &str, day: Date, activities: u64, root: &str) -> String {
    sha256(&format!("zhibu-seal-1\n{previous}\n{day}\n{activities}\n{root}\n"))
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(n: u8) -> Group {
        let leaf = |n: u8| Leaf(ActivityId::from_bytes(u64::from(n), [n; 10]), sha256(&n.to_string()));
        Group::of(&kernel::OrgId::from_bytes(1, [n; 10]).to_string(), vec![leaf(1), leaf(2), leaf(3)])
    }

    fn part() -> Part {
        Part { day: Date::constant(2026, 11, 24), part: 1, groups: vec![group(1), group(2)] }
    }

    #[test]
    fn whatever_is_altered_in_an_object_shows() {
        let part = part();
        assert!(part.is_sound());
        let altered = |change: &dyn Fn(&mut Part)| {
            let mut other = part.clone();
            change(&mut other);
            !other.is_sound() || other.line() != part.line()
        };
        assert!(altered(&|part| part.groups.reverse()));
        assert!(altered(&|part| part.groups[0].leaves.swap(0, 1)));
        assert!(altered(&|part| drop(part.groups[1].leaves.pop())));
        assert!(altered(&|part| part.groups[1] = Group::of("org_x", part.groups[1].leaves.clone())));
        assert!(
            altered(&|part| part.groups[0] = Group::of(&part.groups[0].group, part.groups[0].leaves[..2].to_vec()))
        );

        let head = Head::seal(part.day, vec![part.line()], BEGINNING);
        assert!(head.is_sound());
        let altered = |change: &dyn Fn(&mut Head)| {
            let mut other = head.clone();
            change(&mut other);
            !other.is_sound()
        };
        assert!(altered(&|head| head.day = Date::constant(2026, 11, 25)));
        assert!(altered(&|head| head.activities += 1));
        assert!(altered(&|head| head.parts[0].activities += 1));
        assert!(altered(&|head| head.parts.clear()));
        assert!(altered(&|head| head.previous = head.root.clone()));
    }

    #[test]
    fn a_group_is_looked_for_in_the_part_that_can_have_it() {
        let names = |id: &str| [id.to_owned(), format!("{id}/accounts")];
        let (early, late) = (names("org_f1"), names("org_02"));
        assert!(place(&early[0]) < place(&early[1]) && place(&early[1]) < place(&late[0]));
        let line = PartLine { first: early[1].clone(), last: late[0].clone(), ..part().line() };
        assert_eq!(
            early.iter().chain(&late).map(|name| line.covers(name)).collect::<Vec<_>>(),
            [false, true, true, false]
        );
    }
}
