//! The accounts that one can sign in with: one for each role.

use authz::Role;

/// The password of every demo account.
pub const PASSWORD: &str = "zhibu-demo-2026";

/// Where somebody of the cast belongs, or holds an office.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The municipal committee.
    City,
    /// The branch of its office.
    Office,
    /// The first sub-district with branches.
    SubDistrict,
    /// Its first branch.
    Branch,
    /// Its second branch.
    Neighbour,
    /// A group of the first branch.
    Group,
}

/// One account.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    /// Phone number to sign in with.
    pub phone: &'static str,
    /// What the account is for, for the reader.
    pub title: &'static str,
    /// Where the person is a member.
    pub home: Stage,
    /// The office they hold, and where.
    pub office: Option<(Role, Stage)>,
}

const fn part(phone: &'static str, title: &'static str, home: Stage, office: Option<(Role, Stage)>) -> Part {
    Part { phone, title, home, office }
}

/// Everybody.
pub const CAST: &[Part] = &[
    part("14000000001", "市委组织部干部", Stage::Office, Some((Role::OrganizationDepartment, Stage::City))),
    part("14000000002", "街道党务干部", Stage::Office, Some((Role::PartyAffairsOfficer, Stage::SubDistrict))),
    part("14000000003", "支部书记", Stage::Branch, Some((Role::Secretary, Stage::Branch))),
    part("14000000004", "相邻支部书记", Stage::Neighbour, Some((Role::Secretary, Stage::Neighbour))),
    part("14000000005", "普通党员", Stage::Branch, None),
    part("14000000006", "支部副书记", Stage::Branch, Some((Role::DeputySecretary, Stage::Branch))),
    part("14000000007", "组织委员", Stage::Branch, Some((Role::OrganizationOfficer, Stage::Branch))),
    part("14000000008", "宣传委员", Stage::Branch, Some((Role::PublicityOfficer, Stage::Branch))),
    part("14000000009", "纪检委员", Stage::Branch, Some((Role::DisciplineOfficer, Stage::Branch))),
    part("14000000010", "支部委员", Stage::Neighbour, Some((Role::CommitteeMember, Stage::Neighbour))),
    part("14000000011", "党小组组长", Stage::Group, Some((Role::GroupLeader, Stage::Group))),
    part("14000000012", "党费管理员", Stage::Branch, Some((Role::DuesOfficer, Stage::Branch))),
    part("14000000013", "编辑", Stage::Office, Some((Role::Editor, Stage::City))),
    part("14000000014", "督查员", Stage::Office, Some((Role::Inspector, Stage::SubDistrict))),
    part("14000000015", "系统管理员", Stage::Office, Some((Role::SystemAdministrator, Stage::City))),
    part("14000000016", "安全管理员", Stage::Office, Some((Role::SecurityAdministrator, Stage::City))),
    part("14000000017", "审计管理员", Stage::Office, Some((Role::Auditor, Stage::City))),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn somebody_plays_every_role() {
        for role in Role::ALL {
            assert!(CAST.iter().any(|part| part.office.is_some_and(|(held, _)| held == *role)), "{role:?}");
        }
        assert!(CAST.iter().any(|part| part.office.is_none()));
    }
}
