//! Proofs that an activity is the one that was sealed with its day.

use crate::App;
use authz::Action;
use axum::extract::State;
use dynamo::{Activity, group};
use http_api::{Caller, Path, Problem, ProblemBody, Query, Reply};
use kernel::{ActivityId, ErrorCode, MemberId, OrgId, Refusal, Text};
use seal::{Proof, SealError};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Where the activity is looked for; exactly one of the two.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Where {
    /// The organisation in whose matters it was done.
    organization: Option<OrgId>,
    /// The person to whose account it was done.
    account: Option<MemberId>,
}

/// An activity with the proof that it is in its sealed day.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Proven {
    /// The activity as the text that is hashed.
    canonical: String,
    /// SHA-256 of that text, in hexadecimal digits: the first leaf of the proof is the id and this.
    hash: String,
    /// From there to the chain value of the day.
    proof: Proof,
}

/// Proof that an activity is in its sealed day, and unaltered.
///
/// For those who may read the activity, and for the person to whom or to whose account it was done. Whoever is handed the
/// answer can check it without access to anything: docs/AUDIT.md says how, and where the chain value comes from that it
/// has to lead to.
#[utoipa::path(get, path = "/v1/audit/proofs/{activity}", tag = "audit", security(("token" = [])),
    params(("activity" = ActivityId, Path), Where),
    responses((status = 200, body = Proven), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn prove(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ActivityId>,
    Query(place): Query<Where>,
) -> Result<Reply, Problem> {
    let activity = readable(&app, &caller, id, &place).await?;
    let hash = activity.hash();
    let group = group(&activity);
    let Some(proof) = proof(&app, id, &group).await.map_err(problem)? else {
        return Err(ErrorCode::NotSealedYet.into());
    };
    // Not in the seal of its day, or another content in it.
    let sealed = proof.filter(|proof| proof.steps.first().is_some_and(|step| step.leaf == format!("{id} {hash}")));
    let proof = sealed.ok_or(Refusal::new(ErrorCode::SealBroken))?;
    Reply::ok(&Proven { canonical: activity.canonical(), hash, proof })
}

/// The activity, if the caller may read it.
async fn readable(app: &App, caller: &Caller, id: ActivityId, place: &Where) -> Result<Activity, Problem> {
    let nothing = || Refusal::new(ErrorCode::NotFound);
    match (place.organization, place.account) {
        (Some(organization), None) => {
            let node = app.organizations.node(organization).await?;
            let may = caller.may(Action::ReadAudit, &node.path);
            let found = app.trace.one(&Activity::partition(organization), id).await?;
            let own = found.as_ref().is_some_and(|activity| activity.subject == caller.member.to_string());
            if !own {
                may?;
            }
            Ok(found.ok_or_else(nothing)?)
        }
        (None, Some(member)) => {
            let activity = app.trace.one(&Activity::account(member), id).await?.ok_or_else(nothing)?;
            if member != caller.member {
                let node = app.organizations.node(activity.organization).await?;
                caller.may(Action::ReadAccountTrace, &node.path)?;
            }
            Ok(activity)
        }
        _ => {
            let text = Text::of("organization 与 account 须且只须填写一项", "give either organization or account");
            Err(Refusal::field("/organization", text).into())
        }
    }
}

/// The proof from the sealed day; `None` where the day is not sealed, and `None` in it where the seal has no such activity.
async fn proof(app: &App, id: ActivityId, group: &str) -> Result<Option<Option<Proof>>, SealError> {
    let Some(head) = app.seals.head(id.day()).await? else { return Ok(None) };
    let Some(line) = head.parts.iter().find(|line| line.covers(group)) else { return Ok(Some(None)) };
    let part = app.seals.part(head.day, line.part).await?;
    Ok(Some(part.and_then(|part| Proof::of(id, group, &part, &head))))
}

fn problem(error: SealError) -> Problem {
    match error {
        SealError::Bucket(error) => error.into(),
        broken @ SealError::Unreadable { .. } => Problem::internal(broken),
    }
}
