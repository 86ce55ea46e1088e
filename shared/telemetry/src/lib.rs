//! What a function tells its operators: log lines and metrics, both JSON on standard output, from where the platform takes
//! them to CloudWatch.

mod log;
mod metrics;

pub use log::init;
pub use metrics::Metrics;
