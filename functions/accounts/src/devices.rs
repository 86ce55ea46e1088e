//! Devices that somebody has signed in with before (OWASP "device cookie").
//!
//! A sign-in answers with a device token, which the app keeps for the next sign-in. It lets nobody in: it gives guesses
//! from this device a count of their own, so that strangers who guess at the same account cannot use it up.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::error::Unspecified;
use jiff::Timestamp;
use vault::{Vault, random_text};

/// The first part of every device token.
const FORMAT: &str = "dt1";
/// How long a device is known after the sign-in that made its token, in seconds: 400 days.
const KNOWN_FOR: i64 = 400 * 86_400;

/// A device that is known for one login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Device {
    /// Its name, no two alike.
    pub(crate) name: String,
    since: i64,
}

impl Device {
    /// A device that becomes known at `now`.
    pub(crate) fn new(now: Timestamp) -> Result<Self, Unspecified> {
        Ok(Self { name: random_text::<16>()?, since: now.as_second() })
    }

    /// The device that `token` was made for, if it was made here for `login` and is not too old.
    pub(crate) fn known(vault: &Vault, login: &str, token: &str, now: Timestamp) -> Option<Self> {
        let [FORMAT, since, name, tag] = token.split('.').collect::<Vec<_>>()[..] else { return None };
        let device = Self { name: name.to_owned(), since: since.parse().ok()? };
        let genuine = verify_slices_are_equal(device.tag(vault, login).as_bytes(), tag.as_bytes()).is_ok();
        let age = now.as_second().checked_sub(device.since)?;
        (genuine && (0..=KNOWN_FOR).contains(&age)).then_some(device)
    }

    /// Its token for `login`.
    pub(crate) fn token(&self, vault: &Vault, login: &str) -> String {
        format!("{FORMAT}.{}.{}.{}", self.since, self.name, self.tag(vault, login))
    }

    fn tag(&self, vault: &Vault, login: &str) -> String {
        vault.index("device", &format!("{login}.{}.{}", self.since, self.name))
    }
}
