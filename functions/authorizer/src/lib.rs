//! The Lambda authorizer: turns the access token of a request into the caller and the offices they hold right now.
//!
//! The token says who and in which session, and nothing about what they may do. Whether the session still stands, whether
//! the account is suspended, and which appointments are in force is read with every request: a change holds from the next
//! one on (ASVS 8.3.2). The two reads run side by side.
//!
//! | pattern | request | units |
//! |--|--|--|
//! | account and session | `GetItem`, consistent, without secrets | 1 per 4 KB of account |
//! | appointments of the holder | `Query`, consistent | 1 per 4 KB |
//!
//! # What the gateway is told
//! `isAuthorized` is false only for what cannot be a token of ours, which the gateway answers with its own bare 403. In
//! every other case the request goes through, with the caller in its context or with the code of the refusal: so the client
//! reads a problem in its language, and knows whether to refresh, to sign in or to give up. When a read fails, the code is
//! `unavailable`, which the function answers as 503; an error here would be the gateway's bare 500, which nobody retries.

use authz::Caller;
use aws_lambda_events::apigw::{ApiGatewayV2CustomAuthorizerSimpleResponse, ApiGatewayV2CustomAuthorizerV2Request};
use cloud::{Environment, StartError};
use dynamo::StoreError;
use kernel::{Clock, ErrorCode, shanghai_day};
use register::{Accounts, Organizations};
use serde_json::{Value, json};
use vault::{Claims, Refused, Verifier};

/// The gateway's question.
type Question = ApiGatewayV2CustomAuthorizerV2Request;
/// What the gateway takes for an answer.
type Answer = ApiGatewayV2CustomAuthorizerSimpleResponse<Value>;

/// Bytes of an `Authorization` header at most, `Bearer ` included.
const LIMIT: usize = 4_096;

/// What an answer is made with; made once per execution environment.
#[derive(Debug, Clone)]
pub struct App {
    verifier: Verifier,
    accounts: Accounts,
    organizations: Organizations,
    /// Whether accounts of demo data do without a second factor.
    demo: bool,
    clock: Clock,
}

impl App {
    /// Connects to tables and public keys.
    ///
    /// # Errors
    /// When a setting is missing or is one that production refuses, or a key cannot be had.
    pub async fn connect(env: &Environment) -> Result<Self, StartError> {
        let refused =
            |why: &str| StartError::Unavailable { what: "the second factor (SECOND_FACTOR)", source: why.into() };
        let demo = match (env.settings.get("SECOND_FACTOR")?, env.settings.get("STAGE")?) {
            ("required", _) => false,
            ("demo", "prod") => return Err(refused("production requires it")),
            ("demo", _) => true,
            _ => return Err(refused("it is required or demo")),
        };
        let app = Self {
            verifier: Verifier::open(env).await?,
            accounts: Accounts::open(env)?,
            organizations: Organizations::open(env)?,
            demo,
            clock: env.clock.clone(),
        };
        // Two connections, since the two reads of a question run side by side.
        tokio::join!(app.accounts.table().prime(), app.accounts.table().prime());
        Ok(app)
    }

    /// Who sent `token`, with the offices that count in their session.
    async fn caller(&self, token: &str) -> Result<Caller, ErrorCode> {
        let now = self.clock.now();
        let Claims { sub: member, sid: session, .. } =
            self.verifier.verify(token, now).map_err(|refused| match refused {
                Refused::Expired => ErrorCode::TokenExpired,
                Refused::Invalid => ErrorCode::Unauthenticated,
            })?;
        let (account, held) = tokio::join!(
            self.accounts.standing(member, session),
            self.organizations.appointments(member, shanghai_day(now)),
        );
        let account = account.map_err(|error| failed(&error))?.ok_or(ErrorCode::SessionEnded)?;
        if account.is_suspended() {
            return Err(ErrorCode::AccountSuspended);
        }
        let standing = account.session(session, now).ok_or(ErrorCode::SessionEnded)?;
        let proven = standing.second_factor || (self.demo && account.demo);
        let held = held.map_err(|error| failed(&error))?.into_iter().map(|appointment| appointment.grant());
        let grants = held.filter(|grant| proven || !grant.role.needs_second_factor()).collect();
        Ok(Caller { member, session, grants })
    }
}

/// What the client is told of a read that failed. The cause is logged here, once.
fn failed(error: &StoreError) -> ErrorCode {
    let causes = std::iter::successors(Some(error as &dyn std::error::Error), |error| error.source());
    let chain = causes.map(ToString::to_string).collect::<Vec<_>>().join(": ");
    tracing::error!(cause = chain, "the caller could not be looked up");
    match error {
        StoreError::Busy(_) => ErrorCode::Unavailable,
        _ => ErrorCode::Internal,
    }
}

/// The token of a `Bearer` header.
fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// Answers whether, and as whom, a request may go on to its function.
pub async fn authorize(app: &App, event: ApiGatewayV2CustomAuthorizerV2Request) -> Answer {
    let header = header(&event);
    let mut answer = Answer::default();
    answer.context = json!({});
    answer.is_authorized = header.len() <= LIMIT;
    if answer.is_authorized {
        let caller = match bearer(header) {
            Some(token) => app.caller(token).await,
            None => Err(ErrorCode::Unauthenticated),
        };
        answer.context = http_api::context(caller.as_ref().map_err(|code| *code));
    }
    answer
}

/// The identity source of the request, its `Authorization` header.
fn header(event: &Question) -> &str {
    event.identity_source.as_deref().and_then(<[String]>::first).map_or("", String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_stands_behind_the_word_bearer() {
        assert_eq!(bearer("Bearer abc"), Some("abc"));
        assert_eq!(bearer("bearer  abc "), Some("abc"));
        for other in ["", "abc", "Basic abc", "Bearer", "Bearerabc"] {
            assert_eq!(bearer(other), None, "{other}");
        }
    }
}
