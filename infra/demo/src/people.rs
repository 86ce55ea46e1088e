//! The persons.

use crate::{CAST, Plan, Tree, bytes, cast::Stage, seeded, tree::MILLIS};
use fastrand::Rng;
use jiff::{ToSpan, civil::Date};
use kernel::{IdCard, Line, MemberId, OrgId, PersonName, Phone};
use register::{Category, Draft, MemberState, OrgKind};

/// A generated person, numbers in full.
#[derive(Debug, Clone)]
pub struct Person {
    /// Their id.
    pub id: MemberId,
    /// The branch or group they belong to.
    pub organization: OrgId,
    /// Name.
    pub name: PersonName,
    /// ID-card number, of a division that does not exist.
    pub id_card: IdCard,
    /// Phone number, of a range that is given to nobody.
    pub phone: Phone,
    /// 民族
    pub ethnicity: Line<20>,
    /// 学历
    pub education: Line<20>,
    /// What they live on.
    pub category: Category,
    /// Where they stand.
    pub state: MemberState,
    /// 入党日期
    pub joined_on: Date,
    /// 转正日期
    pub full_since: Option<Date>,
}

impl Person {
    /// As they are registered.
    #[must_use]
    pub fn draft(&self) -> Draft {
        Draft {
            organization: self.organization,
            name: self.name.clone(),
            id_card: self.id_card.clone(),
            phone: self.phone.clone(),
            ethnicity: self.ethnicity.clone(),
            education: Some(self.education.clone()),
            unit: None,
            category: self.category,
            state: self.state,
            joined_on: self.joined_on,
            full_since: self.full_since,
        }
    }
}

const SURNAMES: &[char] = &[
    '陈', '林', '黄', '张', '吴', '李', '郑', '王', '刘', '苏', '蔡', '杨', '谢', '许', '何', '叶', '郭', '江', '赖',
    '潘', '卢', '游', '薛', '董', '高', '程', '翁', '严', '方', '魏',
];
const GIVEN: &[char] = &[
    '文', '明', '建', '国', '志', '强', '晓', '红', '丽', '华', '军', '平', '海', '燕', '秀', '英', '桂', '兰', '永',
    '福', '榕', '闽', '清', '安', '泰', '和', '思', '远', '雨', '桐', '子', '涵', '欣', '怡', '宇', '航', '静', '敏',
    '勇', '斌',
];

fn pick<T: Copy>(rng: &mut Rng, from: &[T]) -> Option<T> {
    from.get(rng.usize(..from.len())).copied()
}

/// A person of the branch; `number` makes phone and ID-card number unique.
fn person(rng: &mut Rng, organization: OrgId, number: u32, phone: &str, full: bool) -> Option<Person> {
    let mut name = String::from(pick(rng, SURNAMES)?);
    for _ in 0..rng.usize(1..=2) {
        name.push(pick(rng, GIVEN)?);
    }
    let born = Date::constant(1948, 1, 1).saturating_add(rng.i32(0..20_000).days());
    let first17 = format!("350199{}{:03}", born.strftime("%Y%m%d"), number % 1_000);
    let id_card = format!("{first17}{}", IdCard::check_character(&first17)?).parse().ok()?;
    let youngest = born.saturating_add(19.years());
    let latest = if full { Date::constant(2024, 6, 30) } else { Date::constant(2026, 6, 30) };
    let earliest = if full { youngest } else { youngest.max(Date::constant(2025, 12, 10)) };
    let joined_on = earliest.max(latest.saturating_sub(rng.i32(0..if full { 12_000 } else { 190 }).days())).min(latest);
    let age = 2026 - born.year();
    let category = match (age, rng.u8(0..10)) {
        (60.., _) => Category::Retired,
        (..=24, 0..=6) => Category::Student,
        (_, 0..=5) => Category::Wage,
        (_, 6) => Category::SelfEmployed,
        (_, 7) => Category::Farmer,
        (_, 8) => Category::AnnualSalary,
        _ => Category::Relief,
    };
    Some(Person {
        id: MemberId::from_bytes(MILLIS, bytes(rng)),
        organization,
        name: name.parse().ok()?,
        id_card,
        phone: phone.parse().ok()?,
        ethnicity: pick(rng, &["汉族", "汉族", "汉族", "汉族", "汉族", "汉族", "畲族", "回族"])?.try_into().ok()?,
        education: pick(rng, &["初中", "高中", "中专", "大专", "本科", "本科", "硕士研究生"])?.try_into().ok()?,
        category,
        state: if full { MemberState::Full } else { MemberState::Probationary },
        joined_on,
        full_since: full.then(|| joined_on.saturating_add(1.year())),
    })
}

/// The persons of `tree`: the cast first, in its order, then the rest branch by branch.
///
/// Nobody shares a number: births differ by their day and sequence, phones count on.
#[must_use]
pub fn people(plan: &Plan, tree: &Tree) -> Vec<Person> {
    let mut rng = seeded("people");
    let mut everybody: Vec<Person> = Vec::new();
    let mut cards = std::collections::HashSet::new();
    let mut number = 0;
    let mut admit = |rng: &mut Rng, organization, phone: Option<&str>, full| {
        // A number that came up before is drawn again.
        for _ in 0..100 {
            number += 1;
            let phone = phone.map_or_else(|| format!("1401{number:07}"), str::to_owned);
            match person(rng, organization, number, &phone, full) {
                Some(person) if cards.insert(person.id_card.clone()) => return Some(person),
                _ => {}
            }
        }
        None
    };
    for part in CAST {
        everybody.extend(admit(&mut rng, tree.at(part.home), Some(part.phone), true));
    }
    for branch in tree.nodes.iter().filter(|node| node.kind == OrgKind::Branch) {
        let groups: Vec<_> =
            tree.nodes.iter().filter(|node| node.path.parent() == Some(branch.id)).map(|node| node.id).collect();
        for at in 0..rng.usize(plan.members.0..=plan.members.1) {
            let home =
                if at % 3 == 0 || groups.is_empty() { branch.id } else { pick(&mut rng, &groups).unwrap_or(branch.id) };
            let full = at < 8 || rng.u8(0..20) > 0;
            everybody.extend(admit(&mut rng, home, None, full));
        }
    }
    everybody
}

impl Tree {
    /// The organisation that a part of the cast plays in.
    #[must_use]
    pub fn at(&self, stage: Stage) -> OrgId {
        let [branch, neighbour] = self.neighbours;
        match stage {
            Stage::City => self.city,
            Stage::Office => self.office,
            Stage::SubDistrict => self.sub_district,
            Stage::Branch => branch,
            Stage::Neighbour => neighbour,
            Stage::Group => self.group,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;
    use std::collections::HashSet;

    #[test]
    fn about_two_thousand_persons_with_numbers_of_their_own() {
        let plan = Plan::full();
        let everybody = people(&plan, &tree(&plan).unwrap());
        assert!((1_900..=2_200).contains(&everybody.len()), "{}", everybody.len());
        let distinct = |numbers: Vec<String>| numbers.into_iter().collect::<HashSet<_>>().len();
        assert_eq!(distinct(everybody.iter().map(|p| p.id_card.reveal().to_owned()).collect()), everybody.len());
        assert_eq!(distinct(everybody.iter().map(|p| p.phone.reveal().to_owned()).collect()), everybody.len());
        assert_eq!(distinct(everybody.iter().map(|p| p.id.to_string()).collect()), everybody.len());
    }

    #[test]
    fn nobody_has_a_number_that_somebody_could_have() {
        let plan = Plan::small();
        for person in people(&plan, &tree(&plan).unwrap()) {
            assert!(person.id_card.reveal().starts_with("350199"));
            assert!(person.phone.reveal().starts_with("+86140"));
        }
    }

    #[test]
    fn lives_are_possible() {
        let plan = Plan::full();
        let today = Date::constant(2026, 11, 24);
        for person in people(&plan, &tree(&plan).unwrap()) {
            let born = person.id_card.born().unwrap();
            assert!(born.saturating_add(18.years()) <= person.joined_on && person.joined_on <= today, "{person:?}");
            assert_eq!(person.full_since.is_some(), person.state == MemberState::Full);
            assert!(person.full_since.is_none_or(|since| since <= today && since >= person.joined_on));
        }
    }
}
