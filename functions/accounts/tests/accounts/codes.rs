//! One-time codes.

use crate::stage::{PHONE, Stage, is};
use serde_json::json;
use testkit::{Client, Reply};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

async fn ask(client: &Client, phone: &str) -> Reply {
    client.post("/v1/sign-in-codes", json!({ "phone": phone })).await
}

async fn enter(client: &Client, code: &str) -> Reply {
    client.post("/v1/sessions", json!({ "phone": PHONE, "code": code })).await
}

#[tokio::test]
async fn a_code_is_good_once_and_for_five_minutes() {
    let stage = Stage::new().await;
    let code = stage.code(json!({ "phone": PHONE })).await;
    stage.pass(299);
    assert_eq!(enter(&stage.api, &code).await.status, 201);
    is(&enter(&stage.api, &code).await, 401, "wrong-credentials");
    let code = stage.code(json!({ "phone": PHONE })).await;
    stage.pass(300);
    is(&enter(&stage.api, &code).await, 401, "wrong-credentials");
}

#[tokio::test]
async fn two_at_once_with_one_code_are_one_sign_in() {
    let stage = Stage::new().await;
    let code = stage.code(json!({ "phone": PHONE })).await;
    let (one, other) = tokio::join!(enter(&stage.api, &code), enter(&stage.api, &code));
    let mut both = [one.status, other.status];
    both.sort_unstable();
    assert_eq!(both, [201, 401], "{one:?} {other:?}");
    assert_eq!(stage.kinds(stage.person.id).await, ["session.opened"]);
}

#[tokio::test]
async fn a_code_allows_five_tries_and_the_next_code_five_more() {
    let stage = Stage::new().await;
    let code = stage.code(json!({ "phone": PHONE })).await;
    let wrong = if code == "000000" { "000001" } else { "000000" };
    for _ in 0..5 {
        is(&enter(&stage.api, wrong).await, 401, "wrong-credentials");
    }
    is(&enter(&stage.api, &code).await, 401, "wrong-credentials");
    stage.pass(60);
    let code = stage.code(json!({ "phone": PHONE })).await;
    for _ in 0..4 {
        is(&enter(&stage.api, wrong).await, 401, "wrong-credentials");
    }
    assert_eq!(enter(&stage.api, &code).await.status, 201);
}

#[tokio::test]
async fn only_the_latest_code_is_good() {
    let stage = Stage::new().await;
    let first = stage.code(json!({ "phone": PHONE })).await;
    stage.pass(60);
    let mut second = stage.code(json!({ "phone": PHONE })).await;
    while second == first {
        stage.pass(60);
        second = stage.code(json!({ "phone": PHONE })).await;
    }
    is(&enter(&stage.api, &first).await, 401, "wrong-credentials");
    assert_eq!(enter(&stage.api, &second).await.status, 201);
}

#[tokio::test]
async fn a_code_belongs_to_its_purpose() {
    let stage = Stage::new().await;
    let code = stage.code(json!({ "phone": PHONE, "purpose": "password" })).await;
    is(&enter(&stage.api, &code).await, 401, "wrong-credentials");
}

#[tokio::test]
async fn strangers_cannot_use_up_the_tries_of_a_code_they_did_not_ask_for() {
    let stage = Stage::new().await;
    let asked = ask(&stage.api, PHONE).await;
    let code = stage.last_code();
    let stranger = stage.api.from("198.51.100.9");
    for _ in 0..8 {
        is(&enter(&stranger, "123123").await, 401, "wrong-credentials");
    }
    is(&enter(&stranger, &code).await, 401, "wrong-credentials");

    // The owner may have gone from one network to another meanwhile.
    let moved = stage.api.from("192.0.2.77");
    let body = json!({ "phone": PHONE, "code": code, "challenge": asked.text("/challenge") });
    assert_eq!(moved.post("/v1/sessions", body).await.status, 201);
}

#[tokio::test]
async fn a_code_a_minute_and_ten_a_day_for_one_phone_from_one_network() {
    let stage = Stage::new().await;
    for n in 0..10 {
        assert_eq!(ask(&stage.api, PHONE).await.status, 202, "{n}");
        let soon = ask(&stage.api, PHONE).await;
        is(&soon, 429, "too-many-attempts");
        stage.pass(60);
    }
    let full = ask(&stage.api, PHONE).await;
    is(&full, 429, "too-many-attempts");
    // Days of counts begin at 08:00 in Shanghai; it is 10:10.
    assert_eq!(full.header("retry-after"), (86_400 - 7_200 - 600).to_string());
    assert_eq!(ask(&stage.api.from("192.0.2.1"), PHONE).await.status, 202, "elsewhere");
    stage.pass(86_400 - 7_200 - 600);
    assert_eq!(ask(&stage.api, PHONE).await.status, 202);
    assert_eq!(stage.codes_sent(), 12);
}

#[tokio::test]
async fn a_phone_that_nobody_has_is_limited_in_the_same_way() {
    let stage = Stage::new().await;
    assert_eq!(ask(&stage.api, "13800000000").await.status, 202);
    let soon = ask(&stage.api, "13800000000").await;
    is(&soon, 429, "too-many-attempts");
    assert_eq!(soon.header("retry-after"), "60");
}

#[tokio::test]
async fn a_network_gets_thirty_codes_a_day() {
    let stage = Stage::new().await;
    for n in 0..30 {
        assert_eq!(ask(&stage.api.from(&format!("203.0.113.{n}")), &format!("138{n:08}")).await.status, 202);
    }
    let full = ask(&stage.api, PHONE).await;
    is(&full, 429, "too-many-attempts");
    assert!((1..=86_400).contains(&full.header("retry-after").parse::<i64>().unwrap()));
    assert_eq!(ask(&stage.api.from("203.0.114.1"), PHONE).await.status, 202);
}

#[tokio::test]
async fn who_uses_up_the_codes_of_a_phone_does_not_keep_its_known_device_out() {
    let stage = Stage::new().await;
    let token = stage.sign_in().await.text("/deviceToken");
    for n in 0..10 {
        assert_eq!(ask(&stage.api.from(&format!("198.51.{n}.1")), PHONE).await.status, 202);
        stage.pass(60);
    }
    assert_eq!(ask(&stage.api.from("198.51.10.1"), PHONE).await.status, 202);
    is(&ask(&stage.api, PHONE).await, 429, "too-many-attempts");
    let code = stage.code(json!({ "phone": PHONE, "deviceToken": token })).await;
    assert_eq!(enter(&stage.api, &code).await.status, 201);
}

#[tokio::test]
async fn who_asks_for_codes_all_day_keeps_a_new_device_waiting_for_a_quarter_of_an_hour_at_most() {
    let stage = Stage::new().await;
    let mut waits = Vec::new();
    for n in 0..20 {
        let asked = ask(&stage.api.from(&format!("198.51.{n}.1")), PHONE).await;
        assert_eq!(asked.status, 202, "{n}");
        let soon = ask(&stage.api.from(&format!("198.52.{n}.1")), PHONE).await;
        is(&soon, 429, "too-many-attempts");
        assert_eq!(asked.body["resendIn"].to_string(), soon.header("retry-after"));
        let wait: i64 = soon.header("retry-after").parse().unwrap();
        waits.push(wait);
        stage.pass(wait);
    }
    assert_eq!(waits[..10], [60; 10]);
    assert_eq!(waits[10..15], [120, 240, 480, 900, 900]);
    assert_eq!(waits.last(), Some(&900));
    let code = stage.code(json!({ "phone": PHONE })).await;
    assert_eq!(enter(&stage.api, &code).await.status, 201, "a new device of the owner");
}

#[tokio::test]
async fn a_known_device_gets_ten_codes_a_day_and_nobody_else_pays_for_it() {
    let stage = Stage::new().await;
    let token = stage.sign_in().await.text("/deviceToken");
    let body = json!({ "phone": PHONE, "deviceToken": token });
    for _ in 0..10 {
        assert_eq!(stage.api.post("/v1/sign-in-codes", body.clone()).await.status, 202);
        stage.pass(60);
    }
    let full = stage.api.post("/v1/sign-in-codes", body).await;
    is(&full, 429, "too-many-attempts");
    assert_eq!(full.header("retry-after"), (86_400 - 600).to_string());
    assert_eq!(ask(&stage.api, PHONE).await.status, 202, "a device that is not known");
}

#[tokio::test]
async fn without_a_sender_there_are_no_codes() {
    let stage = Stage::with(|settings| settings.with("CODE_SENDER", "none")).await;
    is(&ask(&stage.api, PHONE).await, 503, "codes-unavailable");
    stage.sign_in().await;
}

#[tokio::test]
async fn production_does_not_write_codes_into_the_log() {
    for (sender, stage, starts) in [("log", "prod", false), ("none", "prod", true), ("pigeon", "dev", false)] {
        let bench = testkit::Bench::with(|settings| settings.with("CODE_SENDER", sender).with("STAGE", stage)).await;
        assert_eq!(accounts::App::connect(&bench.env).await.is_ok(), starts, "{sender} {stage}");
    }
}

/// Takes one call of the messaging service and gives what was sent.
async fn post_office(listener: TcpListener, status: &'static str) -> String {
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut read = Vec::new();
    loop {
        let mut part = [0; 4096];
        let length = stream.read(&mut part).await.unwrap();
        read.extend_from_slice(&part[..length]);
        let text = String::from_utf8_lossy(&read).to_lowercase();
        let wanted =
            text.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next()?.parse::<usize>().ok());
        let body = text.split_once("\r\n\r\n").map_or(0, |(head, _)| read.len() - head.len() - 4);
        if length == 0 || (text.contains("\r\n\r\n") && wanted.is_none_or(|wanted| body >= wanted)) {
            break;
        }
    }
    let body = "<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>";
    let answer = format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/xml\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(answer.as_bytes()).await.unwrap();
    String::from_utf8(read).unwrap()
}

#[tokio::test]
async fn a_text_message_goes_to_the_phone_and_its_failure_is_not_told() {
    for status in ["200 OK", "400 Bad Request"] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let office = tokio::spawn(post_office(listener, status));
        let stage =
            Stage::with(|settings| settings.with("CODE_SENDER", "sns").with("AWS_ENDPOINT_URL_SNS", endpoint)).await;
        let began = std::time::Instant::now();
        assert_eq!(ask(&stage.api, PHONE).await.status, 202);
        assert!(began.elapsed().as_millis() >= 1_500, "an answer takes its time whether a message was sent or not");
        let sent = office.await.unwrap();
        assert!(sent.contains("PhoneNumber=%2B8613900000001") && sent.contains("Transactional"), "{sent}");
        assert_eq!(stage.codes_sent(), 0, "not in the log as well");
    }
}
