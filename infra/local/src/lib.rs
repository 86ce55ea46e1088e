//! The local runner: everything that `template.yaml` declares, in one process on loopback.
//!
//! `cargo run` starts the binary `zhibu`; tests use this library to start the same in process, with tables in memory, a
//! clock of their own and port 0. Functions are the ones that are deployed: they reach embedded stores and queues through
//! the AWS SDK, and get the events that API Gateway, EventBridge Scheduler, SQS and the streams of tables would bring them.
//!
//! ```text
//! client ──► gateway ──► authorizer, function ──► records (DynamoDB), objects (S3), queues (SQS)
//!            schedules ──► function                keys (files instead of KMS)
//!            messages, changes of records ──► function
//! ```

mod address;
pub mod bootstrap;
pub mod cli;
mod delivery;
mod demo_data;
mod encoding;
mod functions;
mod gateway;
mod invoke;
mod options;
mod runner;
mod schedule;
mod sqs;
pub mod stores;
pub mod template;
mod verify;

pub use address::{Listen, NetworkRefused};
pub use functions::{ALL, Disagreement, Handler, Listed, Verdict};
pub use gateway::{Line, RequestLog};
pub use options::{Data, Options};
pub use runner::{Runner, RunnerError};
pub use schedule::{BadSchedule, FireError};
