//! An account and its sessions.

use crate::domain::{Phc, SecondFactor};
use jiff::{SignedDuration, Timestamp};
use kernel::{ErrorCode, Line, MemberId, SessionId};
use register::AccountStatus;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use vault::Sealed;

/// Seconds that an access token lasts.
pub(crate) const ACCESS_SECONDS: i64 = 900;
/// How long a session lasts after it was last renewed.
const IDLE: SignedDuration = SignedDuration::from_hours(30 * 24);
/// How long a session lasts at most.
const WHOLE: SignedDuration = SignedDuration::from_hours(90 * 24);
/// How long the refresh token before the present one still gives the present one: the answer with it may have been lost.
const GRACE: SignedDuration = SignedDuration::from_secs(60);
/// How long after signing in one may set a first password or a second factor without a further proof.
const FRESH: SignedDuration = SignedDuration::from_mins(15);
/// Sessions that an account has at most.
const SESSIONS: usize = 10;

/// One signed-in device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Session {
    pub(crate) created_at: Timestamp,
    pub(crate) refreshed_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    /// Whether a second factor was proved in it.
    pub(crate) second_factor: bool,
    /// What the person calls the device.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) device: Option<Line<60>>,
    /// Hash of the refresh token.
    refresh_hash: String,
    /// The last change of refresh tokens.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    rotation: Option<Rotation>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rotation {
    /// Hash of the token before.
    previous_hash: String,
    at: Timestamp,
    /// The present token, encrypted: a client that lost the answer gets it again.
    successor: Sealed,
}

/// What a refresh token that was made for a session is to it now.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Presented {
    /// The present one.
    Present,
    /// The one before, a moment ago, and its successor was not used yet: the successor.
    Before(Sealed),
    /// An older one: somebody else has it too.
    Superseded,
}

impl Session {
    pub(crate) fn new(refresh_hash: String, second_factor: bool, device: Option<Line<60>>, now: Timestamp) -> Self {
        let expires_at = now + IDLE;
        Self { created_at: now, refreshed_at: now, expires_at, second_factor, device, refresh_hash, rotation: None }
    }

    /// What the token with this hash is. Only for tokens that are known to have been made for this session.
    pub(crate) fn presented(&self, hash: &str, now: Timestamp) -> Presented {
        if hash == self.refresh_hash {
            return Presented::Present;
        }
        match &self.rotation {
            Some(last) if last.previous_hash == hash && now < last.at + GRACE => {
                Presented::Before(last.successor.clone())
            }
            _ => Presented::Superseded,
        }
    }

    /// The session after its refresh token was exchanged for a new one.
    pub(crate) fn renewed(&self, hash: String, successor: Sealed, now: Timestamp) -> Self {
        let rotation = Rotation { previous_hash: self.refresh_hash.clone(), at: now, successor };
        Self {
            refreshed_at: now,
            expires_at: (now + IDLE).min(self.created_at + WHOLE),
            refresh_hash: hash,
            rotation: Some(rotation),
            ..self.clone()
        }
    }

    /// Whether its person signed in a moment ago.
    pub(crate) fn is_fresh(&self, now: Timestamp) -> bool {
        now < self.created_at + FRESH
    }
}

/// A person's account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Account {
    pub(crate) member: MemberId,
    pub(crate) status: AccountStatus,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) password: Option<Phc>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) second_factor: Option<SecondFactor>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub(crate) sessions: BTreeMap<SessionId, Session>,
    /// Made together with demo data.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub(crate) demo: bool,
    pub(crate) version: u64,
}

impl Account {
    /// An account that nobody has signed in to yet; version 0 says that it is not stored.
    pub(crate) fn new(member: MemberId) -> Self {
        Self {
            member,
            status: AccountStatus::Active,
            password: None,
            second_factor: None,
            sessions: BTreeMap::new(),
            demo: false,
            version: 0,
        }
    }

    pub(crate) fn is_suspended(&self) -> bool {
        self.status == AccountStatus::Suspended
    }

    /// Whether signing in takes a second factor.
    pub(crate) fn has_second_factor(&self) -> bool {
        self.second_factor.as_ref().is_some_and(|factor| factor.confirmed)
    }

    /// The session `id`, unless it has ended.
    ///
    /// # Errors
    /// [`ErrorCode::SessionEnded`]
    pub(crate) fn session(&self, id: SessionId, now: Timestamp) -> Result<&Session, ErrorCode> {
        self.sessions.get(&id).filter(|session| now < session.expires_at).ok_or(ErrorCode::SessionEnded)
    }

    /// Puts a session into its place. Those that ran out go, and beyond ten the one that was unused for longest.
    pub(crate) fn keep(&mut self, id: SessionId, session: Session, now: Timestamp) {
        self.sessions.insert(id, session);
        self.sessions.retain(|_, session| now < session.expires_at);
        while self.sessions.len() > SESSIONS {
            let others = self.sessions.iter().filter(|(other, _)| **other != id);
            let Some(oldest) = others.min_by_key(|(_, session)| session.refreshed_at).map(|(id, _)| *id) else {
                return;
            };
            self.sessions.remove(&oldest);
        }
    }

    /// Ends a session.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`] when the account has no such session.
    pub(crate) fn end(&mut self, id: SessionId) -> Result<(), ErrorCode> {
        self.sessions.remove(&id).map(drop).ok_or(ErrorCode::NotFound)
    }
}

#[cfg(test)]
mod tests;
