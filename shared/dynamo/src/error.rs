//! What can go wrong between a function and its tables.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use kernel::Refusal;
use std::error::Error;

/// Why a read or write did not happen.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A condition did not hold: what the caller is told.
    #[error("refused: {0}")]
    Refused(#[from] Refusal),
    /// The store is over its limit, did not answer in time, or lost the answer. A retry is safe and makes sense.
    #[error("the store is busy")]
    Busy(#[source] Box<dyn Error + Send + Sync>),
    /// The store refused the call for a reason that no retry mends.
    #[error("the store refused the call")]
    Call(#[source] Box<dyn Error + Send + Sync>),
    /// An item does not read or write as the type it should be.
    #[error("an item of {table} does not have the expected shape")]
    Shape {
        /// The table.
        table: String,
        /// Why.
        #[source]
        source: serde_dynamo::Error,
    },
}

/// Error codes of the service that mean "later".
const LATER: [&str; 7] = [
    "ThrottlingException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "LimitExceededException",
    "InternalServerError",
    "ServiceUnavailable",
    "TransactionInProgressException",
];

impl StoreError {
    /// Sorts a failed call into what heals by itself and what does not.
    pub(crate) fn of_call<E>(error: SdkError<E>) -> Self
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        let later = match &error {
            SdkError::ServiceError(service) => {
                service.err().code().is_some_and(|code| LATER.contains(&code)) || service.raw().status().as_u16() >= 500
            }
            SdkError::ConstructionFailure(_) => false,
            _ => true,
        };
        if later { Self::Busy(Box::new(error)) } else { Self::Call(Box::new(error)) }
    }
}
