//! What an access token says.

use kernel::{MemberId, SessionId};
use serde::{Deserialize, Serialize};

/// `typ` of an access token (RFC 9068).
pub(crate) const TYPE: &str = "at+jwt";

/// What an access token says. Instants are seconds since 1970 UTC.
///
/// What its bearer may do is not in it: appointments are read from the table with each request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Who made it: the setting `ISSUER`.
    pub iss: String,
    /// Whom it is about.
    pub sub: MemberId,
    /// Whom it is for: the setting `AUDIENCE`.
    pub aud: String,
    /// Not valid from then on.
    pub exp: i64,
    /// Not valid before.
    pub nbf: i64,
    /// When it was made.
    pub iat: i64,
    /// Its own name, no two alike.
    pub jti: String,
    /// The session it was made in.
    pub sid: SessionId,
    /// Whether the session began with a second factor.
    pub mfa: bool,
}

/// Why a token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// One of ours, for this audience, which has run out. A fresh one may be had for the refresh token.
    #[error("the access token has expired")]
    Expired,
    /// Anything else; which mistake it was is nobody's business.
    #[error("not a valid access token")]
    Invalid,
}
