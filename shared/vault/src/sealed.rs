//! Texts sealed for one place, and found again by a keyed hash.

use crate::{
    data_key::{DataKey, data_keys},
    unavailable,
};
use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey},
    error::Unspecified,
    hkdf::{HKDF_SHA256, Salt},
    hmac,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use cloud::{Environment, StartError};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The place a text is sealed for. It opens in no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// The kind of record, `members`: a name of the application's own, since a table that was restored from a backup
    /// has another.
    pub table: &'a str,
    /// The id of the record.
    pub record: &'a str,
    /// The field of the record.
    pub field: &'a str,
}

/// A sealed text as it is stored: `v1.<version of the key>.<nonce>.<ciphertext>`, the last two in base64url.
///
/// `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sealed(String);

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealed")
    }
}

/// A text was not sealed: it is longer than 64 GiB, or the machine gives no random numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the text could not be sealed")]
pub struct SealError;

/// Why a sealed text does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// It does not have the form of a sealed text.
    #[error("not a sealed text")]
    Malformed,
    /// It was sealed with a version of the key that this function was not started with.
    #[error("sealed with a data key that is not among DATA_KEY_VERSIONS")]
    UnknownKey,
    /// It was changed, sealed for another place, or sealed with another deployment's key.
    #[error("changed, or sealed for another place")]
    Foreign,
}

/// Seals texts, opens them, and gives the keyed hash by which they are found.
pub struct Vault {
    /// By version, the first one first.
    keys: Vec<RandomizedNonceKey>,
    /// The version that seals.
    newest: usize,
    index: hmac::Key,
}

impl Vault {
    /// Fetches the data keys that the settings `DATA_KEY` and `DATA_KEY_VERSIONS` name, and makes those that are missing.
    ///
    /// # Errors
    /// When a setting is missing, a file cannot be read or made, or table or KMS do not answer.
    pub async fn open(env: &Environment) -> Result<Self, StartError> {
        Self::with(&data_keys(env).await?).map_err(|error| unavailable("the data key", error))
    }

    fn with(data_keys: &[DataKey]) -> Result<Self, Unspecified> {
        let mut keys = Vec::new();
        let mut index = None;
        for DataKey { bytes, .. } in data_keys {
            let root = Salt::new(HKDF_SHA256, b"zhibu/vault/v1").extract(bytes);
            let mut seal = [0; 32];
            root.expand(&[b"seal"], HKDF_SHA256)?.fill(&mut seal)?;
            keys.push(RandomizedNonceKey::new(&AES_256_GCM, &seal)?);
            if index.is_none() {
                index = Some(root.expand(&[b"index"], hmac::HMAC_SHA256)?.into());
            }
        }
        let newest = data_keys.iter().rposition(|key| key.settled).ok_or(Unspecified)? + 1;
        Ok(Self { keys, newest, index: index.ok_or(Unspecified)? })
    }

    /// Encrypts `plain` for `place`. Twice the same text gives two different results.
    ///
    /// # Errors
    /// Practically never; see [`SealError`].
    pub fn seal(&self, place: &Place<'_>, plain: &str) -> Result<Sealed, SealError> {
        let version = self.newest.to_string();
        let key = self.keys.get(self.newest - 1).ok_or(SealError)?;
        let mut text = plain.as_bytes().to_vec();
        let nonce = key.seal_in_place_append_tag(bound_to(&version, place), &mut text).map_err(|_| SealError)?;
        let (nonce, text) = (URL_SAFE_NO_PAD.encode(nonce.as_ref()), URL_SAFE_NO_PAD.encode(text));
        Ok(Sealed(format!("{FORMAT}.{version}.{nonce}.{text}")))
    }

    /// Decrypts what was sealed for `place`.
    ///
    /// # Errors
    /// When it was not sealed here and for this place, was changed since, or its key is not known.
    pub fn unseal(&self, place: &Place<'_>, sealed: &Sealed) -> Result<String, OpenError> {
        let parts: Vec<_> = sealed.0.split('.').collect();
        let [FORMAT, version, nonce, text] = *parts.as_slice() else { return Err(OpenError::Malformed) };
        let number: usize = version.parse().map_err(|_| OpenError::Malformed)?;
        let key = number.checked_sub(1).and_then(|at| self.keys.get(at)).ok_or(OpenError::UnknownKey)?;
        let bytes = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| OpenError::Malformed);
        let nonce = Nonce::try_assume_unique_for_key(&bytes(nonce)?).map_err(|_| OpenError::Malformed)?;
        let mut text = bytes(text)?;
        let plain = key.open_in_place(nonce, bound_to(version, place), &mut text).map_err(|_| OpenError::Foreign)?;
        str::from_utf8(plain).map(str::to_owned).map_err(|_| OpenError::Foreign)
    }

    /// The keyed hash (HMAC-SHA-256, base64url, 43 characters) by which a text of this `kind` is found without being
    /// opened. The text is to be in its one normal spelling: equal texts give equal hashes, in this deployment only.
    #[must_use]
    pub fn index(&self, kind: &str, normalised: &str) -> String {
        URL_SAFE_NO_PAD.encode(hmac::sign(&self.index, &lengthy(&[kind, normalised])))
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault")
    }
}

/// The first part of every sealed text.
const FORMAT: &str = "v1";

/// What a sealed text is bound to, beside its key. The version is taken as written, so that it has one spelling.
fn bound_to(version: &str, place: &Place<'_>) -> Aad<Vec<u8>> {
    Aad::from(lengthy(&[FORMAT, version, place.table, place.record, place.field]))
}

/// The parts one after the other, each behind its length: no two lists give the same bytes.
fn lengthy(parts: &[&str]) -> Vec<u8> {
    let each = parts.iter().flat_map(|part| part.len().to_be_bytes().into_iter().chain(part.bytes()));
    each.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PLACE: Place<'_> = Place { table: "members", record: "mbr_1", field: "idCard" };

    fn vault(settled: &[bool]) -> Vault {
        let keys = settled.iter().zip(7..).map(|(&settled, n)| DataKey { bytes: [n; 32], settled });
        Vault::with(&keys.collect::<Vec<_>>()).unwrap()
    }

    proptest! {
        #[test]
        fn a_text_opens_where_it_was_sealed(plain in "\\PC{0,80}", table in ".{0,9}", record in ".{0,9}", field in ".{0,9}") {
            let place = Place { table: &table, record: &record, field: &field };
            let sealed = vault(&[true]).seal(&place, &plain).unwrap();
            prop_assert_eq!(vault(&[true]).unseal(&place, &sealed), Ok(plain));
        }

        #[test]
        fn a_text_does_not_open_in_another_place(at in 0_usize..3, part in "[a-zA-Z_0-9]{0,9}") {
            let vault = vault(&[true]);
            let sealed = vault.seal(&PLACE, "350102199003071234").unwrap();
            let mut parts = [PLACE.table, PLACE.record, PLACE.field];
            prop_assume!(parts[at] != part);
            parts[at] = &part;
            let other = Place { table: parts[0], record: parts[1], field: parts[2] };
            prop_assert_eq!(vault.unseal(&other, &sealed), Err(OpenError::Foreign));
        }

        #[test]
        fn no_change_of_a_byte_goes_unnoticed(plain in "\\PC{0,20}", at: prop::sample::Index, other in 0_u8..128) {
            let vault = vault(&[true, true]);
            let sealed = vault.seal(&PLACE, &plain).unwrap();
            let mut bytes = sealed.0.clone().into_bytes();
            let at = at.index(bytes.len());
            prop_assume!(bytes[at] != other);
            bytes[at] = other;
            prop_assert!(vault.unseal(&PLACE, &Sealed(String::from_utf8(bytes).unwrap())).is_err());
        }

        #[test]
        fn no_flipped_bit_opens(plain in "\\PC{0,20}", part in 2_usize..4, at: prop::sample::Index, bit in 0_u32..8) {
            let vault = vault(&[true]);
            let sealed = vault.seal(&PLACE, &plain).unwrap();
            let mut parts: Vec<_> = sealed.0.split('.').map(str::to_owned).collect();
            let mut bytes = URL_SAFE_NO_PAD.decode(&parts[part]).unwrap();
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            parts[part] = URL_SAFE_NO_PAD.encode(bytes);
            prop_assert_eq!(vault.unseal(&PLACE, &Sealed(parts.join("."))), Err(OpenError::Foreign));
        }

        #[test]
        fn no_text_makes_opening_panic(text in "(v1\\.1?\\.)?\\PC{0,60}") {
            prop_assert!(vault(&[true]).unseal(&PLACE, &Sealed(text)).is_err());
        }

        #[test]
        fn the_keyed_hash_tells_kinds_and_texts_apart(kind in ".{0,9}", text in ".{0,20}", other in ".{0,20}") {
            let vault = vault(&[true]);
            prop_assert_eq!(vault.index(&kind, &text), vault.index(&kind, &text));
            prop_assert_eq!(vault.index(&kind, &text).len(), 43);
            prop_assume!(text != other);
            prop_assert_ne!(vault.index(&kind, &text), vault.index(&kind, &other));
            prop_assert_ne!(vault.index(&text, &kind), vault.index(&other, &kind));
        }
    }

    #[test]
    fn parts_that_run_together_are_not_the_same_place() {
        let vault = vault(&[true]);
        let sealed = vault.seal(&Place { table: "a", record: "bc", field: "d" }, "x").unwrap();
        assert_eq!(vault.unseal(&Place { table: "ab", record: "c", field: "d" }, &sealed), Err(OpenError::Foreign));
        assert_ne!(vault.index("ab", "c"), vault.index("a", "bc"));
    }

    #[test]
    fn the_same_text_is_never_sealed_the_same_way_twice() {
        let vault = vault(&[true]);
        assert_ne!(vault.seal(&PLACE, "x").unwrap(), vault.seal(&PLACE, "x").unwrap());
    }

    #[test]
    fn a_new_key_seals_once_everyone_knows_it_and_the_old_one_still_opens() {
        let (old, between, new) = (vault(&[true]), vault(&[true, false]), vault(&[true, true]));
        let first = between.seal(&PLACE, "x").unwrap();
        assert_eq!(old.unseal(&PLACE, &first), Ok("x".to_owned()), "the new key is not in use yet");
        let second = new.seal(&PLACE, "x").unwrap();
        assert_eq!(old.unseal(&PLACE, &second), Err(OpenError::UnknownKey));
        for vault in [between, new] {
            assert_eq!(vault.unseal(&PLACE, &first), Ok("x".to_owned()));
            assert_eq!(vault.unseal(&PLACE, &second), Ok("x".to_owned()));
            assert_eq!(vault.index("phone", "+8613800000000"), old.index("phone", "+8613800000000"));
        }
    }

    #[test]
    fn a_version_has_one_spelling() {
        let vault = vault(&[true]);
        let sealed = vault.seal(&PLACE, "x").unwrap().0;
        for other in ["v1.01.", "v1.+1."] {
            let text = sealed.replacen("v1.1.", other, 1);
            assert_eq!(vault.unseal(&PLACE, &Sealed(text)), Err(OpenError::Foreign), "{other}");
        }
    }

    #[test]
    fn nothing_shows_in_debug_output() {
        let vault = vault(&[true]);
        let sealed = vault.seal(&PLACE, "350102199003071234").unwrap();
        assert_eq!(format!("{vault:?} {sealed:?}"), "Vault Sealed");
    }

    #[test]
    fn a_sealed_text_is_stored_as_a_text() {
        let sealed = vault(&[true]).seal(&PLACE, "x").unwrap();
        let json = serde_json::to_string(&sealed).unwrap();
        assert!(json.starts_with("\"v1.1."), "{json}");
        assert_eq!(serde_json::from_str::<Sealed>(&json).unwrap(), sealed);
    }
}
