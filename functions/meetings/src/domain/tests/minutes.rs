//! Minutes, and votes in them.

use super::*;

#[test]
fn minutes_are_of_what_was_held_and_late_ones_say_why() {
    let write = |changes: &Value, now: &str| written(&meeting(), minutes(changes), &people(), hand(now));
    for (changes, now, wrong) in [
        (json!({ "heldTo": BEGIN }), "2026-11-24T13:00:00Z", "/heldTo"),
        (json!({}), "2026-11-24T12:29:59Z", "/heldTo"),
        (json!({}), "2026-12-02T01:00:00Z", "/lateReason"),
        (
            json!({ "resolutions": [{ "text": "整改", "owner": who(1) }] }),
            "2026-11-24T13:00:00Z",
            "/resolutions/0/dueOn",
        ),
    ] {
        assert_eq!(pointer(&write(&changes, now).unwrap_err()), wrong, "{changes} at {now}");
    }
    let first = write(&json!({}), "2026-12-01T10:00:00Z").unwrap();
    assert_eq!((first.state, first.version, first.counts()), (State::Recorded, 2, None));
    let late = write(&json!({ "lateReason": "停电" }), "2026-12-20T01:00:00Z").unwrap();
    assert_eq!(late.minutes.as_ref().unwrap().entered_at, at("2026-12-20T01:00:00Z"));
    // Written again later, they were entered when they were entered first.
    let again = written(&first, minutes(&json!({ "text": "补充" })), &people(), hand("2026-12-20T01:00:00Z")).unwrap();
    assert_eq!(again.minutes.unwrap().entered_at, at("2026-12-01T10:00:00Z"));
    let moved = json!({ "heldFrom": "2026-11-25T11:00:00Z", "heldTo": "2026-11-25T12:00:00Z" });
    assert_eq!(write(&moved, "2026-11-25T13:00:00Z").unwrap().day().to_string(), "2026-11-25");
}

fn ballot(should_vote: u32, present_voting: u32) -> Value {
    let ballot = Ballot {
        vote: Vote::Ordinary,
        should_vote,
        present_voting,
        issued: present_voting,
        returned: present_voting,
        invalid: 0,
        approve: present_voting,
        against: 0,
        abstain: 0,
        written: 0,
    };
    json!({ "ballots": [{ "subject": "年度计划", "ballot": ballot, "scrutineer": "陈监", "teller": "林计" }] })
}

#[test]
fn minutes_go_to_their_limits_and_no_further() {
    let now = "2026-12-25T18:00:00Z";
    let write = |changes: &Value| {
        let late_reason = Some("停电".try_into().unwrap());
        written(&meeting(), NewMinutes { late_reason, ..minutes(changes) }, &people(), hand(now))
    };
    let held = |from: &str, to: &str| json!({ "heldFrom": from, "heldTo": to });
    let due = |on: &str| json!({ "resolutions": [{ "text": "整改", "owner": who(1), "dueOn": on }] });
    let resolved = |n: usize| json!({ "resolutions": vec![json!({ "text": "整改" }); n] });
    let voted = |n: usize| json!({ "ballots": vec![ballot(4, 4)["ballots"][0].clone(); n] });
    let media = |n: usize| json!({ "media": vec![kernel::MediaId::from_bytes(1, [1; 10]); n] });
    for (last, beyond, wrong) in [
        (held(BEGIN, "2026-11-27T11:00:00Z"), held(BEGIN, "2026-11-27T11:00:01Z"), "/heldTo"),
        (held("2026-12-25T11:00:00Z", now), held("2026-12-25T11:00:00Z", "2026-12-25T18:00:01Z"), "/heldTo"),
        // By the days of Shanghai: 31 before and after the planned one.
        (
            held("2026-10-23T16:00:00Z", "2026-10-23T17:00:00Z"),
            held("2026-10-23T15:59:59Z", "2026-10-23T17:00:00Z"),
            "/heldFrom",
        ),
        (
            held("2026-12-25T15:59:59Z", "2026-12-25T17:00:00Z"),
            held("2026-12-25T16:00:00Z", "2026-12-25T17:00:00Z"),
            "/heldFrom",
        ),
        (due("2026-11-24"), due("2026-11-23"), "/resolutions/0/dueOn"),
        (resolved(5), resolved(6), "/resolutions"),
        (voted(20), voted(21), "/ballots"),
        (media(9), media(10), "/media"),
    ] {
        assert!(write(&last).is_ok(), "{last}");
        assert_eq!(pointer(&write(&beyond).unwrap_err()), wrong, "{beyond}");
    }
}

#[test]
fn a_vote_agrees_with_who_came_and_who_voted_what_is_nowhere() {
    let after = attended(&people(), &[entry(3, Presence::Absent, Some("病假"))]);
    let write =
        |people: &[Person], body: &Value| written(&meeting(), minutes(body), people, hand("2026-11-24T13:00:00Z"));
    let held = write(&after, &ballot(3, 2)).unwrap();
    let counted = held.minutes.as_ref().unwrap().ballots.first().unwrap();
    assert_eq!(counted.outcome, Outcome::Passed);
    let names = json!(counted).to_string();
    assert!(!names.contains("mbr_"), "{names}");
    assert_eq!(pointer(&write(&after, &ballot(4, 3)).unwrap_err()), "/ballots/0/ballot/presentVoting");
    // As long as attendance is open, the vote is taken as it is told, and held against it when it is signed.
    let early = write(&people(), &ballot(4, 4)).unwrap();
    let refusal = signed(&early, &after, hand("2026-11-24T14:00:00Z")).unwrap_err();
    assert_eq!(pointer(&refusal), "/ballots/0/ballot/presentVoting");
    assert!(signed(&held, &after, hand("2026-11-24T14:00:00Z")).is_ok());
}

#[test]
fn what_was_decided_is_written_down_and_signed_later_too() {
    let after = attended(&people(), &[]);
    let body =
        json!({ "resolutions": [{ "text": "宣讲" }, { "text": "整改", "owner": who(1), "dueOn": "2026-11-26" }] });
    for (entered, at) in
        [("2026-11-24T13:00:00Z", "2026-11-26T16:00:00Z"), ("2026-11-27T01:00:00Z", "2026-11-28T01:00:00Z")]
    {
        let held = written(&meeting(), minutes(&body), &after, hand(entered)).unwrap();
        assert!(signed(&held, &after, hand(at)).is_ok(), "entered at {entered}, after its last day at {at}");
    }
}

#[test]
fn a_secret_ballot_is_watched_and_counted_by_somebody() {
    let write = |vote: &str, without: &str| {
        let mut body = ballot(4, 4);
        body["ballots"][0]["ballot"]["vote"] = json!(vote);
        body["ballots"][0].as_object_mut().unwrap().remove(without);
        written(&meeting(), minutes(&body), &people(), hand("2026-11-24T13:00:00Z"))
    };
    for name in ["scrutineer", "teller"] {
        for vote in ["admission", "election"] {
            assert_eq!(pointer(&write(vote, name).unwrap_err()), format!("/ballots/0/{name}"), "{vote}");
        }
        assert!(write("ordinary", name).is_ok(), "hands that everybody sees need nobody to count them");
    }
    let held = write("election", "nothing").unwrap();
    let counted = held.minutes.unwrap().ballots.remove(0);
    assert_eq!((counted.scrutineer.unwrap().as_str(), counted.teller.unwrap().as_str()), ("陈监", "林计"));
}

#[test]
fn a_vote_is_taken_where_it_belongs() {
    let admission = |kinds: &[&str], vote: &str| {
        let held = planned(&json!({ "kinds": kinds }), 4).unwrap();
        let mut body = ballot(4, 4);
        body["ballots"][0]["ballot"]["vote"] = json!(vote);
        written(&held, minutes(&body), &people(), hand("2026-11-24T13:00:00Z"))
    };
    let cases: [(&[&str], &str, bool); 10] = [
        (&["branch-meeting"], "ordinary", true),
        (&["branch-meeting", "theme-day"], "admission", true),
        (&["branch-meeting"], "election", true),
        (&["branch-meeting"], "committee", false),
        (&["committee-meeting"], "committee", true),
        (&["committee-meeting"], "admission", false),
        (&["committee-meeting"], "election", false),
        (&["committee-meeting", "branch-meeting"], "committee", false),
        (&["group-meeting"], "ordinary", false),
        (&["theme-day"], "admission", false),
    ];
    for (kinds, vote, allowed) in cases {
        match admission(kinds, vote) {
            Ok(_) => assert!(allowed, "{vote} at {kinds:?}"),
            Err(refusal) => assert_eq!((pointer(&refusal).as_str(), allowed), ("/ballots/0/ballot/vote", false)),
        }
    }
    let refusal = admission(&["committee-meeting"], "admission").unwrap_err();
    assert_eq!(refusal.fields[0].text.zh, "此项表决应在支部党员大会上进行（细则2026 §19、§20、§32）");
}

#[test]
fn who_is_exempt_from_attending_still_counts_among_the_voters() {
    let one = people().remove(0);
    let present = |n: usize| if n < 10 { Presence::Present } else { Presence::Exempt };
    let twenty: Vec<_> = (0..20).map(|n| Person { presence: Some(present(n)), ..one.clone() }).collect();
    let tally = Tally::of(&twenty);
    let expected = Tally { should_attend: 10, present: 10, should_vote: 20, present_voting: 10, ..Tally::default() };
    assert_eq!(tally, expected);
    let elect = |should_vote| {
        let mut body = ballot(should_vote, 10);
        body["ballots"][0]["ballot"]["vote"] = json!("election");
        written(&meeting(), minutes(&body), &twenty, hand("2026-11-24T13:00:00Z")).unwrap_err()
    };
    assert_eq!(elect(20).fields[0].text.zh, "到会有表决权人数未超过应到的 4/5，不能表决（选举条例）");
    assert!(elect(10).fields[0].text.zh.starts_with("与出席登记不符：应到有表决权 20 人"));
}

#[test]
fn what_is_signed_is_closed() {
    let open = people();
    let held = written(&meeting(), minutes(&json!({})), &open, hand("2026-11-24T13:00:00Z")).unwrap();
    assert_eq!(
        signed(&meeting(), &open, hand(BEGIN)).unwrap_err().code,
        ErrorCode::IllegalTransition,
        "nothing is written"
    );
    let refusal = signed(&held, &open, hand("2026-11-24T14:00:00Z")).unwrap_err();
    assert_eq!(pointer(&refusal), "/attendance");
    assert_eq!(refusal.fields[0].text.zh, "应到 4 人，实到 0 人，缺席 0 人，尚有 4 人未登记");
    let after = attended(&open, &[]);
    assert_eq!(held.noted("更正".try_into().unwrap(), hand(BEGIN)).unwrap_err().code, ErrorCode::IllegalTransition);
    let mut closed = signed(&held, &after, hand("2026-11-24T14:00:00Z")).unwrap();
    let signature = closed.signed.clone().unwrap();
    assert_eq!((signature.by, signature.tally.present, signature.rules.is_empty()), (who(1), 4, false));
    let counts = closed.counts().unwrap();
    assert_eq!((counts.on.to_string(), counts.kinds.len()), ("2026-11-24".to_owned(), 2));
    assert!(entered(&closed, &after, (&[], None), hand("2026-11-24T14:00:00Z")).is_err());
    assert!(written(&closed, minutes(&json!({})), &after, hand("2026-11-24T14:00:00Z")).is_err());
    for n in 1..=20 {
        closed = closed.noted("更正".try_into().unwrap(), hand("2026-11-25T01:00:00Z")).unwrap();
        assert_eq!(closed.notes.len(), n);
    }
    assert!(closed.noted("更正".try_into().unwrap(), hand("2026-11-25T01:00:00Z")).is_err());
}
