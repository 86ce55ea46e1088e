//! Minutes of talks.

use super::{hand, minutes, people, planned, pointer};
use crate::domain::{State, written};
use serde_json::{Value, json};

#[test]
fn of_a_talk_it_is_written_down_that_it_was_held_and_never_what_was_said() {
    let write = |kinds: Value, changes: &Value| {
        let meeting = planned(&json!({ "kinds": kinds }), 4).unwrap();
        let mut body = json!({ "text": null });
        body.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        written(&meeting, minutes(&body), &people(), hand("2026-11-24T13:00:00Z"))
    };
    let talks = || json!(["talk-with-members", "talk-among-members"]);
    let held = write(talks(), &json!({})).unwrap();
    assert_eq!((held.state, held.minutes.unwrap().text), (State::Recorded, None));
    let media = kernel::MediaId::from_bytes(1, [1; 10]);
    for (changes, wrong) in [
        (json!({ "text": "谈了思想和工作。" }), "/text"),
        (json!({ "resolutions": [{ "text": "整改" }] }), "/resolutions"),
        (json!({ "media": [media] }), "/media"),
    ] {
        let refusal = write(talks(), &changes).unwrap_err();
        assert_eq!((pointer(&refusal).as_str(), refusal.article), (wrong, Some("支部条例 §19")), "{changes}");
    }
    // Together with something else the minutes are of that.
    let both = json!(["org-life-meeting", "talk-among-members"]);
    assert!(write(both.clone(), &json!({ "text": "学习，查摆。" })).is_ok());
    for kinds in [both, json!(["secretary-account"])] {
        assert_eq!(pointer(&write(kinds, &json!({})).unwrap_err()), "/text");
    }
}
