//! Who is asking.

use crate::Problem;
use authz::Grant;
use axum::extract::FromRequestParts;
use kernel::ErrorCode;
use lambda_http::{http::request::Parts, request::RequestContext};
use serde_json::{Map, Value, json};
use std::ops::Deref;

/// The caller, out of the context that the authorizer gave the gateway. There is no other way in.
#[derive(Debug, Clone)]
pub struct Caller(authz::Caller);

impl Deref for Caller {
    type Target = authz::Caller;

    fn deref(&self) -> &authz::Caller {
        &self.0
    }
}

/// The context an authorizer answers with: either a caller or the reason why there is none.
#[must_use]
pub fn context(caller: Result<&authz::Caller, ErrorCode>) -> Value {
    match caller {
        Ok(authz::Caller { member, session, grants }) => json!({
            "member": member,
            "session": session,
            "grants": serde_json::to_string(grants).unwrap_or_default(),
        }),
        Err(code) => json!({ "refusal": code }),
    }
}

/// Reads what [`context`] wrote.
fn read(context: &Map<String, Value>) -> Result<authz::Caller, ErrorCode> {
    if let Some(slug) = context.get("refusal").and_then(Value::as_str) {
        return Err(ErrorCode::ALL
            .iter()
            .copied()
            .find(|code| code.slug() == slug)
            .unwrap_or(ErrorCode::Unauthenticated));
    }
    let text = |name: &str| context.get(name).and_then(Value::as_str);
    let parsed = || {
        Some(authz::Caller {
            member: text("member")?.parse().ok()?,
            session: text("session")?.parse().ok()?,
            grants: serde_json::from_str::<Vec<Grant>>(text("grants")?).ok()?,
        })
    };
    parsed().ok_or(ErrorCode::Unauthenticated)
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        find(parts.extensions.get::<RequestContext>()).map(Self).map_err(Problem::from)
    }
}

/// The caller of a request, or why there is none.
pub(crate) fn find(context: Option<&RequestContext>) -> Result<authz::Caller, ErrorCode> {
    let Some(RequestContext::ApiGatewayV2(context)) = context else { return Err(ErrorCode::Unauthenticated) };
    let fields = context.authorizer.iter().flat_map(|authorizer| &authorizer.fields);
    let fields: Map<String, Value> = fields.map(|(name, value)| (name.clone(), value.clone())).collect();
    read(&fields)
}

#[cfg(test)]
mod tests {
    use super::*;
    use authz::Role;
    use jiff::Timestamp;
    use kernel::{MemberId, OrgId, SessionId};

    #[test]
    fn a_caller_survives_the_way_through_the_gateway() {
        let now = Timestamp::UNIX_EPOCH;
        let grants = vec![Grant { role: Role::Secretary, org: OrgId::new(now) }];
        let caller = authz::Caller { member: MemberId::new(now), session: SessionId::new(now), grants };
        let context = context(Ok(&caller));
        assert_eq!(read(context.as_object().unwrap()), Ok(caller));
    }

    #[test]
    fn what_is_not_a_caller_is_nobody() {
        for refused in [ErrorCode::TokenExpired, ErrorCode::SessionEnded, ErrorCode::AccountSuspended] {
            assert_eq!(read(context(Err(refused)).as_object().unwrap()), Err(refused));
        }
        for broken in [json!({}), json!({ "member": "mbr_1" }), json!({ "refusal": "no-such-code" })] {
            assert_eq!(read(broken.as_object().unwrap()), Err(ErrorCode::Unauthenticated), "{broken}");
        }
    }
}
