//! Courses: who writes and sees them, links, positions.

use crate::stage::{Stage, fields, is, items, stage};
use authz::Role;
use http_body_util::{BodyExt, Full};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use kernel::{Clock, MediaId};
use serde_json::{Value, json};

fn course(stage: &Stage, lessons: &[MediaId]) -> Value {
    let lessons: Vec<_> = lessons.iter().map(|media| json!({ "media": media, "title": "第一课" })).collect();
    json!({ "organization": stage.town.street.id, "title": "党章", "audience": [stage.town.branch.id], "lessons": lessons })
}

/// The path of a published course of one lesson, and the lesson.
async fn published(stage: &Stage) -> (String, MediaId) {
    let lesson = stage.media(1, b"0123456789").await;
    let drafted = stage.office.post("/v1/courses", course(stage, &[lesson])).await;
    assert_eq!((drafted.status, drafted.text("/state").as_str()), (201, "draft"), "{drafted:?}");
    let path = drafted.header("location").to_owned();
    assert_eq!(stage.office.send("POST", &format!("{path}/publication"), None).await.status, 200);
    (path, lesson)
}

#[tokio::test]
async fn those_see_a_course_whom_it_is_for_and_as_long_as_it_is_published() {
    let stage = stage().await;
    let lesson = stage.media(1, b"x").await;
    let drafted = stage.office.post("/v1/courses", course(&stage, &[lesson])).await;
    let path = drafted.header("location").to_owned();
    let (member, neighbour) = (stage.of(&stage.member), stage.of(&stage.neighbour));
    is(&member.get(&path).await, 404, "not-found");
    assert!(items(&member.get("/v1/me/courses").await).is_empty());

    let publication = format!("{path}/publication");
    is(&member.send("POST", &publication, None).await, 404, "not-found");
    assert_eq!(stage.office.send("POST", &publication, None).await.status, 200);
    assert_eq!(member.get(&path).await.status, 200);
    assert_eq!(items(&member.get("/v1/me/courses").await).len(), 1);
    is(&neighbour.get(&path).await, 404, "not-found");
    assert!(items(&neighbour.get("/v1/me/courses").await).is_empty());
    is(&member.send("DELETE", &publication, None).await, 403, "forbidden");
    is(&stage.office.send("POST", &publication, None).await, 409, "illegal-transition");
    is(&stage.office.if_match("\"v2\"").put(&path, course(&stage, &[lesson])).await, 409, "illegal-transition");

    assert_eq!(stage.office.delete(&publication).await.status, 200);
    is(&member.get(&path).await, 404, "not-found");
    assert!(items(&member.get("/v1/me/courses").await).is_empty());
    is(&stage.office.if_match("\"v2\"").put(&path, course(&stage, &[lesson])).await, 412, "stale");
    let edited = stage.office.if_match("\"v3\"").put(&path, course(&stage, &[lesson])).await;
    assert_eq!((edited.status, edited.header("etag")), (200, "\"v4\""), "{edited:?}");
}

#[tokio::test]
async fn a_course_has_files_of_its_organisation_and_is_for_those_below_it() {
    let stage = stage().await;
    let lesson = stage.media(1, b"x").await;
    let unknown = MediaId::from_bytes(9, [9; 10]);
    assert_eq!(
        fields(&stage.office.post("/v1/courses", course(&stage, &[lesson, unknown])).await),
        ["/lessons/1/media"]
    );
    assert_eq!(fields(&stage.office.post("/v1/courses", course(&stage, &[lesson, lesson])).await), ["/lessons"]);
    let mut above = course(&stage, &[lesson]);
    above["audience"] = json!([stage.town.branch.id, stage.town.district.id]);
    assert_eq!(fields(&stage.office.post("/v1/courses", above).await), ["/audience/1"]);
    let secretary = stage.holding(&stage.secretary, Role::Secretary, &stage.town.branch);
    is(&secretary.post("/v1/courses", course(&stage, &[lesson])).await, 404, "not-found");
    let inspector = stage.holding(&stage.neighbour, Role::Inspector, &stage.town.city);
    is(&inspector.post("/v1/courses", course(&stage, &[lesson])).await, 403, "forbidden");
    let list = format!("/v1/courses?organization={}", stage.town.street.id);
    assert!(items(&inspector.get(&list).await).is_empty());
}

#[tokio::test]
async fn a_learner_goes_on_where_they_were_and_earns_nothing_by_it() {
    let stage = stage().await;
    let (path, lesson) = published(&stage).await;
    let member = stage.of(&stage.member);
    let position = format!("{path}/lessons/{lesson}/position");
    for seconds in [10, 600, 300] {
        assert_eq!(member.put(&position, json!({ "position": seconds })).await.status, 204);
    }
    let read = member.get(&path).await;
    assert_eq!(read.body["positions"][0]["position"], 300, "{read:?}");
    assert_eq!(member.get("/v1/me/hours").await.body["countedMinutes"], 0);
    assert_eq!(stage.of(&stage.secretary).get(&path).await.body["positions"], json!([]), "it is one's own");
    assert_eq!(fields(&member.put(&position, json!({ "position": 700_000 })).await), ["/position"]);
    is(&stage.of(&stage.neighbour).put(&position, json!({ "position": 1 })).await, 404, "not-found");
    let other = format!("{path}/lessons/{}/position", MediaId::from_bytes(9, [9; 10]));
    is(&member.put(&other, json!({ "position": 1 })).await, 404, "not-found");
}

#[tokio::test]
async fn a_lesson_is_played_from_anywhere_by_a_link_that_expires() {
    let stage = stage().await;
    // The embedded store looks at the clock of the machine when it checks a signature.
    stage.bench.pass(Clock::system().now().duration_since(stage.bench.now()));
    let (path, lesson) = published(&stage).await;
    let member = stage.of(&stage.member);
    let link = member.get(&format!("{path}/lessons/{lesson}/link")).await;
    assert_eq!((link.status, link.text("/mediaType").as_str()), (200, "video/mp4"), "{link:?}");
    let url = link.text("/url");
    assert!(url.contains("X-Amz-Expires=600"), "{url}");
    let http: Client<_, Full<&'static [u8]>> = Client::builder(TokioExecutor::new()).build_http();
    let request = http::Request::get(&url).header("range", "bytes=4-6").body(Full::default()).unwrap();
    let (head, body) = http.request(request).await.unwrap().into_parts();
    assert_eq!(head.status.as_u16(), 206);
    assert_eq!(&body.collect().await.unwrap().to_bytes()[..], b"456");
    is(&stage.of(&stage.neighbour).get(&format!("{path}/lessons/{lesson}/link")).await, 404, "not-found");
}
