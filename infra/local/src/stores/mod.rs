//! The stores that functions reach through the ordinary AWS SDK, embedded and on loopback.

mod changes;
mod credentials;
mod folder;
mod post;
mod records;
mod tables;

#[cfg(test)]
mod tests;

pub use credentials::Credentials;
pub use folder::Folder;
pub use records::{Records, sweep};

pub(crate) use changes::{Change, Changes, forget};
pub(crate) use post::{Message, Post};

use std::path::PathBuf;

/// Why a store cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another runner has the data folder.
    #[error("{0} is in use by another runner: stop that one, or give this one another folder with --data")]
    InUse(PathBuf),
    /// A file or folder of the data folder.
    #[error("cannot use {path}")]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A table in the data folder is not the one that the template declares.
    #[error(
        "table {table} in the data folder differs from template.yaml: {difference}. Start with an empty folder \
         (--data DIR), or move this one away"
    )]
    Differs {
        /// The local name of the table.
        table: String,
        /// In which way.
        difference: String,
    },
    /// The store itself refused.
    #[error("the store refuses {what}: {problem}")]
    Refused {
        /// What was asked of it.
        what: String,
        /// What it said.
        problem: String,
    },
    /// The buckets.
    #[error(transparent)]
    Objects(#[from] objects::OpenError),
    /// No loopback address to listen on.
    #[error("cannot listen on loopback")]
    Listen(#[source] std::io::Error),
}

impl StoreError {
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }

    fn refused(what: impl Into<String>) -> impl FnOnce(dynoxide::DynoxideError) -> Self {
        let what = what.into();
        move |problem| Self::Refused { what, problem: problem.to_string() }
    }

    fn sqlite(what: impl Into<String>) -> impl FnOnce(rusqlite::Error) -> Self {
        let what = what.into();
        move |problem| Self::Refused { what, problem: problem.to_string() }
    }
}
