//! The data folder: everything that outlives the runner is in it.

use super::StoreError;
use std::{
    fs::{File, TryLockError},
    path::{Path, PathBuf},
};
use tempfile::TempDir;

/// A data folder that this process has to itself.
///
/// ```text
/// lock               held while a runner uses the folder
/// credentials.json   what the embedded stores accept, random
/// records.sqlite     the tables
/// post.sqlite        messages of queues, and how far the changes of tables were read
/// objects/           the buckets
/// keys/              keys that are in KMS when deployed
/// ```
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// Held for as long as the folder is in use.
    _lock: File,
    /// Removes the folder in the end, when it is nobody's.
    _temporary: Option<TempDir>,
}

impl Folder {
    /// Takes the folder at `path`, which is made when missing.
    ///
    /// # Errors
    /// [`StoreError::InUse`] when another runner has it; otherwise when it cannot be made or locked.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Self::take(path, None)
    }

    /// A folder that disappears with this value.
    ///
    /// # Errors
    /// When the system has no place for temporary files.
    pub fn temporary() -> Result<Self, StoreError> {
        let folder = TempDir::with_prefix("zhibu-").map_err(StoreError::file(std::env::temp_dir()))?;
        let path = folder.path().to_owned();
        Self::take(&path, Some(folder))
    }

    fn take(path: &Path, temporary: Option<TempDir>) -> Result<Self, StoreError> {
        let private = |folder: &Path| make_private(folder).map_err(StoreError::file(folder));
        private(path)?;
        let name = path.join("lock");
        let lock = File::create(&name).map_err(StoreError::file(&name))?;
        lock.try_lock().map_err(|refusal| match refusal {
            TryLockError::WouldBlock => StoreError::InUse(path.to_owned()),
            TryLockError::Error(source) => StoreError::File { path: name, source },
        })?;
        let folder = Self { path: path.to_owned(), _lock: lock, _temporary: temporary };
        private(&folder.objects())?;
        private(&folder.keys())?;
        Ok(folder)
    }

    /// The folder itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The database file of the tables.
    #[must_use]
    pub fn records(&self) -> PathBuf {
        self.path.join("records.sqlite")
    }

    /// The database file of the queues.
    #[must_use]
    pub fn post(&self) -> PathBuf {
        self.path.join("post.sqlite")
    }

    /// The folder of the buckets.
    #[must_use]
    pub fn objects(&self) -> PathBuf {
        self.path.join("objects")
    }

    /// The folder of key files.
    #[must_use]
    pub fn keys(&self) -> PathBuf {
        self.path.join("keys")
    }
}

/// Makes a folder that other users of the machine cannot look into.
fn make_private(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}
