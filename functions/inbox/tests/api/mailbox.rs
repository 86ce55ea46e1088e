//! An e-mail address is used once its owner has read something there.

use crate::stage::{Stage, stage};
use dynamo::{Found, Stretch};
use jiff::SignedDuration;
use notices::{DeliveryRow, SHARDS};
use serde_json::{Value, json};

const PATH: &str = "/v1/me/mailbox";
const TYPED: &str = "/v1/me/mailbox/confirmation";

impl Stage {
    /// The codes that wait to be sent.
    async fn codes(&self) -> Vec<String> {
        let mut codes = Vec::new();
        for part in 0..SHARDS {
            let whole = Stretch::whole(format!("DUE#{part}")).of_index("due", "dueShard", "dueKey");
            let found: Found<DeliveryRow> = self.notices.table().page(&whole, None, 100).await.unwrap();
            let digits = |text: &str| text.chars().filter(char::is_ascii_digit).take(6).collect();
            codes.extend(found.items.iter().filter(|row| row.asked_for).map(|row| digits(&row.text)));
        }
        codes
    }

    async fn named(&self) -> String {
        let reply = self.own.put(PATH, json!({ "address": "chen@example.cn" })).await;
        assert_eq!((reply.status, reply.text("/address")), (200, "c***@example.cn".to_owned()), "{reply:?}");
        self.codes().await.pop().unwrap()
    }
}

fn other(code: &str) -> Value {
    let digit = if code.starts_with('1') { '2' } else { '1' };
    json!({ "code": format!("{digit}{}", code.get(1..).unwrap()) })
}

#[tokio::test]
async fn the_channel_is_there_once_the_code_was_typed_and_gone_with_the_address() {
    let stage = stage().await;
    let wanted = json!({ "channels": ["email"], "quietHours": { "from": "21:00", "until": "08:00" }, "digest": "off" });
    let choose = async || stage.own.if_match("\"v0\"").put("/v1/me/notice-settings", wanted.clone()).await;
    assert_eq!(choose().await.text("/fields/0/pointer"), "/channels");
    assert_eq!(stage.own.get(PATH).await.status, 404);
    assert_eq!(stage.own.post(TYPED, json!({ "code": "000000" })).await.status, 404);
    let code = stage.named().await;
    let shown = stage.own.get(PATH).await;
    assert_eq!((&shown.body["confirmed"], shown.body["codeUntil"].is_string()), (&json!(false), true));
    assert_eq!(choose().await.status, 422, "it is not confirmed yet");
    assert_eq!(stage.own.post(TYPED, other(&code)).await.text("/fields/0/pointer"), "/code");
    let typed = stage.own.post(TYPED, json!({ "code": code })).await;
    assert_eq!((typed.status, &typed.body), (200, &json!({ "address": "c***@example.cn", "confirmed": true })));
    assert_eq!(stage.own.post(TYPED, json!({ "code": code })).await.code(), "illegal-transition");
    assert_eq!(choose().await.status, 200);
    assert_eq!(stage.own.delete(PATH).await.status, 204);
    assert_eq!((stage.own.get(PATH).await.status, stage.own.delete(PATH).await.status), (404, 404));
}

#[tokio::test]
async fn a_code_is_good_for_five_tries_and_half_an_hour() {
    let stage = stage().await;
    let code = stage.named().await;
    for _ in 0..5 {
        assert_eq!(stage.own.post(TYPED, other(&code)).await.status, 422);
    }
    assert_eq!(stage.own.post(TYPED, json!({ "code": code })).await.status, 422, "the sixth try");
    stage.bench.pass(SignedDuration::from_mins(1));
    stage.named().await;
    stage.bench.pass(SignedDuration::from_mins(30));
    for code in stage.codes().await {
        assert_eq!(stage.own.post(TYPED, json!({ "code": code })).await.status, 422, "too late");
    }
}

#[tokio::test]
async fn nobody_is_flooded_with_codes_however_often_an_address_is_taken_back() {
    let stage = stage().await;
    for address in ["", "chen", "chen@example", "chen@example.cn\r\nBcc: li@example.cn"] {
        assert_eq!(stage.own.put(PATH, json!({ "address": address })).await.status, 422, "{address}");
    }
    for wait in ["61", "61", "61", "61", "86161"] {
        stage.named().await;
        assert_eq!(stage.own.delete(PATH).await.status, 204);
        let again = stage.own.put(PATH, json!({ "address": "chen@example.cn" })).await;
        assert_eq!((again.status, again.code(), again.header("retry-after")), (429, "too-many-attempts", wait));
        stage.bench.pass(SignedDuration::from_mins(1));
    }
    let sixth = stage.own.put(PATH, json!({ "address": "chen@example.cn" })).await;
    assert_eq!((sixth.status, sixth.header("retry-after")), (429, "86101"));
    assert_eq!(stage.codes().await.len(), 5);
}
