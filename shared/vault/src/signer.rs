//! Making access tokens.

use crate::{
    p256::{PublicKey, private_key, raw_signature},
    source::Source,
    unavailable,
};
use aws_lc_rs::digest::{SHA256, digest};
use aws_sdk_kms::{
    Client,
    primitives::Blob,
    types::{MessageType, SigningAlgorithmSpec},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use cloud::{Environment, StartError};
use jsonwebtoken::{EncodingKey, Header};
use serde::Serialize;
use std::{error::Error, fmt};

/// A token was not made: its claims are not JSON, or KMS did not sign.
#[derive(Debug, thiserror::Error)]
#[error("the token could not be signed")]
pub struct SignError(#[source] Box<dyn Error + Send + Sync>);

/// Makes access tokens: JWT, ES256, `typ` `at+jwt`, `kid` the thumbprint of the key (RFC 7638).
#[derive(Clone)]
pub struct Signer {
    header: Header,
    key: Key,
}

#[derive(Clone)]
enum Key {
    File(EncodingKey),
    Kms { client: Client, arn: String },
}

impl Signer {
    /// With the first key that the setting `SIGNING_KEY` names. A file is made when it is not there.
    ///
    /// # Errors
    /// When the setting is missing, the file holds no key or cannot be made, or KMS does not answer.
    pub async fn open(env: &Environment) -> Result<Self, StartError> {
        let names = env.settings.get("SIGNING_KEY")?;
        let source = Source::of(names.split(',').next().unwrap_or_default())?;
        let header = PublicKey::of(&source, env).await?.header;
        let key = match source {
            Source::File(path) => Key::File(private_key(&path).map_err(|error| unavailable("the signing key", error))?),
            Source::Kms(arn) => Key::Kms { client: Client::new(&env.sdk_for("KMS")), arn },
        };
        Ok(Self { header, key })
    }

    /// The token that says `claims`, usually [`crate::Claims`].
    ///
    /// # Errors
    /// When the claims do not write as JSON or KMS does not sign; then the same call may be made again.
    pub async fn sign(&self, claims: &impl Serialize) -> Result<String, SignError> {
        match &self.key {
            Key::File(key) => jsonwebtoken::encode(&self.header, claims, key).map_err(|error| SignError(error.into())),
            Key::Kms { client, arn } => {
                let message = self.message(claims).map_err(|error| SignError(error.into()))?;
                let signature = sign_by_kms(client, arn, &message).await.map_err(SignError)?;
                Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
            }
        }
    }

    /// What is signed: header and claims.
    fn message(&self, claims: &impl Serialize) -> Result<String, serde_json::Error> {
        let header = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&self.header)?);
        Ok(format!("{header}.{}", URL_SAFE_NO_PAD.encode(serde_json::to_vec(claims)?)))
    }
}

async fn sign_by_kms(client: &Client, arn: &str, message: &str) -> Result<[u8; 64], Box<dyn Error + Send + Sync>> {
    let hash = digest(&SHA256, message.as_bytes());
    let call = client.sign().key_id(arn).message(Blob::new(hash.as_ref())).message_type(MessageType::Digest);
    let signed = call.signing_algorithm(SigningAlgorithmSpec::EcdsaSha256).send().await?;
    let signature = signed.signature.as_ref().map_or(&[][..], AsRef::as_ref);
    raw_signature(signature).ok_or_else(|| "KMS gave no signature on P-256".into())
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer")
    }
}
