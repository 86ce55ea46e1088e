//! Where study is kept.
//!
//! | pattern | request | units |
//! |--|--|--|
//! | a course, topic, paper, set, training | `GetItem`, consistent | 1 per 4 KB |
//! | those of an organisation, latest first | `Query` index `owned` | 0.5 per 4 KB |
//! | those that somebody is shown | `Query` `ORG#id` for each organisation above them, `BatchGetItem` | 0.5 each, 0.5 per 4 KB |
//! | published, withdrawn | one `TransactWriteItems`: the record, and a row for each target | 2 per row and KB |
//! | questions of a set or a paper | `Query` `PART#`, fifty to an item | 0.5 per 4 KB |
//! | an attempt | `GetItem` of it and of its sheet, consistent | 1 per 4 KB each |
//! | it begins | `Query` of one's attempts, the paper, its questions, one `TransactWriteItems` | by the length of the paper |
//! | an answer | `GetItem` of the attempt, one `TransactWriteItems` of it | 1, 2 per KB and index |
//! | results of a paper by organisation | `Query` index `results` | 0.5 per 4 KB |
//! | a year of somebody's hours | `Query` `HRS#year`, `Query` index `person` of the meetings, `Query` of appointments | 0.5 per 4 KB each |
//! | a certificate | `GetItem` by its code | 0.5 |

mod records;
mod rows;

pub(crate) use rows::{
    AttemptRow, CertificateRow, EntryRow, Listed, PartRow, PieceRow, PositionRow, SetRow, SheetRow, ShownRow,
    TrainingRow,
};

use crate::domain::{Content, Paper, Piece, Question, QuestionSet, Training};
use blob::{Bucket, Show, Signed};
use cloud::{Environment, StartError};
use dynamo::{Change, Found, Key, Ledger, Read, StoreError, Stretch, Table};
use futures_util::future::try_join_all;
use http_api::Problem;
use jiff::Timestamp;
use kernel::{CourseId, ErrorCode, MediaId, MemberId, OrgId, OrgPath, QuestionSetId, Refusal, TrainingId};
use register::{
    Media, MediaRecords, MediaRow, Member, MemberRow, Node, NodeRow, Organizations, People, Reading, Readings,
};
use std::time::Duration;

/// How long a link to a lesson is good: a player that seeks later asks for the next one.
pub(crate) const LINK: Duration = Duration::from_mins(10);

/// The tables, and the bucket that links lead into.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    table: Table,
    meetings: Table,
    people: People,
    organizations: Organizations,
    media: MediaRecords,
    readings: Readings,
    bucket: Bucket,
    pub(crate) ledger: Ledger,
}

/// Where a page begins and how much is on it.
pub(crate) type Wanted<'a> = (Option<&'a str>, u16);

fn absent() -> StoreError {
    Refusal::new(ErrorCode::NotFound).into()
}

impl Store {
    pub(crate) fn open(env: &Environment) -> Result<Self, StartError> {
        Ok(Self {
            table: Table::open(env, "LEARNING_TABLE")?,
            meetings: Table::open(env, "MEETINGS_TABLE")?,
            people: People::open(env)?,
            organizations: Organizations::open(env)?,
            media: MediaRecords::open(env)?,
            readings: Readings::open(env)?,
            bucket: Bucket::open(env, "MEDIA_BUCKET")?,
            ledger: Ledger::open(env)?,
        })
    }

    /// Opens the connection to the store.
    pub(crate) async fn prime(&self) {
        self.table.prime().await;
    }

    /// An organisation.
    pub(crate) async fn node(&self, id: OrgId) -> Result<Node, StoreError> {
        self.organizations.node(id).await
    }

    /// Organisations by their ids, as far as there are such.
    pub(crate) async fn nodes(&self, ids: &[OrgId]) -> Result<Vec<Node>, StoreError> {
        let keys = ids.iter().map(|id| Key::new(NodeRow::partition(*id), "ORG")).collect();
        let rows: Vec<NodeRow> = self.organizations.table().get_all(keys, Read::Eventual).await?;
        Ok(rows.into_iter().map(|row| row.node).collect())
    }

    /// A person's record.
    pub(crate) async fn person(&self, id: MemberId) -> Result<Member, StoreError> {
        self.people.person(id, Read::Eventual).await
    }

    /// Writes down that somebody read the hours of `subject`.
    pub(crate) async fn log(&self, subject: MemberId, reading: Reading) -> Result<(), StoreError> {
        self.readings.log(subject, reading).await
    }

    /// Persons of the register by their ids, as far as there are such.
    pub(crate) async fn members(&self, ids: &[MemberId]) -> Result<Vec<Member>, StoreError> {
        let keys = ids.iter().map(|id| Key::new(MemberRow::partition(*id), "MBR")).collect();
        let rows: Vec<MemberRow> = self.people.table().get_all(keys, Read::Eventual).await?;
        Ok(rows.into_iter().map(|row| row.member).collect())
    }

    /// A person on the rolls with the organisation that they belong to; the path in their record is a copy.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`] when they are on no rolls.
    pub(crate) async fn learner(&self, id: MemberId) -> Result<(Member, Node), StoreError> {
        let member = self.person(id).await?;
        if !member.state.is_current() {
            return Err(absent());
        }
        let node = self.node(member.organization).await?;
        Ok((member, node))
    }

    /// A page of those on the rolls of the organisation at `path` and below it, by place and name.
    pub(crate) async fn rolls(
        &self,
        path: &OrgPath,
        (after, limit): Wanted<'_>,
    ) -> Result<Found<MemberId>, StoreError> {
        #[derive(serde::Deserialize)]
        struct Id {
            id: MemberId,
        }
        let below = MemberRow::below(path, true);
        let found: Found<Id> = self.people.table().page(&below, after, limit).await?;
        Ok(Found { items: found.items.into_iter().map(|one| one.id).collect(), after: found.after })
    }

    /// Media records by their ids, as far as there are such.
    pub(crate) async fn media(&self, ids: Vec<MediaId>) -> Result<Vec<Media>, StoreError> {
        let keys = ids.into_iter().map(MediaRow::key).collect();
        let rows: Vec<MediaRow> = self.media.table().get_all(keys, Read::Eventual).await?;
        Ok(rows.into_iter().map(|row| row.media).collect())
    }

    /// A link by which a client plays or reads a file in place, as much of it at a time as it likes (`Range`).
    pub(crate) async fn link(&self, media: &Media, now: Timestamp) -> Result<Signed, Problem> {
        let show = Show { file_name: &media.file_name, media_type: media.media_type.mime(), inline: true };
        Ok(self.bucket.presign_get(&Media::kept(media.id), &show, now, LINK).await?)
    }

    /// A course, a topic or a paper.
    pub(crate) async fn piece<C: Content>(&self, id: C::Id) -> Result<Piece<C>, StoreError> {
        let row: Option<PieceRow<C>> = self.table.get(PieceRow::<C>::key(id), Read::Consistent).await?;
        row.map(|row| row.piece).ok_or_else(absent)
    }

    /// Several of them, as far as there are such.
    pub(crate) async fn pieces<C: Content>(&self, ids: &[C::Id]) -> Result<Vec<Piece<C>>, StoreError> {
        let keys = ids.iter().map(|id| PieceRow::<C>::key(*id)).collect();
        let rows: Vec<PieceRow<C>> = self.table.get_all(keys, Read::Eventual).await?;
        Ok(rows.into_iter().map(|row| row.piece).collect())
    }

    /// A page of those of an organisation, latest first.
    pub(crate) async fn owned<C: Content>(
        &self,
        owner: OrgId,
        (after, limit): Wanted<'_>,
    ) -> Result<Found<Piece<C>>, StoreError> {
        let found: Found<PieceRow<C>> = self.table.page(&owned(owner, C::MARK), after, limit).await?;
        Ok(Found { items: found.items.into_iter().map(|row| row.piece).collect(), after: found.after })
    }

    /// A page of those that are shown to somebody of the organisation at `path`, latest first.
    pub(crate) async fn shown<C: Content>(
        &self,
        path: &OrgPath,
        (after, limit): Wanted<'_>,
    ) -> Result<Found<Piece<C>>, StoreError> {
        let each = path.ids().map(|above| async move {
            let stretch = Stretch::beginning(ShownRow::partition(above), &format!("{}#", C::MARK)).descending();
            let found: Found<ShownRow> = self.table.page(&stretch, after, limit).await?;
            Ok::<_, StoreError>(found)
        });
        let found = try_join_all(each).await?;
        let more = found.iter().any(|found| found.after.is_some());
        let mut keys: Vec<_> = found.into_iter().flat_map(|found| found.items).map(|row| row.sk).collect();
        keys.sort_unstable_by(|one, other| other.cmp(one));
        keys.dedup();
        let more = more || keys.len() > usize::from(limit);
        keys.truncate(limit.into());
        let after = keys.last().filter(|_| more).cloned();
        let ids = keys.iter().filter_map(|key| key.split_once('#')?.1.parse().ok());
        let mut pieces: Vec<Piece<C>> = self.pieces(&ids.collect::<Vec<C::Id>>()).await?;
        pieces.sort_by_cached_key(|piece| std::cmp::Reverse(piece.id.to_string()));
        Ok(Found { items: pieces, after })
    }

    /// Adds a draft.
    pub(crate) fn draft<C: Content>(&self, piece: &Piece<C>) -> Change {
        Change::new().insert(&self.table, &PieceRow::new(piece.clone()), ErrorCode::Conflict)
    }

    /// Turns `old` into `new`, if nobody changed it since it was read.
    pub(crate) fn change<C: Content>(&self, old: &Piece<C>, new: &Piece<C>) -> Change {
        Change::new().replace(&self.table, &PieceRow::new(new.clone()), old.version)
    }

    /// Shows it to whom it is for.
    pub(crate) fn publish<C: Content>(&self, old: &Piece<C>, new: &Piece<C>) -> Change {
        ShownRow::of(new).fold(self.change(old, new), |change, row| change.overwrite(&self.table, &row))
    }

    /// Shows it no longer.
    pub(crate) fn withdraw<C: Content>(&self, old: &Piece<C>, new: &Piece<C>) -> Change {
        ShownRow::of(old)
            .fold(self.change(old, new), |change, row| change.discard(&self.table, Key::new(row.pk, row.sk)))
    }

    /// A set of questions, without them.
    pub(crate) async fn set(&self, id: QuestionSetId) -> Result<QuestionSet, StoreError> {
        let row: Option<SetRow> = self.table.get(SetRow::key(id), Read::Consistent).await?;
        row.map(|row| row.set).ok_or_else(absent)
    }

    /// A page of the sets of an organisation, latest first.
    pub(crate) async fn sets(
        &self,
        owner: OrgId,
        (after, limit): Wanted<'_>,
    ) -> Result<Found<QuestionSet>, StoreError> {
        let found: Found<SetRow> = self.table.page(&owned(owner, "QST"), after, limit).await?;
        Ok(Found { items: found.items.into_iter().map(|row| row.set).collect(), after: found.after })
    }

    /// The questions that are kept under `pk`.
    async fn parts(&self, pk: String) -> Result<Vec<Question>, StoreError> {
        let all = Stretch::beginning(pk, PartRow::START).consistent();
        let found: Found<PartRow> = self.table.first(&all, 100).await?;
        Ok(found.items.into_iter().flat_map(|part| part.questions).collect())
    }

    /// The questions of a set.
    pub(crate) async fn questions_of_set(&self, id: QuestionSetId) -> Result<Vec<Question>, StoreError> {
        self.parts(SetRow::key(id).pk).await
    }

    /// The questions of a paper.
    pub(crate) async fn questions(&self, paper: &Piece<Paper>) -> Result<Vec<Question>, StoreError> {
        self.parts(PieceRow::<Paper>::key(paper.id).pk).await
    }

    /// Adds questions under `pk`.
    fn keep(&self, change: Change, pk: &str, questions: &[Question]) -> Change {
        PartRow::of(pk, questions).fold(change, |change, part| change.insert(&self.table, &part, ErrorCode::Conflict))
    }

    /// Adds a set of `questions`.
    pub(crate) fn add_set(&self, set: &QuestionSet, questions: &[Question]) -> Change {
        let row = SetRow::new(set.clone());
        let change = Change::new().insert(&self.table, &row, ErrorCode::Conflict);
        self.keep(change, &row.pk, questions)
    }

    /// Removes a set. Papers keep what they took from it.
    pub(crate) fn remove_set(&self, set: &QuestionSet) -> Change {
        let Key { pk, sk } = SetRow::key(set.id);
        let change = Change::new().remove_unchanged(&self.table, Key::new(pk.clone(), sk), set.version);
        (0..set.parts).fold(change, |change, n| change.discard(&self.table, Key::new(pk.clone(), PartRow::sort_key(n))))
    }

    /// Adds the draft of a paper with its questions.
    pub(crate) fn set_paper(&self, paper: &Piece<Paper>, questions: &[Question]) -> Change {
        self.keep(self.draft(paper), &PieceRow::<Paper>::key(paper.id).pk, questions)
    }

    /// A training.
    pub(crate) async fn training(&self, id: TrainingId) -> Result<Training, StoreError> {
        let row: Option<TrainingRow> = self.table.get(TrainingRow::key(id), Read::Consistent).await?;
        row.map(|row| row.training).ok_or_else(absent)
    }

    /// A page of the trainings of an organisation, latest first.
    pub(crate) async fn trainings(
        &self,
        owner: OrgId,
        (after, limit): Wanted<'_>,
    ) -> Result<Found<Training>, StoreError> {
        let found: Found<TrainingRow> = self.table.page(&owned(owner, "TRN"), after, limit).await?;
        Ok(Found { items: found.items.into_iter().map(|row| row.training).collect(), after: found.after })
    }

    /// How far somebody is in the lessons of a course.
    pub(crate) async fn positions(&self, member: MemberId, course: CourseId) -> Result<Vec<PositionRow>, StoreError> {
        let all = Stretch::beginning(rows::person(member), &PositionRow::start(course));
        let found: Found<PositionRow> = self.table.first(&all, 100).await?;
        Ok(found.items)
    }

    /// Keeps how far somebody is in a lesson.
    pub(crate) fn reach(&self, row: &PositionRow) -> Change {
        Change::new().overwrite(&self.table, row)
    }
}

/// Index `owned`: what an organisation has of one kind, latest first.
fn owned(owner: OrgId, mark: &str) -> Stretch {
    Stretch::beginning(owner.to_string(), &format!("{mark}#")).of_index("owned", "owner", "ownerKey").descending()
}
