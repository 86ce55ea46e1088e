//! The S3 protocol, as far as a bad store speaks it.

use super::{Call, Fault, lag::Lag};
use jiff::Timestamp;

/// What the store says instead of doing what a call says.
pub(super) fn refusal(fault: Fault) -> (u16, String) {
    let (status, code) = if fault == Fault::Failed { (500, "InternalError") } else { (503, "SlowDown") };
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{code}</Message></Error>"
    );
    (status, body)
}

/// What a good answer becomes, if it becomes another one.
pub(super) fn spoil(
    call: &Call,
    with: &[Fault],
    lag: &mut Lag,
    now: Timestamp,
    bytes: &[u8],
) -> Option<(Fault, Vec<u8>)> {
    match &*call.operation {
        "PUT" | "DELETE" => {
            lag.note_object(call.what.split_once(' ').map_or("", |(_, path)| path), now);
            None
        }
        "GET" if with.contains(&Fault::Truncated) && bytes.len() > 1 => {
            Some((Fault::Truncated, bytes.get(..bytes.len() / 2)?.to_vec()))
        }
        "LIST" if with.contains(&Fault::StaleIndex) => {
            let list = std::str::from_utf8(bytes).ok()?;
            let fresh: Vec<_> = lag.objects(now).collect();
            let shown = without(list, |key| fresh.iter().any(|path| path.ends_with(&format!("/{key}"))));
            (shown.len() != list.len()).then(|| (Fault::StaleIndex, shown.into_bytes()))
        }
        _ => None,
    }
}

/// The list without the objects that `hidden` says.
fn without(list: &str, hidden: impl Fn(&str) -> bool) -> String {
    let mut shown = String::new();
    for (at, part) in list.split("<Contents>").enumerate() {
        let Some((entry, rest)) = part.split_once("</Contents>").filter(|_| at > 0) else {
            shown.push_str(part);
            continue;
        };
        let key = entry.split_once("<Key>").and_then(|(_, rest)| rest.split_once("</Key>")).map_or("", |(key, _)| key);
        if !hidden(key) {
            shown.push_str("<Contents>");
            shown.push_str(entry);
            shown.push_str("</Contents>");
        }
        shown.push_str(rest);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::without;

    #[test]
    fn an_object_is_taken_out_of_a_list_and_nothing_else() {
        let entry = |key: &str| format!("<Contents><Key>{key}</Key><Size>1</Size></Contents>");
        let list = format!("<List><Name>b</Name>{}{}{}</List>", entry("a"), entry("b"), entry("c"));
        assert_eq!(
            without(&list, |key| key == "b"),
            format!("<List><Name>b</Name>{}{}</List>", entry("a"), entry("c"))
        );
        assert_eq!(without(&list, |_| false), list);
    }
}
