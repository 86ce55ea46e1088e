//! What can be wrong with a template.

use std::path::PathBuf;

/// Why a template cannot be run locally.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// No `template.yaml` in the folder or in one above it.
    #[error("there is no template.yaml in {0} or in a folder above it: start inside the project or give --template")]
    NotFound(PathBuf),
    /// The file cannot be read.
    #[error("cannot read {path}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not YAML.
    #[error("template.yaml, line {line}: {problem}")]
    NotYaml {
        /// Counted from 1.
        line: usize,
        /// What the reader of YAML said.
        problem: String,
    },
    /// A property is missing, has the wrong shape, or asks for what the runner does not have.
    #[error("template.yaml, line {line}, {resource}: {property}: {problem}")]
    Property {
        /// Counted from 1.
        line: usize,
        /// The logical id of the resource, or the section.
        resource: String,
        /// The path of the property inside it.
        property: String,
        /// What is wrong with it.
        problem: String,
    },
}
