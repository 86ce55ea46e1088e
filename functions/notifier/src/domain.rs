//! What a message says.

use kernel::DeliveryId;

/// Titles that a message names; the app has all.
const NAMED: usize = 5;

/// The words of a message about `titles`.
pub(crate) fn words(titles: &[&str], personal: bool) -> String {
    let more = if titles.len() > NAMED { "等" } else { "" };
    let named: Vec<_> = titles.iter().take(NAMED).copied().collect();
    let (named, count) = (named.join("；"), titles.len());
    match (personal, count) {
        (true, 1) => format!("【支部】{named}。请登录查看。"),
        (true, _) => format!("【支部】您有 {count} 条新通知：{named}{more}。请登录查看。"),
        (false, 1) => format!("【支部】{named}。"),
        (false, _) => format!("【支部】{count} 条提醒：{named}{more}。"),
    }
}

/// The same with the number by which a reader recognises a message that came twice.
pub(crate) fn numbered(text: &str, id: DeliveryId) -> String {
    let id = id.to_string();
    let number = id.get(id.len() - 6..).unwrap_or_default();
    format!("{text}（消息 {number}）")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_lists_what_there_is_up_to_a_length_that_is_read() {
        assert_eq!(words(&["更正申请已办结"], true), "【支部】更正申请已办结。请登录查看。");
        assert_eq!(words(&["甲", "乙"], true), "【支部】您有 2 条新通知：甲；乙。请登录查看。");
        assert_eq!(words(&["甲"; 7], false), "【支部】7 条提醒：甲；甲；甲；甲；甲等。");
        let id = DeliveryId::from_bytes(1, [0xab; 10]);
        assert_eq!(numbered("甲", id), "甲（消息 ababab）");
    }
}
