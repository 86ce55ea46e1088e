//! Demo data: generated organisations and people, loaded once into an empty data folder.

use crate::stores::{Folder, StoreError};
use cloud::Environment;
use demo::{CAST, LoadError, PASSWORD, Plan};
use std::{fs, io, path::PathBuf};

/// Where it says that the demo data, and its accounts, belong to the folder.
fn note(folder: &Folder) -> PathBuf {
    folder.path().join("demo-data")
}

/// Whether `folder` has demo data, or should get it: when it is `wanted` and there are no tables yet.
///
/// # Errors
/// When that cannot be noted down in the folder.
pub(crate) fn belongs_to(folder: &Folder, wanted: bool) -> Result<bool, StoreError> {
    let note = note(folder);
    if note.exists() {
        return Ok(true);
    }
    if !wanted || folder.records().exists() {
        return Ok(false);
    }
    fs::write(&note, "demo data and demo accounts are in these tables\n").map_err(StoreError::file(note))?;
    Ok(true)
}

/// Loads the demo data, or what an interrupted start left out of it; costs one read when it is complete.
///
/// `progress` hears how much of how much is done.
///
/// # Errors
/// When a store refuses; the next start goes on.
pub(crate) async fn load(env: &Environment, progress: impl Fn(usize, usize)) -> Result<(), LoadError> {
    demo::load(env, &Plan::full(), progress).await.map(drop)
}

/// Writes who can sign in to the demo data.
pub(crate) fn introduce(out: &mut impl io::Write) -> io::Result<()> {
    writeln!(out, "  accounts, each with the password {PASSWORD}")?;
    CAST.iter().try_for_each(|part| writeln!(out, "    {}  {}", part.phone, part.title))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    fn folder() -> (TempDir, Folder) {
        let temporary = TempDir::new().unwrap();
        let folder = Folder::open(temporary.path()).unwrap();
        (temporary, folder)
    }

    #[test]
    fn an_empty_folder_gets_demo_data_when_wanted() {
        let (_temporary, folder) = folder();
        assert!(!belongs_to(&folder, false).unwrap());
        assert!(belongs_to(&folder, true).unwrap());
    }

    #[test]
    fn a_folder_with_other_data_is_left_alone() {
        let (_temporary, folder) = folder();
        fs::write(folder.records(), "tables").unwrap();
        assert!(!belongs_to(&folder, true).unwrap());
    }

    #[test]
    fn demo_data_stays_although_it_is_not_wanted_any_more() {
        let (_temporary, folder) = folder();
        assert!(belongs_to(&folder, true).unwrap());
        fs::write(folder.records(), "tables").unwrap();
        assert!(belongs_to(&folder, false).unwrap());
    }

    #[test]
    fn everybody_of_the_cast_is_introduced() {
        let mut out = Vec::new();
        introduce(&mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains(PASSWORD));
        assert!(CAST.iter().all(|part| text.contains(part.phone) && text.contains(part.title)));
    }
}
