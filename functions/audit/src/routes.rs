//! HTTP in, HTTP out.

use crate::{App, proofs};
use authz::Action;
use axum::{Router, extract::State};
use dynamo::Activity;
use http_api::{Caller, Paging, Problem, ProblemBody, Query, Reply, document, finish};
use jiff::civil::Date;
use kernel::{OrgId, Page, Refusal, Text};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Every route of this function with its part of the API document.
pub fn api(app: App) -> (Router, utoipa::openapi::OpenApi) {
    let (router, document) = OpenApiRouter::with_openapi(document("audit", "留痕：每次变更的记录"))
        .routes(routes!(list))
        .routes(routes!(proofs::prove))
        .with_state(app)
        .split_for_parts();
    (finish(router, None), document)
}

/// Every route of this function.
pub fn router(app: App) -> Router {
    api(app).0
}

/// Which part of the trace is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// The organisation in whose matters it was done.
    organization: OrgId,
    /// Only what was done to this record; `account:` and a person's id for what was done to their account.
    subject: Option<String>,
    /// First day, in Shanghai; not together with `subject`.
    #[param(value_type = Option<String>, format = Date)]
    from: Option<Date>,
    /// Last day, in Shanghai; not together with `subject`.
    #[param(value_type = Option<String>, format = Date)]
    until: Option<Date>,
    /// At most this many, 1 to 200; 50 when left out.
    limit: Option<u16>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// What was done in an organisation's matters, latest first.
///
/// What was done to accounts (signing in, passwords, suspension), and who objected to a star or appealed, is not in the list; auditors and security administrators
/// ask for it by `subject`, one account at a time.
#[utoipa::path(get, path = "/v1/audit", tag = "audit", operation_id = "searchTrace", params(Asked), security(("token" = [])),
    responses((status = 200, body = Page<Activity>), (status = "4XX", body = ProblemBody)))]
async fn list(State(app): State<App>, caller: Caller, Query(asked): Query<Asked>) -> Result<Reply, Problem> {
    let page = Paging::of("audit", asked.limit, asked.cursor.as_deref())?;
    let (after, size) = page.place();
    let node = app.organizations.node(asked.organization).await?;
    let of_account = asked.subject.as_deref().is_some_and(Activity::is_of_account);
    caller.may(if of_account { Action::ReadAccountTrace } else { Action::ReadAudit }, &node.path)?;
    let found = match &asked.subject {
        Some(_) if asked.from.is_some() || asked.until.is_some() => {
            return Err(Refusal::field(
                "/subject",
                Text::of("不能与 from、until 同时使用", "not together with from or until"),
            )
            .into());
        }
        Some(subject) if subject.is_empty() || subject.len() > 100 => {
            return Err(
                Refusal::field("/subject", Text::of("应为 1 至 100 个字符", "must be 1 to 100 characters")).into()
            );
        }
        // A record may have been in other hands before: only what was done here is for here.
        Some(subject) => app.trace.of_subject(subject, Some(node.id), after, size).await?,
        None => app.trace.of_organization(node.id, (asked.from, asked.until), after, size).await?,
    };
    Reply::ok(&page.holding(found.items, found.after))
}
