//! Certificates of a passed paper, or of a year whose hours are reached.

use super::Closed;
use jiff::civil::Date;
use kernel::{CertificateId, Line, MemberId, OrgId, PaperId, PersonName};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a certificate is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = CertificateOf)]
pub(crate) enum Of {
    /// This paper, which one passed.
    Paper(PaperId),
    /// The hours of this year, which one reached.
    Year(i16),
}

/// A certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Certificate {
    pub(crate) id: CertificateId,
    /// What anybody finds it by: 32 hexadecimal digits that nobody guesses.
    pub(crate) code: String,
    pub(crate) of: Of,
    pub(crate) member: MemberId,
    pub(crate) name: PersonName,
    /// Where the person belonged when it was issued.
    pub(crate) organization: OrgId,
    pub(crate) organization_name: Line<60>,
    /// What it says that was done.
    pub(crate) title: Line<200>,
    pub(crate) issued_on: Date,
    pub(crate) version: u64,
}

impl Of {
    /// What a certificate says of a paper with this `title` that was passed.
    pub(crate) fn paper_passed(title: &Line<100>, closed: &Closed) -> String {
        format!("参加“{title}”答题，得 {} 分（满分 {} 分），成绩合格", closed.score, closed.total)
    }
}

/// A name of which only the first character is shown.
pub(crate) fn masked(name: &PersonName) -> String {
    let mut letters = name.reveal().chars();
    let first: String = letters.next().into_iter().collect();
    format!("{first}{}", "*".repeat(letters.count().min(3)))
}
