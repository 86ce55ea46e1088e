//! Percent-encoding, read.

use percent_encoding::percent_decode_str;

/// `text` with its `%XX` decoded; what is not an escape stays, what is not UTF-8 is replaced.
pub(crate) fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// The pairs of a query string, decoded, in order.
pub(crate) fn query(text: &str) -> impl Iterator<Item = (String, String)> {
    let part = |text: &str| decode(&text.replace('+', " "));
    text.split('&').filter(|pair| !pair.is_empty()).map(move |pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (part(name), part(value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_not_an_escape_stays() {
        assert_eq!(decode("a%2Fb%20%E6%94%AF"), "a/b 支");
        assert_eq!(decode("100%"), "100%");
        assert_eq!(decode("%2"), "%2");
        assert_eq!(decode("%zz%+1"), "%zz%+1");
        assert_eq!(decode("%ff"), "\u{fffd}");
    }

    #[test]
    fn a_query_keeps_order_and_repetition() {
        let pairs: Vec<_> = query("a=1&b&a=2+3&&c=%3D").collect();
        let expected = [("a", "1"), ("b", ""), ("a", "2 3"), ("c", "=")];
        assert_eq!(pairs, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    proptest! {
        #[test]
        fn decoding_undoes_encoding(text in any::<String>()) {
            let encoded: Vec<_> = text.bytes().map(|byte| format!("%{byte:02x}")).collect();
            prop_assert_eq!(decode(&encoded.concat()), text);
        }

        #[test]
        fn nothing_is_too_strange_to_decode(text in any::<String>()) {
            decode(&text);
        }
    }
}
