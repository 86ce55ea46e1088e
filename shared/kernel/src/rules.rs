//! Numbers of the regulations, which are data.

use crate::{ErrorCode, Refusal};
use serde::de::DeserializeOwned;
use std::sync::OnceLock;

/// A file of `infra/rules`, which is part of the program, read when it is first asked for.
#[derive(Debug)]
pub struct RuleFile<T> {
    json: &'static str,
    read: fn(&'static str) -> Option<T>,
    rules: OnceLock<Option<T>>,
}

impl<T: DeserializeOwned> RuleFile<T> {
    /// A file that says `json`.
    #[must_use]
    pub const fn new(json: &'static str) -> Self {
        Self::checked(json, |json| serde_json::from_str(json).ok())
    }
}

impl<T> RuleFile<T> {
    /// A file that says `json`, which `read` understands.
    #[must_use]
    pub const fn checked(json: &'static str, read: fn(&'static str) -> Option<T>) -> Self {
        Self { json, read, rules: OnceLock::new() }
    }

    /// What it says.
    ///
    /// # Errors
    /// [`ErrorCode::Internal`] when it does not read, which a test of who asks rules out.
    pub fn get(&'static self) -> Result<&'static T, Refusal> {
        let rules = self.rules.get_or_init(|| (self.read)(self.json));
        rules.as_ref().ok_or_else(|| ErrorCode::Internal.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    struct Age {
        years: u8,
    }

    static AGE: RuleFile<Age> = RuleFile::new(r#"{ "version": "1", "years": 18 }"#);
    static NONE: RuleFile<Age> = RuleFile::new(r#"{ "version": "1" }"#);
    static OLD: RuleFile<u8> = RuleFile::checked("300", |json| json.parse().ok());

    #[test]
    fn what_reads_is_read_once_and_what_does_not_is_refused() {
        let first = AGE.get().unwrap();
        assert_eq!(first.years, 18);
        assert!(std::ptr::eq(first, AGE.get().unwrap()));
        assert_eq!(NONE.get().unwrap_err().code, ErrorCode::Internal);
        assert_eq!(OLD.get().unwrap_err().code, ErrorCode::Internal);
    }
}
