//! What a bench held at one time, to come back to.

use crate::Bench;
use jiff::Timestamp;
use std::{fs, io, path::Path};
use tempfile::TempDir;

/// Everything that was in the tables and buckets of a bench, and what its clock said.
#[derive(Debug)]
pub struct Image {
    folder: TempDir,
    now: Timestamp,
}

const TABLES: &str = "tables";
const BUCKETS: &str = "buckets";

impl Bench {
    /// Takes an image of what is there now.
    ///
    /// # Panics
    /// When it cannot be taken, and where the store is not the embedded one.
    #[expect(clippy::expect_used, reason = "a test cannot go on without it")]
    #[must_use]
    pub fn image(&self) -> Image {
        let folder = tempfile::tempdir().expect("a folder for an image");
        let tables = folder.path().join(TABLES);
        self.tables().vacuum_into(&tables.to_string_lossy()).expect("an image of the tables");
        copy(&self.buckets(), &folder.path().join(BUCKETS)).expect("an image of the buckets");
        Image { folder, now: self.now() }
    }

    /// Puts everything back to what it was when `image` was taken. What functions remember stays with them, as it does
    /// where they are warm.
    ///
    /// # Panics
    /// As [`Self::image`].
    #[expect(clippy::expect_used, reason = "a test cannot go on without it")]
    pub fn restore(&self, image: &Image) {
        let tables = image.folder.path().join(TABLES);
        self.tables().restore_from(&tables.to_string_lossy()).expect("the image of the tables");
        let buckets = self.buckets();
        empty(&buckets).expect("buckets that can be emptied");
        copy(&image.folder.path().join(BUCKETS), &buckets).expect("the image of the buckets");
        self.pass(image.now.duration_since(self.now()));
    }
}

/// Removes what is in the folder `path`.
fn empty(path: &Path) -> io::Result<()> {
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() { fs::remove_dir_all(entry.path())? } else { fs::remove_file(entry.path())? }
    }
    Ok(())
}

/// Copies what is in the folder `from` into the folder `to`, which is made where it is not there.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
