//! What to run, and how.

use crate::{Listed, RequestLog, functions, stores::Folder};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use kernel::Clock;
use std::{collections::BTreeMap, path::PathBuf};

/// Where the data is.
#[derive(Debug)]
pub enum Data {
    /// In a folder that the runner has to itself.
    Folder(Folder),
    /// Tables in memory, the rest in a temporary folder; gone when the runner closes.
    Ephemeral,
}

/// What to run, and how.
#[derive(Debug)]
pub struct Options {
    /// The template.
    pub template: PathBuf,
    /// Where the data is.
    pub data: Data,
    /// Parameters of the template, instead of their defaults.
    pub parameters: BTreeMap<String, String>,
    /// The functions that can be started.
    pub functions: Vec<Listed>,
    /// The time, for everything in the runner and the functions.
    pub clock: Clock,
    /// Where the request log goes.
    pub log: RequestLog,
    /// Another DynamoDB-compatible store with every table in it, instead of the embedded one.
    pub dynamodb: Option<String>,
    /// What the functions' calls of AWS go through, instead of an ordinary HTTP client.
    pub http: Option<SharedHttpClient>,
}

impl Options {
    /// Every function of the project on the machine's clock, with sign-in codes and e-mail in the log.
    #[must_use]
    pub fn new(template: PathBuf, data: Data) -> Self {
        let parameters = [("CodeSender", "log"), ("MailFrom", "log")];
        Self {
            template,
            data,
            parameters: parameters.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            functions: functions::ALL.to_vec(),
            clock: Clock::system(),
            log: RequestLog::stderr(),
            dynamodb: None,
            http: None,
        }
    }
}
