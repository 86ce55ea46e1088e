//! Personal numbers encrypted, and the key that signs access tokens.
//!
//! [`Vault`] seals a text for one place of one record, AES-256-GCM under a data key of the deployment, and gives the
//! keyed hash by which the text is found again. [`Signer`] and [`Verifier`] make and read access tokens (JWT, ES256).
//!
//! Deployed, both keys are in KMS: the data key wrapped by it, the signing key never leaving it. On one machine both are
//! files. The settings `DATA_KEY` and `SIGNING_KEY` say which: a key ARN or `file:<path>`.
//!
//! # Rotation
//! *Data key.* KMS rotates the key that wraps by itself. For a new data key raise `DATA_KEY_VERSIONS` (1 when left out)
//! and deploy: the missing versions are made by whoever starts first. New values are sealed with the newest version that
//! is a day old, when no execution environment is left that does not know it; old values open with theirs for ever, so
//! the number is never lowered. The keyed hash stays with version 1: it decides who is unique, and every index of every
//! record would have to be rewritten at one moment.
//!
//! *Signing key.* `SIGNING_KEY` may name several keys, with commas between: the first signs, all verify. Deploy
//! `old,new`, then `new,old`, and `new` once the tokens of the old one have run out.

mod data_key;
mod p256;
mod random;
mod sealed;
mod signer;
mod source;
mod token;
mod verifier;

pub use random::{random_digits, random_hex, random_text};
pub use sealed::{OpenError, Place, SealError, Sealed, Vault};
pub use signer::{SignError, Signer};
pub use token::{Claims, Refused};
pub use verifier::Verifier;

use cloud::StartError;
use std::error::Error;

/// What is needed at the start and cannot be had.
fn unavailable(what: &'static str, source: impl Into<Box<dyn Error + Send + Sync>>) -> StartError {
    StartError::Unavailable { what, source: source.into() }
}
