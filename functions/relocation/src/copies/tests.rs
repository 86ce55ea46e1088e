use super::*;

fn org(n: u8) -> OrgId {
    OrgId::from_bytes(u64::from(n), [n; 10])
}

fn path(ids: &[u8]) -> OrgPath {
    let (first, rest) = ids.split_first().unwrap();
    rest.iter().fold(OrgPath::root(org(*first)), |path, n| path.child(org(*n)).unwrap())
}

#[test]
fn a_person_is_found_by_the_keys_that_the_register_would_write() {
    let id = MemberId::from_bytes(7, [7; 10]);
    for (state, area) in [(MemberState::Full, ""), (MemberState::Deceased, "PAST")] {
        let person = Person {
            pk: MemberRow::partition(id),
            sk: "MBR".to_owned(),
            id,
            organization: org(4),
            path: path(&[1, 2, 3, 4]),
            pinyin: "linxiao".to_owned(),
            state,
            version: 5,
        };
        let copy = Stale::try_from(person).unwrap();
        assert_eq!(copy.rule, Rule::At(org(4)));
        let place = path(&[1, 8, 3, 4]);
        let expected = [
            ("path", place.to_string()),
            ("area", format!("{area}{}", path(&[1, 8]))),
            ("place", format!("{place}linxiao#{id}")),
        ];
        assert_eq!(copy.keys(&place), expected);
    }
}

#[test]
fn an_open_correction_keeps_its_last_day_and_a_decided_one_has_no_place() {
    let row = |open_key: Option<String>| Correction {
        pk: "MBR#1".to_owned(),
        sk: "cor_1".to_owned(),
        organization: org(4),
        open_key,
        version: 1,
    };
    let copy = Stale::try_from(row(Some(format!("{}2026-12-15#cor_1", path(&[1, 2, 4]))))).unwrap();
    assert_eq!(copy.says, path(&[1, 2, 4]));
    let place = path(&[1, 9, 4]);
    let expected = [("openArea", path(&[1, 9]).to_string()), ("openKey", format!("{place}2026-12-15#cor_1"))];
    assert_eq!(copy.keys(&place), expected);
    assert!(Stale::try_from(row(None)).is_err());
}

#[test]
fn a_transfer_follows_both_its_sides() {
    let id = "trf_1".to_owned();
    for (state, due, expected) in [("", Some("LETTER"), true), ("PAST", Some("RECEIPT"), false), ("PAST", None, false)]
    {
        let (old, place) = (path(&[1, 2, 4]), path(&[1, 9, 4]));
        let sent = Stale::try_from(Sent {
            pk: "TRF#1".to_owned(),
            sk: id.clone(),
            from: org(4),
            from_path: old.clone(),
            leaving_area: format!("{state}{}", path(&[1, 2])),
            due_area: due.map(|what| format!("{what}{}", path(&[1, 2]))),
            version: 1,
        });
        let sent = sent.unwrap();
        assert_eq!((sent.list, sent.rule, &sent.says), (List::Sent { open: expected }, Rule::At(org(4)), &old));
        let mut keys = vec![
            ("fromPath", place.to_string()),
            ("leavingArea", format!("{state}{}", path(&[1, 9]))),
            ("leavingKey", format!("{place}{id}")),
        ];
        keys.extend(due.map(|what| ("dueArea", format!("{what}{}", path(&[1, 9])))));
        assert_eq!(sent.keys(&place), keys);

        let row = |organization: Option<OrgId>| Incoming {
            pk: "TRF#1".to_owned(),
            sk: id.clone(),
            to: Destination { organization },
            to_path: organization.map(|_| old.clone()),
            coming_area: organization.map(|_| format!("{state}{}", path(&[1, 2]))),
            version: 1,
        };
        let coming = Stale::try_from(row(Some(org(4)))).unwrap();
        assert_eq!((coming.list, coming.rule), (List::Coming { open: expected }, Rule::At(org(4))));
        let keys = [
            ("toPath", place.to_string()),
            ("comingArea", format!("{state}{}", path(&[1, 9]))),
            ("comingKey", format!("{place}{id}")),
        ];
        assert_eq!(coming.keys(&place), keys);
        assert!(Stale::try_from(row(None)).is_err(), "an organisation outside does not move");
    }
}

/// A row of a task, a finding or an application that lies at `old`.
fn placed(id: &str, old: &OrgPath, area: String) -> Task {
    let (pk, sk) = (format!("X#{id}"), "X".to_owned());
    Task { pk, sk, id: id.to_owned(), organization: org(4), path: old.clone(), area, version: 3 }
}

#[test]
fn tasks_findings_and_applications_are_found_by_the_keys_that_are_written_with_them() {
    for (state, open) in [("", true), ("PAST", false)] {
        let (old, place) = (path(&[1, 2, 4]), path(&[1, 9, 4]));
        let area = format!("{state}{}", path(&[1, 2]));
        let task = Stale::try_from(placed("tsk_1", &old, area.clone())).unwrap();
        let finding = Stale::try_from(Finding(placed("fnd_1", &old, area.clone()))).unwrap();
        let stars = Stale::try_from(Stars(placed("sta_1", &old, area))).unwrap();
        for (copy, list, id) in [
            (task, List::Tasks { open }, "tsk_1"),
            (finding, List::Findings { open }, "fnd_1"),
            (stars, List::Stars { open }, "sta_1"),
        ] {
            assert_eq!((copy.list, copy.rule, &copy.says), (list, Rule::At(org(4)), &old));
            let expected = [
                ("path", place.to_string()),
                ("area", format!("{state}{}", path(&[1, 9]))),
                ("place", format!("{place}{id}")),
            ];
            assert_eq!(copy.keys(&place), expected);
        }
    }
}
