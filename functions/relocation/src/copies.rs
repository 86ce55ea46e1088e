//! Copies of a path: where they are kept, what they say, and what they should say.

#[cfg(test)]
mod tests;

use dynamo::{Key, Stretch};
use kernel::{MemberId, OrgId, OrgPath};
use register::{MemberRow, MemberState, NodeRow, NodeStatus};
use serde::Deserialize;

/// A stretch of an index that is sorted by copies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum List {
    /// Organisations that a move did not take along: founded in the same moment, or closed before.
    Organizations { open: bool },
    /// Members, on the rolls or no longer.
    Members { current: bool },
    /// Requests for correction that wait for a decision.
    Corrections,
    /// Transfers by the organisation that they leave, under way or done with.
    Sent { open: bool },
    /// Transfers by the organisation that they lead to, under way or done with.
    Coming { open: bool },
    /// Tasks, open or done with.
    Tasks { open: bool },
    /// Findings, open or closed.
    Findings { open: bool },
    /// Applications in star reviews, under way or ended.
    Stars { open: bool },
}

impl List {
    /// Every list. Organisations come first: what their members' copies should say depends on them.
    pub(crate) const ALL: [Self; 15] = [
        Self::Organizations { open: true },
        Self::Organizations { open: false },
        Self::Members { current: true },
        Self::Members { current: false },
        Self::Corrections,
        Self::Sent { open: true },
        Self::Sent { open: false },
        Self::Coming { open: true },
        Self::Coming { open: false },
        Self::Tasks { open: true },
        Self::Tasks { open: false },
        Self::Findings { open: true },
        Self::Findings { open: false },
        Self::Stars { open: true },
        Self::Stars { open: false },
    ];

    /// The copies on it that say `path` or a place below.
    pub(crate) fn stretch(self, path: &OrgPath) -> Stretch {
        match self {
            Self::Organizations { open } => NodeRow::below(path, open),
            Self::Members { current: open } | Self::Tasks { open } | Self::Findings { open } | Self::Stars { open } => {
                MemberRow::below(path, open)
            }
            Self::Corrections => {
                Stretch::beginning(MemberRow::area(path, true), path.as_str()).of_index("open", "openArea", "openKey")
            }
            Self::Sent { open } => Stretch::beginning(MemberRow::area(path, open), path.as_str()).of_index(
                "leaving",
                "leavingArea",
                "leavingKey",
            ),
            Self::Coming { open } => Stretch::beginning(MemberRow::area(path, open), path.as_str()).of_index(
                "coming",
                "comingArea",
                "comingKey",
            ),
        }
    }
}

/// What of an organisation's row a copy is.
#[derive(Debug, Deserialize)]
pub(crate) struct Organization {
    pk: String,
    sk: String,
    id: OrgId,
    path: OrgPath,
    status: NodeStatus,
    version: u64,
}

/// What of a person's row a copy is.
#[derive(Debug, Deserialize)]
pub(crate) struct Person {
    pk: String,
    sk: String,
    id: MemberId,
    organization: OrgId,
    path: OrgPath,
    pinyin: String,
    state: MemberState,
    version: u64,
}

/// What of a correction's row a copy is; the key is absent once it is decided.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Correction {
    pk: String,
    sk: String,
    organization: OrgId,
    open_key: Option<String>,
    version: u64,
}

/// What of a transfer's row a copy of the sender's path is.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Sent {
    pk: String,
    sk: String,
    from: OrgId,
    from_path: OrgPath,
    leaving_area: String,
    /// While something is waited for: what, and the sender's district.
    due_area: Option<String>,
    version: u64,
}

/// What of a transfer's row a copy of the destination's path is; absent where it leads outside.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Incoming {
    pk: String,
    sk: String,
    to: Destination,
    to_path: Option<OrgPath>,
    coming_area: Option<String>,
    version: u64,
}

/// What of a task's row a copy is.
#[derive(Debug, Deserialize)]
pub(crate) struct Task {
    pk: String,
    sk: String,
    id: String,
    organization: OrgId,
    path: OrgPath,
    area: String,
    version: u64,
}

/// What of a finding's row a copy is: the same as of a task's.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct Finding(Task);

/// What of an application's row a copy is: the same again.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct Stars(Task);

#[derive(Debug, Deserialize)]
struct Destination {
    organization: Option<OrgId>,
}

/// Whether the area of an index is one of what is under way.
fn is_open(area: &str) -> bool {
    area.starts_with('/')
}

/// How the place of a record follows from the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    /// It is that of the organisation.
    At(OrgId),
    /// It is directly below `parent`.
    Below { parent: OrgId, id: OrgId },
}

/// What else of the record goes into the keys.
#[derive(Debug)]
enum Rest {
    Organization { open: bool },
    Person { id: MemberId, pinyin: String, current: bool },
    Correction(String),
    Sent { id: String, open: bool, due: Option<String> },
    Coming { id: String, open: bool },
    Task { id: String, open: bool },
}

/// A copy as it was read.
#[derive(Debug)]
pub(crate) struct Stale {
    pub(crate) list: List,
    pub(crate) key: Key,
    pub(crate) version: u64,
    /// The place it says.
    pub(crate) says: OrgPath,
    pub(crate) rule: Rule,
    /// The attribute that says so, and its value.
    pub(crate) said: (&'static str, String),
    rest: Rest,
}

impl Stale {
    /// The index keys of the record at `place`: names and values.
    pub(crate) fn keys(&self, place: &OrgPath) -> Vec<(&'static str, String)> {
        let path = ("path", place.to_string());
        match &self.rest {
            Rest::Organization { open } => vec![path, ("root", NodeRow::tree(place, *open))],
            Rest::Person { id, pinyin, current } => {
                vec![path, ("area", MemberRow::area(place, *current)), ("place", MemberRow::place(place, pinyin, *id))]
            }
            Rest::Correction(rest) => {
                vec![("openArea", MemberRow::area(place, true)), ("openKey", format!("{place}{rest}"))]
            }
            Rest::Sent { id, open, due } => {
                let due = due.as_ref().map(|what| ("dueArea", format!("{what}{}", MemberRow::area(place, true))));
                let area = ("leavingArea", MemberRow::area(place, *open));
                let keys = [("fromPath", place.to_string()), area, ("leavingKey", format!("{place}{id}"))];
                keys.into_iter().chain(due).collect()
            }
            Rest::Coming { id, open } => vec![
                ("toPath", place.to_string()),
                ("comingArea", MemberRow::area(place, *open)),
                ("comingKey", format!("{place}{id}")),
            ],
            Rest::Task { id, open } => {
                vec![path, ("area", MemberRow::area(place, *open)), ("place", format!("{place}{id}"))]
            }
        }
    }
}

impl TryFrom<Organization> for Stale {
    type Error = Key;

    /// A root is no copy of anything.
    fn try_from(row: Organization) -> Result<Self, Key> {
        let Organization { pk, sk, id, path, status, version } = row;
        let key = Key::new(pk, sk);
        let Some(parent) = path.parent() else { return Err(key) };
        let open = status == NodeStatus::Active;
        Ok(Self {
            list: List::Organizations { open },
            key,
            version,
            said: ("path", path.to_string()),
            says: path,
            rule: Rule::Below { parent, id },
            rest: Rest::Organization { open },
        })
    }
}

impl TryFrom<Person> for Stale {
    type Error = Key;

    fn try_from(row: Person) -> Result<Self, Key> {
        let Person { pk, sk, id, organization, path, pinyin, state, version } = row;
        let current = state.is_current();
        Ok(Self {
            list: List::Members { current },
            key: Key::new(pk, sk),
            version,
            said: ("path", path.to_string()),
            says: path,
            rule: Rule::At(organization),
            rest: Rest::Person { id, pinyin, current },
        })
    }
}

impl TryFrom<Correction> for Stale {
    type Error = Key;

    /// What is decided says no place any more.
    fn try_from(row: Correction) -> Result<Self, Key> {
        let Correction { pk, sk, organization, open_key, version } = row;
        let key = Key::new(pk, sk);
        let Some(said) = open_key else { return Err(key) };
        let parts = said.rfind('/').map(|end| said.split_at(end + 1));
        let Some((Ok(says), rest)) = parts.map(|(path, rest)| (path.parse(), rest.to_owned())) else { return Err(key) };
        Ok(Self {
            list: List::Corrections,
            key,
            version,
            said: ("openKey", said),
            says,
            rule: Rule::At(organization),
            rest: Rest::Correction(rest),
        })
    }
}

impl TryFrom<Sent> for Stale {
    type Error = Key;

    fn try_from(row: Sent) -> Result<Self, Key> {
        let Sent { pk, sk, from, from_path, leaving_area, due_area, version } = row;
        let open = is_open(&leaving_area);
        let due = due_area.and_then(|area| area.split_once('/').map(|(what, _)| what.to_owned()));
        Ok(Self {
            list: List::Sent { open },
            version,
            said: ("fromPath", from_path.to_string()),
            says: from_path,
            rule: Rule::At(from),
            rest: Rest::Sent { id: sk.clone(), open, due },
            key: Key::new(pk, sk),
        })
    }
}

impl TryFrom<Incoming> for Stale {
    type Error = Key;

    /// What leads outside comes to no place.
    fn try_from(row: Incoming) -> Result<Self, Key> {
        let Incoming { pk, sk, to, to_path, coming_area, version } = row;
        let (Some(to), Some(to_path), Some(area)) = (to.organization, to_path, coming_area) else {
            return Err(Key::new(pk, sk));
        };
        let open = is_open(&area);
        Ok(Self {
            list: List::Coming { open },
            version,
            said: ("toPath", to_path.to_string()),
            says: to_path,
            rule: Rule::At(to),
            rest: Rest::Coming { id: sk.clone(), open },
            key: Key::new(pk, sk),
        })
    }
}

impl TryFrom<Task> for Stale {
    type Error = Key;

    fn try_from(row: Task) -> Result<Self, Key> {
        let Task { pk, sk, id, organization, path, area, version } = row;
        let open = is_open(&area);
        Ok(Self {
            list: List::Tasks { open },
            key: Key::new(pk, sk),
            version,
            said: ("path", path.to_string()),
            says: path,
            rule: Rule::At(organization),
            rest: Rest::Task { id, open },
        })
    }
}

impl TryFrom<Finding> for Stale {
    type Error = Key;

    fn try_from(Finding(row): Finding) -> Result<Self, Key> {
        let list = List::Findings { open: is_open(&row.area) };
        Ok(Self { list, ..Self::try_from(row)? })
    }
}

impl TryFrom<Stars> for Stale {
    type Error = Key;

    fn try_from(Stars(row): Stars) -> Result<Self, Key> {
        let list = List::Stars { open: is_open(&row.area) };
        Ok(Self { list, ..Self::try_from(row)? })
    }
}
