//! How stars are shared.

use super::{org, rules, sheet};
use crate::domain::StarReport;
use kernel::OrgPath;
use proptest::prelude::*;

fn path(ids: &[u8]) -> OrgPath {
    ids.iter().fold(OrgPath::root(org(7)), |path, n| path.child(org(*n)).unwrap())
}

fn report(place: &OrgPath, awarded: &[(OrgPath, u8)]) -> StarReport {
    let (of, awarded) = ((2026, place.id().unwrap(), place), awarded.iter().map(|(path, star)| (path, *star)));
    StarReport::of(of, awarded, Some(&sheet()), rules())
}

#[test]
fn stars_are_counted_by_area_and_a_share_over_the_limit_is_shown() {
    let awarded = [(path(&[2, 4]), 5), (path(&[2, 5]), 4), (path(&[3, 6]), 5), (path(&[8]), 0)];
    let city = report(&path(&[]), &awarded);
    let areas: Vec<_> = city.areas.iter().map(|area| (area.organization, area.awarded)).collect();
    assert_eq!(areas, [(org(2), 2), (org(3), 1), (org(8), 1)]);
    let five = city.stars.iter().find(|count| count.star == 5).unwrap();
    assert_eq!((city.awarded, five.branches, five.share), (4, 2, 5_000));
    assert!(city.limits.len() == 1 && city.limits[0].is_over, "half of them, of thirty per cent");
    assert_eq!(city.stars.iter().map(|count| count.star).collect::<Vec<_>>(), [5, 4, 3, 2, 1, 0]);

    let branch = report(&path(&[2, 4]), &awarded[..1]);
    assert_eq!((branch.areas.len(), branch.areas[0].organization), (1, org(4)));
    let nobody = report(&path(&[]), &[]);
    assert!(nobody.awarded == 0 && !nobody.limits[0].is_over && nobody.stars.iter().all(|count| count.share == 0));
    let three = [(path(&[2, 4]), 5), (path(&[2, 5]), 4), (path(&[3, 6]), 4), (path(&[3, 9]), 4)];
    assert!(!report(&path(&[]), &three).limits[0].is_over, "a quarter of them");
}

proptest! {
    #[test]
    fn every_branch_is_in_one_area_and_has_one_number_of_stars(
        stars in proptest::collection::vec((1_u8..5, 0_u8..6), 0..40),
    ) {
        let awarded: Vec<_> = stars.iter().map(|(area, star)| (path(&[*area, 9]), *star)).collect();
        let report = report(&path(&[]), &awarded);
        let many = u32::try_from(awarded.len()).unwrap();
        prop_assert_eq!(report.awarded, many);
        prop_assert_eq!(report.stars.iter().map(|count| count.branches).sum::<u32>(), many);
        prop_assert_eq!(report.areas.iter().map(|area| area.awarded).sum::<u32>(), many);
        prop_assert!(report.stars.iter().map(|count| count.share).sum::<u32>() <= 10_000);
    }
}
