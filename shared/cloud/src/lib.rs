//! What a function is started with.
//!
//! Lambda hands a function its region and credentials as environment variables that last as long as the execution
//! environment does, so the whole of `aws-config` (profiles, SSO, metadata services) is left out: one constructor reads
//! the same names from [`Settings`], for the deployed function, the local runner and tests alike.

mod call;

pub use call::CallError;

use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_http_client::{Builder, tls};
use aws_smithy_runtime_api::client::{behavior_version::BehaviorVersion, http::SharedHttpClient};
use aws_smithy_types::{retry::RetryConfig, timeout::TimeoutConfig};
use aws_types::{SdkConfig, region::Region};
use kernel::{Clock, MissingSetting, Settings};
use std::{error::Error, time::Duration};

/// Why a function cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The template left a setting out.
    #[error(transparent)]
    Setting(#[from] MissingSetting),
    /// Something that is needed once at start could not be had: a key, a file.
    #[error("{what} is not available")]
    Unavailable {
        /// What is missing.
        what: &'static str,
        /// Why.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

/// Settings, AWS client configuration and clock of one function.
#[derive(Debug, Clone)]
pub struct Environment {
    /// What the template set.
    pub settings: Settings,
    /// What every AWS client is made from.
    pub sdk: SdkConfig,
    /// Where the time comes from.
    pub clock: Clock,
}

impl Environment {
    /// From the process environment and the machine's clock.
    ///
    /// # Errors
    /// When region or credentials are not in the environment.
    pub fn from_process() -> Result<Self, StartError> {
        Self::new(Settings::from_env(), Clock::system())
    }

    /// From `settings`: `AWS_REGION`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`.
    ///
    /// # Errors
    /// When region or credentials are not among them.
    pub fn new(settings: Settings, clock: Clock) -> Result<Self, StartError> {
        let tls = tls::Provider::Rustls(tls::rustls_provider::CryptoMode::AwsLc);
        Self::with_http(settings, clock, Builder::new().tls_provider(tls).build_https())
    }

    /// The same over an HTTP client of one's own.
    ///
    /// Every call is bounded: 1 s to connect, 1 s for an attempt, 4 s for an operation with its retries. The SDK sets
    /// no timeout of its own.
    ///
    /// # Errors
    /// When region or credentials are not in `settings`.
    pub fn with_http(settings: Settings, clock: Clock, http: SharedHttpClient) -> Result<Self, StartError> {
        let credentials = Credentials::new(
            settings.get("AWS_ACCESS_KEY_ID")?,
            settings.get("AWS_SECRET_ACCESS_KEY")?,
            settings.find("AWS_SESSION_TOKEN").map(str::to_owned),
            None,
            "settings",
        );
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(1))
            .operation_attempt_timeout(Duration::from_secs(1))
            .operation_timeout(Duration::from_secs(4))
            .build();
        let sdk = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(settings.get("AWS_REGION")?.to_owned()))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(http)
            .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
            .retry_config(RetryConfig::standard().with_max_attempts(3).with_initial_backoff(Duration::from_millis(50)))
            .timeout_config(timeouts)
            .build();
        Ok(Self { settings, sdk, clock })
    }

    /// The client configuration for one service (`DYNAMODB`, `S3`, `KMS`, `SNS`), at the endpoint that
    /// `AWS_ENDPOINT_URL_<service>` names or else at the region's own.
    #[must_use]
    pub fn sdk_for(&self, service: &str) -> SdkConfig {
        match self.settings.find(&format!("AWS_ENDPOINT_URL_{service}")) {
            Some(endpoint) => self.sdk.clone().into_builder().endpoint_url(endpoint).build(),
            None => self.sdk.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings::default()
            .with("AWS_REGION", "cn-north-1")
            .with("AWS_ACCESS_KEY_ID", "a")
            .with("AWS_SECRET_ACCESS_KEY", "s")
    }

    #[test]
    fn a_missing_region_is_named() {
        let error = Environment::new(settings().with("AWS_REGION", ""), Clock::system()).unwrap_err();
        assert!(error.to_string().contains("AWS_REGION"), "{error}");
    }

    #[test]
    fn every_call_is_bounded_in_time() {
        let sdk = Environment::new(settings(), Clock::system()).unwrap().sdk;
        let timeouts = sdk.timeout_config().unwrap();
        assert!(timeouts.connect_timeout().is_some() && timeouts.operation_attempt_timeout().is_some());
        assert!(timeouts.operation_timeout().unwrap() <= Duration::from_secs(4));
    }

    #[test]
    fn an_endpoint_is_for_its_own_service() {
        let env = Environment::new(settings().with("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:1"), Clock::system());
        let env = env.unwrap();
        assert_eq!(env.sdk_for("DYNAMODB").endpoint_url(), Some("http://127.0.0.1:1"));
        assert_eq!(env.sdk_for("KMS").endpoint_url(), None);
    }
}
