//! Takes out of an answer what no two runs have in common: ids, instants, codes, tokens.

use jiff::Timestamp;
use serde_json::Value;
use std::net::SocketAddr;

/// Characters from which a run is taken for random rather than for a word.
const OPAQUE: usize = 30;

/// `answer` with each id, instant, code and token replaced by the name of its kind.
pub(crate) fn mask(mut answer: Value) -> String {
    // Follows from the body, and instants differ in length.
    if let Some(headers) = answer.get_mut("headers").and_then(Value::as_object_mut) {
        headers.remove("content-length");
    }
    // Bytes as Base64: what is random in a file leaves nothing of it that two runs share, and each `/` would divide it elsewhere.
    if answer.get("isBase64Encoded") == Some(&Value::Bool(true))
        && let Some(body) = answer.get_mut("body")
    {
        *body = Value::from("<bytes>");
    }
    let text = answer.to_string();
    let (mut masked, mut rest) = (String::with_capacity(text.len()), text.as_str());
    while !rest.is_empty() {
        let run = rest.find(|c| !belongs(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(run);
        masked.push_str(kind(word).unwrap_or(word));
        let next = after.chars().next().map_or(0, char::len_utf8);
        let (between, after) = after.split_at(next);
        masked.push_str(between);
        rest = after;
    }
    masked
}

fn belongs(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ':' | '+')
}

fn kind(word: &str) -> Option<&'static str> {
    if word.parse::<Timestamp>().is_ok() {
        return Some("<instant>");
    }
    // Stores of a stage listen on ports of their own.
    if word.parse::<SocketAddr>().is_ok() {
        return Some("<address>");
    }
    // What is shown at a meeting.
    if word.len() == 6 && word.bytes().all(|b| b.is_ascii_digit()) {
        return Some("<code>");
    }
    // When a calendar was written, and with it the word that names it.
    if word.contains("DTSTAMP:") {
        return Some("<written>");
    }
    // The number of a receipt: its day, and the end of an id.
    let digits = |text: &str, most: usize| text.len() == most && text.bytes().all(|b| b.is_ascii_hexdigit());
    if word.split_once('-').is_some_and(|(day, end)| digits(day, 8) && digits(end, 10)) {
        return Some("<receipt>");
    }
    let hex = |text: &str| text.len() >= 26 && text.bytes().all(|b| b.is_ascii_hexdigit());
    if word.split_once('_').is_some_and(|(prefix, rest)| prefix.len() <= 5 && hex(rest)) {
        return Some("<id>");
    }
    (word.len() >= OPAQUE && word.bytes().any(|b| b.is_ascii_digit())).then_some("<opaque>")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_differs_from_run_to_run_is_masked_and_nothing_else() {
        let answer = json!({
            "statusCode": 200,
            "headers": { "content-length": "12", "etag": "\"v1\"" },
            "body": r#"{"id":"mbr_01a20b48090070008000000000000002","name":"陈员","at":"2026-11-24T02:00:00.5Z",
                "on":"2026-11-24","code":"151660","year":"2026","receipt":"20261129-02B3A0CF37","ical":"X\\r\\nDTSTAMP:20261129T131222Z\\r\\nDTSTART:20261130T110000Z","url":"http://127.0.0.1:40123/x","path":"/org_01a20b48090070008000000000000011/",
                "token":"eyJhbGciOiJFUzI1NiIsInR5cCI6.eyJpc3MiOiJ1cm46emhpYnU6ZGV2"}"#,
        });
        let masked = mask(answer);
        for kept in [
            "\\\"v1\\\"",
            "陈员",
            "2026-11-24\\\"",
            "/<id>/",
            "\\\"at\\\":\\\"<instant>\\\"",
            "http://<address>/x",
            "<opaque>",
            "\\\"code\\\":\\\"<code>\\\"",
            "\\\"2026\\\"",
            "\\\"receipt\\\":\\\"<receipt>\\\"",
            "<written>",
            "DTSTART:20261130T110000Z",
        ] {
            assert!(masked.contains(kept), "{kept} in {masked}");
        }
        for gone in ["content-length", "mbr_", "02:00:00", "eyJ", "DTSTAMP", "02B3A0CF37"] {
            assert!(!masked.contains(gone), "{gone} in {masked}");
        }
    }

    #[test]
    fn a_file_is_masked_as_a_whole_and_what_is_said_of_it_is_kept() {
        let headers = json!({ "content-type": "image/png" });
        let answer = |body| json!({ "statusCode": 200, "headers": headers, "isBase64Encoded": true, "body": body });
        let masked = mask(answer("UEsDBBQAAAAIAAAAIQ/short/UEsDBBQAAAAIAAAAIQDfpNJsWgEAACAFAAATAAAAW0=="));
        assert_eq!(masked, mask(answer("UEsDBBQAAAAIAAAAIQDfpNJsWgEAACAFAAATAAAAW0NvbnRlbnRfVHlwZXNd/+/0==")));
        assert!(masked.contains("<bytes>") && masked.contains("image/png") && masked.contains("200"), "{masked}");
    }
}
