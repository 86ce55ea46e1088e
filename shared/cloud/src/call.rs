//! What can go wrong between a function and an AWS service.

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use std::error::Error;

/// Why a call was not answered.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The service is over its limit, did not answer in time, or its answer was lost. A retry is safe and makes sense.
    #[error("the service is busy")]
    Busy(#[source] Box<dyn Error + Send + Sync>),
    /// The service refused the call for a reason that no retry mends.
    #[error("the service refused the call")]
    Refused(#[source] Box<dyn Error + Send + Sync>),
}

/// Error codes of services that mean "later".
const LATER: [&str; 9] = [
    "ThrottlingException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "LimitExceededException",
    "InternalServerError",
    "ServiceUnavailable",
    "SlowDown",
    "TransactionInProgressException",
    "TransactionConflictException",
];

impl<E> From<SdkError<E, Response>> for CallError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    /// Sorts a failed call into what heals by itself and what does not.
    fn from(error: SdkError<E, Response>) -> Self {
        let later = match &error {
            SdkError::ServiceError(service) => {
                service.err().code().is_some_and(|code| LATER.contains(&code)) || service.raw().status().as_u16() >= 500
            }
            SdkError::ConstructionFailure(_) => false,
            _ => true,
        };
        if later { Self::Busy(Box::new(error)) } else { Self::Refused(Box::new(error)) }
    }
}
