//! The caller, and what they are allowed at a place.

use crate::{Action, Reach, Role, reach};
use kernel::{ErrorCode, MemberId, OrgId, OrgPath, Refusal, SessionId};
use serde::{Deserialize, Serialize};

/// One appointment that is in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The office.
    pub role: Role,
    /// The organisation it is held in.
    pub org: OrgId,
}

/// Who is asking, as the authorizer found them: the person, the session, and the appointments in force right now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The person.
    pub member: MemberId,
    /// The session of the device.
    pub session: SessionId,
    /// Appointments in force; read from the table for each request, never from the token.
    pub grants: Vec<Grant>,
}

/// Permission to do one thing at one place, and the office that gave it. Only [`Caller::may`] and its like make one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    role: Role,
}

impl Scope {
    /// The office that gave it, for the log of readings.
    #[must_use]
    pub fn role(&self) -> Role {
        self.role
    }
}

impl Caller {
    /// Whether the caller may do `action` at `place`.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`] when nothing lets them see the place: for them it does not exist.
    /// [`ErrorCode::Forbidden`] when they may see it but not do this.
    pub fn may(&self, action: Action, place: &OrgPath) -> Result<Scope, Refusal> {
        self.may_below(action, place, true)
    }

    /// Whether the caller may do `action` at `place` and to all that lies below it. An office that reaches no further than its
    /// own organisation is enough where what lies below is `own`, as the groups of a branch are.
    ///
    /// # Errors
    /// As [`Self::may`].
    pub fn may_below(&self, action: Action, place: &OrgPath, own: bool) -> Result<Scope, Refusal> {
        if let Some(role) = self.role_for(action, place, own) {
            return Ok(Scope { role });
        }
        let visible = self.role_for(Action::ReadOrganization, place, true).is_some();
        Err(Refusal::new(if visible { ErrorCode::Forbidden } else { ErrorCode::NotFound }))
    }

    /// Whether the caller may do `action` to the record of `person`, who belongs to the organisation at `place`.
    ///
    /// # Errors
    /// As [`Self::may`]; [`ErrorCode::OwnCase`] where the action needs somebody else and the caller is the person.
    pub fn may_for(&self, action: Action, person: MemberId, place: &OrgPath) -> Result<Scope, Refusal> {
        let scope = self.may(action, place)?;
        if person == self.member && action.needs_another_person() {
            return Err(Refusal::new(ErrorCode::OwnCase));
        }
        Ok(scope)
    }

    /// Whether the caller may do `action` of the installation, which is at no place: by an office held anywhere.
    ///
    /// # Errors
    /// [`ErrorCode::Forbidden`] when no office allows it.
    pub fn may_anywhere(&self, action: Action) -> Result<Scope, Refusal> {
        let mut roles = self.grants.iter().map(|grant| grant.role);
        let role = roles.find(|role| reach(*role, action) != Reach::Never);
        role.map(|role| Scope { role }).ok_or_else(|| Refusal::new(ErrorCode::Forbidden))
    }

    /// Whether the caller holds an office of the organisation `id` itself, whatever it allows.
    #[must_use]
    pub fn is_officer_of(&self, id: OrgId) -> bool {
        self.grants.iter().any(|grant| grant.org == id)
    }

    /// The first appointment that allows it, appointments nearest to the place first; with `alone`, also one that reaches no
    /// further than the place itself.
    fn role_for(&self, action: Action, place: &OrgPath, alone: bool) -> Option<Role> {
        let own = place.id();
        let ids: Vec<OrgId> = place.ids().collect();
        ids.iter().rev().find_map(|id| {
            self.grants.iter().filter(|grant| grant.org == *id).map(|grant| grant.role).find(|role| {
                match reach(*role, action) {
                    Reach::Never => false,
                    Reach::Own => alone && own == Some(*id),
                    Reach::Subtree => true,
                    Reach::Below => own != Some(*id),
                }
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use proptest::prelude::*;

    fn org(n: u8) -> OrgId {
        OrgId::from_bytes(u64::from(n), [n; 10])
    }

    fn path(ids: &[u8]) -> OrgPath {
        let (first, rest) = ids.split_first().unwrap();
        rest.iter().fold(OrgPath::root(org(*first)), |path, n| path.child(org(*n)).unwrap())
    }

    fn caller(grants: &[(Role, u8)]) -> Caller {
        let grants = grants.iter().map(|(role, at)| Grant { role: *role, org: org(*at) }).collect();
        Caller { member: MemberId::new(Timestamp::UNIX_EPOCH), session: SessionId::new(Timestamp::UNIX_EPOCH), grants }
    }

    fn code(result: Result<Scope, Refusal>) -> Option<ErrorCode> {
        result.err().map(|refusal| refusal.code)
    }

    #[test]
    fn a_secretary_keeps_the_register_of_the_branch_and_of_nothing_else() {
        let secretary = caller(&[(Role::Secretary, 3)]);
        let (own, below, above, beside) = (path(&[1, 2, 3]), path(&[1, 2, 3, 4]), path(&[1, 2]), path(&[1, 2, 5]));
        assert_eq!(code(secretary.may(Action::RegisterMember, &own)), None);
        assert_eq!(code(secretary.may(Action::RegisterMember, &below)), None);
        for outside in [above, beside, path(&[9])] {
            assert_eq!(code(secretary.may(Action::RegisterMember, &outside)), Some(ErrorCode::NotFound));
        }
        assert_eq!(code(secretary.may(Action::AppointOfficer, &own)), Some(ErrorCode::Forbidden));
        assert_eq!(code(secretary.may(Action::AppointOfficer, &below)), None);
    }

    #[test]
    fn who_sees_their_own_organisation_sees_nothing_of_those_below_it() {
        let (member, secretary) = (caller(&[(Role::CommitteeMember, 2)]), caller(&[(Role::Secretary, 2)]));
        let below = |who: &Caller, own| code(who.may_below(Action::ReadMeeting, &path(&[1, 2]), own));
        assert_eq!(code(member.may(Action::ReadMeeting, &path(&[1, 2]))), None);
        assert_eq!((below(&member, false), below(&member, true)), (Some(ErrorCode::Forbidden), None));
        assert_eq!((below(&secretary, false), below(&secretary, true)), (None, None));
        assert_eq!(below(&caller(&[(Role::CommitteeMember, 1)]), true), Some(ErrorCode::NotFound));
    }

    #[test]
    fn an_officer_of_an_organisation_is_one_of_no_other() {
        let secretary = caller(&[(Role::Secretary, 3), (Role::GroupLeader, 4)]);
        assert_eq!([2, 3, 4, 5].map(|n| secretary.is_officer_of(org(n))), [false, true, true, false]);
    }

    #[test]
    fn nobody_decides_in_their_own_case() {
        let secretary = caller(&[(Role::Secretary, 3)]);
        let place = path(&[1, 3]);
        assert_eq!(
            code(secretary.may_for(Action::DecideCorrection, secretary.member, &place)),
            Some(ErrorCode::OwnCase)
        );
        assert_eq!(code(secretary.may_for(Action::EditMember, secretary.member, &place)), None);
        let other = MemberId::from_bytes(7, [7; 10]);
        assert_eq!(code(secretary.may_for(Action::DecideCorrection, other, &place)), None);
    }

    #[test]
    fn what_is_at_no_place_is_for_the_office_wherever_it_is_held() {
        let administrator = caller(&[(Role::Secretary, 3), (Role::SystemAdministrator, 4)]);
        assert_eq!(administrator.may_anywhere(Action::ReadJobs).unwrap().role(), Role::SystemAdministrator);
        for role in Role::ALL.iter().filter(|role| **role != Role::SystemAdministrator) {
            assert_eq!(
                code(caller(&[(*role, 1)]).may_anywhere(Action::ReadJobs)),
                Some(ErrorCode::Forbidden),
                "{role:?}"
            );
        }
        assert_eq!(code(caller(&[]).may_anywhere(Action::ReadJobs)), Some(ErrorCode::Forbidden));
    }

    #[test]
    fn the_scope_names_the_nearest_office() {
        let both = caller(&[(Role::OrganizationDepartment, 1), (Role::Secretary, 3)]);
        assert_eq!(both.may(Action::ReadMember, &path(&[1, 3])).unwrap().role(), Role::Secretary);
        assert_eq!(both.may(Action::ReadMember, &path(&[1, 2])).unwrap().role(), Role::OrganizationDepartment);
    }

    proptest! {
        #[test]
        fn without_an_appointment_on_the_way_nothing_is_there(
            role in 0..Role::ALL.len(), action in 0..Action::ALL.len(),
            place in proptest::collection::vec(0_u8..5, 1..6),
        ) {
            let stranger = caller(&[(Role::ALL[role], 9)]);
            prop_assert_eq!(code(stranger.may(Action::ALL[action], &path(&place))), Some(ErrorCode::NotFound));
        }

        #[test]
        fn a_second_appointment_never_takes_anything_away(
            one in 0..Role::ALL.len(), two in 0..Role::ALL.len(), action in 0..Action::ALL.len(),
            at in 0_u8..5, also in 0_u8..5, place in proptest::collection::vec(0_u8..5, 1..6),
        ) {
            let place = path(&place);
            let fewer = caller(&[(Role::ALL[one], at)]);
            let more = caller(&[(Role::ALL[one], at), (Role::ALL[two], also)]);
            if fewer.may(Action::ALL[action], &place).is_ok() {
                prop_assert!(more.may(Action::ALL[action], &place).is_ok());
            }
        }
    }
}
