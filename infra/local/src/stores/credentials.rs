//! The credentials that the embedded stores accept.

use super::{Folder, StoreError};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use serde::{Deserialize, Serialize};
use std::{fmt, fs, io::Write};

/// A key pair that is good for one data folder only.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Credentials {
    /// `AWS_ACCESS_KEY_ID` of every function.
    pub access_key_id: String,
    /// `AWS_SECRET_ACCESS_KEY` of every function.
    pub secret_access_key: String,
}

impl Credentials {
    /// Those of `folder`, made at random the first time.
    ///
    /// # Errors
    /// When the file cannot be read, understood or written.
    pub fn of(folder: &Folder) -> Result<Self, StoreError> {
        let path = folder.path().join("credentials.json");
        if path.exists() {
            let text = fs::read(&path).map_err(StoreError::file(&path))?;
            return serde_json::from_slice(&text).map_err(|e| StoreError::file(&path)(e.into()));
        }
        let random = || random().map_err(StoreError::file(&path));
        // Letters and digits, which is all that some stores take for an id.
        let id = random()?.replace(['-', '_'], "");
        let made = Self { access_key_id: format!("local{id}"), secret_access_key: random()? };
        let text = serde_json::to_vec(&made).map_err(|e| StoreError::file(&path)(e.into()))?;
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&path).and_then(|mut file| file.write_all(&text)).map_err(StoreError::file(&path))?;
        Ok(made)
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("access_key_id", &self.access_key_id).finish_non_exhaustive()
    }
}

fn random() -> std::io::Result<String> {
    let mut bytes = [0; 18];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| std::io::Error::other("no random numbers"))?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(bytes))
}
