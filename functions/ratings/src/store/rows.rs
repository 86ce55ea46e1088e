//! Rows as they are stored.

use crate::domain::{Rules, StarApplication, StarObjection, StarSheet, StarState};
use dynamo::Key;
use jiff::civil::Date;
use kernel::{Line, MemberId, OrgId, OrgPath, StarApplicationId, StarObjectionId, shanghai_day};
use register::{MemberRow, StarReviews, WaitingStar};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The sheet of a year as it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SheetRow {
    /// `SHT#<committee at the root>`
    pub(crate) pk: String,
    /// The year.
    pub(crate) sk: String,
    #[serde(flatten)]
    pub(crate) sheet: StarSheet,
}

impl SheetRow {
    pub(crate) fn new(sheet: StarSheet) -> Self {
        let Key { pk, sk } = Self::key(sheet.organization, sheet.year);
        Self { pk, sk, sheet }
    }

    pub(crate) fn key(committee: OrgId, year: i16) -> Key {
        Key::new(format!("SHT#{committee}"), year.to_string())
    }
}

/// An application as it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ApplicationRow {
    /// `STA#<id>`
    pub(crate) pk: String,
    /// `STA`
    pub(crate) sk: String,
    /// Index `place`: the district, and whether something is still to be done.
    pub(crate) area: String,
    /// Index `place`: path of the branch and id.
    pub(crate) place: String,
    /// Path of the branch: a copy for lists, brought up to date after a move.
    pub(crate) path: OrgPath,
    /// The year, as lists are filtered by it.
    pub(crate) period: String,
    /// The day on which it was handed in, as lists are filtered by it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) submitted_on: Option<Date>,
    /// Index `shown`, under the id: committee at the root and year, as long as everybody may know of it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) shown: Option<String>,
    /// As long as everybody may know of it: in hundredths of a point.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) score: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) star: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) notice_until: Option<Date>,
    /// The day of the decision, as holidays that become known later make the notice longer.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) decided_on: Option<Date>,
    /// Index `waiting`: the committee whose department has to do something about it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) waits_at: Option<OrgId>,
    /// Index `waiting`: since when, and the id.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) waits_key: Option<String>,
    /// Who has a part in it and does not take its next step, as nobody is shown a duty that is not for them.
    #[serde(skip_serializing_if = "BTreeSet::is_empty", default)]
    pub(crate) barred: BTreeSet<MemberId>,
    #[serde(flatten)]
    pub(crate) application: StarApplication,
}

impl ApplicationRow {
    /// The row of the application of the branch at `path`.
    pub(crate) fn new(application: StarApplication, path: OrgPath) -> Self {
        let Key { pk, sk } = Self::key(application.id);
        let (public, waits_since) = (application.public(), application.waits_since());
        Self {
            area: MemberRow::area(&path, application.state.is_open()),
            place: format!("{path}{}", application.id),
            path,
            period: application.year.to_string(),
            submitted_on: application.submitted_on(),
            shown: public.map(|_| Self::shown(application.committee, application.year)),
            score: public.map(|decision| decision.score),
            star: public.map(|decision| decision.star),
            notice_until: public.map(|decision| decision.notice_until),
            decided_on: public.map(|decision| shanghai_day(decision.at)),
            waits_at: waits_since.map(|_| application.committee),
            waits_key: waits_since.map(|since| WaitingStar::key(since, application.id)),
            barred: application.barred(),
            pk,
            sk,
            application,
        }
    }

    pub(crate) fn key(id: StarApplicationId) -> Key {
        StarReviews::key(id)
    }

    fn partition(id: StarApplicationId) -> String {
        Self::key(id).pk
    }

    /// The partition of index `shown`.
    pub(crate) fn shown(committee: OrgId, year: i16) -> String {
        format!("{committee}#{year}")
    }

    /// Where it is counted how often somebody objected.
    pub(crate) fn counter(id: StarApplicationId) -> Key {
        Key::new(Self::partition(id), "OBJECTIONS")
    }
}

/// What indexes carry of an application.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Listed {
    pub(crate) id: StarApplicationId,
    pub(crate) organization: OrgId,
    pub(crate) name: Line<60>,
    pub(crate) year: i16,
    pub(crate) state: StarState,
    /// Absent in index `shown`.
    pub(crate) closes_on: Option<Date>,
    pub(crate) submitted_on: Option<Date>,
    pub(crate) score: Option<u32>,
    pub(crate) star: Option<u8>,
    pub(crate) notice_until: Option<Date>,
    pub(crate) decided_on: Option<Date>,
}

impl Listed {
    /// Whether it was not handed in within the window: no step can be taken with it any more.
    pub(crate) fn is_missed(&self, today: Date) -> bool {
        self.state == StarState::Draft && self.closes_on.is_some_and(|closes| closes < today)
    }

    /// The last day of its public notice, by the holidays that are known now.
    pub(crate) fn notice_lasts(&self, rules: &Rules) -> Option<Date> {
        let told = self.notice_until?;
        Some(self.decided_on.map_or(told, |on| rules.notice_lasts(told, on)))
    }
}

/// What the report needs of one.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Counted {
    pub(crate) path: OrgPath,
    pub(crate) star: Option<u8>,
}

/// That a branch applied in a year: it does so once.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct AppliedRow {
    /// `ORG#<branch>`
    pub(crate) pk: String,
    /// `STA#<year>`
    pub(crate) sk: String,
    pub(crate) application: StarApplicationId,
}

impl AppliedRow {
    pub(crate) fn of(application: &StarApplication) -> Self {
        let pk = StarReviews::of_branch(application.organization);
        let sk = format!("{}{}", StarReviews::APPLIED, application.year);
        Self { pk, sk, application: application.id }
    }
}

/// An objection as it is stored.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ObjectionRow {
    /// `STA#<application>`
    pub(crate) pk: String,
    /// The id.
    pub(crate) sk: String,
    /// Index `waiting`, as long as nobody answered: the committee whose department does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) waits_at: Option<OrgId>,
    /// Index `waiting`: since when, and the id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) waits_key: Option<String>,
    /// The branch: nobody of it is shown the duty.
    pub(crate) organization: OrgId,
    /// Its name when it applied.
    pub(crate) name: Line<60>,
    /// Who else does not answer it.
    pub(crate) barred: BTreeSet<MemberId>,
    #[serde(flatten)]
    pub(crate) objection: StarObjection,
}

impl ObjectionRow {
    /// The row of an objection to `application`.
    pub(crate) fn new(objection: StarObjection, application: &StarApplication) -> Self {
        let Key { pk, sk } = Self::key(objection.application, objection.id);
        let since = objection.is_open().then(|| shanghai_day(objection.raised_at));
        Self {
            pk,
            sk,
            waits_at: since.map(|_| application.committee),
            waits_key: since.map(|since| WaitingStar::key(since, objection.id)),
            organization: application.organization,
            name: application.name.clone(),
            barred: objection.barred(application),
            objection,
        }
    }

    pub(crate) fn key(application: StarApplicationId, id: StarObjectionId) -> Key {
        Key::new(ApplicationRow::partition(application), id.to_string())
    }
}

/// That a person objected to a decision: they do so once.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct RaisedRow {
    /// `STA#<application>`
    pub(crate) pk: String,
    /// `BY#<decision>#<member>`
    pub(crate) sk: String,
    pub(crate) member: MemberId,
}

impl RaisedRow {
    pub(crate) fn of(objection: &StarObjection) -> Self {
        let (pk, member) = (ApplicationRow::partition(objection.application), objection.raised_by);
        Self { pk, sk: format!("BY#{}#{member}", objection.decision), member }
    }
}
