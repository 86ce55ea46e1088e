//! Looking at a file: what it says, and what of that is there already.

use crate::{
    App,
    domain::{Context, Header, Import, Kind, Places, Planned, RowProblem, Verdict, differing, differs, person, plan},
};
use aws_lc_rs::digest::{SHA256, digest};
use dynamo::Read;
use http_api::Problem;
use jiff::civil::Date;
use kernel::{ErrorCode, MemberId, OrgId, Text, shanghai_day};
use organizations::Rules;
use register::{Draft, Member, Node, TakenRow, takes_members};
use sheet::{Limits, Row};
use std::collections::{BTreeSet, HashMap};

/// A file as it was read.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) header: Header,
    /// Its rows without the header.
    pub(crate) rows: Vec<Row>,
}

/// What is to become of a row.
#[derive(Debug)]
pub(crate) enum Fate {
    /// A new person.
    Person(Box<Draft>),
    /// A new organisation.
    Organization(Box<Planned>),
    /// Somebody or something that is there already, with the same data.
    Same,
    /// Nothing of it is stored.
    Wrong(Vec<RowProblem>),
}

/// A row, and what is to become of it.
pub(crate) type Judged = (u32, Fate);

/// The file of `import`, or what is wrong with it as a whole.
///
/// # Errors
/// [`ErrorCode::NotUploaded`] when it is not there, [`ErrorCode::UploadMismatch`] when it is another one; or when the
/// bucket cannot be read.
pub(crate) async fn file(app: &App, import: &Import) -> Result<Result<File, Vec<RowProblem>>, Problem> {
    let most = u64::try_from(Limits::LIST.file).unwrap_or(u64::MAX);
    let bytes = app.bucket.get(&import.key(), most).await?.ok_or(ErrorCode::NotUploaded)?;
    if digest(&SHA256, &bytes).as_ref() != import.sha256.0 {
        return Err(ErrorCode::UploadMismatch.into());
    }
    Ok(read(import, &bytes))
}

fn read(import: &Import, bytes: &[u8]) -> Result<File, Vec<RowProblem>> {
    let whole = |text: &Text| vec![RowProblem::of_row(0, ErrorCode::ContentRefused.slug(), text)];
    let rows = sheet::read(import.format, bytes, &Limits::LIST).map_err(|wrong| whole(&wrong.0))?;
    let mut rows = rows.into_iter();
    let Some(first) = rows.next() else {
        return Err(whole(&Text::of("文件是空的", "the file is empty")));
    };
    let header = Header::read(import.kind.columns(), &first)?;
    Ok(File { header, rows: rows.collect() })
}

/// Numbers of a row as keyed hashes.
struct Numbers {
    id_card: String,
    phone: String,
}

impl App {
    fn numbers(&self, draft: &Draft) -> Numbers {
        Numbers {
            id_card: self.vault.index("idCard", draft.id_card.reveal()),
            phone: self.vault.index("phone", draft.phone.reveal()),
        }
    }

    /// What is to become of the rows of `file` that are not applied yet, the next `most` of them in the order in which they
    /// are applied.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn judge(
        &self,
        import: &Import,
        file: &File,
        places: &Places,
        most: usize,
    ) -> Result<Vec<Judged>, Problem> {
        let done = usize::try_from(import.done).unwrap_or(usize::MAX);
        let now = self.clock.now();
        let today = shanghai_day(now);
        match import.kind {
            Kind::Members => {
                let rest = file.rows.get(done..).unwrap_or_default();
                let some = rest.get(..most).unwrap_or(rest);
                self.judge_people(import, &file.header, some, places, today).await
            }
            Kind::Organizations => {
                let ids: Vec<OrgId> = (1..=import.done).map(|place| import.node(place)).collect();
                let found = self.store.nodes(ids.iter().copied().collect()).await?;
                let mut found: HashMap<OrgId, Node> = found.into_iter().map(|node| (node.id, node)).collect();
                let applied: Vec<Option<Node>> = ids.iter().map(|id| found.remove(id)).collect();
                let rules = Rules::get().map_err(Problem::internal)?;
                let context = Context { places, applied: &applied, rules, now, today };
                let verdicts = plan(&file.header, &file.rows, &context, |place| import.node(place));
                let fate = |verdict| match verdict {
                    Verdict::New(planned) => Fate::Organization(planned),
                    Verdict::Same => Fate::Same,
                    Verdict::Wrong(problems) => Fate::Wrong(problems),
                };
                Ok(verdicts.into_iter().skip(done).take(most).map(|(line, verdict)| (line, fate(verdict))).collect())
            }
        }
    }

    /// What is to become of `rows` of a file of persons, as seen on the day `today`.
    async fn judge_people(
        &self,
        import: &Import,
        header: &Header,
        rows: &[Row],
        places: &Places,
        today: Date,
    ) -> Result<Vec<Judged>, Problem> {
        let read: Vec<_> = rows
            .iter()
            .map(|row| match person(header, row, places) {
                Ok(draft) => (row.line, Ok((self.numbers(&draft), draft))),
                Err(problems) => (row.line, Err(problems)),
            })
            .collect();
        let people = || read.iter().filter_map(|(_, read)| read.as_ref().ok());

        let nobody = import.member(0);
        let card = |numbers: &Numbers| TakenRow::id_card(&numbers.id_card, nobody).pk;
        let phone = |numbers: &Numbers| TakenRow::phone(&numbers.phone, nobody).pk;
        let cards = self.store.holders(people().map(|(numbers, _)| card(numbers)).collect()).await?;
        let new = people().filter(|(numbers, _)| !cards.contains_key(&card(numbers)));
        let phones = self.store.holders(new.map(|(numbers, _)| phone(numbers)).collect()).await?;
        let known: BTreeSet<MemberId> = cards.values().copied().collect();
        let records = self.store.records(known, Read::Eventual).await?;
        let records: HashMap<MemberId, Member> = records.into_iter().map(|member| (member.id, member)).collect();

        let mut seen = Seen::default();
        let mut judged = Vec::with_capacity(read.len());
        for (line, read) in read {
            let (numbers, draft) = match read {
                Ok(read) => read,
                Err(problems) => {
                    judged.push((line, Fate::Wrong(problems)));
                    continue;
                }
            };
            let holder = cards.get(&card(&numbers));
            let fate = if let Some(twice) = seen.twice(header, line, &numbers) {
                Fate::Wrong(vec![twice])
            } else if let Some(holder) = holder {
                present(header, line, &draft, &numbers, records.get(holder), places)
            } else if phones.contains_key(&phone(&numbers)) {
                Fate::Wrong(vec![header.refused(line, &ErrorCode::PhoneTaken.into())])
            } else {
                newcomer(header, line, draft, places, today)
            };
            judged.push((line, fate));
        }
        Ok(judged)
    }
}

/// What is to become of a row of somebody who is not on the register.
fn newcomer(header: &Header, line: u32, draft: Draft, places: &Places, today: Date) -> Fate {
    let takes = places.node(draft.organization).map_or(Ok(()), takes_members);
    let wrong = [takes, draft.check(today)].into_iter().filter_map(Result::err);
    let wrong: Vec<_> = wrong.map(|refusal| header.refused(line, &refusal)).collect();
    if wrong.is_empty() { Fate::Person(Box::new(draft)) } else { Fate::Wrong(wrong) }
}

/// What is to become of a row whose ID-card number somebody holds.
fn present(
    header: &Header,
    line: u32,
    draft: &Draft,
    numbers: &Numbers,
    member: Option<&Member>,
    places: &Places,
) -> Fate {
    // Somebody elsewhere is nobody's business here.
    let Some(member) = member.filter(|member| places.node(member.organization).is_some()) else {
        return Fate::Wrong(vec![header.refused(line, &ErrorCode::IdCardTaken.into())]);
    };
    let fields = differing(draft, member, &numbers.phone);
    if fields.is_empty() {
        return Fate::Same;
    }
    let text = differs();
    Fate::Wrong(fields.into_iter().map(|pointer| header.problem(line, pointer, "differs", &text)).collect())
}

/// Numbers that came up in the file.
#[derive(Default)]
struct Seen {
    cards: HashMap<String, u32>,
    phones: HashMap<String, u32>,
}

impl Seen {
    /// What is wrong with a row whose numbers came up before.
    fn twice(&mut self, header: &Header, line: u32, numbers: &Numbers) -> Option<RowProblem> {
        let wrong = |pointer: &str, first: u32| {
            let text = Text::of(format!("与第 {first} 行重复"), format!("is that of row {first} too"));
            header.problem(line, pointer, "twice", &text)
        };
        let card = *self.cards.entry(numbers.id_card.clone()).or_insert(line);
        let phone = *self.phones.entry(numbers.phone.clone()).or_insert(line);
        match (card == line, phone == line) {
            (false, _) => Some(wrong("/idCard", card)),
            (_, false) => Some(wrong("/phone", phone)),
            _ => None,
        }
    }
}
