//! One's meetings in a calendar.

use crate::stage::{is, stage};
use register::{Member, MemberRow, MemberState, People};
use serde_json::json;

#[tokio::test]
async fn whoever_has_the_address_sees_ones_meetings_until_it_ends() {
    let stage = stage().await;
    let path = stage.planned(&["branch-meeting"], "2026-11-25").await;
    let own = stage.of(&stage.member);
    is(&own.delete("/v1/me/calendar").await, 404, "not-found");
    let address = own.send("POST", "/v1/me/calendar", None).await.text("/path");
    let anybody = &stage.anybody;
    let feed = anybody.get(&address).await;
    assert_eq!((feed.status, feed.header("content-type")), (200, "text/calendar; charset=utf-8"), "{feed:?}");
    let text = feed.text("");
    let id = path.rsplit('/').next().unwrap();
    for line in [
        "BEGIN:VCALENDAR",
        &format!("UID:{id}@zhibu"),
        "DTSTART:20261125T110000Z",
        "DTEND:20261125T123000Z",
        "SEQUENCE:0",
        "SUMMARY:党员大会",
        "LOCATION:党群服务中心",
        "CATEGORIES:支部党员大会",
        "STATUS:CONFIRMED",
        "END:VCALENDAR",
    ] {
        assert!(text.contains(&format!("{line}\r\n")), "{line} in {text}");
    }
    assert!(!text.contains("mbr_") && !text.contains("林书"), "who attends is not in it");
    let reply = stage.office.post(&format!("{path}/cancellation"), json!({ "reason": "防汛" })).await;
    assert_eq!(reply.status, 200);
    let text = anybody.get(&address).await.text("");
    assert!(text.contains("STATUS:CANCELLED") && text.contains("SEQUENCE:1"), "{text}");

    let next = own.send("POST", "/v1/me/calendar", None).await.text("/path");
    is(&anybody.get(&address).await, 404, "not-found");
    assert_eq!(anybody.get(&next).await.status, 200);
    let people = People::open(&stage.bench.env).unwrap();
    let gone = Member { state: MemberState::TransferredOut, ..stage.member.clone() };
    people.table().put(&MemberRow::new(gone)).await.unwrap();
    is(&anybody.get(&next).await, 404, "not-found");
    people.table().put(&MemberRow::new(stage.member.clone())).await.unwrap();
    assert_eq!(own.delete("/v1/me/calendar").await.status, 204);
    is(&anybody.get(&next).await, 404, "not-found");
    for guess in
        ["/v1/calendars/x.ics", "/v1/calendars/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA.ics", &next.replace(".ics", "")]
    {
        is(&anybody.get(guess).await, 404, "not-found");
    }
}
