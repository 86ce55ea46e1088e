//! What learners did: attempts, results, hours, certificates.

use super::{
    AttemptRow, CertificateRow, EntryRow, Listed, SheetRow, Store, TrainingRow, Wanted, absent,
    rows::{AttendedRow, person},
};
use crate::domain::{Attempt, Certificate, Of, Sheet, Training};
use dynamo::{Change, Found, Read, StoreError, Stretch};
use jiff::civil::Date;
use kernel::{ErrorCode, MemberId, OrgPath, PaperId, Refusal};
use register::Appointment;
use study::{Entry, Source};

impl Store {
    /// Entries of one person in a year, at most, of each source.
    const A_YEAR: u16 = 1_000;

    /// The attempts of `member` at a paper, as they are now.
    pub(crate) async fn attempts(&self, member: MemberId, paper: PaperId) -> Result<Vec<Attempt>, StoreError> {
        let all = Stretch::beginning(person(member), &AttemptRow::start(paper)).consistent();
        let found: Found<AttemptRow> = self.table.first(&all, 100).await?;
        Ok(found.items.into_iter().map(|row| row.attempt).collect())
    }

    /// An attempt, as it is now.
    pub(crate) async fn attempt(&self, member: MemberId, paper: PaperId, number: u16) -> Result<Attempt, StoreError> {
        let row: Option<AttemptRow> = self.table.get(AttemptRow::key(member, paper, number), Read::Consistent).await?;
        row.map(|row| row.attempt).ok_or_else(absent)
    }

    /// The questions of an attempt.
    pub(crate) async fn sheet(&self, attempt: &Attempt) -> Result<Sheet, StoreError> {
        let key = SheetRow::key(attempt.member, attempt.paper, attempt.number);
        let row: Option<SheetRow> = self.table.get(key, Read::Consistent).await?;
        row.map(|row| row.sheet).ok_or_else(absent)
    }

    /// Adds an attempt with its questions, if there is none of its number.
    pub(crate) fn begin(&self, attempt: &Attempt, sheet: &Sheet) -> Change {
        Change::new().insert(&self.table, &AttemptRow::new(attempt.clone()), ErrorCode::Conflict).insert(
            &self.table,
            &SheetRow::new(attempt, sheet.clone()),
            ErrorCode::Conflict,
        )
    }

    /// Turns `old` into `new`, if nobody changed it since it was read.
    pub(crate) fn answer(&self, old: &Attempt, new: &Attempt) -> Change {
        Change::new().replace(&self.table, &AttemptRow::new(new.clone()), old.version)
    }

    /// The same, and counts `credit` for who passed.
    pub(crate) fn mark(&self, old: &Attempt, new: &Attempt, credit: Option<Entry>) -> Change {
        let change = self.answer(old, new);
        match credit {
            Some(entry) => change.overwrite(&self.table, &EntryRow::new(new.member, entry)),
            None => change,
        }
    }

    /// A page of the results of a paper, of those who belonged to the organisation at `path` or below it when they began.
    pub(crate) async fn results(
        &self,
        paper: PaperId,
        path: Option<&OrgPath>,
        (after, limit): Wanted<'_>,
    ) -> Result<Found<Listed>, StoreError> {
        self.table.page(&results(paper, path), after, limit).await
    }

    /// The first `most` of them.
    pub(crate) async fn all_results(
        &self,
        paper: PaperId,
        path: Option<&OrgPath>,
        most: u16,
    ) -> Result<Found<Listed>, StoreError> {
        self.table.first(&results(paper, path), most).await
    }

    /// Adds a training.
    pub(crate) fn enter(&self, training: &Training) -> Change {
        Change::new().insert(&self.table, &TrainingRow::new(training.clone()), ErrorCode::Conflict)
    }

    /// Turns `old` into `new`, and counts `credit` for everybody who took part.
    pub(crate) fn decide(&self, old: &Training, new: &Training, credit: Option<&Entry>) -> Change {
        let change = Change::new().replace(&self.table, &TrainingRow::new(new.clone()), old.version);
        let counted = new.people.iter().filter_map(|member| Some(EntryRow::new(*member, credit?.clone())));
        counted.fold(change, |change, row| change.insert(&self.table, &row, ErrorCode::Conflict))
    }

    /// What counts for `member` in `year`: their rows of signed meetings, and what trainings and papers gave.
    pub(crate) async fn entries(&self, member: MemberId, year: i16) -> Result<Vec<Entry>, StoreError> {
        let invalid = |_| StoreError::from(Refusal::new(ErrorCode::NotFound));
        let first = Date::new(year, 1, 1).map_err(invalid)?;
        let last = Date::new(year, 12, 31).map_err(invalid)?;
        let mut own = Stretch::whole(person(member)).consistent();
        (own.from, own.until) = (EntryRow::day(first), format!("{}~", EntryRow::day(last)));
        let mut attended = Stretch::whole(member.to_string()).of_index("person", "member", "personKey");
        (attended.from, attended.until) = (first.to_string(), format!("{last}~"));
        let own = self.table.first::<EntryRow>(&own, Self::A_YEAR);
        let attended = self.meetings.first::<AttendedRow>(&attended, Self::A_YEAR);
        let (own, attended): (Found<EntryRow>, Found<AttendedRow>) = tokio::try_join!(own, attended)?;
        let meetings = attended.items.into_iter().filter_map(|row| {
            let (credit, on) = (row.credit?, row.person_key.split('#').next()?.parse().ok()?);
            Some(Entry {
                source: Source::Meeting,
                id: row.meeting.to_string(),
                title: credit.title,
                on,
                from: None,
                minutes: credit.minutes,
                kinds: credit.kinds,
                rules: credit.rules,
            })
        });
        Ok(own.items.into_iter().map(|row| row.entry).chain(meetings).collect())
    }

    /// When `member` was trained first from `from` until `until`, by a training that was confirmed.
    pub(crate) async fn trained(
        &self,
        member: MemberId,
        (from, until): (Date, Date),
    ) -> Result<Option<Date>, StoreError> {
        let mut own = Stretch::whole(person(member)).consistent();
        (own.from, own.until) = (EntryRow::day(from), format!("{}~", EntryRow::day(until)));
        let found: Found<EntryRow> = self.table.first(&own, Self::A_YEAR).await?;
        Ok(found
            .items
            .into_iter()
            .map(|row| row.entry)
            .find(|entry| entry.source == Source::Training)
            .map(|entry| entry.on))
    }

    /// The appointments of `member`, those that have ended included.
    pub(crate) async fn offices(&self, member: MemberId) -> Result<Vec<Appointment>, StoreError> {
        self.organizations.held(member).await
    }

    /// The certificate of one thing, if somebody has it.
    pub(crate) async fn certificate(&self, member: MemberId, of: Of) -> Result<Option<Certificate>, StoreError> {
        let row: Option<CertificateRow> = self.table.get(CertificateRow::of(member, of), Read::Consistent).await?;
        Ok(row.map(|row| row.certificate))
    }

    /// A page of somebody's certificates.
    pub(crate) async fn certificates(
        &self,
        member: MemberId,
        (after, limit): Wanted<'_>,
    ) -> Result<Found<Certificate>, StoreError> {
        let all = Stretch::beginning(person(member), CertificateRow::START);
        let found: Found<CertificateRow> = self.table.page(&all, after, limit).await?;
        Ok(Found { items: found.items.into_iter().map(|row| row.certificate).collect(), after: found.after })
    }

    /// The certificate with a code.
    pub(crate) async fn certificate_at(&self, code: &str) -> Result<Certificate, StoreError> {
        let row: Option<CertificateRow> = self.table.get(CertificateRow::at(code), Read::Eventual).await?;
        row.map(|row| row.certificate).ok_or_else(absent)
    }

    /// Issues a certificate.
    pub(crate) fn certify(&self, certificate: &Certificate) -> Change {
        Change::new().insert(&self.table, &CertificateRow::of_person(certificate.clone()), ErrorCode::Conflict).insert(
            &self.table,
            &CertificateRow::by_code(certificate.clone()),
            ErrorCode::Conflict,
        )
    }
}

/// Index `results`: attempts at a paper of those who belonged to the organisation at `path` or below it, or of everybody.
fn results(paper: PaperId, path: Option<&OrgPath>) -> Stretch {
    let start = path.map_or("/", OrgPath::as_str);
    Stretch::beginning(paper.to_string(), start).of_index("results", "paper", "resultKey")
}
