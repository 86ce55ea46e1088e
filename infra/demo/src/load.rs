//! Writing it down.

use crate::{CAST, PASSWORD, Person, Plan, officers, people, tree};
use authz::Role;
use cloud::{Environment, StartError};
use dynamo::{Activity, ActivityRow, Actor, Key, Read, StoreError, Table};
use jiff::Timestamp;
use kernel::{Line, OrgId, ReadId};
use register::{AppointmentRow, Member, MemberRow, NameRow, NodeRow, Reading, Readings, TakenRow};
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

    let records = everybody.iter().map(|person| record(&vault, &tree, person, now)).collect::<Result<Vec<_>, _>>()?;
    let mut trace: Vec<ActivityRow> = Vec::new();
    let mut tell = |kind: &str, organization: OrgId, subject: String, after: Value| {
        trace.push(
            Activity::new(now, Actor::job("demo"), kind, organization, subject).between(&Value::Null, &after).into(),
        );
    };
    for node in &tree.nodes {
        tell("organization.founded", node.id, node.id.to_string(), json!({ "name": node.name, "kind": node.kind }));
    }
    for member in &records {
        let after = json!({ "state": member.state, "joinedOn": member.joined_on });
        tell("member.registered", member.organization, member.id.to_string(), after);
    }
    for held in &appointments {
        tell(
            "officer.appointed",
            held.organization,
            held.holder.to_string(),
            json!({ "role": held.role, "from": held.from }),
        );
    }

    let names: Vec<_> = tree.nodes.iter().map(NameRow::of).collect();
    let nodes: Vec<_> = tree.nodes.into_iter().map(NodeRow::new).collect();
    // Something to decide and something to see: the ordinary member and a neighbour ask for a correction, and the
    // secretary has read the member's record.
    let asking = CAST.iter().zip(&records).filter(|(part, _)| ["普通党员", "相邻支部书记"].contains(&part.title));
    let mut corrections = Vec::new();
    for (_, member) in asking {
        let (unit, reason) = (Line::try_from("榕城公交公司（演示）"), Line::try_from("今年九月调动，登记的仍是原单位"));
        let (Ok(unit), Ok(reason)) = (unit, reason) else { return Err(LoadError::Facts) };
        corrections.extend(members::demo_correction(member, unit, reason, now).map_err(|_| LoadError::Facts)?);
        let told = Activity::new(now, Actor::oneself(member.id), "correction.asked", member.organization, member.id);
        trace.push(told.stating("field", "unit").into());
    }
    let person = |title: &str| CAST.iter().position(|part| part.title == title).and_then(|at| records.get(at));
    let (Some(reader), Some(read)) = (person("支部书记"), person("普通党员")) else {
        return Err(LoadError::Facts);
    };
    let reading = Reading {
        id: ReadId::new(now),
        at: now,
        reader: reader.id,
        role: Role::Secretary.slug().to_owned(),
        organization: reader.organization,
        fields: "record".to_owned(),
        purpose: None,
    };
    Readings::open(env).map_err(StartError::from)?.log(read.id, reading).await?;

    let taken = records.iter().flat_map(|member| {
        [TakenRow::id_card(&member.id_card_index, member.id), TakenRow::phone(&member.phone_index, member.id)]
    });
    let taken: Vec<_> = taken.collect();
    let rows: Vec<_> = records.into_iter().map(MemberRow::new).collect();
    let offices = appointments
        .into_iter()
        .flat_map(|held| [AppointmentRow::of_organization(held.clone()), AppointmentRow::of_holder(held)]);
    let offices: Vec<_> = offices.collect();
    let hash = accounts::hash_password(PASSWORD).map_err(|error| LoadError::Seal(error.to_string()))?;
    let logins: Vec<_> = everybody.iter().zip(CAST).map(|(person, _)| accounts::demo_row(person.id, &hash)).collect();

    let total = nodes.len()
        + names.len()
        + offices.len()
        + rows.len()
        + taken.len()
        + trace.len()
        + logins.len()
        + corrections.len();
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
    put(&members, &corrections, &mut step).await?;
    put(&activities, &trace, &mut step).await?;
    put(&accounts, &logins, &mut step).await?;
    organizations.put(&Loaded { pk: mark.pk, sk: mark.sk }).await?;
    Ok(true)
}

async fn put<T: Serialize>(table: &Table, rows: &[T], step: &mut impl FnMut(usize)) -> Result<(), StoreError> {
    for some in rows.chunks(250) {
        table.put_all(some).await?;
        step(some.len());
    }
    Ok(())
}

fn record(vault: &Vault, tree: &crate::Tree, person: &Person, now: Timestamp) -> Result<Member, LoadError> {
    let seal = |error: vault::SealError| LoadError::Seal(error.to_string());
    let (id_card, id_card_masked, id_card_index) =
        Member::seal_id_card(vault, person.id, &person.id_card).map_err(seal)?;
    let (phone, phone_masked, phone_index) = Member::seal_phone(vault, person.id, &person.phone).map_err(seal)?;
    let node = tree.nodes.iter().find(|node| node.id == person.organization).ok_or(LoadError::Facts)?;
    Ok(Member {
        id: person.id,
        organization: person.organization,
        path: node.path.clone(),
        name: person.name.clone(),
        sex: person.id_card.sex(),
        born: person.id_card.born().ok_or(LoadError::Facts)?,
        ethnicity: person.ethnicity.clone(),
        education: Some(person.education.clone()),
        unit: None,
        category: person.category,
        id_card,
        id_card_masked,
        id_card_index,
        phone,
        phone_masked,
        phone_index,
        state: person.state,
        state_since: person.full_since.unwrap_or(person.joined_on),
        joined_on: person.joined_on,
        full_since: person.full_since,
        version: 1,
        updated_at: now,
    })
}
