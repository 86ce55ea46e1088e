use super::*;
use proptest::prelude::*;
use register::NodeRow;
use std::collections::{BTreeMap, BTreeSet};

fn now() -> Timestamp {
    Timestamp::constant(1_795_485_600, 0)
}

fn moved(node: &Node, parent: &Node, subtree: &[Node]) -> Result<Vec<Node>, ErrorCode> {
    let relocation = Relocation { node, parent, on: day(TODAY) };
    relocate(relocation, subtree, now(), day(TODAY)).map_err(|refusal| refusal.code)
}

#[test]
fn a_subtree_moves_as_one() {
    let street = node(OrgKind::SubDistrictCommittee, &[1, 2, 3]);
    let subtree = [street.clone(), node(OrgKind::Branch, &[1, 2, 3, 4]), node(OrgKind::Group, &[1, 2, 3, 4, 5])];
    let district = node(OrgKind::DistrictCommittee, &[1, 9]);
    let new = moved(&street, &district, &subtree).unwrap();
    let paths = [&[1, 9, 3][..], &[1, 9, 3, 4], &[1, 9, 3, 4, 5]].map(|ids| node(OrgKind::Branch, ids).path);
    assert_eq!(new.iter().map(|node| node.path.clone()).collect::<Vec<_>>(), paths);
    for (old, new) in subtree.iter().zip(new) {
        assert_eq!((new.version, new.updated_at), (old.version + 1, now()));
        assert_eq!(Node { path: old.path.clone(), version: old.version, updated_at: old.updated_at, ..new }, *old);
    }
}

#[test]
fn moves_that_cannot_be() {
    let street = node(OrgKind::SubDistrictCommittee, &[1, 2, 3]);
    let one = std::slice::from_ref(&street);
    assert_eq!(moved(&street, &street, one), Err(ErrorCode::Cycle));
    assert_eq!(moved(&street, &node(OrgKind::BaseCommittee, &[1, 2, 3, 4]), one), Err(ErrorCode::Cycle));
    assert_eq!(moved(&street, &node(OrgKind::Branch, &[1, 9]), one), Err(ErrorCode::WrongParent));
    assert_eq!(moved(&street, &node(OrgKind::DistrictCommittee, &[1, 2]), one), Err(ErrorCode::InvalidField));
    let closed = Node { closed_on: Some(day(TODAY)), ..node(OrgKind::DistrictCommittee, &[1, 9]) };
    assert_eq!(moved(&street, &closed, one), Err(ErrorCode::OrganizationClosed));
    let deep = node(OrgKind::DistrictCommittee, &[9; OrgPath::MAX_DEPTH]);
    assert_eq!(moved(&street, &deep, one), Err(ErrorCode::TooDeep));
}

/// A move that is to be followed.
fn pending(from: &[u8], to: &[u8]) -> NodeRow {
    NodeRow { moved_from: Some(node(OrgKind::Branch, from).path), ..NodeRow::new(node(OrgKind::Branch, to)) }
}

#[test]
fn lists_may_be_wrong_where_something_was_moved_from_or_came_to() {
    let rows = [pending(&[1, 2, 3], &[1, 7, 3])];
    for (ids, on_the_way) in [
        (&[1, 7, 3][..], true),
        (&[1, 7, 3, 4], true),
        (&[1, 2, 3], true),
        (&[1, 2, 3, 5], true),
        (&[1, 7], false),
        (&[1, 2], false),
        (&[1, 7, 8], false),
    ] {
        let path = node(OrgKind::Branch, ids).path;
        assert_eq!(is_on_the_way(&path, &rows), on_the_way, "{path}");
        assert!(!is_on_the_way(&path, &[]));
    }
}

#[test]
fn copies_may_lag_behind_several_moves() {
    let at = |ids: &[u8]| node(OrgKind::Group, ids).path;
    let (branch, street) = (pending(&[1, 7, 3, 4], &[1, 8, 4]), pending(&[1, 2, 3], &[1, 7, 3]));
    let expected = [&[1, 8, 4, 5][..], &[1, 7, 3, 4, 5], &[1, 2, 3, 4, 5]].map(at);
    assert_eq!(places(&at(&[1, 8, 4, 5]), &[branch.clone(), street]), BTreeSet::from(expected));
    assert_eq!(places(&at(&[1, 8, 4, 5]), &[]), BTreeSet::from([at(&[1, 8, 4, 5])]));
    // The district into which the street had come moves in turn: where the branch left from is no place of the street now.
    let (street, district) = (pending(&[1, 2, 3], &[1, 9, 7, 3]), pending(&[1, 7], &[1, 9, 7]));
    let expected = [&[1, 8, 4, 5][..], &[1, 7, 3, 4, 5], &[1, 2, 3, 4, 5]].map(at);
    assert_eq!(places(&at(&[1, 8, 4, 5]), &[branch, street, district]), BTreeSet::from(expected));
}

/// What the tests keep of a tree: every node by its id.
type Model = BTreeMap<OrgId, Node>;

const KINDS: [OrgKind; 8] = [
    OrgKind::ProvincialCommittee,
    OrgKind::MunicipalCommittee,
    OrgKind::DistrictCommittee,
    OrgKind::SubDistrictCommittee,
    OrgKind::BaseCommittee,
    OrgKind::GeneralBranch,
    OrgKind::Branch,
    OrgKind::Group,
];

/// Founds what can be founded of `plan`: a kind and the number of a parent each.
fn grown(plan: &[(usize, usize)]) -> Model {
    let mut tree = Model::from([1, 2].map(|root| (org(root), node(OrgKind::ProvincialCommittee, &[root]))));
    for (n, (kind, parent)) in (3_u8..).zip(plan) {
        let parent = tree.values().nth(parent % tree.len()).unwrap().clone();
        if KINDS[*kind].stands_under(parent.kind) {
            let mut child = node(KINDS[*kind], &[n]);
            child.path = parent.path.child(org(n)).unwrap();
            tree.insert(org(n), child);
        }
    }
    tree
}

/// The nodes at `path` and below.
fn below(tree: &Model, path: &OrgPath) -> Vec<Node> {
    tree.values().filter(|node| path.contains(&node.path)).cloned().collect()
}

proptest! {
    #[test]
    fn however_organisations_move_the_tree_stays_a_tree(
        plan in proptest::collection::vec((0_usize..8, 0_usize..60), 1..60),
        moves in proptest::collection::vec((0_usize..60, 0_usize..60), 1..40),
    ) {
        let mut tree = grown(&plan);
        let count = tree.len();
        for (who, to) in moves {
            let (who, to) = (tree.values().nth(who % count).unwrap().clone(), tree.values().nth(to % count).unwrap().clone());
            let subtree = below(&tree, &who.path);
            let ids: BTreeSet<_> = subtree.iter().map(|node| node.id).collect();
            match moved(&who, &to, &subtree) {
                Ok(new) => {
                    tree.extend(new.into_iter().map(|node| (node.id, node)));
                    // What was below is still below, and nothing else is.
                    let path = tree[&who.id].path.clone();
                    prop_assert_eq!(path.parent(), Some(to.id));
                    prop_assert_eq!(below(&tree, &path).iter().map(|node| node.id).collect::<BTreeSet<_>>(), ids);
                }
                Err(ErrorCode::Cycle) => prop_assert!(ids.contains(&to.id)),
                Err(ErrorCode::InvalidField) => prop_assert_eq!(who.path.parent(), Some(to.id)),
                Err(code) => {
                    prop_assert_eq!(code, ErrorCode::WrongParent);
                    prop_assert!(!who.kind.stands_under(to.kind));
                }
            }
            for node in tree.values() {
                prop_assert!(node.path.depth() <= OrgPath::MAX_DEPTH);
                prop_assert_eq!(node.path.id(), Some(node.id));
                // No id twice on the way up: nobody stands above themselves.
                prop_assert_eq!(node.path.ids().collect::<BTreeSet<_>>().len(), node.path.depth());
                if let Some(parent) = node.path.parent() {
                    prop_assert_eq!(&tree[&parent].path.child(node.id).unwrap(), &node.path);
                    prop_assert!(node.kind.stands_under(tree[&parent].kind));
                }
            }
        }
    }

    #[test]
    fn copies_are_looked_for_wherever_unfinished_moves_left_them(
        plan in proptest::collection::vec((0_usize..8, 0_usize..60), 1..60),
        moves in proptest::collection::vec((0_usize..60, 0_usize..60), 1..12),
        watched in 0_usize..60,
    ) {
        let mut tree = grown(&plan);
        let count = tree.len();
        let watched = *tree.keys().nth(watched % count).unwrap();
        let copy = tree[&watched].path.clone();
        let mut pending: BTreeMap<OrgId, OrgPath> = BTreeMap::new();
        for (who, to) in moves {
            let (who, to) = (tree.values().nth(who % count).unwrap().clone(), tree.values().nth(to % count).unwrap().clone());
            // While a move is pending, a second one of the same organisation is refused.
            if pending.contains_key(&who.id) {
                continue;
            }
            if let Ok(new) = moved(&who, &to, &below(&tree, &who.path)) {
                pending.insert(who.id, who.path);
                tree.extend(new.into_iter().map(|node| (node.id, node)));
            }
        }
        let rows: Vec<_> = pending.iter().map(|(id, from)| {
            NodeRow { moved_from: Some(from.clone()), ..NodeRow::new(tree[id].clone()) }
        }).collect();
        prop_assert!(places(&tree[&watched].path, &rows).contains(&copy));
    }
}
