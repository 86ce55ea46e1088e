//! Access tokens and refresh tokens.

use crate::domain::{ACCESS_SECONDS, Account, Session};
use aws_lc_rs::{
    constant_time::verify_slices_are_equal,
    digest::{SHA256, digest},
    error::Unspecified,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use cloud::{Environment, StartError};
use dynamo::StoreError;
use http_api::Problem;
use jiff::Timestamp;
use kernel::{MemberId, SessionId};
use serde::Serialize;
use std::{fmt, sync::Arc};
use utoipa::ToSchema;
use vault::{Claims, OpenError, Place, SealError, Sealed, Signer, Vault, random_text};

/// A refresh token: `rt1.<member>.<session>.<secret>.<tag>`.
///
/// The ids find the session with one read; the secret, 256 random bits, is what proves; the tag, a keyed hash of the rest,
/// tells a token that was made here from an invented one. Without it anybody who knows the id of a session could end it
/// with a token that merely looks superseded.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct RefreshToken {
    pub(crate) member: MemberId,
    pub(crate) session: SessionId,
    secret: String,
}

impl RefreshToken {
    const FORMAT: &str = "rt1";

    /// A new one for a session.
    pub(crate) fn new(member: MemberId, session: SessionId) -> Result<Self, Unspecified> {
        Ok(Self { member, session, secret: random_text::<32>()? })
    }

    /// The token that `text` is, if it was made here.
    pub(crate) fn read(vault: &Vault, text: &str) -> Option<Self> {
        let [Self::FORMAT, member, session, secret, tag] = text.split('.').collect::<Vec<_>>()[..] else { return None };
        let token = Self { member: member.parse().ok()?, session: session.parse().ok()?, secret: secret.to_owned() };
        verify_slices_are_equal(token.tag(vault).as_bytes(), tag.as_bytes()).ok()?;
        Some(token)
    }

    /// As the client keeps it.
    pub(crate) fn text(&self, vault: &Vault) -> String {
        format!("{}.{}.{}.{}.{}", Self::FORMAT, self.member, self.session, self.secret, self.tag(vault))
    }

    /// As the account keeps it: SHA-256 of the secret, base64url. The secret is random, so there is nothing to guess.
    pub(crate) fn hash(&self) -> String {
        URL_SAFE_NO_PAD.encode(digest(&SHA256, self.secret.as_bytes()))
    }

    /// Encrypted, for the moments in which it may have to be given out again.
    pub(crate) fn sealed(&self, vault: &Vault) -> Result<Sealed, SealError> {
        vault.seal(&Self::place(&self.session.to_string()), &self.secret)
    }

    /// The token of the same session that was sealed.
    pub(crate) fn unsealed(&self, vault: &Vault, sealed: &Sealed) -> Result<Self, OpenError> {
        Ok(Self { secret: vault.unseal(&Self::place(&self.session.to_string()), sealed)?, ..*self })
    }

    fn place(session: &str) -> Place<'_> {
        Place { table: "accounts", record: session, field: "successor" }
    }

    fn tag(&self, vault: &Vault) -> String {
        vault.index("refresh", &format!("{}.{}.{}", self.member, self.session, self.secret))
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RefreshToken({})", self.session)
    }
}

/// What a session has of the second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum SecondFactorState {
    /// It was proved in this session.
    Passed,
    /// The account has one, but it was set up after this session began: send a code to
    /// `/v1/me/second-factor/confirmations`.
    NotPassed,
    /// The account has none.
    NotEnrolled,
}

impl SecondFactorState {
    pub(crate) fn of(account: &Account, session: &Session) -> Self {
        match (session.second_factor, account.has_second_factor()) {
            (true, _) => Self::Passed,
            (false, true) => Self::NotPassed,
            (false, false) => Self::NotEnrolled,
        }
    }
}

/// What a device is signed in with.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Tokens {
    /// For `Authorization: Bearer …`.
    access_token: String,
    /// How long the access token lasts, in seconds.
    #[schema(example = 900)]
    expires_in: i64,
    /// Gives the next pair at `/v1/sessions/refresh`, once.
    refresh_token: String,
    /// When the session ends unless it is renewed before, in UTC.
    #[schema(value_type = String, format = DateTime)]
    refresh_expires_at: Timestamp,
    member: MemberId,
    session: SessionId,
    second_factor: SecondFactorState,
    /// To be sent with the next sign-in from this device, so that guesses of others are not counted against it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) device_token: Option<String>,
}

/// Makes tokens.
#[derive(Debug, Clone)]
pub(crate) struct Issuer {
    signer: Signer,
    vault: Arc<Vault>,
    iss: String,
    aud: String,
}

impl Issuer {
    pub(crate) async fn open(env: &Environment, vault: Arc<Vault>) -> Result<Self, StartError> {
        let setting = |name: &str| env.settings.get(name).map(str::to_owned);
        Ok(Self { signer: Signer::open(env).await?, vault, iss: setting("ISSUER")?, aud: setting("AUDIENCE")? })
    }

    /// The tokens of `session`, whose refresh token is `refresh`.
    ///
    /// Made before the session is written: what cannot be answered does not happen.
    ///
    /// # Errors
    /// 503 when the token cannot be signed.
    pub(crate) async fn tokens(
        &self,
        account: &Account,
        session: &Session,
        refresh: &RefreshToken,
        now: Timestamp,
    ) -> Result<Tokens, Problem> {
        let iat = now.as_second();
        let expires_in = ACCESS_SECONDS.min(session.expires_at.as_second() - iat);
        let claims = Claims {
            iss: self.iss.clone(),
            sub: refresh.member,
            aud: self.aud.clone(),
            exp: iat + expires_in,
            nbf: iat,
            iat,
            jti: random_text::<16>().map_err(Problem::internal)?,
            sid: refresh.session,
            mfa: session.second_factor,
        };
        let signed = self.signer.sign(&claims).await;
        Ok(Tokens {
            access_token: signed.map_err(|error| StoreError::Busy(Box::new(error)))?,
            expires_in,
            refresh_token: refresh.text(&self.vault),
            refresh_expires_at: session.expires_at,
            member: refresh.member,
            session: refresh.session,
            second_factor: SecondFactorState::of(account, session),
            device_token: None,
        })
    }
}
