//! Guessing made slow, in a way that nobody can use to keep somebody else out.
//!
//! Every attempt is counted before anything is compared, so a hundred at once gain nothing. Counts are kept apart by what
//! somebody else cannot be:
//!
//! | count | key in the table of accounts | at most | who it slows |
//! |--|--|--|--|
//! | known device | `THR#DEV#login#device` | 20 in 15 minutes | this device at this login, and nobody else |
//! | login from a network | `THR#LOG#login#network` | 20 in 15 minutes | devices that are not known, at this login |
//! | network | `THR#NET#network` | 300 in 15 minutes | devices that are not known, there |
//! | login | `THR#ALL#login` | 30 free, then pauses up to 5 minutes | devices that are not known, at this login |
//! | session | `THR#SES#session` | 10 in 15 minutes | this session, where it is asked for password or code |
//! | codes for a known device | `THR#SMS#login#device` | 1 a minute, 10 a day | this device at this login, and nobody else |
//! | codes to a phone | `THR#SMS#login` | 1 a minute; after ten in a day pauses up to 15 minutes | devices that are not known, at this login |
//! | codes to a phone from a network | `THR#SML#login#network` | 10 a day | devices that are not known, at this login, there |
//! | codes from a network | `THR#NSM#network` | 30 a day | devices that are not known, there |
//!
//! Guesses at a password and codes that are typed in at sign-in count for the known device or, without one, for the network;
//! within a session both count for the session and nothing else.
//!
//! A stranger who guesses at a login slows down the devices that are not known to it: the owner's own phone has its count,
//! and a new one of theirs can sign in with a code, whose tries are counted for whoever asked for it (`Store::try_code`).
//! One who has codes sent to somebody else's phone delays the next one by a quarter of an hour at most.
//! `login` is the keyed hash of a phone number, known or not: both cost the same.
//!
//! Plain counts are added up outside a transaction (`Table::count_up`): a lost answer may count an attempt twice, which is
//! no harm. A pause is read and written under a condition; who loses such a race is told to wait a second.

use crate::{
    domain::{Pace, Policy},
    network::Network,
};
use cloud::{Environment, StartError};
use dynamo::{Change, Key, Ledger, Read, StoreError, Table};
use http_api::Problem;
use jiff::Timestamp;
use kernel::{Clock, ErrorCode, Refusal, SessionId};
use serde::{Deserialize, Serialize};

/// Seconds of a window in which attempts are counted.
const WINDOW: i64 = 900;
const DAY: i64 = 86_400;
const BY_DEVICE: u64 = 20;
const BY_LOGIN_AND_NETWORK: u64 = 20;
const BY_NETWORK: u64 = 300;
const BY_SESSION: u64 = 10;
const CODES_BY_NETWORK: u64 = 30;
const CODES_BY_LOGIN_AND_NETWORK: u64 = 10;

/// The counts of attempts.
#[derive(Debug, Clone)]
pub(crate) struct Throttle {
    table: Table,
    ledger: Ledger,
    clock: Clock,
}

/// A pace as it is stored.
#[derive(Debug, Serialize, Deserialize)]
struct PaceRow {
    pk: String,
    sk: String,
    #[serde(flatten)]
    pace: Pace,
    version: u64,
    ttl: i64,
}

/// A pace that was read, one step on.
#[derive(Debug)]
pub(crate) struct Stepped {
    row: PaceRow,
    before: u64,
}

impl Stepped {
    /// Seconds from `now` until the next one may be done.
    pub(crate) fn wait(&self, now: Timestamp) -> i64 {
        self.row.pace.wait(now.as_second())
    }

    /// Writes the step as part of `change`.
    pub(crate) fn add_to(&self, change: Change, table: &Table) -> Change {
        match self.before {
            0 => change.insert(table, &self.row, ErrorCode::Conflict),
            version => change.replace(table, &self.row, version),
        }
    }
}

/// "Not now", with the seconds after which it makes sense again.
fn later(seconds: i64) -> Refusal {
    Refusal::new(ErrorCode::TooManyAttempts).retry_after(u32::try_from(seconds.max(1)).unwrap_or(u32::MAX))
}

impl Throttle {
    pub(crate) fn open(env: &Environment) -> Result<Self, StartError> {
        let table = Table::open(env, "ACCOUNTS_TABLE")?;
        Ok(Self { table, ledger: Ledger::open(env)?, clock: env.clock.clone() })
    }

    /// Counts a guess at the password of `login`.
    ///
    /// # Errors
    /// [`ErrorCode::TooManyAttempts`]; or when a call fails.
    pub(crate) async fn guess(&self, login: &str, network: &Network, device: Option<&str>) -> Result<(), Problem> {
        if let Some(device) = device {
            return self.on_device(login, device).await;
        }
        let from_here = format!("LOG#{login}#{network}");
        let (here, network) = tokio::join!(self.within(&from_here, WINDOW, BY_LOGIN_AND_NETWORK), self.from(network));
        here?;
        network?;
        // Last: guesses that are refused for where they come from do not slow down those from elsewhere.
        let stepped = self.step(&format!("ALL#{login}"), Policy::Guesses).await?;
        self.ledger.carry_out(stepped.add_to(Change::new(), &self.table), []).await.map_err(Self::raced)
    }

    /// Counts a code that is typed in to sign in at `login`; how often one code is tried is counted with the code.
    ///
    /// # Errors
    /// As [`Self::guess`].
    pub(crate) async fn enter(&self, login: &str, network: &Network, device: Option<&str>) -> Result<(), Problem> {
        match device {
            Some(device) => self.on_device(login, device).await,
            None => self.from(network).await,
        }
    }

    /// Counts an attempt at `login` from a device that is known to it.
    async fn on_device(&self, login: &str, device: &str) -> Result<(), Problem> {
        self.within(&format!("DEV#{login}#{device}"), WINDOW, BY_DEVICE).await
    }

    /// Counts an attempt from `network` whatever it is at.
    async fn from(&self, network: &Network) -> Result<(), Problem> {
        self.within(&format!("NET#{network}"), WINDOW, BY_NETWORK).await
    }

    /// Counts an attempt to prove something within a session.
    ///
    /// # Errors
    /// As [`Self::guess`].
    pub(crate) async fn within_session(&self, session: SessionId) -> Result<(), Problem> {
        self.within(&format!("SES#{session}"), WINDOW, BY_SESSION).await
    }

    /// Counts a code that is to be sent to `login`; the step is written together with the code.
    ///
    /// # Errors
    /// As [`Self::guess`].
    pub(crate) async fn send(&self, login: &str, network: &Network, device: Option<&str>) -> Result<Stepped, Problem> {
        if let Some(device) = device {
            return self.step(&format!("SMS#{login}#{device}"), Policy::OwnSends).await;
        }
        // First: what comes too soon is not counted by the day.
        let stepped = self.step(&format!("SMS#{login}"), Policy::Sends).await?;
        self.within(&format!("SML#{login}#{network}"), DAY, CODES_BY_LOGIN_AND_NETWORK).await?;
        self.within(&format!("NSM#{network}"), DAY, CODES_BY_NETWORK).await?;
        Ok(stepped)
    }

    /// What a failed write of a step says: somebody else made one at the same moment.
    pub(crate) fn raced(error: StoreError) -> Problem {
        match error {
            StoreError::Refused(_) => later(1).into(),
            other => other.into(),
        }
    }

    /// Counts one more under `name` in the present window of so many seconds.
    async fn within(&self, name: &str, seconds: i64, most: u64) -> Result<(), Problem> {
        let now = self.clock.now().as_second();
        let ends = now - now.rem_euclid(seconds) + seconds;
        let key = Key::new(format!("THR#{name}"), ends.to_string());
        let count = self.table.count_up(key, ends + WINDOW).await?;
        if count > most { Err(later(ends - now).into()) } else { Ok(()) }
    }

    async fn step(&self, name: &str, policy: Policy) -> Result<Stepped, Problem> {
        let now = self.clock.now().as_second();
        let (pk, sk) = (format!("THR#{name}"), "PACE".to_owned());
        let found: Option<PaceRow> = self.table.get(Key::new(&pk, &sk), Read::Consistent).await?;
        let (pace, before) = found.map_or((Pace::default(), 0), |row| (row.pace, row.version));
        let pace = pace.step(policy, now).map_err(|wait| later(wait.into()))?;
        Ok(Stepped { row: PaceRow { pk, sk, pace, version: before + 1, ttl: pace.until + WINDOW }, before })
    }
}
