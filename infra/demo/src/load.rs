//! Writing it down.

use crate::{
    CAST, PASSWORD, Person, Plan, Stage, Tree,
    affiliation::transfers,
    files,
    merged::{begins, merged},
    officers, people, pictures, study, tree, work,
};
use authz::Role;
use cloud::{Environment, StartError};
use dynamo::{Activity, ActivityRow, Actor, Key, Read, StoreError, Table};
use jiff::{SignedDuration, Timestamp};
use kernel::{Line, OrgId, ReadId, shanghai_day, start_of_shanghai_day};
use register::{Appointment, AppointmentRow, Member, MemberRow, NameRow, NodeRow, Reading, Readings, TakenRow};
use serde::Serialize;
use serde_json::{Value, json};
use vault::Vault;

/// Why the demo data could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A setting or key is missing.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A number could not be encrypted, or the password not hashed.
    #[error("the demo data could not be sealed: {0}")]
    Seal(String),
    /// The facts it is made from cannot be read.
    #[error("the facts behind the demo data cannot be read")]
    Facts,
}

/// Marks a store whose demo data is complete: loading starts over until it is there.
#[derive(Serialize, serde::Deserialize)]
struct Loaded {
    pk: String,
    sk: String,
}

/// Loads the demo data of `plan` unless it is there already; `progress` hears how many rows of how many are written.
/// Returns whether anything was loaded.
///
/// Loading again after a crash writes the same rows over themselves.
///
/// # Errors
/// When a table or key is missing, or the store refuses.
pub async fn load(env: &Environment, plan: &Plan, progress: impl Fn(usize, usize)) -> Result<bool, LoadError> {
    let table = |setting| Table::open(env, setting).map_err(StartError::from);
    let (organizations, members) = (table("ORGANIZATIONS_TABLE")?, table("MEMBERS_TABLE")?);
    let (activities, accounts) = (table("ACTIVITIES_TABLE")?, table("ACCOUNTS_TABLE")?);
    let mark = Key::new("DEMO", "LOADED");
    if organizations.get::<Loaded>(mark.clone(), Read::Consistent).await?.is_some() {
        return Ok(false);
    }

    let tree = tree(plan).ok_or(LoadError::Facts)?;
    let everybody = people(plan, &tree);
    let appointments = officers(&tree, &everybody);
    let vault = Vault::open(env).await?;
    let now = env.clock.now();

    let records = everybody.iter().map(|person| record(&vault, &tree, person, now)).collect::<Result<Vec<_>, _>>();
    let mut records = records?;
    let merged = merged(&tree, (&mut records, &appointments), now)?;
    let others: Vec<_> = records.iter().filter(|member| !merged.moved.contains(&member.id)).collect();
    let mut trace = beginnings(&tree, &others, &appointments, now);
    trace.extend(merged.trace);
    let (mut moving, told) = transfers(&tree, &appointments, &mut records, now)?;
    moving.extend(merged.transfers);
    trace.extend(told);
    let (tasks, told) = work::tasks(&tree, &records, now)?;
    trace.extend(told);
    let (meetings, told) = work::meetings(&tree, &records, now)?;
    trace.extend(told);
    let (findings, told) = work::findings(&tree, (&records, &appointments), &meetings, now)?;
    trace.extend(told);
    let (dues, told) = work::dues(&tree, &records, &vault, now)?;
    trace.extend(told);
    let (told, lesson) = pictures::keep(env, cast(&records, "支部书记")?, now).await?;
    trace.extend(told);
    let (study, told) = study::study(&tree, &records, lesson, now)?;
    trace.extend(told);
    let mut stars = work::stars(&tree, (&records, &appointments), &trace, now)?;
    stars.rows.extend(merged.stars);
    trace.extend(stars.activities.into_iter().map(ActivityRow::from));
    let sub_district = tree.at(Stage::SubDistrict);
    let place = tree.nodes.iter().find(|node| node.id == sub_district).ok_or(LoadError::Facts)?.path.clone();
    let (jobs, told) = files::jobs(&records, &place, now)?;
    trace.extend(told);
    let names: Vec<_> = tree.nodes.iter().map(NameRow::of).collect();
    let nodes: Vec<_> = tree.nodes.into_iter().map(NodeRow::new).collect();
    // Something to decide and something to see: somebody asks for a correction, and the secretary has read the member's
    // record.
    let (corrections, told) = corrections(&records, now)?;
    trace.extend(told);
    let (reader, read) = (cast(&records, "支部书记")?, cast(&records, "普通党员")?);
    let readings = stars.readings.into_iter().chain([(read.id, read_by(reader, now))]);
    Readings::open(env).map_err(StartError::from)?.log_all(readings).await?;

    let mut told = inbox::demo_rows(read.id, reader.id, now);
    told.extend(stars.notices);
    let taken = taken(&records);
    let rows: Vec<_> = records.into_iter().map(MemberRow::new).collect();
    let offices = appointments
        .into_iter()
        .flat_map(|held| [AppointmentRow::of_organization(held.clone()), AppointmentRow::of_holder(held)]);
    let offices: Vec<_> = offices.collect();
    let hash = accounts::hash_password(PASSWORD).map_err(|error| LoadError::Seal(error.to_string()))?;
    let logins: Vec<_> = everybody.iter().zip(CAST).map(|(person, _)| accounts::demo_row(person.id, &hash)).collect();

    let items = [
        ("ORGANIZATIONS_TABLE", merged.organizations),
        ("MEMBERS_TABLE", corrections),
        ("TRANSFERS_TABLE", moving),
        ("TASKS_TABLE", tasks),
        ("MEETINGS_TABLE", meetings),
        ("FINDINGS_TABLE", findings),
        ("RATINGS_TABLE", stars.rows),
        ("DUES_TABLE", dues),
        ("LEARNING_TABLE", study),
        ("IMPORTS_TABLE", jobs),
        ("NOTICES_TABLE", told),
    ];
    let total = nodes.len() + names.len() + offices.len() + rows.len() + taken.len() + trace.len() + logins.len();
    let total = total + items.iter().map(|(_, rows)| rows.len()).sum::<usize>();
    let mut done = 0;
    let mut step = |count: usize| {
        done += count;
        progress(done, total);
    };
    put(&organizations, &names, &mut step).await?;
    put(&organizations, &nodes, &mut step).await?;
    put(&organizations, &offices, &mut step).await?;
    put(&members, &taken, &mut step).await?;
    put(&members, &rows, &mut step).await?;
    for (name, items) in items {
        put(&table(name)?, &items, &mut step).await?;
    }
    put(&activities, &trace, &mut step).await?;
    put(&accounts, &logins, &mut step).await?;
    organizations.put(&Loaded { pk: mark.pk, sk: mark.sk }).await?;
    Ok(true)
}

/// That `reader`, a secretary, has read a member's record.
fn read_by(reader: &Member, now: Timestamp) -> Reading {
    Reading {
        id: ReadId::new(now),
        at: now,
        reader: reader.id,
        role: Role::Secretary.slug().to_owned(),
        organization: reader.organization,
        fields: "record".to_owned(),
        purpose: None,
    }
}

/// The rows that keep the numbers of `records` to themselves.
fn taken(records: &[Member]) -> Vec<TakenRow> {
    let of = |member: &Member| {
        [TakenRow::id_card(&member.id_card_index, member.id), TakenRow::phone(&member.phone_index, member.id)]
    };
    records.iter().flat_map(of).collect()
}

/// Who plays the part of `title`.
pub(crate) fn cast<'a>(records: &'a [Member], title: &str) -> Result<&'a Member, LoadError> {
    CAST.iter().position(|part| part.title == title).and_then(|at| records.get(at)).ok_or(LoadError::Facts)
}

/// How everything came to be: organisations before anything else is told; members with the beginning of the year or when they joined,
/// so that they are scored for all of it; offices yesterday, so that the night has something to seal.
fn beginnings(tree: &Tree, members: &[&Member], appointments: &[Appointment], now: Timestamp) -> Vec<ActivityRow> {
    let (day, today) = (SignedDuration::from_hours(24), shanghai_day(now));
    let year = start_of_shanghai_day(today.first_of_year()).min(now - day * 2);
    let mut trace: Vec<ActivityRow> = Vec::new();
    let mut tell = |at: Timestamp, kind: &str, organization: OrgId, subject: String, after: Value| {
        let told = Activity::new(at, Actor::job("demo"), kind, organization, subject);
        trace.push(told.between(&Value::Null, &after).into());
    };
    for node in &tree.nodes {
        let after = json!({ "name": node.name, "kind": node.kind });
        tell(begins(now), "organization.founded", node.id, node.id.to_string(), after);
    }
    for member in members {
        let after = json!({ "state": member.state, "joinedOn": member.joined_on });
        let came = year.max(start_of_shanghai_day(member.joined_on)).min(now - day * 2);
        tell(came, "member.registered", member.organization, member.id.to_string(), after);
    }
    for held in appointments {
        let after = json!({ "appointment": held.id, "role": held.role, "from": held.from });
        tell(now - day, "officer.appointed", held.organization, held.holder.to_string(), after);
    }
    trace
}

/// The ordinary member and a neighbour ask for a correction: the items, and what they leave in the trace.
fn corrections(records: &[Member], now: Timestamp) -> Result<(Vec<Value>, Vec<ActivityRow>), LoadError> {
    let asking = CAST.iter().zip(records).filter(|(part, _)| ["普通党员", "相邻支部书记"].contains(&part.title));
    let (mut rows, mut trace) = (Vec::new(), Vec::new());
    for (_, member) in asking {
        let (unit, reason) = (Line::try_from("榕城公交公司（演示）"), Line::try_from("今年九月调动，登记的仍是原单位"));
        let (Ok(unit), Ok(reason)) = (unit, reason) else { return Err(LoadError::Facts) };
        rows.extend(members::demo_correction(member, unit, reason, now).map_err(|_| LoadError::Facts)?);
        let told = Activity::new(now, Actor::oneself(member.id), "correction.asked", member.organization, member.id);
        trace.push(told.stating("field", "unit").into());
    }
    Ok((rows, trace))
}

async fn put<T: Serialize>(table: &Table, rows: &[T], step: &mut impl FnMut(usize)) -> Result<(), StoreError> {
    for some in rows.chunks(250) {
        table.put_all(some).await?;
        step(some.len());
    }
    Ok(())
}

fn record(vault: &Vault, tree: &crate::Tree, person: &Person, now: Timestamp) -> Result<Member, LoadError> {
    let node = tree.nodes.iter().find(|node| node.id == person.organization).ok_or(LoadError::Facts)?;
    Member::registered(vault, person.id, node, person.draft(), now).map_err(|error| LoadError::Seal(error.to_string()))
}
