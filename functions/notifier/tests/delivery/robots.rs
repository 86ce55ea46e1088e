//! Each channel, and what becomes of what it does not take.

use crate::{
    receiver::Mood,
    stage::{Stage, event, stage},
};
use dynamo::Trace;
use notices::{DeliveryState, RobotService};
use serde_json::Value;
use testkit::Written;

fn words(body: &Value) -> String {
    let text = body.pointer("/text/content").or_else(|| body.pointer("/content/text"));
    text.and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Runs the job once a minute for so long.
async fn minutes(stage: &Stage, count: usize) {
    for _ in 0..count {
        stage.run().await;
        stage.pass_minutes(1);
    }
}

#[tokio::test]
async fn each_robot_says_what_waits_signed_as_its_service_checks_it() {
    let stage = stage().await;
    for service in [RobotService::Wecom, RobotService::Dingtalk, RobotService::Feishu] {
        stage.robot(service).await;
    }
    stage.announce("有党员组织关系转入，待接收").await;
    assert_eq!(stage.run().await["sent"], 3);
    let mut taken = stage.receiver.take();
    taken.sort_by(|one, other| one.path.cmp(&other.path));
    let (at, secret) = (stage.bench.now(), "SEC0123456789");
    let [wecom, feishu, dingtalk] = taken.as_slice() else { panic!("{taken:?}") };

    assert_eq!(wecom.path, "/cgi-bin/webhook/send?key=0123456789abcdef");
    let key = hmac(secret, &format!("{}\n{secret}", at.as_millisecond()));
    let key = key.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    let signed = format!("/robot/send?access_token=0123456789abcdef&timestamp={}&sign={key}", at.as_millisecond());
    assert_eq!(dingtalk.path, signed);
    assert_eq!(feishu.path, "/open-apis/bot/v2/hook/0123456789abcdef");
    let body = feishu.json();
    assert_eq!(body["sign"], hmac(&format!("{}\n{secret}", at.as_second()), ""));
    assert_eq!(body["timestamp"], at.as_second().to_string());
    for (message, kind) in [(wecom, "msgtype"), (dingtalk, "msgtype"), (feishu, "msg_type")] {
        let body = message.json();
        assert_eq!(body[kind], "text");
        let number = message.key.get(message.key.len() - 6..).unwrap();
        assert_eq!(words(&body), format!("【支部】有党员组织关系转入，待接收。（消息 {number}）"));
        assert!(message.key.starts_with("dlv_"), "{}", message.key);
    }
    minutes(&stage, 5).await;
    assert_eq!((stage.receiver.asked(), stage.due().await), (3, 0), "once");
}

fn hmac(key: &str, text: &str) -> String {
    use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
    use base64::{Engine, engine::general_purpose::STANDARD};
    STANDARD.encode(sign(&Key::new(HMAC_SHA256, key.as_bytes()), text.as_bytes()))
}

#[tokio::test]
async fn a_member_hears_by_text_message_and_only_if_they_want_to() {
    let stage = stage().await;
    stage.tell("更正申请已办结").await;
    assert_eq!(stage.run().await["told"], 1);
    assert_eq!((stage.receiver.asked(), stage.due().await, stage.inbox().await), (0, 0, (1, 1)));
    stage.wants_texts().await;
    stage.tell("组织关系转接已接收").await;
    stage.tell("主题党日通知").await;
    assert_eq!(stage.run().await["sent"], 1, "what comes together is one message");
    let taken = stage.receiver.take();
    let body = &taken.first().unwrap().body;
    assert!(body.contains("PhoneNumber=%2B8613900000002") && body.contains("SMSType"), "{body}");
    assert_eq!((stage.receiver.asked(), stage.due().await, stage.inbox().await), (1, 0, (3, 3)));
}

#[tokio::test]
async fn a_service_that_is_down_loses_nothing_and_doubles_nothing() {
    let stage = stage().await;
    stage.robot(RobotService::Wecom).await;
    stage.receiver.expect(&[Mood::Fails(503), Mood::Refuses(45009), Mood::Fails(500)]);
    for n in 0..3 {
        stage.announce(&format!("第 {n} 件")).await;
        stage.run().await;
        stage.pass_minutes(1);
    }
    minutes(&stage, 30).await;
    let taken = stage.receiver.take();
    let mut keys: Vec<_> = taken.iter().map(|message| message.key.clone()).collect();
    keys.sort();
    keys.dedup();
    assert_eq!((taken.len(), keys.len(), stage.due().await), (3, 3, 0), "{taken:?}");
    for n in 0..3 {
        let with = taken.iter().filter(|message| message.body.contains(&format!("第 {n} 件"))).count();
        assert_eq!(with, 1, "{n}");
    }
}

#[tokio::test]
async fn where_the_answer_was_lost_the_message_comes_again_under_the_same_number() {
    let stage = stage().await;
    stage.robot(RobotService::Wecom).await;
    stage.receiver.expect(&[Mood::Loses]);
    stage.announce("待办").await;
    minutes(&stage, 5).await;
    let taken = stage.receiver.take();
    assert_eq!(taken.len(), 2);
    assert_eq!((&taken[0].key, words(&taken[0].json())), (&taken[1].key, words(&taken[1].json())));
    assert_eq!(stage.message(&taken[0].key).await.state, DeliveryState::Sent);
}

#[tokio::test]
async fn what_nobody_takes_is_dead_after_its_tries_and_told_of() {
    let stage = stage().await;
    stage.robot(RobotService::Wecom).await;
    stage.receiver.expect(&[Mood::Refuses(93000); 8]);
    stage.announce("待办").await;
    minutes(&stage, 240).await;
    assert_eq!((stage.receiver.asked(), stage.due().await), (8, 0));
    let dead = stage.dead().await;
    let row = dead.first().unwrap();
    assert_eq!((dead.len(), row.tries, row.reason.as_deref()), (1, 8, Some("refused with code 93000")));
    let trace = Trace::open(&stage.bench.env).unwrap();
    let told = trace.of_subject(&row.id.to_string(), None, None, 10).await.unwrap();
    assert_eq!(told.items.first().unwrap().kind, "delivery.failed");

    // The operator has it sent again, and now it is taken.
    stage.notices.table().put(&row.revived(stage.bench.now())).await.unwrap();
    minutes(&stage, 2).await;
    assert_eq!((stage.receiver.take().len(), stage.dead().await.len()), (1, 0));
}

#[tokio::test]
async fn a_robot_that_was_taken_away_is_not_tried() {
    let stage = stage().await;
    stage.robot(RobotService::Wecom).await;
    stage.receiver.expect(&[Mood::Fails(503)]);
    stage.announce("待办").await;
    stage.run().await;
    let key = notices::RobotRow::key(stage.town.branch.id, RobotService::Wecom);
    stage.commit(dynamo::Change::new().remove(stage.notices.table(), key)).await;
    stage.pass_minutes(5);
    assert_eq!(stage.run().await["dropped"], 1);
    assert_eq!((stage.receiver.asked(), stage.dead().await.len()), (1, 0), "nobody has to look at it");
}

#[tokio::test]
async fn a_run_that_died_after_taking_a_message_leaves_it_to_the_next() {
    let stage = stage().await;
    stage.robot(RobotService::Wecom).await;
    stage.announce("待办").await;
    // Four parts, robots, place: the seventh call takes the cause and makes the message, and its answer is never heard.
    stage.bench.wire.crash(Some(testkit::Crash::After(7)));
    assert!(notifier::run(&stage.job, event()).await.is_err());
    stage.bench.wire.crash(None);
    assert_eq!(stage.receiver.asked(), 0);
    minutes(&stage, 4).await;
    assert_eq!((stage.receiver.take().len(), stage.due().await), (1, 0));
}

#[tokio::test]
async fn a_quiet_minute_is_four_requests_and_the_record_of_the_run_and_one_message_a_few_more() {
    let stage = stage().await;
    stage.robot(RobotService::Dingtalk).await;
    let cost = async || {
        let _ = stage.bench.wire.take();
        stage.run().await;
        let calls = stage.bench.wire.take();
        (calls.len(), calls.iter().map(|call| call.units).sum::<f64>())
    };
    let (requests, units) = cost().await;
    assert!(requests == 4 + 2 && units <= 2.0 + 2.0, "{requests} requests, {units} units");
    stage.announce("待办").await;
    let (requests, units) = cost().await;
    assert!(requests <= 9 + 2 && units <= 24.0 + 2.0, "{requests} requests, {units} units");
    assert_eq!(stage.receiver.take().len(), 1);
}

#[tokio::test]
async fn production_takes_no_settings_for_tests() {
    let refused = async |name: &'static str, value: &'static str| {
        let prod = |settings: kernel::Settings| {
            settings.with("STAGE", "prod").with("CODE_SENDER", "none").with("MAIL_FROM", "").with(name, value)
        };
        notifier::App::connect(&testkit::Bench::with(prod).await.env).await.is_err()
    };
    assert!(refused("ROBOT_ENDPOINT", "http://127.0.0.1:1").await, "production calls the services themselves");
    assert!(refused("CODE_SENDER", "log").await);
    assert!(refused("MAIL_FROM", "log").await);
    assert!(refused("MAIL_FROM", "zhibu").await, "no address");
    assert!(refused("DELIVERY_TRIES", "0").await);
    assert!(!refused("STAGE", "prod").await);
}

#[tokio::test]
async fn neither_a_secret_nor_a_word_of_a_message_is_logged_whatever_happens() {
    let stage = stage().await;
    let written = Written::default();
    let writer = written.clone();
    let log =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || writer.clone()).finish();
    let _guard = tracing::subscriber::set_default(log);
    stage.robot(RobotService::Dingtalk).await;
    stage.receiver.expect(&[Mood::Fails(503), Mood::Loses, Mood::Refuses(310_000), Mood::Takes]);
    stage.announce("不可入日志的一句").await;
    minutes(&stage, 20).await;
    assert_eq!(stage.receiver.asked(), 4);
    let log = written.text();
    let ours: Vec<_> = log.lines().filter(|line| line.contains("notifier")).collect();
    assert!(ours.iter().filter(|line| line.contains("a message was not taken")).count() == 3, "{ours:?}");
    for line in log.lines() {
        // The SDK writes at this level what it sends to the store, and the embedded store what it gets; a function logs
        // from INFO on.
        let is_logged = [" WARN ", " ERROR ", " INFO "].iter().any(|level| line.contains(level))
            || !["aws_", "dynoxide"].iter().any(|stranger| line.contains(stranger));
        let secret =
            ["0123456789abcdef", "SEC0123456789", "不可入日志的一句"].iter().any(|secret| line.contains(secret));
        assert!(!(is_logged && secret), "{line}");
    }
}
