//! Keys and signatures on P-256, in the forms that KMS, JWT and JWK (RFC 7517) write them in. No arithmetic here.

use crate::{
    source::{Source, read_or_make},
    token::TYPE,
    unavailable,
};
use aws_lc_rs::{
    error::Unspecified,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use aws_sdk_kms::Client;
use cloud::{Environment, StartError};
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header,
    jwk::{Jwk, PublicKeyUse, ThumbprintHash},
};
use std::{error::Error, path::Path};

/// The public half of a signing key.
#[derive(Clone)]
pub(crate) struct PublicKey {
    pub(crate) key: DecodingKey,
    pub(crate) jwk: Jwk,
    /// The one header that its tokens have. A token with any other field in it (`jku`, `jwk`, `x5u`, `x5c`, `crit`, …) is
    /// not one of ours.
    pub(crate) header: Header,
}

impl PublicKey {
    /// The public half of the key at `source`.
    pub(crate) async fn of(source: &Source, env: &Environment) -> Result<Self, StartError> {
        let failed = |error| unavailable("the signing key", error);
        match source {
            Source::File(path) => {
                let key = private_key(path).map_err(failed)?;
                Jwk::from_encoding_key(&key, Algorithm::ES256).map_err(Into::into).and_then(Self::new).map_err(failed)
            }
            Source::Kms(arn) => {
                let call = Client::new(&env.sdk_for("KMS")).get_public_key().key_id(arn).send().await;
                let found = call.map_err(|error| failed(error.into()))?;
                Self::from_spki(found.public_key.as_ref().map_or(&[], AsRef::as_ref)).map_err(failed)
            }
        }
    }

    fn new(mut jwk: Jwk) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let kid = jwk.thumbprint(ThumbprintHash::SHA256)?;
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        jwk.common.key_id = Some(kid.clone());
        let header = Header { typ: Some(TYPE.to_owned()), kid: Some(kid), ..Header::new(Algorithm::ES256) };
        Ok(Self { key: DecodingKey::from_jwk(&jwk)?, jwk, header })
    }

    /// From a `SubjectPublicKeyInfo` (RFC 5480).
    fn from_spki(der: &[u8]) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let point = der.strip_prefix(&SPKI).filter(|point| matches!(point, [4, ..] if point.len() == 65));
        let key = DecodingKey::from_ec_der(point.ok_or("not a public key on P-256")?);
        Self::new(Jwk::from_decoding_key(&key, Some(Algorithm::ES256))?)
    }
}

/// How the `SubjectPublicKeyInfo` of every public key on P-256 begins, up to the point itself: the algorithm
/// `ecPublicKey`, the curve `prime256v1`, a bit string of 65 bytes.
const SPKI: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// The private key in the file at `path` (PKCS#8), made on first use.
pub(crate) fn private_key(path: &Path) -> Result<EncodingKey, Box<dyn Error + Send + Sync>> {
    let fresh = || {
        let made = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?.to_pkcs8v1()?;
        Ok::<_, Unspecified>(made.as_ref().to_vec())
    };
    Ok(EncodingKey::from_ec_der(&read_or_make(path, fresh)?))
}

/// A signature as JWT has it, `r` and `s` of 32 bytes each, out of the form that KMS has it in: `SEQUENCE` of two
/// `INTEGER`s in DER. `None` when it is not that.
pub(crate) fn raw_signature(der: &[u8]) -> Option<[u8; 64]> {
    let (both, []) = element(0x30, der)? else { return None };
    let (r, rest) = element(0x02, both)?;
    let (s, []) = element(0x02, rest)? else { return None };
    let mut raw = [0; 64];
    for (number, end) in [(r, 32), (s, 64)] {
        let digits = number.strip_prefix(&[0]).filter(|_| number.len() > 1).unwrap_or(number);
        let start = 32_usize.checked_sub(digits.len())? + end - 32;
        raw.get_mut(start..end)?.copy_from_slice(digits);
    }
    Some(raw)
}

/// The content of the element at the beginning, and what comes after it. Lengths of 128 and more do not occur.
fn element(tag: u8, der: &[u8]) -> Option<(&[u8], &[u8])> {
    match der {
        [found, length @ 0..0x80, rest @ ..] if *found == tag => rest.split_at_checked(usize::from(*length)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::{
        encoding::AsDer,
        rand::SystemRandom,
        signature::{ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256_SHA256_FIXED, KeyPair, UnparsedPublicKey},
    };
    use proptest::prelude::*;

    /// The same numbers in DER.
    fn der(raw: &[u8; 64]) -> Vec<u8> {
        let mut both = Vec::new();
        for half in raw.chunks(32) {
            let digits = &half[half.iter().position(|byte| *byte != 0).unwrap_or(31)..];
            let sign = usize::from(digits[0] >= 0x80);
            both.extend([2, u8::try_from(digits.len() + sign).unwrap()]);
            both.extend(vec![0; sign]);
            both.extend(digits);
        }
        [vec![0x30, u8::try_from(both.len()).unwrap()], both].concat()
    }

    proptest! {
        #[test]
        fn every_pair_of_numbers_keeps_its_value(r in prop::array::uniform32(0_u8..), s in prop::array::uniform32(0_u8..), zeros in 0_usize..32) {
            let mut raw: [u8; 64] = [r, s].concat().try_into().unwrap();
            raw[..zeros].fill(0);
            raw[32..32 + zeros].fill(0);
            prop_assert_eq!(raw_signature(&der(&raw)), Some(raw));
        }

        #[test]
        fn no_bytes_make_reading_panic(bytes in prop::collection::vec(0_u8.., 0..100)) {
            let _ = (raw_signature(&bytes), PublicKey::from_spki(&bytes).is_ok());
        }
    }

    #[test]
    fn signatures_still_verify_in_the_other_form() {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        for n in 0..50_u8 {
            let signature = pair.sign(&SystemRandom::new(), &[n]).unwrap();
            let raw = raw_signature(signature.as_ref()).unwrap();
            let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, pair.public_key().as_ref());
            assert!(public.verify(&[n], &raw).is_ok(), "{n}");
        }
    }

    #[test]
    fn anything_around_or_missing_is_refused() {
        let good = der(&[7; 64]);
        assert!(raw_signature(&good).is_some());
        let behind = [&good[..], &[0]].concat();
        let too_long = der(&[0xff; 64]).iter().map(|byte| if *byte == 0 { 1 } else { *byte }).collect::<Vec<_>>();
        for bad in [&good[1..], &good[..good.len() - 1], &behind, &too_long, &[]] {
            assert_eq!(raw_signature(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn a_public_key_reads_from_its_der_form() {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        let der = pair.public_key().as_der().unwrap();
        let read = PublicKey::from_spki(der.as_ref()).unwrap();
        let private = EncodingKey::from_ec_der(pair.to_pkcs8v1().unwrap().as_ref());
        let known = PublicKey::new(Jwk::from_encoding_key(&private, Algorithm::ES256).unwrap()).unwrap();
        assert_eq!(read.jwk, known.jwk);
        assert!(PublicKey::from_spki(&der.as_ref()[1..]).is_err());
    }
}
