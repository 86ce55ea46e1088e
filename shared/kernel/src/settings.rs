//! Settings of a function: what the template put into its environment.

use std::{collections::HashMap, fmt};

/// A setting that the template should have set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("setting {0} is missing: template.yaml must put it into the function's environment")]
pub struct MissingSetting(pub String);

/// The settings of one function.
///
/// Deployed they are the process environment; the local runner hands each function its own, resolved from the same
/// template. Values are never printed: credentials are among them.
#[derive(Clone, Default)]
pub struct Settings(HashMap<String, String>);

impl Settings {
    /// The process environment.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place where the environment is read")]
    pub fn from_env() -> Self {
        std::env::vars().collect()
    }

    /// The value of `name`.
    ///
    /// # Errors
    /// [`MissingSetting`] when it is absent or empty.
    pub fn get(&self, name: &str) -> Result<&str, MissingSetting> {
        self.find(name).ok_or_else(|| MissingSetting(name.to_owned()))
    }

    /// The value of `name`, if it is set and not empty.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// These settings with `name` set to `value`.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }
}

impl FromIterator<(String, String)> for Settings {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut names: Vec<_> = self.0.keys().collect();
        names.sort_unstable();
        f.debug_tuple("Settings").field(&names).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_setting_is_a_missing_one() {
        let settings = Settings::default().with("A", "").with("B", "b");
        assert_eq!(settings.get("A"), Err(MissingSetting("A".to_owned())));
        assert_eq!(settings.get("B"), Ok("b"));
    }

    #[test]
    fn settings_print_their_names_only() {
        assert_eq!(format!("{:?}", Settings::default().with("SECRET", "hunter2")), r#"Settings(["SECRET"])"#);
    }
}
