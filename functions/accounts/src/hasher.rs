//! Hashing passwords: Argon2id with the parameters that OWASP names as the floor, one at a time.

use crate::domain::{Password, Phc};
use argon2::{Algorithm, Argon2, Params, PasswordHash, PasswordHasher, PasswordVerifier, Version};
use dynamo::StoreError;
use http_api::Problem;
use std::sync::Arc;
use tokio::{sync::Semaphore, task::spawn_blocking};

/// A password was not hashed: the machine gives no random numbers or no memory.
#[derive(Debug, thiserror::Error)]
#[error("the password could not be hashed: {0}")]
pub struct HashError(argon2::password_hash::Error);

/// 19 MiB of memory, two passes, one lane.
const PARAMS: Params = match Params::new(19 * 1_024, 2, 1, None) {
    Ok(params) => params,
    Err(_) => Params::DEFAULT,
};

/// What a password is compared with where there is none: the comparison costs the same, and nothing equals it.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$emhpYnUtbm9ib2R5LWhlcmU$m4UQdzWZjSDPZ3eNn0l0n6vQ2mZ0P8s3l3c8b9w0d1A";

fn argon2() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, PARAMS)
}

/// The hash of a password as it is stored, a PHC string. For data that is made without the API; takes tens of
/// milliseconds and 19 MiB.
///
/// # Errors
/// When the machine gives no random numbers or no memory.
pub fn hash_password(password: &str) -> Result<String, HashError> {
    argon2().hash_password(password.as_bytes()).map(|hash| hash.to_string()).map_err(HashError)
}

/// What a comparison found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The password is not the one.
    Wrong,
    /// It is.
    Right {
        /// Its hash with the present parameters, where the stored one has others.
        renewed: Option<Phc>,
    },
}

fn compare(password: &Password, stored: Option<&Phc>) -> Result<Verdict, HashError> {
    let text = stored.map_or(NOBODY, Phc::as_str);
    let hash = PasswordHash::new(text).map_err(|error| HashError(error.into()))?;
    let right = argon2().verify_password(password.reveal().as_bytes(), &hash).is_ok();
    if !right || stored.is_none() {
        return Ok(Verdict::Wrong);
    }
    let same = hash.algorithm == Algorithm::Argon2id.ident()
        && Params::try_from(&hash).is_ok_and(|params| is_present(&params));
    let renewed = if same { None } else { Some(hash_password(password.reveal())?.into()) };
    Ok(Verdict::Right { renewed })
}

fn is_present(params: &Params) -> bool {
    let numbers = |params: &Params| (params.m_cost(), params.t_cost(), params.p_cost());
    numbers(params) == numbers(&PARAMS)
}

/// Hashes one password at a time, off the thread that answers requests. More at once would take memory and processor from
/// each other and from everybody else.
#[derive(Debug, Clone)]
pub(crate) struct Hasher(Arc<Semaphore>);

impl Default for Hasher {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(1)))
    }
}

impl Hasher {
    /// Compares `password` with what is stored; takes as long when nothing is.
    ///
    /// # Errors
    /// 500 when the stored hash is not one.
    pub(crate) async fn compare(&self, password: &Password, stored: Option<&Phc>) -> Result<Verdict, Problem> {
        let (password, stored) = (password.clone(), stored.cloned());
        self.run(move || compare(&password, stored.as_ref())).await
    }

    /// The hash of a new password.
    ///
    /// # Errors
    /// 500 when it cannot be made.
    pub(crate) async fn hash(&self, password: &Password) -> Result<Phc, Problem> {
        let password = password.clone();
        self.run(move || hash_password(password.reveal()).map(Phc::from)).await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, HashError> + Send + 'static,
    ) -> Result<T, Problem> {
        let turn = Arc::clone(&self.0).acquire_owned().await.map_err(Problem::internal)?;
        let done = spawn_blocking(move || {
            let _turn = turn;
            work()
        });
        done.await.map_err(|error| StoreError::Busy(Box::new(error)))?.map_err(Problem::internal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_present_parameters_are_in_the_hash_and_the_stand_in_costs_the_same() {
        let stored = hash_password("correct horse battery").unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        let nobody = PasswordHash::new(NOBODY).unwrap();
        assert!(is_present(&Params::try_from(&nobody).unwrap()));
        assert_eq!(nobody.hash.map(|hash| hash.len()), PasswordHash::new(&stored).unwrap().hash.map(|hash| hash.len()));
    }

    #[test]
    fn a_password_equals_itself_only_and_nothing_equals_nothing() {
        let password: Password = "correct horse battery".to_owned().try_into().unwrap();
        let other: Password = "correct horse Battery".to_owned().try_into().unwrap();
        let stored: Phc = hash_password(password.reveal()).unwrap().into();
        assert_eq!(compare(&password, Some(&stored)).unwrap(), Verdict::Right { renewed: None });
        assert_eq!(compare(&other, Some(&stored)).unwrap(), Verdict::Wrong);
        assert_eq!(compare(&password, None).unwrap(), Verdict::Wrong);
    }

    #[test]
    fn a_hash_with_older_parameters_is_renewed() {
        let password: Password = "correct horse battery".to_owned().try_into().unwrap();
        let cheap = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(64, 1, 1, None).unwrap());
        let stored: Phc = cheap.hash_password(password.reveal().as_bytes()).unwrap().to_string().into();
        let Verdict::Right { renewed: Some(renewed) } = compare(&password, Some(&stored)).unwrap() else { panic!() };
        assert_eq!(compare(&password, Some(&renewed)).unwrap(), Verdict::Right { renewed: None });
    }

    #[test]
    fn what_is_stored_and_not_a_hash_is_an_error() {
        let password: Password = "correct horse battery".to_owned().try_into().unwrap();
        assert!(compare(&password, Some(&"plain".to_owned().into())).is_err());
    }
}
