//! Certificates, and whether one is real.

use super::{hours, paged, told};
use crate::{
    App, docx,
    domain::{Attempt, Certificate, Hand, Of, Paper, illegal},
    views::{CertificateView, Verified},
};
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use dynamo::Actor;
use http_api::{Caller, Idempotency, Json, Paging, Path, Problem, ProblemBody, Query, Reply};
use kernel::{CertificateId, ErrorCode, Limit, Line, Page, shanghai_day};
use lambda_http::http::header;
use vault::random_hex;

/// Bytes of a code; it has two digits for each.
const CODE: usize = 16;

/// What a certificate of `of` says.
///
/// # Errors
/// [`ErrorCode::IllegalTransition`] when that was not reached.
async fn title(app: &App, caller: &Caller, of: Of) -> Result<String, Problem> {
    match of {
        Of::Paper(id) => {
            let attempts = app.store.attempts(caller.member, id).await?;
            let passed = attempts.iter().find(|attempt| Attempt::passed(attempt));
            let closed = passed.and_then(|attempt| attempt.closed.as_ref());
            let Some(closed) = closed else { return Err(illegal("尚未合格", "it is not passed").into()) };
            let paper = app.store.piece::<Paper>(id).await?;
            Ok(Of::paper_passed(&paper.head.title, closed))
        }
        Of::Year(year) => {
            let standing = hours::of_year(app, caller.member, year).await?;
            if !standing.reached {
                return Err(illegal(
                    "学时或集中培训尚未达到要求",
                    "the hours of that year, or its trainings, are not reached",
                )
                .into());
            }
            // The hours that are owed: more than enough is no distinction.
            Ok(format!("{year} 年度参加集中学习培训已满 {} 学时", standing.owed_minutes / 60))
        }
    }
}

/// Issues a certificate of a paper that one passed, or of a year whose hours one reached; asked again, the same one.
#[utoipa::path(post, path = "/v1/me/certificates", tag = "learning", operation_id = "issueCertificate", request_body = Of,
    security(("token" = [])),
    responses((status = 201, body = CertificateView), (status = 200, body = CertificateView),
        (status = "4XX", body = ProblemBody)))]
pub(crate) async fn issue(
    State(app): State<App>,
    caller: Caller,
    Idempotency(once): Idempotency,
    Json(of): Json<Of>,
) -> Result<Reply, Problem> {
    if let Some(known) = app.store.certificate(caller.member, of).await? {
        return super::again(&app, once.as_ref(), Reply::ok(&CertificateView::from(known))?).await;
    }
    let (member, home) = app.store.learner(caller.member).await?;
    let title = title(&app, &caller, of).await?;
    let hand = Hand { by: caller.member, at: app.clock.now() };
    let certificate = Certificate {
        id: CertificateId::new(hand.at),
        code: random_hex::<CODE>().map_err(Problem::internal)?,
        of,
        member: member.id,
        name: member.name,
        organization: home.id,
        organization_name: home.name,
        title: Line::try_from(title).map_err(Problem::internal)?,
        issued_on: shanghai_day(hand.at),
        version: 1,
    };
    let actor = Actor::oneself(caller.member);
    let activity = told(actor, hand, "certificate.issued", certificate.organization, certificate.id).stating("of", of);
    let change = app.store.certify(&certificate);
    let location = format!("/v1/certificates/{}", certificate.code);
    let reply = Reply::created(location, &CertificateView::from(certificate))?;
    match app.store.ledger.commit(change, [activity], once.as_ref(), reply.into_answer()).await {
        // One's other phone asked at the same moment.
        Err(error) if error.is_conflict() => {
            let known = app.store.certificate(caller.member, of).await?.ok_or(ErrorCode::Conflict)?;
            Reply::ok(&CertificateView::from(known))
        }
        outcome => Ok(outcome?.into()),
    }
}

/// One's own certificates.
#[utoipa::path(get, path = "/v1/me/certificates", tag = "learning", operation_id = "myCertificates", params(Limit),
    security(("token" = [])),
    responses((status = 200, body = Page<CertificateView>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn mine(
    State(app): State<App>,
    caller: Caller,
    Query(Limit { limit, cursor }): Query<Limit>,
) -> Result<Reply, Problem> {
    let page = Paging::of("certificates", limit, cursor.as_deref())?;
    paged(&page, app.store.certificates(caller.member, page.place()).await?, CertificateView::from)
}

/// Whether it can be a code at all.
fn is_code(text: &str) -> bool {
    text.len() == 2 * CODE && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

async fn at(app: &App, code: &str) -> Result<Certificate, Problem> {
    if !is_code(code) {
        return Err(ErrorCode::NotFound.into());
    }
    Ok(app.store.certificate_at(code).await?)
}

/// One's own certificate as a document (DOCX) with its code.
#[utoipa::path(get, path = "/v1/me/certificates/{code}/document", tag = "learning", operation_id = "certificateDocument",
    params(("code" = String, Path)), security(("token" = [])),
    responses((status = 200, description = "The document", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = "4XX", body = ProblemBody)))]
pub(crate) async fn document(
    State(app): State<App>,
    caller: Caller,
    Path(code): Path<String>,
) -> Result<Response, Problem> {
    let certificate = at(&app, &code).await?;
    if certificate.member != caller.member {
        return Err(ErrorCode::NotFound.into());
    }
    let file = docx::document(&certificate).map_err(Problem::internal)?;
    let disposition = "attachment; filename=\"certificate.docx\"";
    Ok(([(header::CONTENT_TYPE, docx::TYPE), (header::CONTENT_DISPOSITION, disposition)], file).into_response())
}

/// Whether there is a certificate with this code: what it is of, of what day, and a name of which one character is shown.
/// Anybody who has the code may ask.
#[utoipa::path(get, path = "/v1/certificates/{code}", tag = "learning", operation_id = "verifyCertificate",
    params(("code" = String, Path)),
    responses((status = 200, body = Verified), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn verify(State(app): State<App>, Path(code): Path<String>) -> Result<Reply, Problem> {
    Reply::ok(&Verified::from(at(&app, &code).await?))
}
