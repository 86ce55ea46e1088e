//! What a branch tells its members about a year (党费规定 §26). Nobody is named in it.

use super::told;
use crate::{
    App,
    domain::{Hand, field},
    store::rows::{Publication, PublicationRow},
};
use authz::Action;
use axum::extract::State;
use dues_records::{Balances, Bill, BillState, DuesTable, Fen, Month, Rules};
use dynamo::{Change, StoreError};
use http_api::{Caller, Idempotency, Json, Path, Problem, ProblemBody, Reply};
use kernel::{ErrorCode, OrgId, Refusal, known_year, wanted_year};
use notices::{Announcement, Notice};
use register::{Node, OrgKind};
use serde::Deserialize;
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// Which year.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewDuesPublication {
    year: i16,
}

/// What `bills` of `year` and the book come to, in the place of what was published before.
pub(crate) fn summed(
    (organization, year): (OrgId, i16),
    bills: &[Bill],
    balances: Balances,
    (hand, old): (Hand, Option<&Publication>),
) -> Result<Publication, Refusal> {
    let of = |state: Option<BillState>| {
        let some = bills.iter().filter(|bill| state.is_none_or(|state| bill.state == state));
        let count = u32::try_from(some.clone().count()).unwrap_or(u32::MAX);
        (count, some.map(|bill| bill.amount).sum::<Fen>())
    };
    let members: BTreeSet<_> = bills.iter().map(|bill| bill.member).collect();
    let ((bills, billed), (paid_bills, paid)) = (of(None), of(Some(BillState::Paid)));
    Ok(Publication {
        organization,
        year,
        members: u32::try_from(members.len()).unwrap_or(u32::MAX),
        bills,
        billed,
        paid_bills,
        paid,
        exempt_bills: of(Some(BillState::Exempt)).0,
        balances,
        by: hand.by,
        at: hand.at,
        first_at: old.map_or(hand.at, |old| old.first_at),
        article: Rules::get()?.publication.article.clone(),
        version: old.map_or(1, |old| old.version + 1),
    })
}

/// Tells the members of `branch` of what it published about `year`, each once. When the request comes again, it tells whom it did
/// not reach before.
async fn tell(app: &App, branch: &Node, year: i16) -> Result<(), Problem> {
    // As it is stored: a request that comes again is answered with what it published the first time.
    let row = app.store.publication(branch.id, year).await?.ok_or(ErrorCode::NotFound)?;
    let Publication { at, version, article, .. } = row.publication;
    let members = DuesTable::owing(&app.store.people, branch, Month::at(at)).await?;
    let cause = format!("dues/published/{}/{year}/{version}", branch.id);
    let title = format!("本支部{year}年度党费收缴情况已公布");
    let notices: Vec<_> = members
        .iter()
        .map(|member| {
            Notice::new(at, member.id, "dues.published", &cause)
                .saying(&title, "请在“党费公布”中查看收缴、上缴与结存情况。")
                .about(branch.id.to_string())
                .by(&article)
        })
        .collect();
    app.store.notices.post_each_once(&app.store.ledger, &notices).await?;
    Ok(())
}

/// Publishes what a branch collected in a year to its members, or brings that up to date. Each of them is told.
#[utoipa::path(post, path = "/v1/organizations/{organization}/dues/publications", tag = "dues",
    operation_id = "publishDues", request_body = NewDuesPublication,
    params(("organization" = OrgId, Path)), security(("token" = [])),
    responses((status = 200, body = Publication), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn publish(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<OrgId>,
    Idempotency(once): Idempotency,
    Json(NewDuesPublication { year: wanted }): Json<NewDuesPublication>,
) -> Result<Reply, Problem> {
    let node = app.store.node(id).await?;
    let scope = caller.may(Action::ManageDues, &node.path)?;
    let (hand, wanted) = (app.hand(&caller), known_year(wanted)?);
    if node.kind != OrgKind::Branch || wanted > app.today().year() {
        return Err(field(
            "/year",
            "只公布党支部本年度或以前年度的情况",
            "is this year or an earlier one, of a branch",
        )
        .into());
    }
    let old = app.store.publication(id, wanted).await?.map(|row| row.publication);
    let bills: Vec<_> = app.store.year_of(id, wanted).await?.into_iter().map(|row| row.bill).collect();
    // Of a year that is over, its end: what came in since is told with its own year.
    let end = Month::new(wanted, 12).ok_or(ErrorCode::InvalidField)?.min(Month::at(hand.at));
    let balances = app.store.dues.balances(id, end).await?;
    let publication = summed((id, wanted), &bills, balances, (hand, old.as_ref()))?;
    let activity = told(&scope, hand, "published", id, id.to_string())
        .stating("year", wanted)
        .stating("paid", publication.paid)
        .stating("version", publication.version);
    let announcement = Announcement {
        organization: id,
        cause: format!("dues/published/{wanted}/{}", publication.version),
        kind: "dues.published".to_owned(),
        title: format!("本支部{wanted}年度党费收缴情况已公布，请在应用中查看"),
        at: hand.at,
    };
    let row = PublicationRow::new(publication);
    let change = app.store.publish(Change::new(), old.map_or(0, |old| old.version), &row);
    let change = app.store.notices.announce(change, &announcement);
    let reply = Reply::ok(&row.publication)?.version(row.publication.version);
    let answer = app.store.ledger.commit(change, [activity], once.as_ref(), reply.into_answer()).await?;
    Box::pin(tell(&app, &node, wanted)).await?;
    Ok(answer.into())
}

/// What a branch published about a year, for its members and for officers.
#[utoipa::path(get, path = "/v1/organizations/{organization}/dues/publications", tag = "dues",
    operation_id = "readDuesPublication", params(("organization" = OrgId, Path), super::reading::DuesYearOf),
    security(("token" = [])), responses((status = 200, body = Publication), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn read(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<OrgId>,
    http_api::Query(super::reading::DuesYearOf { year: wanted }): http_api::Query<super::reading::DuesYearOf>,
) -> Result<Reply, Problem> {
    let wanted = wanted_year(wanted, app.today())?;
    let node = app.store.node(id).await?;
    if let Err(refusal) = caller.may(Action::ReadDues, &node.path) {
        let own = match app.store.person(caller.member).await {
            Ok(own) => own.state.is_current() && node.path.contains(&own.path),
            Err(StoreError::Refused(_)) => false,
            Err(error) => return Err(error.into()),
        };
        if !own {
            return Err(refusal.into());
        }
    }
    let row = app.store.publication(id, wanted).await?.ok_or(ErrorCode::NotFound)?;
    Ok(Reply::ok(&row.publication)?.version(row.publication.version))
}
