//! Text messages, sent through SNS. The one crate that names its SDK.

use aws_sdk_sns::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    operation::publish::PublishError,
    types::MessageAttributeValue,
};
use cloud::Environment;

/// Sends text messages.
#[derive(Debug, Clone)]
pub struct Sms(Client);

/// A message was not taken. What the service says about it may hold the number, so that only its code is kept.
#[derive(Debug, thiserror::Error)]
#[error("the message was not taken: {0}")]
pub struct SendError(String);

impl Sms {
    /// With the credentials of the function.
    #[must_use]
    pub fn open(env: &Environment) -> Self {
        Self(Client::new(&env.sdk_for("SNS")))
    }

    /// Sends `message` to the phone number `phone`.
    ///
    /// # Errors
    /// When the message is not taken, or nobody knows whether it was.
    pub async fn send(&self, phone: &str, message: &str) -> Result<(), SendError> {
        // What people wait for goes before advertising, and may cost more.
        let urgent = MessageAttributeValue::builder().data_type("String").string_value("Transactional").build();
        let urgent = urgent.map_err(|error| SendError(error.to_string()))?;
        let call = self.0.publish().phone_number(phone).message(message);
        let call = call.message_attributes("AWS.SNS.SMS.SMSType", urgent);
        call.send().await.map(drop).map_err(|error| SendError::of(&error))
    }
}

impl SendError {
    fn of(error: &SdkError<PublishError>) -> Self {
        let code = error.as_service_error().map(|refused| refused.code().unwrap_or("no code"));
        Self(code.unwrap_or("no answer").to_owned())
    }
}
