//! Codes and secrets that nobody can guess.

use aws_lc_rs::{error::Unspecified, rand};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::{SixDigits, hex};

/// `BYTES` random bytes as text, base64url.
///
/// # Errors
/// When the machine has no randomness.
pub fn random_text<const BYTES: usize>() -> Result<String, Unspecified> {
    let mut bytes = [0; BYTES];
    rand::fill(&mut bytes)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// `BYTES` random bytes as text, two hexadecimal digits in lower case for each: for codes that people type from paper.
///
/// # Errors
/// When the machine has no randomness.
pub fn random_hex<const BYTES: usize>() -> Result<String, Unspecified> {
    let mut bytes = [0; BYTES];
    rand::fill(&mut bytes)?;
    Ok(hex(&bytes))
}

/// Six digits, each set of them as likely as any other.
///
/// # Errors
/// When the machine has no randomness.
pub fn random_digits() -> Result<SixDigits, Unspecified> {
    // The largest multiple of a million: above it the first codes would be likelier than the last.
    const FAIR: u32 = u32::MAX - u32::MAX % SixDigits::ALL;
    loop {
        let mut bytes = [0; 4];
        rand::fill(&mut bytes)?;
        let number = u32::from_be_bytes(bytes);
        if number < FAIR {
            return Ok(SixDigits::of(number));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_not_the_same_again_and_again() {
        let codes: BTreeSet<_> = (0..100).map(|_| random_digits().unwrap().reveal().to_owned()).collect();
        assert!(codes.len() > 90, "{}", codes.len());
    }
}
