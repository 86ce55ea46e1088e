//! Proofs, against a check that shares no code with the trees: RFC 9162, section 2.1.3.2, written out.

use super::*;
use crate::{BEGINNING, Leaf};
use kernel::{OrgId, hex};
use proptest::prelude::*;
use sha2::{Digest, Sha256};

fn bytes(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

/// Whether the leaf of a step leads to its root.
fn leads(step: &Step) -> bool {
    let (mut place, mut last) = (step.index, step.size - 1);
    let mut hash = Sha256::digest([b"\0", step.leaf.as_bytes()].concat()).to_vec();
    for sibling in step.path.iter().map(|text| bytes(text)) {
        if last == 0 {
            return false;
        }
        let left = place % 2 == 1 || place == last;
        let pair = if left { [sibling, hash].concat() } else { [hash, sibling].concat() };
        hash = Sha256::digest([b"\x01".as_slice(), &pair].concat()).to_vec();
        if left {
            while place % 2 == 0 && place != 0 {
                place /= 2;
                last /= 2;
            }
        }
        place /= 2;
        last /= 2;
    }
    last == 0 && hex(&hash) == step.root
}

/// Whether the proof shows that an activity with this id and hash is in the day.
fn proves(proof: &Proof, id: ActivityId, hash: &str) -> bool {
    let [activity, group, part] = proof.steps.as_slice() else { return false };
    let chain = format!("zhibu-seal-1\n{}\n{}\n{}\n{}\n", proof.previous, proof.day, proof.activities, part.root);
    proof.steps.iter().all(leads)
        && activity.leaf == format!("{id} {hash}")
        && group.leaf.ends_with(&format!(" {} {}", activity.size, activity.root))
        && part.leaf.ends_with(&format!(" {}", group.root))
        && hex(&Sha256::digest(chain)) == proof.chain
}

fn leaf(n: usize) -> Leaf {
    let millis = u64::try_from(n).unwrap();
    Leaf(ActivityId::from_bytes(millis, [7; 10]), hex(&Sha256::digest(millis.to_be_bytes())))
}

/// A day of `parts` parts with `groups` groups of `leaves` activities each.
fn day(parts: usize, groups: usize, leaves: usize) -> (Vec<Part>, Head) {
    let day = Date::constant(2026, 11, 24);
    let made: Vec<Part> = (0..parts)
        .map(|part| {
            let groups = (0..groups).map(|group| {
                let name = OrgId::from_bytes(u64::try_from(part * groups + group).unwrap(), [1; 10]).to_string();
                Group::of(&name, (0..leaves).map(leaf).collect())
            });
            Part { day, part: u32::try_from(part).unwrap() + 1, groups: groups.collect() }
        })
        .collect();
    let head = Head::seal(day, made.iter().map(Part::line).collect(), BEGINNING);
    (made, head)
}

#[test]
fn every_activity_of_trees_of_every_size_has_a_proof_that_anyone_can_check() {
    for size in 1..=40 {
        let (parts, head) = day(1, 1, size);
        let group = &parts[0].groups[0];
        for Leaf(id, hash) in &group.leaves {
            let proof = Proof::of(*id, &group.group, &parts[0], &head).unwrap();
            assert!(proves(&proof, *id, hash), "{size}: {proof:?}");
        }
        let absent = ActivityId::from_bytes(1_000, [7; 10]);
        assert_eq!(Proof::of(absent, &group.group, &parts[0], &head), None);
    }
}

#[test]
fn a_proof_reaches_through_groups_and_parts() {
    for (count, groups) in [(1, 5), (3, 1), (5, 7), (8, 8)] {
        let (parts, head) = day(count, groups, 3);
        for part in &parts {
            for group in &part.groups {
                let Leaf(id, hash) = &group.leaves[1];
                let proof = Proof::of(*id, &group.group, part, &head).unwrap();
                assert!(proves(&proof, *id, hash), "{count} {groups}: {proof:?}");
            }
        }
    }
}

proptest! {
    #[test]
    fn a_proof_holds_for_one_content_only(parts in 1_usize..4, groups in 1_usize..6, leaves in 1_usize..20, at: usize) {
        let (made, head) = day(parts, groups, leaves);
        let (part, at) = (&made[at % parts], at % leaves);
        let group = &part.groups[at % groups];
        let Leaf(id, hash) = &group.leaves[at];
        let proof = Proof::of(*id, &group.group, part, &head).unwrap();
        prop_assert!(proves(&proof, *id, hash));
        prop_assert!(!proves(&proof, *id, &leaf(500).1));
        prop_assert!(!proves(&proof, leaf(500).0, hash));
        for step in 0..3 {
            let mut other = proof.clone();
            other.steps[step].root = leaf(500).1;
            prop_assert!(!proves(&other, *id, hash));
            let mut other = proof.clone();
            other.steps[step].index += 1;
            prop_assert!(!proves(&other, *id, hash) || proof.steps[step].size == 1);
        }
        let mut other = proof.clone();
        other.previous = leaf(500).1;
        prop_assert!(!proves(&other, *id, hash));
    }
}
