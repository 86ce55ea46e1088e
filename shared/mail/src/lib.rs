//! E-mail, sent through SES. The one crate that names its SDK.

use aws_sdk_ses::{
    Client,
    error::{BuildError, ProvideErrorMetadata, SdkError},
    operation::send_email::SendEmailError,
    types::{Body, Content, Destination, Message},
};
use cloud::Environment;

/// Sends e-mail from one address.
#[derive(Debug, Clone)]
pub struct Mail {
    client: Client,
    from: String,
}

/// A message was not taken. What the service says about it may hold the address, so that only its code is kept.
#[derive(Debug, thiserror::Error)]
#[error("the message was not taken: {0}")]
pub struct SendError(String);

impl Mail {
    /// From the address `from`, which SES knows for ours, with the credentials of the function.
    #[must_use]
    pub fn open(env: &Environment, from: &str) -> Self {
        Self { client: Client::new(&env.sdk_for("SES")), from: from.to_owned() }
    }

    /// Sends `text` under `subject` to `address`.
    ///
    /// # Errors
    /// When the message is not taken, or nobody knows whether it was.
    pub async fn send(&self, address: &str, subject: &str, text: &str) -> Result<(), SendError> {
        let content = |data: &str| Content::builder().data(data).charset("UTF-8").build();
        let body = Body::builder().text(content(text)?).build();
        let message = Message::builder().subject(content(subject)?).body(body).build();
        let to = Destination::builder().to_addresses(address).build();
        let call = self.client.send_email().source(&self.from).destination(to).message(message);
        call.send().await.map(drop).map_err(|error| SendError::of(&error))
    }
}

impl SendError {
    fn of(error: &SdkError<SendEmailError>) -> Self {
        let code = error.as_service_error().map(|refused| refused.code().unwrap_or("no code"));
        Self(code.unwrap_or("no answer").to_owned())
    }
}

impl From<BuildError> for SendError {
    fn from(_: BuildError) -> Self {
        Self("it cannot be made".to_owned())
    }
}
