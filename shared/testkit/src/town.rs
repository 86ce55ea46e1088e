//! A small town to test in: two roots, and under the first a district, two sub-districts, two neighbouring branches with
//! a group, and whoever a test puts there.

use crate::Bench;
use authz::{Caller, Role};
use dynamo::Table;
use jiff::civil::Date;
use kernel::{IdCard, MemberId, OrgId, OrgPath};
use register::{
    Category, Draft, Member, MemberRow, MemberState, NameRow, Node, NodeRow, NodeStatus, OrgKind, TakenRow,
};
use vault::Vault;

/// Random bytes of the id of number `n`: no two are alike, and they spread over all that there are.
#[must_use]
pub fn scattered(n: u64) -> [u8; 10] {
    let mut random = [0; 10];
    let mixed = n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes();
    random.iter_mut().rev().zip(mixed).for_each(|(to, from)| *to = from);
    random
}

/// The organisations of the town.
#[derive(Debug, Clone)]
pub struct Town {
    /// The municipal committee: the root.
    pub city: Node,
    /// A district of it.
    pub district: Node,
    /// A sub-district of the district.
    pub street: Node,
    /// A branch of the sub-district.
    pub branch: Node,
    /// A group of the branch.
    pub group: Node,
    /// The branch beside it.
    pub neighbour: Node,
    /// Another sub-district of the district.
    pub other_street: Node,
    /// Another root, with nothing below.
    pub elsewhere: Node,
    organizations: Table,
    people: Table,
    vault: std::sync::Arc<Vault>,
}

#[expect(clippy::expect_used, reason = "a test cannot go on without its town")]
impl Town {
    /// Builds the town on a bench.
    ///
    /// # Panics
    /// When the store does not take it.
    pub async fn build(bench: &Bench) -> Self {
        let node = |n: u8, parent: Option<&Node>, name: &str, kind| {
            let id = OrgId::from_bytes(u64::from(n), [n; 10]);
            let path = parent.map_or_else(|| OrgPath::root(id), |parent| parent.path.child(id).expect("not too deep"));
            Node {
                id,
                path,
                name: name.try_into().expect("a name"),
                kind,
                branch_type: (kind == OrgKind::Branch).then_some(register::BranchType::Community),
                status: NodeStatus::Active,
                temporary: false,
                units: Vec::new(),
                project_until: None,
                division: None,
                founded_on: Date::constant(2010, 1, 4),
                term: None,
                closed_on: None,
                merged_into: None,
                theme_day: None,
                version: 1,
                updated_at: bench.now(),
            }
        };
        let city = node(1, None, "市委", OrgKind::MunicipalCommittee);
        let district = node(2, Some(&city), "区委", OrgKind::DistrictCommittee);
        let street = node(3, Some(&district), "街道工委", OrgKind::SubDistrictCommittee);
        let branch = node(4, Some(&street), "东社区党支部", OrgKind::Branch);
        let group = node(5, Some(&branch), "第一党小组", OrgKind::Group);
        let neighbour = node(6, Some(&street), "西社区党支部", OrgKind::Branch);
        let other_street = node(7, Some(&district), "另一街道工委", OrgKind::SubDistrictCommittee);
        let elsewhere = node(9, None, "另一市委", OrgKind::MunicipalCommittee);

        let organizations = Table::open(&bench.env, "ORGANIZATIONS_TABLE").expect("a setting");
        let people = Table::open(&bench.env, "MEMBERS_TABLE").expect("a setting");
        let vault = std::sync::Arc::new(Vault::open(&bench.env).await.expect("a key"));
        let all = [&city, &district, &street, &branch, &group, &neighbour, &other_street, &elsewhere];
        let rows: Vec<_> = all.into_iter().map(|node| NodeRow::new(node.clone())).collect();
        let names: Vec<_> = all.into_iter().map(NameRow::of).collect();
        organizations.put_all(&names).await.expect("a store that takes rows");
        organizations.put_all(&rows).await.expect("a store that takes rows");
        let _ = bench.wire.take();
        Self { city, district, street, branch, group, neighbour, other_street, elsewhere, organizations, people, vault }
    }

    /// The key that the town's numbers are sealed with.
    #[must_use]
    pub fn vault(&self) -> &Vault {
        &self.vault
    }

    /// Puts a full member into an organisation; `n` makes their id and numbers, the phone being `139` and `n`.
    ///
    /// # Panics
    /// When the store does not take it.
    pub async fn person(&self, n: u32, name: &str, home: &Node) -> Member {
        self.person_as(n, name, home, |_| {}).await
    }

    /// The same with a record that `adjust` changed.
    ///
    /// # Panics
    /// When the store does not take it.
    pub async fn person_as(&self, n: u32, name: &str, home: &Node, adjust: impl FnOnce(&mut Member)) -> Member {
        let mut member = self.record(n, name, home);
        adjust(&mut member);
        self.enrol(std::slice::from_ref(&member)).await;
        member
    }

    /// Puts full members into organisations, each with the number that stands before it, as [`Self::person`] does one of them.
    ///
    /// # Panics
    /// When the store does not take them.
    pub async fn persons<'a>(&self, name: &str, all: impl IntoIterator<Item = (u32, &'a Node)>) -> Vec<Member> {
        let members: Vec<_> = all.into_iter().map(|(n, home)| self.record(n, name, home)).collect();
        self.enrol(&members).await;
        members
    }

    /// Puts them with what claims their numbers.
    async fn enrol(&self, members: &[Member]) {
        let taken = |member: &Member| {
            [TakenRow::id_card(&member.id_card_index, member.id), TakenRow::phone(&member.phone_index, member.id)]
        };
        let taken: Vec<_> = members.iter().flat_map(taken).collect();
        let rows: Vec<_> = members.iter().cloned().map(MemberRow::new).collect();
        self.people.put_all(&taken).await.expect("a store that takes rows");
        self.people.put_all(&rows).await.expect("a store that takes rows");
    }

    /// The record of person `n`.
    fn record(&self, n: u32, name: &str, home: &Node) -> Member {
        let mut random = [0; 10];
        random.iter_mut().zip(n.to_be_bytes()).for_each(|(to, from)| *to = from);
        let id = MemberId::from_bytes(u64::from(n), random);
        let draft = Draft {
            organization: home.id,
            name: name.parse().expect("a name"),
            id_card: Self::id_card(n),
            phone: format!("139{n:08}").parse().expect("a phone number"),
            ethnicity: "汉族".try_into().expect("a text"),
            education: None,
            unit: None,
            category: Category::Wage,
            state: MemberState::Full,
            joined_on: Date::constant(2010, 7, 1),
            full_since: Some(Date::constant(2011, 7, 1)),
        };
        Member::registered(&self.vault, id, home, draft, home.updated_at).expect("sealed")
    }

    /// Puts `members` full members into new branches of the sub-district, `each` into one. All but id and place is that of
    /// person 999, who stands in the first branch of the town.
    ///
    /// # Panics
    /// When the store does not take them.
    pub async fn crowd(&self, members: u64, each: u64) -> Vec<Member> {
        let model = self.person(999, "郑众", &self.branch).await;
        let branch = |n: u64| {
            let id = OrgId::from_bytes(1_000 + n, scattered(n));
            let name = format!("第{n}党支部").as_str().try_into().expect("a name");
            Node { id, path: self.street.path.child(id).expect("not too deep"), name, ..self.branch.clone() }
        };
        let branches: Vec<_> = (0..members.div_ceil(each)).map(branch).collect();
        let ids = (0..members).map(|n| MemberId::from_bytes(1_000 + n, scattered(n)));
        let homes = branches.iter().flat_map(|branch| (0..each).map(move |_| branch));
        let all: Vec<_> = ids
            .zip(homes)
            .map(|(id, home)| Member { id, organization: home.id, path: home.path.clone(), ..model.clone() })
            .collect();
        let nodes: Vec<_> = branches.into_iter().map(NodeRow::new).collect();
        let rows: Vec<_> = all.iter().cloned().map(MemberRow::new).collect();
        self.organizations.put_all(&nodes).await.expect("a store that takes rows");
        self.people.put_all(&rows).await.expect("a store that takes rows");
        all
    }

    /// The ID-card number of person `n`: valid, and of a division that does not exist.
    ///
    /// # Panics
    /// When `n` is over 999.
    #[must_use]
    pub fn id_card(n: u32) -> IdCard {
        let first17 = format!("35019919800101{n:03}");
        let check = IdCard::check_character(&first17).expect("seventeen digits");
        format!("{first17}{check}").parse().expect("a valid number")
    }

    /// A caller who holds offices.
    #[must_use]
    pub fn caller(member: &Member, grants: &[(Role, &Node)]) -> Caller {
        let grants: Vec<_> = grants.iter().map(|(role, node)| (*role, node.id)).collect();
        crate::caller(member.id, &grants)
    }
}
