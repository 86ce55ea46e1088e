//! A meeting from its plan to the signature and after.

use crate::stage::{fields, is, stage};
use dynamo::{Key, Read, Table, Trace};
use kernel::TaskId;
use register::Member;
use serde_json::{Value, json};
use task_records::{TaskRow, Tasks};

#[tokio::test]
async fn a_meeting_is_planned_attended_written_down_and_signed() {
    let stage = stage().await;
    let resolution = json!({ "text": "完成支部阵地整改", "owner": stage.member.id, "dueOn": "2026-12-20" });
    let reply = stage.office.post("/v1/meetings", stage.plan(&["branch-meeting", "theme-day"], "2026-11-25")).await;
    assert_eq!((reply.status, reply.header("etag")), (201, "\"v1\""), "{reply:?}");
    let people = reply.body["people"].as_array().unwrap();
    let voting: Vec<_> = people.iter().map(|person| person["voting"].as_bool().unwrap()).collect();
    assert_eq!(
        (people.len(), voting.iter().filter(|voting| **voting).count()),
        (5, 4),
        "who is on probation does not vote"
    );
    let path = reply.header("location").to_owned();

    stage.at("2026-11-25T19:05:00");
    let shown = stage.of(&stage.recorder).send("POST", &format!("{path}/code"), None).await;
    let code = json!({ "code": shown.text("/code") });
    let own = stage.of(&stage.member).post(&format!("{path}/check-in"), code).await;
    assert_eq!((own.status, own.text("/presence").as_str()), (200, "present"), "{own:?}");
    let absent = json!({ "member": stage.probationer.id, "presence": "absent", "reason": "病假" });
    let entry = json!({ "people": [absent], "others": "present" });
    let entered = stage.of(&stage.recorder).put(&format!("{path}/attendance"), entry).await;
    let tally = json!({ "shouldAttend": 5, "present": 4, "absent": 1, "shouldVote": 4, "presentVoting": 4 });
    assert_eq!((entered.status, &entered.body["tally"]), (200, &tally), "{entered:?}");

    stage.at("2026-11-25T21:00:00");
    let ballot = json!({
        "vote": "ordinary", "shouldVote": 4, "presentVoting": 4, "issued": 4, "returned": 4, "invalid": 0, "approve": 3,
        "against": 1, "abstain": 0,
    });
    let ballot = json!({ "subject": "年度计划", "ballot": ballot });
    let written = stage.recorded(&path, &json!({ "resolutions": [resolution], "ballots": [ballot] })).await;
    assert_eq!((written.status, written.text("/state").as_str()), (200, "recorded"), "{written:?}");
    assert_eq!(written.body["minutes"]["ballots"][0]["outcome"], "passed");

    let signed = stage.signed(&path).await;
    assert_eq!((signed.status, signed.text("/state").as_str()), (200, "signed"), "{signed:?}");
    assert_eq!(
        (&signed.body["signed"]["by"], &signed.body["signed"]["present"]),
        (&json!(stage.secretary.id), &json!(4))
    );
    let task: TaskId = signed.text("/minutes/resolutions/0/task").parse().unwrap();
    let tasks = Tasks::open(&stage.bench.env, dynamo::Ledger::open(&stage.bench.env).unwrap()).unwrap();
    let row: TaskRow = tasks.table().get(TaskRow::key(task), Read::Consistent).await.unwrap().unwrap();
    assert_eq!((row.owner, row.title.as_str(), row.news), (stage.member.id, "完成支部阵地整改", true));
    assert_eq!(row.due_at.to_string(), "2026-12-20T15:59:59.999Z");
    assert_eq!(row.detail.as_ref().unwrap().as_str(), "决议来源：党员大会（2026-11-25）");

    let read = stage.office.get(&path).await;
    assert_eq!((read.status, &read.body), (200, &signed.body), "it is stored as it was answered");
    let id = path.rsplit('/').next().unwrap();
    let trace = Trace::open(&stage.bench.env).unwrap().of_subject(id, None, None, 20).await.unwrap();
    let kinds: Vec<_> = trace.items.iter().map(|line| line.kind.as_str()).collect();
    let expected = [
        "meeting.signed",
        "meeting.recorded",
        "meeting.attendance-entered",
        "meeting.checked-in",
        "meeting.code-shown",
        "meeting.planned",
    ];
    assert_eq!(kinds.len(), expected.len());
    assert!(expected.iter().all(|kind| kinds.contains(kind)), "{kinds:?}");
    let line = trace.items.iter().find(|line| line.kind == "meeting.signed").unwrap();
    assert_eq!((&line.after["minutes"], line.after["present"].as_array().unwrap().len()), (&json!(90), 4));
    let all = json!(trace.items).to_string();
    assert!(!all.contains("approve"), "a vote is in no activity: {all}");
}

#[tokio::test]
async fn a_resolution_whose_day_has_passed_is_due_on_the_day_of_the_signature() {
    let stage = stage().await;
    let path = stage.planned(&["branch-meeting"], "2026-11-25").await;
    stage.at("2026-11-25T21:00:00");
    stage.attended(&path).await;
    let resolution = json!({ "text": "布置会场", "owner": stage.member.id, "dueOn": "2026-11-26" });
    assert_eq!(stage.recorded(&path, &json!({ "resolutions": [resolution] })).await.status, 200);
    stage.at("2026-11-28T09:00:00");
    let signed = stage.signed(&path).await;
    assert_eq!(
        (signed.status, signed.text("/minutes/resolutions/0/dueOn").as_str()),
        (200, "2026-11-26"),
        "{signed:?}"
    );
    let task: TaskId = signed.text("/minutes/resolutions/0/task").parse().unwrap();
    let tasks = Tasks::open(&stage.bench.env, dynamo::Ledger::open(&stage.bench.env).unwrap()).unwrap();
    let row: TaskRow = tasks.table().get(TaskRow::key(task), Read::Consistent).await.unwrap().unwrap();
    assert_eq!(row.due_at.to_string(), "2026-11-28T15:59:59.999Z");
}

#[tokio::test]
async fn a_signature_writes_what_it_counts_into_the_rows_of_those_who_were_there() {
    let stage = stage().await;
    let path = stage.planned(&["theme-day", "committee-meeting"], "2026-11-25").await;
    stage.at("2026-11-25T21:00:00");
    let absent = json!({ "member": stage.probationer.id, "presence": "absent", "reason": "病假" });
    let entry = json!({ "people": [absent], "others": "online" });
    assert_eq!(stage.of(&stage.recorder).put(&format!("{path}/attendance"), entry).await.status, 200);
    let table = Table::open(&stage.bench.env, "MEETINGS_TABLE").unwrap();
    let credit = async |member: &Member| {
        let key = Key::new(path.replace("/v1/meetings/", "MTG#"), format!("PER#{}", member.id));
        table.get::<Value>(key, Read::Consistent).await.unwrap().unwrap()["credit"].clone()
    };
    assert_eq!(stage.recorded(&path, &json!({})).await.status, 200);
    assert_eq!(credit(&stage.member).await, Value::Null, "nothing counts before it is signed");
    assert_eq!(stage.signed(&path).await.status, 200);
    let counted = credit(&stage.member).await;
    assert_eq!((&counted["minutes"], &counted["title"]), (&json!(90), &json!("党员大会")), "{counted}");
    assert_eq!(credit(&stage.probationer).await, Value::Null, "nor for who was not there");
}

#[tokio::test]
async fn what_is_signed_takes_notes_and_nothing_else() {
    let stage = stage().await;
    let path = stage.held(&["branch-meeting"], "2026-11-25").await;
    is(&stage.recorded(&path, &json!({})).await, 409, "illegal-transition");
    is(&stage.signed(&path).await, 409, "illegal-transition");
    let late = stage.of(&stage.recorder).put(&format!("{path}/attendance"), json!({ "others": "present" })).await;
    is(&late, 409, "illegal-transition");
    let plan = stage.plan(&["branch-meeting"], "2026-11-26");
    let mut particulars = plan.clone();
    particulars.as_object_mut().unwrap().remove("organization");
    is(&stage.fresh(&stage.office, &path).await.put(&path, particulars).await, 409, "illegal-transition");
    let noted = stage.office.post(&format!("{path}/notes"), json!({ "text": "第二项决议期限应为十二月底" })).await;
    assert_eq!((noted.status, noted.body["notes"].as_array().unwrap().len()), (200, 1), "{noted:?}");
    is(&stage.of(&stage.recorder).post(&format!("{path}/notes"), json!({ "text": "更正" })).await, 403, "forbidden");
}

#[tokio::test]
async fn a_talk_is_signed_without_a_word_of_what_was_said() {
    let stage = stage().await;
    let path = stage.planned(&["talk-with-members"], "2026-11-25").await;
    stage.at("2026-11-25T21:00:00");
    stage.attended(&path).await;
    assert_eq!(fields(&stage.recorded(&path, &json!({})).await), "/text");
    assert_eq!(stage.recorded(&path, &json!({ "text": null })).await.status, 200);
    let signed = stage.signed(&path).await;
    assert_eq!((signed.status, signed.text("/state").as_str()), (200, "signed"), "{signed:?}");
    assert!(signed.body["minutes"].get("text").is_none(), "{signed:?}");
}

#[tokio::test]
async fn what_is_entered_later_is_held_on_its_day() {
    let stage = stage().await;
    stage.at("2026-11-30T09:00:00");
    let path = stage.planned(&["theme-day"], "2026-11-20").await;
    stage.attended(&path).await;
    assert_eq!(fields(&stage.recorded(&path, &json!({})).await), "/lateReason");
    assert_eq!(stage.recorded(&path, &json!({ "lateReason": "下乡期间无网络" })).await.status, 200);
    let signed = stage.signed(&path).await;
    assert_eq!((signed.text("/heldOn").as_str(), signed.text("/recordedOn").as_str()), ("2026-11-20", "2026-11-30"));
}

#[tokio::test]
async fn a_change_of_day_moves_it_in_everybodys_list() {
    let stage = stage().await;
    let path = stage.planned(&["branch-meeting"], "2026-11-25").await;
    let mut particulars = stage.plan(&["branch-meeting"], "2026-11-28");
    particulars.as_object_mut().unwrap().remove("organization");
    let moved = stage.fresh(&stage.office, &path).await.put(&path, particulars).await;
    assert_eq!((moved.status, moved.text("/heldOn").as_str()), (200, "2026-11-28"), "{moved:?}");
    stage.at("2026-11-27T09:00:00");
    let mine = stage.of(&stage.member).get("/v1/me/meetings").await;
    assert_eq!(mine.body["items"].as_array().unwrap().len(), 1, "{mine:?}");
    let cancelled = stage.office.post(&format!("{path}/cancellation"), json!({ "reason": "防汛" })).await;
    assert_eq!((cancelled.status, cancelled.text("/state").as_str()), (200, "cancelled"));
    is(
        &stage.of(&stage.member).post(&format!("{path}/leave"), json!({ "reason": "出差" })).await,
        409,
        "illegal-transition",
    );
}
