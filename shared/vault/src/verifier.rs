//! Reading access tokens.

use crate::{Refused, p256::PublicKey, source::Source};
use cloud::{Environment, StartError};
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, Validation, decode, decode_header};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use std::fmt;

/// Reads access tokens, with public keys only.
#[derive(Clone)]
pub struct Verifier {
    keys: Vec<PublicKey>,
    validation: Validation,
}

/// The claims that say when a token is valid.
#[derive(Deserialize)]
struct Times {
    exp: i64,
    nbf: i64,
}

impl Verifier {
    /// Bytes of a token at most.
    pub const LIMIT: usize = 4_096;
    /// Seconds that clocks may differ.
    pub const LEEWAY: i64 = 5;

    /// With every key that the setting `SIGNING_KEY` names, for tokens by `ISSUER` and for `AUDIENCE`. A file is made when
    /// it is not there.
    ///
    /// # Errors
    /// When a setting is missing, a file holds no key or cannot be made, or KMS does not answer.
    pub async fn open(env: &Environment) -> Result<Self, StartError> {
        let mut keys = Vec::new();
        for name in env.settings.get("SIGNING_KEY")?.split(',') {
            keys.push(PublicKey::of(&Source::of(name)?, env).await?);
        }
        let mut validation = Validation::new(Algorithm::ES256);
        validation.set_issuer(&[env.settings.get("ISSUER")?]);
        validation.set_audience(&[env.settings.get("AUDIENCE")?]);
        validation.set_required_spec_claims(&["iss", "sub", "aud", "exp", "nbf"]);
        // Compared below with the instant that is handed in, not with the machine's clock.
        validation.validate_exp = false;
        Ok(Self { keys, validation })
    }

    /// What `token` says, usually [`crate::Claims`], at the instant `now`.
    ///
    /// # Errors
    /// [`Refused::Expired`] when its time is over and nothing else is wrong with it; [`Refused::Invalid`] in every other
    /// case: over [`Self::LIMIT`], an unknown key, a header that we do not write, a signature, issuer or audience that is
    /// not right, not valid yet, or claims that do not read as `T`.
    pub fn verify<T: DeserializeOwned>(&self, token: &str, now: Timestamp) -> Result<T, Refused> {
        if token.len() > Self::LIMIT {
            return Err(Refused::Invalid);
        }
        let header = decode_header(token).map_err(|_| Refused::Invalid)?;
        let key = self.keys.iter().find(|key| key.header == header).ok_or(Refused::Invalid)?;
        let said: Value = decode(token, &key.key, &self.validation).map_err(|_| Refused::Invalid)?.claims;
        let Times { exp, nbf } = Times::deserialize(&said).map_err(|_| Refused::Invalid)?;
        let claims = T::deserialize(said).map_err(|_| Refused::Invalid)?;
        let now = now.as_second();
        if nbf.saturating_sub(Self::LEEWAY) > now {
            Err(Refused::Invalid)
        } else if exp.saturating_add(Self::LEEWAY) <= now {
            Err(Refused::Expired)
        } else {
            Ok(claims)
        }
    }

    /// The public keys, as `/.well-known/jwks.json` answers them (RFC 7517).
    #[must_use]
    pub fn jwks(&self) -> Value {
        let keys: Vec<_> = self.keys.iter().map(|key| &key.jwk).collect();
        json!({ "keys": keys })
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Verifier")
    }
}
