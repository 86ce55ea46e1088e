//! What can go wrong between a function and its tables.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use cloud::CallError;
use kernel::{ErrorCode, Refusal};
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

impl From<CallError> for StoreError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Busy(cause) => Self::Busy(cause),
            CallError::Refused(cause) => Self::Call(cause),
        }
    }
}

impl StoreError {
    /// Whether somebody else was faster: something is no longer as it was read ([`ErrorCode::Conflict`]).
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.code == ErrorCode::Conflict)
    }

    /// Sorts a failed call into what heals by itself and what does not.
    pub(crate) fn of_call<E>(error: SdkError<E>) -> Self
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        CallError::from(error).into()
    }
}
