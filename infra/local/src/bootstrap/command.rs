//! `zhibu bootstrap`: what the command line and the environment say.

use super::{Founded, Order, both, read_people};
use aws_smithy_types::timeout::TimeoutConfig;
use clap::{
    Args,
    builder::{PossibleValuesParser, TypedValueParser},
};
use cloud::Environment;
use jiff::civil::Date;
use kernel::{Clock, Line, Settings, Text};
use register::OrgKind;
use serde_json::{Value, from_value};
use std::{
    error::Error,
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

type Failure = Box<dyn Error + Send + Sync>;

/// What to begin with.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Name of the root committee
    #[arg(long, value_parser = line::<60>)]
    name: Line<60>,
    /// Its level
    #[arg(long, value_parser = PossibleValuesParser::new(super::KINDS.map(OrgKind::slug)).try_map(kind))]
    kind: OrgKind,
    /// The day on which it was founded, such as 1949-08-17
    #[arg(long, value_name = "DAY")]
    founded_on: Date,
    /// Name of the branch of its own office
    #[arg(long, value_name = "NAME", value_parser = line::<60>)]
    branch_name: Line<60>,
    /// The day on which that was founded, if it is another one
    #[arg(long, value_name = "DAY")]
    branch_founded_on: Option<Date>,
    /// Number or title of the paper that decided it
    #[arg(long, value_name = "TEXT", default_value = "系统初始化", value_parser = line::<100>)]
    decision: Line<100>,
    /// The first three persons in JSON: docs/DEPLOY.md has an example
    #[arg(long, value_name = "FILE")]
    people: PathBuf,
}

fn line<const MAX: usize>(text: &str) -> Result<Line<MAX>, String> {
    Line::try_from(text).map_err(|error| both(&Text::from_display(&error)))
}

fn kind(slug: String) -> Result<OrgKind, serde_json::Error> {
    from_value(Value::String(slug))
}

impl Arguments {
    /// The order, with the persons read from their file.
    pub(crate) fn order(&self) -> Result<Order, Failure> {
        let shown = self.people.display();
        let json = fs::read(&self.people).map_err(|error| format!("cannot read {shown}: {error}"))?;
        Ok(Order {
            name: self.name.clone(),
            kind: self.kind,
            founded_on: self.founded_on,
            branch_name: self.branch_name.clone(),
            branch_founded_on: self.branch_founded_on.unwrap_or(self.founded_on),
            decision: self.decision.clone(),
            people: read_people(&json)?,
        })
    }

    /// Says what was made, and what comes next; `folder` is the local runner's, where it is one.
    pub(crate) fn tell(&self, out: &mut impl io::Write, founded: &Founded, folder: Option<&Path>) -> io::Result<()> {
        writeln!(out, "written, once and for all\n{founded}\nnext")?;
        if let Some(folder) = folder {
            writeln!(out, "  start the runner: zhibu --no-demo --data {}", folder.display())?;
        }
        writeln!(
            out,
            "  each of the three signs in with a one-time code and sets up a second factor; offices count then"
        )?;
        writeln!(out, "    POST /v1/sign-in-codes                   {{\"phone\": …}}")?;
        writeln!(out, "    POST /v1/sessions                        {{\"phone\": …, \"code\": …, \"challenge\": …}}")?;
        writeln!(out, "    POST /v1/me/second-factor                within a quarter of an hour")?;
        writeln!(out, "    POST /v1/me/second-factor/confirmations  {{\"code\": …}}")?;
        writeln!(out, "  delete {}: it holds numbers of persons", self.people.display())
    }
}

/// Settings without which a deployment cannot be reached.
const NEEDED: [&str; 8] = [
    "AWS_REGION",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "ORGANIZATIONS_TABLE",
    "MEMBERS_TABLE",
    "ACTIVITIES_TABLE",
    "IDEMPOTENCY_TABLE",
    "DATA_KEY",
];

/// The deployment that the environment of this process names, reached from wherever the operator is.
pub(crate) fn deployment() -> Result<Environment, Failure> {
    reach(&NEEDED)
}

/// The same for a command that needs other settings.
pub(crate) fn reach(needed: &[&str]) -> Result<Environment, Failure> {
    let settings = Settings::from_env();
    complete(&settings, needed)?;
    Ok(patient(Environment::new(settings, Clock::system())?))
}

fn complete(settings: &Settings, needed: &[&str]) -> Result<(), String> {
    let missing: Vec<_> = needed.iter().copied().filter(|name| settings.find(name).is_none()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.join(", ");
    Err(format!(
        "not in the environment: {names}. docs/DEPLOY.md says where to take them from; a local folder is --data"
    ))
}

/// The same with time for a distant region: a function is beside its tables, an operator is not.
fn patient(env: Environment) -> Environment {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .operation_attempt_timeout(Duration::from_secs(10))
        .operation_timeout(Duration::from_secs(30));
    let sdk = env.sdk.into_builder().timeout_config(timeouts.build()).build();
    Environment { sdk, ..env }
}
