//! Files that went in and wait to go out.

use crate::{CAST, load::LoadError};
use dynamo::{Activity, ActivityRow, Actor};
use jiff::Timestamp;
use kernel::{Line, OrgPath};
use register::Member;
use serde_json::Value;

/// Persons up to which an export waits for nobody.
const ALONE: usize = 50;

/// Rows of imports and exports, and what is told of them: a file that the secretary had checked, and an export of the
/// sub-district at `place` that its desk officer asked for and somebody else has to agree to, if it is large enough.
pub(crate) fn jobs(
    records: &[Member],
    place: &OrgPath,
    now: Timestamp,
) -> Result<(Vec<Value>, Vec<ActivityRow>), LoadError> {
    let player = |title: &str| {
        let at = CAST.iter().position(|part| part.title == title)?;
        Some((records.get(at)?, CAST.get(at)?.office?.0.slug()))
    };
    let (Some((secretary, keeper)), Some((officer, desk))) = (player("支部书记"), player("街道党务干部"))
    else {
        return Err(LoadError::Facts);
    };
    let (mut rows, mut trace) = (Vec::new(), Vec::new());
    let branch = secretary.organization;
    let import = imports::demo_import(branch, (secretary.id, keeper), 12, now).map_err(|_| LoadError::Facts)?;
    let id = import.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
    let told = Activity::new(now, Actor::person(secretary.id, keeper), "import.checked", branch, id);
    trace.push(told.stating("rows", 12).into());
    rows.push(import);

    let persons = records.iter().filter(|member| place.contains(&member.path)).count();
    let (Some(organization), true) = (place.id(), persons > ALONE) else { return Ok((rows, trace)) };
    let purpose = Line::try_from("核对年度党内统计（演示）").map_err(|_| LoadError::Facts)?;
    let told_of = (u32::try_from(persons).unwrap_or(u32::MAX), purpose.clone());
    let export = imports::demo_export(organization, (officer.id, desk), told_of, now).map_err(|_| LoadError::Facts)?;
    let id = export.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
    let told = Activity::new(now, Actor::person(officer.id, desk), "export.asked", organization, id);
    trace.push(told.stating("purpose", purpose).stating("persons", persons).into());
    rows.push(export);
    Ok((rows, trace))
}
