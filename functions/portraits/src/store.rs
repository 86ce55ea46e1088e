//! Where portraits come from, and where what people decide of them is kept.
//!
//! | pattern | request | units |
//! |--|--|--|
//! | a portrait | `Query` of the year's rows, of groups, of the trace since the state: [`score_records`] | 0.5 per 4 KB each |
//! | a year's rating | `GetItem` `MBR#member`/`RTG#year`, consistent | 1 |
//! | all that were confirmed of a year | `Query` `MBR#member`/`RTG#year`, consistent | 1 per 4 KB |
//! | who had a hand in a record | `Query` index `subject` of the trace | 0.5 per 4 KB |
//! | an appeal, an item of conduct | `GetItem`, consistent | 1 |
//! | those of a branch, latest first | `Query` index `owned` | 0.5 per 4 KB |
//! | those of a member, latest first | `Query` index `person` | 0.5 per 4 KB |
//! | branches of a member in a year | `Query` index `subject` of the trace beside their record; what is not the present one, `GetItem` | 0.5 per 4 KB, 0.5 each |
//! | whether there was an appeal about the same | `GetItem` `MBR#member`/`RND#record`, consistent | 1 |
//! | an appeal is filed | one `TransactWriteItems`: the appeal, how often there was one, an announcement | 2 per row and index |
//! | the committee that decides it | `GetItem` of each on the way up, two at most | 0.5 each |
//! | it is decided | the round and the correction so far; one `TransactWriteItems` with it, a notice of three rows | 2 per row and index |
//! | names of a page of scores | `BatchGetItem` | 0.5 each |
//! | offices of a member, and where they are held | `Query` of the holder, consistent; `GetItem` of each organisation | 1, 0.5 each |
//! | tasks that they lead in a year | `Query` index `person` of tasks twice: [`task_records`] | 0.5 per 4 KB each |
//! | meetings of a year | `Query` index `held` of meetings for each organisation: [`register::Meetings`] | 0.5 per 4 KB |
//! | appeals of a branch that are open | `Query` index `owned`, filtered | 0.5 per 4 KB of all |
//! | the star of a branch | two `GetItem`: [`register::StarReviews`] | 0.5, 0.5 per 4 KB |

mod rows;
mod work;

use crate::domain::{Appeal, AppealState, ConductItem, MemberRating, Round};
use cloud::{Environment, StartError};
use dynamo::{Change, Filter, Found, Key, Ledger, Read, StoreError, Stretch, Table};
use jiff::civil::Date;
use kernel::{AppealId, ConductId, ErrorCode, MemberId, OrgId, OrgPath, Refusal, Text};
use notices::Notices;
use register::{Meetings, Member, MemberRow, Node, OrgKind, People, Readings, StarAward, StarReviews};
use rows::{AppealRow, ConductRow, CorrectionRow, RatingRow, RoundRow};
use score_records::{Correction, Known, ScoreRecords};
use scoring::{Record, State};
use task_records::Tasks;

/// The tables.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    table: Table,
    scores: ScoreRecords,
    people: People,
    stars: StarReviews,
    tasks: Tasks,
    meetings: Meetings,
    pub(crate) readings: Readings,
    pub(crate) notices: Notices,
    pub(crate) ledger: Ledger,
}

/// Where a page begins and how much is on it.
pub(crate) type Wanted<'a> = (Option<&'a str>, u16);

/// Ratings of one year of a member, at most.
const RATINGS: u16 = 1000;
/// Activities of a record in one request.
const HANDS: u16 = 500;
/// Appeals of one member that their portrait looks at.
const APPEALS: u16 = 100;
/// Open appeals of members of one branch that an evidence pack lists.
const OPEN: u16 = 1_000;

fn absent() -> StoreError {
    Refusal::new(ErrorCode::NotFound).into()
}

fn unscored() -> StoreError {
    let text = Text::of("本年度尚未计分", "nothing has been scored in this year");
    Refusal::new(ErrorCode::NotFound).because(text).into()
}

/// What a branch has of one kind, latest first.
fn owned(branch: OrgId, mark: &str) -> Stretch {
    Stretch::beginning(branch.to_string(), &format!("{mark}#")).of_index("owned", "owner", "ownerKey").descending()
}

/// What a member has of one kind, latest first.
fn own(member: MemberId, mark: &str) -> Stretch {
    Stretch::beginning(member.to_string(), &format!("{mark}#")).of_index("person", "member", "personKey").descending()
}

impl Store {
    pub(crate) fn open(env: &Environment) -> Result<Self, StartError> {
        let ledger = Ledger::open(env)?;
        Ok(Self {
            table: Table::open(env, "PORTRAITS_TABLE")?,
            scores: ScoreRecords::open(env)?,
            people: People::open(env)?,
            stars: StarReviews::open(env)?,
            tasks: Tasks::open(env, ledger.clone())?,
            meetings: Meetings::open(env)?,
            readings: Readings::open(env)?,
            notices: Notices::open(env)?,
            ledger,
        })
    }

    /// Opens the connections to the store: three, since the scores of a portrait, its rating and its appeals are read side by side.
    pub(crate) async fn prime(&self) {
        tokio::join!(self.table.prime(), self.table.prime(), self.table.prime());
    }

    /// An organisation.
    pub(crate) async fn node(&self, id: OrgId) -> Result<Node, StoreError> {
        self.scores.organizations().node(id).await
    }

    /// A branch.
    pub(crate) async fn branch(&self, id: OrgId) -> Result<Node, StoreError> {
        let node = self.node(id).await?;
        if node.kind == OrgKind::Branch { Ok(node) } else { Err(absent()) }
    }

    /// The committee over a branch, if there is one, and below whom to stand is to decide for it: a general branch between the two
    /// does not.
    pub(crate) async fn committee_over(&self, branch: &Node) -> Result<(OrgPath, Option<OrgId>), StoreError> {
        let found = self.scores.organizations().committee_over(&branch.path).await?;
        Ok(found.map_or_else(|| (branch.path.clone(), None), |(seat, committee)| (seat, Some(committee.id))))
    }

    /// A person with the branch that they belong to, be it by one of its groups.
    pub(crate) async fn member(&self, id: MemberId) -> Result<(Member, Node), StoreError> {
        let member = self.people.person(id, Read::Eventual).await?;
        let node = self.branch_of(self.node(member.organization).await?).await?;
        Ok((member, node))
    }

    /// The branch that a group is of, or what is no group.
    async fn branch_of(&self, node: Node) -> Result<Node, StoreError> {
        match (node.kind, node.path.parent()) {
            (OrgKind::Group, Some(branch)) => self.node(branch).await,
            _ => Ok(node),
        }
    }

    /// A person with the branch that they belong to, and the branches that they belonged to in `year`, the last one first.
    pub(crate) async fn member_in(&self, id: MemberId, year: i16) -> Result<(Node, Vec<Node>), StoreError> {
        let ((member, present), homes) =
            tokio::try_join!(Box::pin(self.member(id)), Box::pin(self.scores.homes(id, year)))?;
        let mut branches: Vec<Node> = Vec::new();
        for home in homes {
            let branch = if home == member.organization {
                present.clone()
            } else {
                // What was taken back with its import is there no more.
                let Some(node) = self.scores.node(home).await? else { continue };
                self.branch_of(node).await?
            };
            if branches.iter().all(|known| known.id != branch.id) {
                branches.push(branch);
            }
        }
        Ok((present, branches))
    }

    /// Persons of the register by their ids, as far as there are such.
    pub(crate) async fn members(&self, ids: &[MemberId]) -> Result<Vec<Member>, StoreError> {
        let keys = ids.iter().map(|id| Key::new(MemberRow::partition(*id), "MBR")).collect();
        let rows: Vec<MemberRow> = self.people.table().get_all(keys, Read::Eventual).await?;
        Ok(rows.into_iter().map(|row| row.member).collect())
    }

    /// What is known of a branch's year.
    pub(crate) async fn year(&self, branch: OrgId, year: i16) -> Result<Known, StoreError> {
        self.scores.year(branch, year).await
    }

    /// The state of a branch's year as it was scored last, and the last day that is in it.
    pub(crate) async fn scored(&self, branch: &Node, year: i16) -> Result<(State, Date), StoreError> {
        Box::pin(self.scored_yet(branch, year)).await?.ok_or_else(unscored)
    }

    /// The same, if it was scored.
    pub(crate) async fn scored_yet(&self, branch: &Node, year: i16) -> Result<Option<(State, Date)>, StoreError> {
        let known = self.year(branch.id, year).await?;
        let Some(through) = known.through() else { return Ok(None) };
        let followed = Box::pin(self.scores.follow(branch, year, known.state.as_ref(), through)).await?;
        Ok(Some((followed.state, through)))
    }

    /// The state of a branch's year as it is by now.
    pub(crate) async fn current(&self, branch: &Node, year: i16, today: Date) -> Result<State, StoreError> {
        let known = self.year(branch.id, year).await?;
        let followed = Box::pin(self.scores.follow(branch, year, known.state.as_ref(), today)).await?;
        Ok(followed.state)
    }

    /// What was confirmed of a member's year.
    pub(crate) async fn rating(&self, member: MemberId, year: i16) -> Result<Option<MemberRating>, StoreError> {
        let row: Option<RatingRow> = self.table.get(RatingRow::key(member, year), Read::Consistent).await?;
        Ok(row.map(|row| row.rating))
    }

    /// Adds the first rating of a year.
    pub(crate) fn rate(&self, rating: &MemberRating) -> Change {
        Change::new().insert(&self.table, &RatingRow::new(rating.clone()), ErrorCode::AlreadyDecided)
    }

    /// Every rating that was confirmed of a member's year, the one in force with it.
    pub(crate) async fn ratings(&self, member: MemberId, year: i16) -> Result<Vec<MemberRating>, StoreError> {
        let Key { pk, sk } = RatingRow::key(member, year);
        let found: Found<RatingRow> = self.table.first(&Stretch::beginning(pk, &sk).consistent(), RATINGS).await?;
        Ok(found.items.into_iter().map(|row| row.rating).collect())
    }

    /// Puts `rating` in the place of `old`, which is kept beside it.
    pub(crate) fn rate_again(&self, rating: &MemberRating, old: &MemberRating) -> Change {
        Change::new().replace(&self.table, &RatingRow::new(rating.clone()), old.version).insert(
            &self.table,
            &RatingRow::earlier(old.clone()),
            ErrorCode::Conflict,
        )
    }

    /// An appeal.
    pub(crate) async fn appeal(&self, id: AppealId) -> Result<Appeal, StoreError> {
        let row: Option<AppealRow> = self.table.get(AppealRow::key(id), Read::Consistent).await?;
        row.map(|row| row.appeal).ok_or_else(absent)
    }

    /// A page of the appeals of members of a branch, latest first.
    pub(crate) async fn appeals(&self, branch: OrgId, (after, limit): Wanted<'_>) -> Result<Found<Appeal>, StoreError> {
        let found: Found<AppealRow> = self.table.page(&owned(branch, AppealRow::MARK), after, limit).await?;
        Ok(Found { items: found.items.into_iter().map(|row| row.appeal).collect(), after: found.after })
    }

    /// Those of a year that nobody decided yet, latest first.
    pub(crate) async fn open_appeals(&self, branch: OrgId, year: i16) -> Result<Vec<Appeal>, StoreError> {
        let filed = Filter::default().equals("state", AppealState::Filed.slug());
        let found: Found<AppealRow> = self.table.first(&owned(branch, AppealRow::MARK).only(filed), OPEN).await?;
        Ok(found.items.into_iter().map(|row| row.appeal).filter(|appeal| appeal.year == year).collect())
    }

    /// The star that a branch was awarded in the review of a year, if it was.
    pub(crate) async fn star(&self, branch: OrgId, year: i16) -> Result<Option<StarAward>, StoreError> {
        self.stars.awarded(branch, year).await
    }

    /// A page of the appeals of a member, latest first.
    pub(crate) async fn appeals_of(
        &self,
        member: MemberId,
        (after, limit): Wanted<'_>,
    ) -> Result<Found<Appeal>, StoreError> {
        let found: Found<AppealRow> = self.table.page(&own(member, AppealRow::MARK), after, limit).await?;
        Ok(Found { items: found.items.into_iter().map(|row| row.appeal).collect(), after: found.after })
    }

    /// The appeals of a member that their portrait tells of.
    pub(crate) async fn latest_appeals(&self, member: MemberId) -> Result<Vec<Appeal>, StoreError> {
        Ok(self.appeals_of(member, (None, APPEALS)).await?.items)
    }

    /// How often a member appealed about a record, if they did.
    pub(crate) async fn round(&self, member: MemberId, record: &str) -> Result<Option<Round>, StoreError> {
        let row: Option<RoundRow> = self.table.get(RoundRow::key(member, record), Read::Consistent).await?;
        Ok(row.map(|row| row.round()))
    }

    /// Adds an appeal, if no other one about the same came since that was looked up.
    pub(crate) fn file(&self, appeal: &Appeal) -> Change {
        let (round, change) = (RoundRow::of(appeal), Change::new());
        let change = match round.number {
            0 | 1 => change.insert(&self.table, &round, ErrorCode::AlreadyOpen),
            _ => change.replace(&self.table, &round, round.version - 1),
        };
        change.insert(&self.table, &AppealRow::new(appeal.clone()), ErrorCode::Conflict)
    }

    /// Who did something to a record, as the trace tells it; somebody may be there more than once.
    pub(crate) async fn hands(&self, record: &str) -> Result<Vec<MemberId>, StoreError> {
        let (mut hands, mut after) = (Vec::new(), None::<String>);
        loop {
            let page = self.scores.trace().of_subject(record, None, after.as_deref(), HANDS).await?;
            hands.extend(page.items.into_iter().filter_map(|activity| activity.actor.member));
            after = page.after;
            if after.is_none() {
                return Ok(hands);
            }
        }
    }

    /// What was corrected of the record of `appeal` so far.
    pub(crate) async fn correction(&self, appeal: &Appeal) -> Result<Correction, StoreError> {
        let key = CorrectionRow::key(appeal.branch, &appeal.record);
        let row: Option<CorrectionRow> = self.table.get(key, Read::Consistent).await?;
        if let Some(row) = row {
            return Ok(row.correction);
        }
        let record: Record = appeal.record.parse().map_err(|_| absent())?;
        Ok(Correction::none(record, appeal.on))
    }

    /// Turns `old` into `new`, which is decided, and keeps what it corrects. `round` says how often there was an appeal about the same;
    /// of one that was filed before these were counted it does not, or tells of another one.
    pub(crate) fn decide(
        &self,
        (old, new): (&Appeal, &Appeal),
        round: Option<&Round>,
        correction: Option<&Correction>,
    ) -> Change {
        let change = Change::new().replace(&self.table, &AppealRow::new(new.clone()), old.version);
        let row = RoundRow::of(new);
        let change = match round {
            None => change.insert(&self.table, &row, ErrorCode::Conflict),
            Some(round) if round.appeal == new.id => change.replace(&self.table, &row, row.version - 1),
            Some(_) => change,
        };
        let Some(correction) = correction else { return change };
        let row = CorrectionRow::new(new.branch, correction.clone());
        match correction.version {
            0 | 1 => change.insert(&self.table, &row, ErrorCode::Conflict),
            version => change.replace(&self.table, &row, version - 1),
        }
    }

    /// A merit or fault.
    pub(crate) async fn item(&self, id: ConductId) -> Result<ConductItem, StoreError> {
        let row: Option<ConductRow> = self.table.get(ConductRow::key(id), Read::Consistent).await?;
        row.map(|row| row.item).ok_or_else(absent)
    }

    /// A page of what was filed about members of a branch, latest first.
    pub(crate) async fn items(
        &self,
        branch: OrgId,
        (after, limit): Wanted<'_>,
    ) -> Result<Found<ConductItem>, StoreError> {
        let found: Found<ConductRow> = self.table.page(&owned(branch, ConductRow::MARK), after, limit).await?;
        Ok(Found { items: found.items.into_iter().map(|row| row.item).collect(), after: found.after })
    }

    /// A page of what was filed about a member, latest first.
    pub(crate) async fn items_about(
        &self,
        member: MemberId,
        (after, limit): Wanted<'_>,
    ) -> Result<Found<ConductItem>, StoreError> {
        let found: Found<ConductRow> = self.table.page(&own(member, ConductRow::MARK), after, limit).await?;
        Ok(Found { items: found.items.into_iter().map(|row| row.item).collect(), after: found.after })
    }

    /// Adds a merit or fault.
    pub(crate) fn file_item(&self, item: &ConductItem) -> Change {
        Change::new().insert(&self.table, &ConductRow::new(item.clone()), ErrorCode::Conflict)
    }

    /// Turns one of version `version` into `item`.
    pub(crate) fn change_item(&self, item: &ConductItem, version: u64) -> Change {
        Change::new().replace(&self.table, &ConductRow::new(item.clone()), version)
    }
}
