//! Where a key is.

use crate::unavailable;
use aws_lc_rs::rand;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use cloud::StartError;
use std::{
    fs::{self, DirBuilder, OpenOptions},
    io::{self, ErrorKind, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

/// Where a key is: in a file of this machine, or in KMS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// In the file at this path, made on first use.
    File(PathBuf),
    /// In KMS under this ARN.
    Kms(String),
}

impl Source {
    /// Reads `file:<path>` or the ARN of a key.
    pub(crate) fn of(text: &str) -> Result<Self, StartError> {
        match text.trim().split_once(':') {
            Some(("file", path)) if !path.is_empty() => Ok(Self::File(path.into())),
            Some(("arn", _)) => Ok(Self::Kms(text.trim().to_owned())),
            _ => Err(unavailable("a key", "DATA_KEY and SIGNING_KEY are file:<path> or the ARN of a key in KMS")),
        }
    }
}

/// What the file at `path` holds; when there is none, it is made of `content`, for its owner only.
///
/// Two that make it at the same moment end up with the same content: each writes a draft of its own and links it under
/// the name, which only the first can, and both read what is there. Nobody ever sees half a file.
pub(crate) fn read_or_make<E>(path: &Path, content: impl FnOnce() -> Result<Vec<u8>, E>) -> io::Result<Vec<u8>>
where
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    match fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        read => return read,
    }
    let content = content().map_err(io::Error::other)?;
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let mut random = [0; 9];
    rand::fill(&mut random).map_err(io::Error::other)?;
    let draft = path.with_added_extension(URL_SAFE_NO_PAD.encode(random));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
    let linked = file.write_all(&content).and_then(|()| file.sync_all()).and_then(|()| fs::hard_link(&draft, path));
    fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => fs::read(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{convert::Infallible, os::unix::fs::PermissionsExt, thread};

    #[test]
    fn a_key_is_in_a_file_or_in_kms_and_nowhere_else() {
        assert_eq!(Source::of("file:keys/data.key").unwrap(), Source::File("keys/data.key".into()));
        let arn = "arn:aws-cn:kms:cn-north-1:123456789012:key/1";
        assert_eq!(Source::of(arn).unwrap(), Source::Kms(arn.to_owned()));
        for other in ["", "file:", "keys/data.key", "https://example.org/key"] {
            assert!(Source::of(other).is_err(), "{other}");
        }
    }

    #[test]
    fn many_that_make_a_file_at_the_same_moment_read_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new").join("folder").join("data.key");
        let threads: Vec<_> = (0..8_u8)
            .map(|n| {
                let path = path.clone();
                thread::spawn(move || read_or_make(&path, || Ok::<_, Infallible>(vec![n; 32])).unwrap())
            })
            .collect();
        let read: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        assert!(read.iter().all(|content| content.len() == 32 && *content == read[0]), "{read:?}");

        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let beside = fs::read_dir(path.parent().unwrap()).unwrap().count();
        assert_eq!(beside, 1, "no draft is left behind");
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        assert!(read_or_make(&file.join("data.key"), || Ok::<_, Infallible>(vec![0])).is_err());
    }
}
