//! What a security administrator does to the accounts of others.

use crate::{App, domain::Account, store::Decision};
use authz::{Action, Scope};
use axum::extract::State;
use dynamo::{Activity, Actor, Read};
use http_api::{Caller, Idempotency, Json, Path, Problem, ProblemBody, Query, Reply};
use jiff::Timestamp;
use kernel::{Line, MemberId, OrgId};
use register::AccountStatus;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

/// Why an account is suspended.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = SuspensionReason)]
pub(super) struct Reason {
    /// Stands in the trace.
    #[schema(value_type = String)]
    reason: Line<200>,
}

/// Why it is undone.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct OptionalReason {
    /// Stands in the trace.
    #[param(value_type = Option<String>)]
    reason: Option<Line<200>>,
}

/// Leave to manage somebody's account.
struct Managed {
    scope: Scope,
    organization: OrgId,
    member: MemberId,
    at: Timestamp,
}

impl Managed {
    async fn by(app: &App, caller: &Caller, member: MemberId) -> Result<Self, Problem> {
        let person = app.store.people.person(member, Read::Eventual).await?;
        let node = app.organizations.node(person.organization).await?;
        let scope = caller.may_for(Action::ManageAccount, member, &node.path)?;
        Ok(Self { scope, organization: node.id, member, at: app.clock.now() })
    }

    fn activity(&self, caller: &Caller, kind: &str, reason: Option<&Line<200>>) -> Activity {
        let actor = Actor::person(caller.member, self.scope.role().slug());
        let activity = Activity::of_account(self.at, actor, kind, self.organization, self.member);
        match reason {
            Some(reason) => activity.stating("reason", reason),
            None => activity,
        }
    }
}

fn illegal(zh: &'static str, en: &'static str) -> Problem {
    kernel::illegal(zh, en).into()
}

/// Suspends an account: all its sessions end, and nobody signs in to it. It holds from the next request on.
///
/// Somebody who never signed in can be suspended too.
#[utoipa::path(post, path = "/v1/accounts/{member}/suspension", tag = "accounts", request_body = Reason,
    params(("member" = MemberId, Path)), security(("token" = [])),
    responses((status = 204), (status = "4XX", body = ProblemBody)))]
pub(super) async fn suspend(
    State(app): State<App>,
    caller: Caller,
    Path(member): Path<MemberId>,
    Idempotency(once): Idempotency,
    Json(request): Json<Reason>,
) -> Result<Reply, Problem> {
    let managed = Managed::by(&app, &caller, member).await?;
    let account = app.store.account(member).await?;
    let (managed, caller, request) = (&managed, &caller, &request);
    let decide = |mut account: Account| async move {
        if account.is_suspended() {
            return Err(illegal("账号已经停用", "the account is suspended already"));
        }
        account.status = AccountStatus::Suspended;
        account.sessions.clear();
        let activity = managed.activity(caller, "account.suspended", Some(&request.reason));
        Ok(Decision::change(account, activity, Reply::nothing().into_answer()))
    };
    Ok(app.store.change(member, account, once.as_ref(), decide).await?.into())
}

/// Lets a suspended account be used again.
#[utoipa::path(delete, path = "/v1/accounts/{member}/suspension", tag = "accounts",
    params(("member" = MemberId, Path), OptionalReason), security(("token" = [])),
    responses((status = 204), (status = "4XX", body = ProblemBody)))]
pub(super) async fn reinstate(
    State(app): State<App>,
    caller: Caller,
    Path(member): Path<MemberId>,
    Query(request): Query<OptionalReason>,
    Idempotency(once): Idempotency,
) -> Result<Reply, Problem> {
    let managed = Managed::by(&app, &caller, member).await?;
    let account = app.store.account(member).await?;
    let (managed, caller, request) = (&managed, &caller, &request);
    let decide = |mut account: Account| async move {
        if !account.is_suspended() {
            return Err(illegal("账号没有停用", "the account is not suspended"));
        }
        account.status = AccountStatus::Active;
        let activity = managed.activity(caller, "account.reinstated", request.reason.as_ref());
        Ok(Decision::change(account, activity, Reply::nothing().into_answer()))
    };
    Ok(app.store.change(member, account, once.as_ref(), decide).await?.into())
}

/// Takes the second factor off an account whose owner lost it. Sessions go on without it, and so without the offices that
/// need one.
#[utoipa::path(delete, path = "/v1/accounts/{member}/second-factor", tag = "accounts",
    params(("member" = MemberId, Path), OptionalReason), security(("token" = [])),
    responses((status = 204), (status = "4XX", body = ProblemBody)))]
pub(super) async fn reset_second_factor(
    State(app): State<App>,
    caller: Caller,
    Path(member): Path<MemberId>,
    Query(request): Query<OptionalReason>,
    Idempotency(once): Idempotency,
) -> Result<Reply, Problem> {
    let managed = Managed::by(&app, &caller, member).await?;
    let account = app.store.account(member).await?;
    let (managed, caller, request) = (&managed, &caller, &request);
    let decide = |mut account: Account| async move {
        if account.second_factor.is_none() {
            return Err(illegal("该账号没有启用双重验证", "the account has no second factor"));
        }
        account.second_factor = None;
        for session in account.sessions.values_mut() {
            session.second_factor = false;
        }
        let activity = managed.activity(caller, "second-factor.reset", request.reason.as_ref());
        Ok(Decision::change(account, activity, Reply::nothing().into_answer()))
    };
    Ok(app.store.change(member, account, once.as_ref(), decide).await?.into())
}
