//! Where somebody belonged.

use jiff::civil::Date;
use kernel::OrgId;
use scoring::{FactKind, Statement};

/// That somebody came to an organisation, or left it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Move {
    organization: OrgId,
    /// The first day there, or the first one elsewhere.
    on: Date,
    came: bool,
}

impl Move {
    /// What `says`, told in the matters of `organization`, is of it; `None` where it is nothing.
    pub(crate) fn of(organization: OrgId, says: &Statement) -> Option<Self> {
        let came = says.kinds.contains(FactKind::Membership);
        let moved = Self { organization, on: says.day, came };
        (came || says.kinds.contains(FactKind::Departure)).then_some(moved)
    }

    /// Whether somebody came before `year` began.
    pub(crate) fn is_coming_before(&self, year: i16) -> bool {
        self.came && self.on.year() < year
    }
}

/// Where somebody with these moves, the latest first, belonged in `year`, the last one first.
pub(crate) fn homes(moves: impl IntoIterator<Item = Move>, year: i16) -> Vec<OrgId> {
    let (mut left, mut found): (Vec<Move>, Vec<OrgId>) = (Vec::new(), Vec::new());
    for one in moves {
        let place = left.iter().position(|other| other.organization == one.organization);
        let until = place.map(|place| left.swap_remove(place).on);
        if !one.came {
            left.push(one);
            continue;
        }
        let first = Date::new(year, 1, 1);
        let belonged = one.on.year() <= year && until.is_none_or(|until| first.is_ok_and(|first| first < until));
        if belonged && !found.contains(&one.organization) {
            found.push(one.organization);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(n: u8) -> OrgId {
        OrgId::from_bytes(1, [n; 10])
    }

    /// Came to (`+`) and left (`-`) a place on a day, as it is told, the latest first.
    fn belonged(moves: &[(u8, &str)], year: i16) -> Vec<OrgId> {
        let moves = moves.iter().rev().map(|(n, day)| {
            let (sign, day) = day.split_at(1);
            Move { organization: place(*n), on: day.parse().unwrap(), came: sign == "+" }
        });
        homes(moves, year)
    }

    #[test]
    fn who_moved_belonged_to_both_in_that_year_alone() {
        let moves = [(1, "+2024-03-01"), (1, "-2026-05-20"), (2, "+2026-05-20")];
        assert_eq!(belonged(&moves, 2025), [place(1)]);
        assert_eq!(belonged(&moves, 2026), [place(2), place(1)]);
        assert_eq!(belonged(&moves, 2027), [place(2)]);
        assert!(belonged(&moves, 2023).is_empty());
    }

    #[test]
    fn who_comes_back_belongs_to_the_place_once() {
        let moves =
            [(1, "+2024-03-01"), (1, "-2026-05-20"), (2, "+2026-05-20"), (2, "-2026-09-01"), (1, "+2026-09-01")];
        assert_eq!(belonged(&moves, 2026), [place(1), place(2)]);
        assert_eq!(belonged(&moves, 2027), [place(1)]);
    }

    #[test]
    fn what_was_before_the_last_coming_before_the_year_need_not_be_known() {
        let one = |on: &str, came| Move { organization: place(1), on: on.parse().unwrap(), came };
        assert!(one("2025-12-31", true).is_coming_before(2026) && !one("2026-01-01", true).is_coming_before(2026));
        assert!(!one("2025-12-31", false).is_coming_before(2026));
        let moves =
            [(1, "+2024-03-01"), (1, "-2025-05-20"), (2, "+2025-05-20"), (2, "-2026-02-01"), (3, "+2026-02-01")];
        assert_eq!(belonged(&moves[2..], 2026), belonged(&moves, 2026));
    }

    #[test]
    fn who_left_with_the_old_year_does_not_belong_in_the_new_one() {
        assert!(belonged(&[(1, "+2024-03-01"), (1, "-2026-01-01")], 2026).is_empty());
        assert_eq!(belonged(&[(1, "+2024-03-01"), (1, "-2026-01-02")], 2026), [place(1)]);
    }
}
