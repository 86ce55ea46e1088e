//! Days as the rules count them.

use reference::{App, router};
use serde_json::{Value, json};
use testkit::Client;

async fn asked(path: &str, body: Value) -> testkit::Reply {
    Client::new(router(App), None).post(&format!("/v1/calendar/{path}"), body).await
}

#[tokio::test]
async fn both_readings_of_five_working_days() {
    for (start, inclusive, exclusive) in [
        ("2026-05-18", "2026-05-22", "2026-05-25"),
        ("2026-09-23", "2026-09-30", "2026-10-08"),
        ("2026-09-28", "2026-10-09", "2026-10-10"),
    ] {
        for (rule, date) in [("inclusive", inclusive), ("exclusive", exclusive)] {
            let reply = asked("working-days", json!({ "start": start, "count": 5, "rule": rule })).await;
            assert_eq!(
                (reply.status, reply.body),
                (200, json!({ "date": date, "provisional": false })),
                "{start} {rule}"
            );
        }
    }
    let unknown = asked("working-days", json!({ "start": "2026-12-28", "count": 15 })).await;
    assert_eq!(unknown.body["provisional"], true);
}

#[tokio::test]
async fn months_end_with_the_month_where_it_is_shorter() {
    for (start, count, date) in
        [("2026-01-31", 1, "2026-02-28"), ("2025-01-31", 13, "2026-02-28"), ("2024-02-29", 12, "2025-02-28")]
    {
        let reply = asked("months", json!({ "start": start, "count": count })).await;
        assert_eq!(reply.body, json!({ "date": date, "provisional": false }), "{start}");
    }
    let probation = asked("months", json!({ "start": "2026-06-18", "count": 12 })).await;
    assert_eq!(probation.text("/date"), "2027-06-18");
    let holiday = json!({ "start": "2026-09-01", "count": 1, "lastDay": "working-day" });
    assert_eq!(asked("months", holiday).await.body, json!({ "date": "2026-10-08", "provisional": false }));
    let far = json!({ "start": "2026-09-01", "count": 100, "lastDay": "working-day" });
    assert_eq!(asked("months", far).await.body["provisional"], true);
}

#[tokio::test]
async fn what_cannot_be_counted_is_refused() {
    for (path, body, pointer) in [
        ("working-days", json!({ "start": "2026-02-30", "count": 5 }), "/start"),
        ("working-days", json!({ "start": "1985-05-01", "count": 5 }), "/start"),
        ("working-days", json!({ "start": "2026-05-18", "count": 0 }), "/count"),
        ("working-days", json!({ "start": "2026-05-18", "count": 1_001 }), "/count"),
        ("working-days", json!({ "start": "2026-05-18", "count": 5, "rule": "both" }), "/rule"),
        ("months", json!({ "start": "2026-05-18", "count": 1_201 }), "/count"),
        ("months", json!({ "start": "2026-05-18", "count": 1, "lastDay": "friday" }), "/lastDay"),
    ] {
        let reply = asked(path, body).await;
        assert_eq!((reply.status, reply.text("/fields/0/pointer")), (422, pointer.to_owned()), "{reply:?}");
    }
}
