//! The data keys of the deployment, by version.
//!
//! In KMS mode a version is one item of the table of members, `KEY#<version>`/`KEY`: the key as KMS wrapped it.
//!
//! | when | requests | units |
//! |--|--|--|
//! | start | `GetItem` consistent, KMS `Decrypt` | 1 |
//! | first start of a version | and KMS `GenerateDataKey`, `PutItem` if absent, `GetItem` consistent | 3 |

use crate::{
    source::{Source, read_or_make},
    unavailable,
};
use aws_lc_rs::{error::Unspecified, rand};
use aws_sdk_kms::{Client, primitives::Blob, types::DataKeySpec};
use base64::{Engine, engine::general_purpose::STANDARD};
use cloud::{Environment, StartError};
use dynamo::{Key, Read, Table};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::error::Error;

/// Bytes of a data key.
const LENGTH: usize = 32;
/// Versions at most.
const MOST: u16 = 64;
/// How old a version has to be before values are sealed with it: longer than any execution environment lives that was
/// started before and does not know it.
const SETTLED: SignedDuration = SignedDuration::from_hours(24);

/// One version.
pub(crate) struct DataKey {
    /// The key itself.
    pub(crate) bytes: [u8; LENGTH],
    /// Whether everyone knows it by now.
    pub(crate) settled: bool,
}

/// Every version that the settings name, the first one first.
pub(crate) async fn data_keys(env: &Environment) -> Result<Vec<DataKey>, StartError> {
    let versions = match env.settings.find("DATA_KEY_VERSIONS") {
        None => 1,
        Some(text) => text.parse().ok().filter(|n| (1..=MOST).contains(n)).ok_or_else(|| {
            unavailable("the number of data keys", format!("DATA_KEY_VERSIONS is a number from 1 to {MOST}"))
        })?,
    };
    let failed = |error: Box<dyn Error + Send + Sync>| unavailable("the data key", error);
    let mut keys = Vec::new();
    match Source::of(env.settings.get("DATA_KEY")?)? {
        Source::File(first) => {
            for version in 1..=versions {
                let path = if version == 1 { first.clone() } else { first.with_added_extension(version.to_string()) };
                let bytes = read_or_make(&path, random).map_err(|error| failed(error.into()))?;
                keys.push(DataKey { bytes: whole(&bytes).map_err(failed)?, settled: true });
            }
        }
        Source::Kms(arn) => {
            let wrapped = Wrapped {
                table: Table::open(env, "MEMBERS_TABLE")?,
                kms: Client::new(&env.sdk_for("KMS")),
                arn,
                now: env.clock.now(),
            };
            for version in 1..=versions {
                keys.push(wrapped.version(version).await.map_err(failed)?);
            }
        }
    }
    Ok(keys)
}

fn random() -> Result<Vec<u8>, Unspecified> {
    let mut bytes = [0; LENGTH];
    rand::fill(&mut bytes)?;
    Ok(bytes.to_vec())
}

fn whole(bytes: &[u8]) -> Result<[u8; LENGTH], Box<dyn Error + Send + Sync>> {
    bytes.try_into().map_err(|_| format!("a data key has {LENGTH} bytes, not {}", bytes.len()).into())
}

/// The item of one version.
#[derive(Serialize, Deserialize)]
struct KeyRow {
    pk: String,
    sk: String,
    /// The data key as KMS wrapped it, base64.
    wrapped: String,
    made: Timestamp,
}

/// The wrapped keys in the table, and what unwraps them.
struct Wrapped {
    table: Table,
    kms: Client,
    arn: String,
    now: Timestamp,
}

impl Wrapped {
    /// What a wrapped key is bound to: it unwraps under the same words only, and the log of KMS shows them.
    const PURPOSE: (&str, &str) = ("purpose", "register");

    async fn version(&self, version: u16) -> Result<DataKey, Box<dyn Error + Send + Sync>> {
        let pk = format!("KEY#{version}");
        let mut row = self.find(&pk).await?;
        if row.is_none() {
            // Whoever is first makes it. Everyone reads what is there, so all go on with the same key.
            let fresh = KeyRow { pk, sk: "KEY".to_owned(), wrapped: self.generate().await?, made: self.now };
            self.table.insert(&fresh).await?;
            row = self.find(&fresh.pk).await?;
        }
        let row = row.ok_or("the key that was just made is not there")?;
        let wrapped = Blob::new(STANDARD.decode(row.wrapped)?);
        let (name, value) = Self::PURPOSE;
        let call = self.kms.decrypt().key_id(&self.arn).ciphertext_blob(wrapped).encryption_context(name, value);
        let plain = call.send().await?.plaintext.ok_or("KMS gave no key")?;
        let settled = version == 1 || self.now.duration_since(row.made) >= SETTLED;
        Ok(DataKey { bytes: whole(plain.as_ref())?, settled })
    }

    async fn find(&self, pk: &str) -> Result<Option<KeyRow>, dynamo::StoreError> {
        self.table.get(Key::new(pk, "KEY"), Read::Consistent).await
    }

    async fn generate(&self) -> Result<String, Box<dyn Error + Send + Sync>> {
        let (name, value) = Self::PURPOSE;
        let call = self.kms.generate_data_key().key_id(&self.arn).key_spec(DataKeySpec::Aes256);
        let made = call.encryption_context(name, value).send().await?;
        Ok(STANDARD.encode(made.ciphertext_blob.ok_or("KMS gave no wrapped key")?))
    }
}
