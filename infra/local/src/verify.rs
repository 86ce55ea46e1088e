//! `zhibu verify-audit`: what the command line and the environment say, and what is answered.

use crate::bootstrap;
use audit_seal::verify::{Checked, verify};
use clap::Args;
use cloud::Environment;
use jiff::civil::Date;
use kernel::Settings;
use std::{error::Error, io};

type Failure = Box<dyn Error + Send + Sync>;

/// Which days.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The first day, such as 2026-11-24 [default: the first that is sealed]
    #[arg(long, value_name = "DAY")]
    from: Option<Date>,
    /// The last day [default: the last that is sealed]
    #[arg(long, value_name = "DAY")]
    until: Option<Date>,
}

/// Settings without which a deployment cannot be reached.
const NEEDED: [&str; 6] = [
    "AWS_REGION",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "ACTIVITIES_TABLE",
    "ORGANIZATIONS_TABLE",
    "SEAL_BUCKET",
];

/// Whether the environment of this process names a deployment's trace.
pub(crate) fn named() -> bool {
    let settings = Settings::from_env();
    ["ACTIVITIES_TABLE", "SEAL_BUCKET"].into_iter().any(|name| settings.find(name).is_some())
}

/// The deployment that the environment of this process names.
///
/// # Errors
/// When a setting of it is missing.
pub(crate) fn deployment() -> Result<Environment, Failure> {
    bootstrap::reach(&NEEDED)
}

impl Arguments {
    /// Checks the trace that `env` names, which is called `what` to the reader; `locked` says whether its seals are.
    ///
    /// # Errors
    /// When something is altered, removed or inserted, a seal is missing or rewritten, or the stores cannot be read.
    pub(crate) async fn obey(
        &self,
        env: &Environment,
        what: &str,
        locked: bool,
        out: &mut impl io::Write,
    ) -> Result<(), Failure> {
        writeln!(out, "checking the trace of {what} against its seals")?;
        let mut told = Ok(());
        let checked = verify(env, (self.from, self.until), |day| {
            if told.is_ok() {
                told = tell(out, day);
            }
        });
        let checked = checked.await;
        told?;
        let checked = checked?;
        let Some(last) = checked.last() else {
            writeln!(
                out,
                "nothing to check: none of these days is sealed (`zhibu fire audit-seal` seals those that are over)"
            )?;
            return Ok(());
        };
        if !locked {
            writeln!(out, "on this machine seals are ordinary files that nothing locks; deployed, Object Lock does")?;
        }
        let activities: u64 = checked.iter().map(|day| day.activities).sum();
        let findings: usize = checked.iter().map(|day| day.findings.len()).sum();
        writeln!(out, "checked {} days, {activities} activities; the chain ends in", checked.len())?;
        writeln!(out, "  {} {}", last.day, last.chain)?;
        if findings > 0 {
            return Err(format!("the trace and its seals differ in {findings} places, named above").into());
        }
        writeln!(out, "nothing is altered, removed or inserted")?;
        Ok(())
    }
}

fn tell(out: &mut impl io::Write, Checked { day, activities, groups, findings, .. }: &Checked) -> io::Result<()> {
    let verdict = if findings.is_empty() { "as sealed".to_owned() } else { format!("{} WRONG", findings.len()) };
    writeln!(out, "  {day}  {activities:>9} activities in {groups:>7} groups  {verdict}")?;
    findings.iter().try_for_each(|finding| writeln!(out, "    {finding}"))
}
