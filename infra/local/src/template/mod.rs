//! `template.yaml`, read into the few things that the runner needs.
//!
//! The template is the only place where routes, authorizers, tables, buckets, queues, schedules and settings are declared.
//! It is read with its intrinsic functions answered for this machine: a table is its local name, a queue is a URL on
//! loopback, a key is a file, parameters have their defaults or what [`Locals`] says. Properties that the runner does not
//! need are never looked at, except those of queues and mappings, each of which changes what is delivered when: an unknown
//! one is refused.

mod error;
mod filter;
mod functions;
mod gateway;
mod mappings;
mod names;
mod node;
mod place;
mod scope;
mod storage;

#[cfg(test)]
mod tests;

pub use error::TemplateError;
pub use filter::Filter;
pub use functions::{Function, Schedule};
pub use gateway::{Access, Route};
pub use mappings::{Mapping, Queue, Redrive, Source, Stream};
pub use storage::{Index, KeyAttribute, Projection, Table};

use node::Node;
use objects::BucketShape;
use scope::Scope;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// The account that everything local belongs to.
pub const ACCOUNT: &str = "000000000000";
/// The region that everything local is in.
pub const REGION: &str = "local";
/// The id of the HTTP API.
pub const API_ID: &str = "local";

/// The ARN by which the template speaks of the function `logical_id`.
pub(crate) fn function_arn(logical_id: &str) -> String {
    format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{logical_id}")
}

/// The ARN of the queue `logical_id`.
pub(crate) fn queue_arn(logical_id: &str) -> String {
    format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{logical_id}")
}

/// The ARN of the stream of a table, by the local name of the table.
pub(crate) fn stream_arn(table: &str) -> String {
    format!("arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{table}/stream/local")
}

/// What this machine decides.
#[derive(Debug, Clone, Default)]
pub struct Locals {
    /// The folder of key files; `!Ref DataKey` becomes `file:<this folder>/DataKey`.
    pub keys: PathBuf,
    /// Where the queues are served, such as `http://127.0.0.1:9324`; `!Ref Queue` becomes `<this>/000000000000/Queue`.
    pub queues: String,
    /// Values of parameters, instead of their defaults. Names that the template does not declare are ignored.
    pub parameters: BTreeMap<String, String>,
}

/// The functions and stores of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// In the order of the template.
    pub functions: Vec<Function>,
    /// In the order of the template.
    pub tables: Vec<Table>,
    /// In the order of the template.
    pub buckets: Vec<BucketShape>,
    /// In the order of the template.
    pub queues: Vec<Queue>,
    /// What brings functions the messages of queues and the changes of tables, in the order of the template.
    pub mappings: Vec<Mapping>,
}

impl Template {
    /// Reads the template at `path`.
    ///
    /// # Errors
    /// When the file cannot be read, or as [`Template::parse`].
    pub fn read(path: &Path, locals: &Locals) -> Result<Self, TemplateError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| TemplateError::Unreadable { path: path.to_owned(), source })?;
        Self::parse(&text, locals)
    }

    /// Reads a template.
    ///
    /// # Errors
    /// When it is not YAML, a property that the runner needs is missing or malformed, or an intrinsic function asks for
    /// something that does not exist on this machine; the error names line, resource and property.
    pub fn parse(text: &str, locals: &Locals) -> Result<Self, TemplateError> {
        let root = Node::parse(text)?;
        let scope = Scope::new(&root, locals)?;
        let mut template = Self {
            functions: Vec::new(),
            tables: Vec::new(),
            buckets: Vec::new(),
            queues: Vec::new(),
            mappings: Vec::new(),
        };
        let resources = scope.resources()?;
        let mut routes = BTreeMap::new();
        for (_, _, api) in resources.iter().filter(|(_, kind, _)| *kind == "AWS::Serverless::HttpApi") {
            routes.append(&mut gateway::read(api)?);
        }
        for &(id, kind, ref properties) in &resources {
            match kind {
                "AWS::Serverless::Function" => {
                    let routes = routes.remove(id).unwrap_or_default();
                    template.functions.push(functions::read(id, properties, &scope, routes)?);
                }
                "AWS::DynamoDB::Table" => template.tables.push(storage::read_table(id, properties)?),
                "AWS::S3::Bucket" => template.buckets.push(storage::read_bucket(id, properties)?),
                "AWS::SQS::Queue" => template.queues.push(mappings::read_queue(id, properties)?),
                _ => {}
            }
        }
        for (id, _, mapping) in resources.iter().filter(|(_, kind, _)| *kind == "AWS::Lambda::EventSourceMapping") {
            let mapping = mappings::read(id, mapping, &template)?;
            template.mappings.push(mapping);
        }
        Ok(template)
    }

    /// The function with this logical id.
    #[must_use]
    pub fn function(&self, logical_id: &str) -> Option<&Function> {
        self.functions.iter().find(|function| function.logical_id == logical_id)
    }
}

/// The `template.yaml` in `folder` or in the nearest folder above it.
///
/// # Errors
/// [`TemplateError::NotFound`] when there is none.
pub fn find(folder: &Path) -> Result<PathBuf, TemplateError> {
    folder
        .ancestors()
        .map(|folder| folder.join("template.yaml"))
        .find(|path| path.is_file())
        .ok_or_else(|| TemplateError::NotFound(folder.to_owned()))
}
