//! One series, as JSON or as a file.

use super::{may, sight, year};
use crate::{
    App,
    domain::{
        By, Cube, Known, Series, areas, by_kind, by_type, counts_members, dues, field, members, org_life, study,
        unsummed,
    },
};
use authz::Action;
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use counter_records::{Breakdown, MONTHS_LATE, Rules};
use dues_records::Month;
use http_api::{Caller, Path, Problem, ProblemBody, Query, Reply, Written};
use kernel::OrgId;
use lambda_http::http::HeaderMap;
use register::Node;
use serde::Deserialize;
use utoipa::IntoParams;

/// Which series is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// The organisation; those below it are counted with it.
    organization: OrgId,
    /// By what it is divided: organisations by `kind`, `type` or `area`, members by `age`, `sex`, `education`, `tenure` or
    /// `status`, org life by `period`, study and dues by `month`. The first of these when it is left out.
    #[param(inline)]
    by: Option<By>,
    /// Of organisations and members: the month; the last one of which there are sums when it is left out.
    month: Option<Month>,
    /// Of org life, study and dues: the year; this one when it is left out.
    #[param(minimum = 1992, maximum = 2200)]
    year: Option<i16>,
    /// How it is written; without it `Accept: text/csv` asks for a file.
    #[param(inline)]
    format: Option<Written>,
}

/// What somebody has to be allowed to see a cube: to read what it counts.
const fn action(cube: Cube) -> Action {
    match cube {
        Cube::Organizations => Action::ReadOrganization,
        Cube::Members => Action::ReadMember,
        Cube::OrgLife => Action::ReadMeeting,
        Cube::Study => Action::ReadStudyRecords,
        Cube::Dues => Action::ReadDues,
    }
}

/// How the members are divided that `by` asks for.
const fn breakdown(by: Option<By>) -> Option<Breakdown> {
    match by {
        None | Some(By::Age) => Some(Breakdown::Age),
        Some(By::Sex) => Some(Breakdown::Sex),
        Some(By::Education) => Some(Breakdown::Education),
        Some(By::Tenure) => Some(Breakdown::Tenure),
        Some(By::Status) => Some(Breakdown::Status),
        Some(By::Kind | By::Type | By::Area | By::Period | By::Month) => None,
    }
}

fn divided() -> Problem {
    field("/by", "该数据不能按此划分", "this is not divided so").into()
}

/// One series of an organisation with all that is below it: organisations, make-up of members on the first of the month, how many
/// branches held what they owe, study, dues. What adds adds up to the total. Groups of so few persons that they name somebody are
/// shown to those alone who keep the register, and with each so many others are hidden that it cannot be computed; others see groups
/// at the highest organisation alone that they may read, and below it the total. Members and org life of a group are its branch's.
/// As a file it holds the same numbers: a header, a row for each group, the total.
#[utoipa::path(get, path = "/v1/analytics/{cube}", tag = "analytics", operation_id = "readCube",
    params(("cube" = Cube, Path), Wanted), security(("token" = [])),
    responses((status = 200, body = Series), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn cube(
    State(app): State<App>,
    caller: Caller,
    Path(cube): Path<Cube>,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let node = app.store.node(wanted.organization).await?;
    caller.may_below(action(cube), &node.path, node.kind.has_members())?;
    let series = match cube {
        Cube::Members | Cube::OrgLife if !counts_members(&node) => return Err(divided()),
        Cube::Organizations => Box::pin(organizations(&app, &caller, &node, &wanted)).await?,
        Cube::Members => {
            let (breakdown, rules) = (breakdown(wanted.by).ok_or_else(divided)?, Rules::get()?);
            let known = read(app.store.of_month(&node, wanted.month, app.today()).await?)?;
            members(node.id, &known, (rules, breakdown), sight(&caller, &node)?)
        }
        Cube::OrgLife | Cube::Study | Cube::Dues => Box::pin(of_year(&app, &node, cube, &wanted)).await?,
    };
    match Written::asked(wanted.format, &headers) {
        Written::Json => Ok(Reply::ok(&series)?.into_response()),
        Written::Csv => {
            let bytes = sheet::write(sheet::Format::Csv, series.table()).map_err(Problem::internal)?;
            Ok(Written::file("analytics", bytes))
        }
    }
}

/// What a night has read of members and org life; nothing is told where none did.
fn read(known: Known) -> Result<Known, Problem> {
    if known.taken_on.is_some() { Ok(known) } else { Err(unsummed().into()) }
}

async fn organizations(app: &App, caller: &Caller, node: &Node, wanted: &Wanted) -> Result<Series, Problem> {
    let known = app.store.of_month(node, wanted.month, app.today()).await?;
    match wanted.by {
        None | Some(By::Kind) => Ok(by_kind(node.id, &known)),
        Some(By::Type) => Ok(by_type(node.id, &known)),
        // Nothing but groups is below a branch.
        Some(By::Area) if !node.kind.has_members() => {
            let parts = app.store.parts(node, known.month).await?;
            // Who may not read the register is told of branches alone, and everybody where no night read it.
            let is_told = known.taken_on.is_some() && may(caller, Action::ReadMember, node);
            let sight = if is_told { Some(sight(caller, node)?) } else { None };
            Ok(areas(node.id, &known, parts, sight))
        }
        Some(_) => Err(divided()),
    }
}

async fn of_year(app: &App, node: &Node, cube: Cube, wanted: &Wanted) -> Result<Series, Problem> {
    let today = app.today();
    let asked = wanted.year.unwrap_or(today.year());
    match (cube, wanted.by) {
        (Cube::OrgLife, None | Some(By::Period)) => {
            // What was held in time is still written down in the first months of the next year.
            let known = read(app.store.latest(node, year(asked, MONTHS_LATE)?, today).await?)?;
            Ok(org_life(node.id, &known, asked, ::org_life::Rules::get()?, today))
        }
        (Cube::Study, None | Some(By::Month)) => {
            let months = app.store.year(node, year(asked, 0)?, today).await?;
            study(node.id, &months).ok_or_else(|| unsummed().into())
        }
        (Cube::Dues, None | Some(By::Month)) => {
            let months = app.store.year(node, year(asked, 0)?, today).await?;
            dues(node.id, &months).ok_or_else(|| unsummed().into())
        }
        _ => Err(divided()),
    }
}
