//! Study of the branch: its secretary writes, the member of the scene learns.

use super::{Ask, For, Step, day, hour, step};
use crate::Scene;
use authz::{Action, Role};
use futures_util::future::BoxFuture;
use jiff::SignedDuration;
use serde_json::{Value, json};
use testkit::{Client, Town};

/// A workbook of one question in base64, made as a spreadsheet program makes it.
fn workbook() -> String {
    use base64::{Engine, prelude::BASE64_STANDARD};
    let header =
        ["题型", "题目", "选项A", "选项B", "选项C", "选项D", "选项E", "选项F", "选项G", "选项H", "答案", "解析"];
    let row = ["判断", "主题党日每月开展。", "", "", "", "", "", "", "", "", "对", ""];
    BASE64_STANDARD.encode(sheet::write(sheet::Format::Xlsx, [header, row]).unwrap())
}

fn secretary(scene: &Scene) -> Client {
    scene.client("learning").with(Town::caller(&scene.secretary, &[(Role::Secretary, &scene.town.branch)]))
}

fn member(scene: &Scene) -> Client {
    scene.client("learning").with(Town::caller(&scene.member, &[]))
}

/// The path of what was made.
async fn made(scene: &Scene, path: &str, body: Value) -> String {
    let reply = secretary(scene).post(path, body).await;
    assert_eq!(reply.status, 201, "{reply:?}");
    reply.header("location").to_owned()
}

/// The same, published.
async fn published(scene: &Scene, path: String) -> String {
    let reply = secretary(scene).send("POST", &format!("{path}/publication"), None).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    path
}

/// A course of one lesson, and the lesson.
async fn lesson(scene: &Scene) -> (Value, String) {
    let media = super::media::kept(scene).await.replace("/v1/media/", "");
    let course = json!({
        "organization": scene.town.branch.id, "title": "党章", "audience": [scene.town.branch.id],
        "lessons": [{ "media": media, "title": "第一课" }],
    });
    (course, media)
}

async fn course(scene: &Scene) -> String {
    let (course, _) = lesson(scene).await;
    made(scene, "/v1/courses", course).await
}

/// The path of the lesson of a published course.
async fn shown_lesson(scene: &Scene) -> String {
    let (course, media) = lesson(scene).await;
    let path = published(scene, made(scene, "/v1/courses", course).await).await;
    format!("{path}/lessons/{media}")
}

fn topic(scene: &Scene) -> Value {
    json!({ "organization": scene.town.branch.id, "title": "专题学习", "audience": [scene.town.branch.id] })
}

fn set(scene: &Scene) -> Value {
    let question = json!({ "text": "主题党日每月开展。", "key": { "truth": true } });
    json!({ "organization": scene.town.branch.id, "title": "题库", "questions": [question] })
}

async fn paper_of(scene: &Scene) -> Value {
    let id = made(scene, "/v1/question-sets", set(scene)).await.replace("/v1/question-sets/", "");
    // Packaged functions have no clock but the real one.
    let closes_at = scene.bench.now() + SignedDuration::from_hours(24);
    json!({
        "organization": scene.town.branch.id, "title": "测验", "audience": [scene.town.branch.id],
        "questions": { "fixed": [{ "set": id, "number": 1 }] }, "minutes": 30, "passPercent": 60, "attempts": 1,
        "opensAt": hour(day(scene, 0), 0), "closesAt": closes_at, "creditMinutes": 60,
    })
}

async fn paper(scene: &Scene) -> String {
    let paper = paper_of(scene).await;
    made(scene, "/v1/papers", paper).await
}

async fn shown_paper(scene: &Scene) -> String {
    published(scene, paper(scene).await).await
}

/// The path of an attempt of the member.
async fn attempt(scene: &Scene) -> String {
    let paper = shown_paper(scene).await;
    let begun = member(scene).send("POST", &format!("{paper}/attempts"), None).await;
    assert_eq!(begun.status, 201, "{begun:?}");
    begun.header("location").to_owned()
}

/// The path of a paper that the member passed.
async fn passed(scene: &Scene) -> String {
    let attempt = attempt(scene).await;
    member(scene).put(&format!("{attempt}/answers/1"), json!({ "answer": { "truth": true } })).await;
    let reply = member(scene).send("POST", &format!("{attempt}/submission"), None).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    attempt.replace("/attempts/1", "")
}

fn training(scene: &Scene) -> Value {
    let on = day(scene, -4);
    json!({
        "organization": scene.town.branch.id, "title": "集中培训", "from": on, "to": on, "halfDays": 2,
        "people": [scene.member.id],
    })
}

fn of(paper: &str) -> Value {
    json!({ "paper": paper.replace("/v1/papers/", "") })
}

/// The code of the member's certificate.
async fn certified(scene: &Scene) -> String {
    let paper = passed(scene).await;
    member(scene).post("/v1/me/certificates", of(&paper)).await.text("/code")
}

const fn study(
    method: &'static str,
    route: &'static str,
    whom: For,
    status: u16,
    ask: fn(&Scene) -> BoxFuture<'_, Ask>,
) -> Step {
    step("learning", method, route, whom, status, ask)
}

const READ: For = For::Whoever(Action::ReadLearning);
const SEE: For = For::WhoeverOrMember(Action::ReadLearning);
const WRITE: For = For::Whoever(Action::AuthorLearning);
const RECORDS: For = For::Whoever(Action::ReadStudyRecords);

pub(super) const STEPS: &[Step] = &[
    study("POST", "/v1/courses", WRITE, 201, |scene| {
        Box::pin(async { Ask::with("/v1/courses", lesson(scene).await.0) })
    }),
    study("GET", "/v1/courses", READ, 200, |scene| {
        Box::pin(async {
            course(scene).await;
            Ask::get(format!("/v1/courses?organization={}", scene.town.branch.id))
        })
    }),
    study("GET", "/v1/me/courses", For::Oneself, 200, |scene| {
        Box::pin(async {
            shown_lesson(scene).await;
            Ask::get("/v1/me/courses")
        })
    }),
    study("GET", "/v1/courses/{course}", SEE, 200, |scene| Box::pin(async { Ask::get(course(scene).await) })),
    study("PUT", "/v1/courses/{course}", WRITE, 200, |scene| {
        Box::pin(async {
            let (body, _) = lesson(scene).await;
            let path = made(scene, "/v1/courses", body.clone()).await;
            Ask::with(path, body).header("if-match", "\"v1\"")
        })
    }),
    study("POST", "/v1/courses/{course}/publication", WRITE, 200, |scene| {
        Box::pin(async { Ask::get(format!("{}/publication", course(scene).await)) })
    }),
    study("DELETE", "/v1/courses/{course}/publication", WRITE, 200, |scene| {
        Box::pin(async {
            let path = course(scene).await;
            Ask::get(format!("{}/publication", published(scene, path).await))
        })
    }),
    study("GET", "/v1/courses/{course}/lessons/{lesson}/link", SEE, 200, |scene| {
        Box::pin(async { Ask::get(format!("{}/link", shown_lesson(scene).await)) })
    }),
    study("PUT", "/v1/courses/{course}/lessons/{lesson}/position", For::Oneself, 204, |scene| {
        Box::pin(async { Ask::with(format!("{}/position", shown_lesson(scene).await), json!({ "position": 90 })) })
    }),
    study("POST", "/v1/study-topics", WRITE, 201, |scene| {
        Box::pin(async {
            let (course, paper) = (course(scene).await, paper(scene).await);
            let mut topic = topic(scene);
            topic["courses"] = json!([course.replace("/v1/courses/", "")]);
            topic["papers"] = json!([paper.replace("/v1/papers/", "")]);
            Ask::with("/v1/study-topics", topic)
        })
    }),
    study("GET", "/v1/study-topics", READ, 200, |scene| {
        Box::pin(async {
            made(scene, "/v1/study-topics", topic(scene)).await;
            Ask::get(format!("/v1/study-topics?organization={}", scene.town.branch.id))
        })
    }),
    study("GET", "/v1/me/study-topics", For::Oneself, 200, |scene| {
        Box::pin(async {
            let path = made(scene, "/v1/study-topics", topic(scene)).await;
            published(scene, path).await;
            Ask::get("/v1/me/study-topics")
        })
    }),
    study("GET", "/v1/study-topics/{topic}", SEE, 200, |scene| {
        Box::pin(async { Ask::get(made(scene, "/v1/study-topics", topic(scene)).await) })
    }),
    study("PUT", "/v1/study-topics/{topic}", WRITE, 200, |scene| {
        Box::pin(async {
            let path = made(scene, "/v1/study-topics", topic(scene)).await;
            Ask::with(path, topic(scene)).header("if-match", "\"v1\"")
        })
    }),
    study("POST", "/v1/study-topics/{topic}/publication", WRITE, 200, |scene| {
        Box::pin(async { Ask::get(format!("{}/publication", made(scene, "/v1/study-topics", topic(scene)).await)) })
    }),
    study("DELETE", "/v1/study-topics/{topic}/publication", WRITE, 200, |scene| {
        Box::pin(async {
            let path = made(scene, "/v1/study-topics", topic(scene)).await;
            Ask::get(format!("{}/publication", published(scene, path).await))
        })
    }),
    study("POST", "/v1/question-sets", WRITE, 201, |scene| {
        Box::pin(async { Ask::with("/v1/question-sets", set(scene)) })
    }),
    study("POST", "/v1/question-sets/import", WRITE, 201, |scene| {
        Box::pin(async {
            let body = json!({ "organization": scene.town.branch.id, "title": "题库", "file": workbook() });
            Ask::with("/v1/question-sets/import", body)
        })
    }),
    study("GET", "/v1/question-sets/template", For::Oneself, 200, |_| {
        Box::pin(async { Ask::get("/v1/question-sets/template") })
    }),
    study("GET", "/v1/question-sets", WRITE, 200, |scene| {
        Box::pin(async {
            made(scene, "/v1/question-sets", set(scene)).await;
            Ask::get(format!("/v1/question-sets?organization={}", scene.town.branch.id))
        })
    }),
    study("GET", "/v1/question-sets/{set}", WRITE, 200, |scene| {
        Box::pin(async { Ask::get(made(scene, "/v1/question-sets", set(scene)).await) })
    }),
    study("DELETE", "/v1/question-sets/{set}", WRITE, 204, |scene| {
        Box::pin(async { Ask::get(made(scene, "/v1/question-sets", set(scene)).await) })
    }),
    study("POST", "/v1/papers", WRITE, 201, |scene| Box::pin(async { Ask::with("/v1/papers", paper_of(scene).await) })),
    study("GET", "/v1/papers", READ, 200, |scene| {
        Box::pin(async {
            paper(scene).await;
            Ask::get(format!("/v1/papers?organization={}", scene.town.branch.id))
        })
    }),
    study("GET", "/v1/me/papers", For::Oneself, 200, |scene| {
        Box::pin(async {
            shown_paper(scene).await;
            Ask::get("/v1/me/papers")
        })
    }),
    study("GET", "/v1/papers/{paper}", SEE, 200, |scene| Box::pin(async { Ask::get(paper(scene).await) })),
    study("POST", "/v1/papers/{paper}/publication", WRITE, 200, |scene| {
        Box::pin(async { Ask::get(format!("{}/publication", paper(scene).await)) })
    }),
    study("DELETE", "/v1/papers/{paper}/publication", WRITE, 200, |scene| {
        Box::pin(async { Ask::get(format!("{}/publication", shown_paper(scene).await)) })
    }),
    study("POST", "/v1/papers/{paper}/attempts", For::Oneself, 201, |scene| {
        Box::pin(async { Ask::get(format!("{}/attempts", shown_paper(scene).await)) })
    }),
    study("GET", "/v1/papers/{paper}/attempts/{number}", For::Oneself, 200, |scene| {
        Box::pin(async { Ask::get(attempt(scene).await) })
    }),
    study("PUT", "/v1/papers/{paper}/attempts/{number}/answers/{question}", For::Oneself, 200, |scene| {
        Box::pin(async {
            Ask::with(format!("{}/answers/1", attempt(scene).await), json!({ "answer": { "truth": true } }))
        })
    }),
    study("POST", "/v1/papers/{paper}/attempts/{number}/submission", For::Oneself, 200, |scene| {
        Box::pin(async { Ask::get(format!("{}/submission", attempt(scene).await)) })
    }),
    study("GET", "/v1/papers/{paper}/results", RECORDS, 200, |scene| {
        Box::pin(async { Ask::get(format!("{}/results", passed(scene).await)) })
    }),
    study("GET", "/v1/papers/{paper}/statistics", RECORDS, 200, |scene| {
        Box::pin(async { Ask::get(format!("{}/statistics", passed(scene).await)) })
    }),
    study("POST", "/v1/trainings", For::Whoever(Action::EnterTraining), 201, |scene| {
        Box::pin(async { Ask::with("/v1/trainings", training(scene)) })
    }),
    study("GET", "/v1/trainings", RECORDS, 200, |scene| {
        Box::pin(async {
            made(scene, "/v1/trainings", training(scene)).await;
            Ask::get(format!("/v1/trainings?organization={}", scene.town.branch.id))
        })
    }),
    study("POST", "/v1/trainings/{training}/decision", For::Whoever(Action::ConfirmTraining), 200, |scene| {
        Box::pin(async {
            let path = made(scene, "/v1/trainings", training(scene)).await;
            Ask::with(format!("{path}/decision"), json!({ "accept": true }))
        })
    }),
    study("GET", "/v1/me/hours", For::Oneself, 200, |scene| {
        Box::pin(async {
            passed(scene).await;
            Ask::get(format!("/v1/me/hours?year={}", day(scene, 0).year()))
        })
    }),
    study("GET", "/v1/members/{member}/hours", RECORDS, 200, |scene| {
        Box::pin(async {
            passed(scene).await;
            Ask::get(format!("/v1/members/{}/hours?year={}", scene.member.id, day(scene, 0).year()))
        })
    }),
    study("GET", "/v1/organizations/{organization}/hours", RECORDS, 200, |scene| {
        Box::pin(async {
            passed(scene).await;
            let year = day(scene, 0).year();
            Ask::get(format!("/v1/organizations/{}/hours?year={year}&limit=3", scene.town.branch.id))
        })
    }),
    study("POST", "/v1/me/certificates", For::Oneself, 201, |scene| {
        Box::pin(async {
            let paper = passed(scene).await;
            Ask::with("/v1/me/certificates", of(&paper))
        })
    }),
    study("GET", "/v1/me/certificates", For::Oneself, 200, |scene| {
        Box::pin(async {
            certified(scene).await;
            Ask::get("/v1/me/certificates")
        })
    }),
    study("GET", "/v1/me/certificates/{code}/document", For::Oneself, 200, |scene| {
        Box::pin(async { Ask::get(format!("/v1/me/certificates/{}/document", certified(scene).await)) })
    }),
    study("GET", "/v1/certificates/{code}", For::Everybody, 200, |scene| {
        Box::pin(async { Ask::get(format!("/v1/certificates/{}", certified(scene).await)) })
    }),
];
