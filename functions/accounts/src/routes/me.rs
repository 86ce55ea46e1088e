//! What a person sees of themselves.

use crate::{App, tokens::SecondFactorState};
use authz::{Grant, Role};
use axum::extract::State;
use dynamo::{Read, StoreError};
use futures_util::future::try_join_all;
use http_api::{Caller, Paging, Problem, ProblemBody, Query, Reply};
use jiff::civil::Date;
use kernel::{ErrorCode, Limit, Line, MemberId, OrgId, Page, PersonName, SessionId, Sex, shanghai_day};
use register::{Category, MemberState, Reading};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

/// An organisation by name.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = NamedOrganization)]
struct Named {
    id: OrgId,
    #[schema(value_type = String)]
    name: Line<60>,
}

/// An office that is in force.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OwnOffice)]
struct Office {
    role: Role,
    organization: Named,
}

/// The person who is asking.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Me {
    id: MemberId,
    name: PersonName,
    sex: Sex,
    organization: Named,
    state: MemberState,
    category: Category,
    #[schema(value_type = String, format = Date)]
    joined_on: Date,
    id_card_masked: String,
    phone_masked: String,
    /// Offices whose authority this session has.
    grants: Vec<Office>,
    /// Offices whose authority it does not have, because the second factor was not proved in it.
    withheld: Vec<Office>,
    second_factor: SecondFactorState,
    /// Whether one can sign in with a password.
    has_password: bool,
    session: SessionId,
}

/// Oneself: the record with masked numbers, the offices in force, the second factor.
#[utoipa::path(get, path = "/v1/me", tag = "accounts", security(("token" = [])),
    responses((status = 200, body = Me), (status = "4XX", body = ProblemBody)))]
pub(super) async fn me(State(app): State<App>, caller: Caller) -> Result<Reply, Problem> {
    let now = app.clock.now();
    let id = caller.member;
    let (account, person, held) = tokio::join!(
        app.store.own(id),
        app.store.people.person(id, Read::Eventual),
        app.organizations.appointments(id, shanghai_day(now)),
    );
    let (account, person, held) = (account?, person?, held?);
    let names = names(&app, held.iter().map(|one| one.organization).chain([person.organization]).collect()).await?;
    let organization =
        |id: OrgId| names.get(&id).map(|name| Named { id, name: name.clone() }).ok_or(ErrorCode::NotFound);
    let office = |Grant { role, org }| Ok::<_, Problem>(Office { role, organization: organization(org)? });

    // What the authorizer let through is in force; the rest of what is held was withheld.
    let (grants, withheld): (Vec<_>, Vec<_>) =
        held.iter().map(register::Appointment::grant).partition(|grant| caller.grants.contains(grant));
    let session = account.session(caller.session, now)?;
    Reply::ok(&Me {
        id,
        name: person.name,
        sex: person.sex,
        organization: organization(person.organization)?,
        state: person.state,
        category: person.category,
        joined_on: person.joined_on,
        id_card_masked: person.id_card_masked,
        phone_masked: person.phone_masked,
        grants: grants.into_iter().map(office).collect::<Result<_, _>>()?,
        withheld: withheld.into_iter().map(office).collect::<Result<_, _>>()?,
        second_factor: SecondFactorState::of(&account, session),
        has_password: account.password.is_some(),
        session: caller.session,
    })
}

/// The names of organisations, each read once.
async fn names(app: &App, ids: BTreeSet<OrgId>) -> Result<BTreeMap<OrgId, Line<60>>, StoreError> {
    let each = ids.into_iter().map(async |id| Ok::<_, StoreError>((id, app.organizations.node(id).await?.name)));
    Ok(try_join_all(each).await?.into_iter().collect())
}

/// One reading of one's record, with the reader's name.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = NamedReading)]
struct ReadingView {
    #[serde(flatten)]
    reading: Reading,
    /// The reader's name as the register has it now; absent when they are no longer in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    reader_name: Option<PersonName>,
}

/// The names of persons, each read once and all side by side; who is not in the register has none.
async fn names_of(app: &App, ids: BTreeSet<MemberId>) -> Result<BTreeMap<MemberId, PersonName>, StoreError> {
    let each = ids.into_iter().map(async |id| match app.store.people.person(id, Read::Eventual).await {
        Ok(person) => Ok(Some((id, person.name))),
        Err(StoreError::Refused(refusal)) if refusal.code == ErrorCode::NotFound => Ok(None),
        Err(error) => Err(error),
    });
    Ok(try_join_all(each).await?.into_iter().flatten().collect())
}

/// Who read one's record, latest first, with the readers' names.
///
/// Costs the page of the log and one small read for each different reader on it.
#[utoipa::path(get, path = "/v1/me/access-log", tag = "accounts", params(Limit), security(("token" = [])),
    responses((status = 200, body = Page<ReadingView>), (status = "4XX", body = ProblemBody)))]
pub(super) async fn access_log(
    State(app): State<App>,
    caller: Caller,
    Query(Limit { limit, cursor }): Query<Limit>,
) -> Result<Reply, Problem> {
    let page = Paging::of("access-log", limit, cursor.as_deref())?;
    let (after, size) = page.place();
    let found = app.readings.of(caller.member, after, size).await?;
    let names = names_of(&app, found.items.iter().map(|reading| reading.reader).collect()).await?;
    let view = |reading: Reading| ReadingView { reader_name: names.get(&reading.reader).cloned(), reading };
    Reply::ok(&page.holding(found.items.into_iter().map(view).collect(), found.after))
}
