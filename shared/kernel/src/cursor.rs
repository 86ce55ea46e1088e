//! Pages of lists, and the cursors between them.

use crate::{ErrorCode, Refusal, Text};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    /// What is on it, in the order of the list.
    pub items: Vec<T>,
    /// Hand this back as `cursor` for the page after; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Which page is asked for.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Limit {
    /// At most this many items, 1 to 200; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u16>,
    /// The `next` of the page before.
    pub cursor: Option<String>,
}

impl Limit {
    /// Items a page holds at most.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidField`] when it is not between 1 and 200.
    pub fn size(limit: Option<u16>) -> Result<u16, Refusal> {
        match limit {
            None => Ok(50),
            Some(n @ 1..=200) => Ok(n),
            Some(_) => {
                Err(Refusal::field("/limit", Text::of("limit 应在 1 到 200 之间", "limit must be from 1 to 200")))
            }
        }
    }
}

/// A place in a list, handed to the client as an opaque text.
///
/// It holds the sort key of the last item seen and the name of the list, and carries no authority: partition and bounds
/// of a query always come from the request, so a forged cursor skips items of the caller's own list and nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// The sort key after which the next page begins.
    pub after: String,
}

impl Cursor {
    const VERSION: &str = "1";

    /// As the client keeps it; `list` names the list it belongs to.
    #[must_use]
    pub fn encode(&self, list: &str) -> String {
        URL_SAFE_NO_PAD.encode(format!("{}\u{1f}{list}\u{1f}{}", Self::VERSION, self.after))
    }

    /// Reads what [`Self::encode`] wrote for the same `list`.
    ///
    /// # Errors
    /// [`ErrorCode::BadCursor`] for anything else, texts over 1,024 bytes included.
    pub fn decode(text: &str, list: &str) -> Result<Self, Refusal> {
        let read = || {
            let bytes = (text.len() <= 1_024).then(|| URL_SAFE_NO_PAD.decode(text).ok())??;
            let plain = String::from_utf8(bytes).ok()?;
            let mut parts = plain.splitn(3, '\u{1f}');
            let own = parts.next()? == Self::VERSION && parts.next()? == list;
            let after = parts.next()?;
            (own && !after.is_empty()).then(|| Self { after: after.to_owned() })
        };
        read().ok_or_else(|| Refusal::new(ErrorCode::BadCursor))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_cursor_reads_back_in_its_own_list_only(after in "[ -~]{1,200}") {
            let cursor = Cursor { after };
            let text = cursor.encode("members");
            prop_assert_eq!(Cursor::decode(&text, "members").unwrap(), cursor);
            prop_assert_eq!(Cursor::decode(&text, "audit").unwrap_err().code, ErrorCode::BadCursor);
        }

        #[test]
        fn anything_else_is_refused(text in "\\PC{0,80}") {
            prop_assume!(URL_SAFE_NO_PAD.decode(&text).is_err());
            prop_assert_eq!(Cursor::decode(&text, "members").unwrap_err().code, ErrorCode::BadCursor);
        }
    }

    #[test]
    fn page_sizes_are_bounded() {
        assert_eq!(Limit::size(None).unwrap(), 50);
        assert_eq!(Limit::size(Some(200)).unwrap(), 200);
        assert_eq!(Limit::size(Some(0)).unwrap_err().code, ErrorCode::InvalidField);
        assert_eq!(Limit::size(Some(201)).unwrap_err().code, ErrorCode::InvalidField);
    }
}
