//! A person's copy of what is kept about them (个保法 §45).

use super::sessions::SessionView;
use crate::App;
use axum::extract::State;
use dues_records::{Bill, Gift, Years};
use dynamo::{Activity, Found, Read, Stretch};
use http_api::{Caller, Problem, ProblemBody, Reply};
use jiff::{Timestamp, civil::Date};
use kernel::{Line, MemberId, OrgId, PersonName, Sex};
use register::{Appointment, AppointmentRow, Category, Exemption, MemberState};
use serde::Serialize;
use utoipa::ToSchema;

/// A person's record with numbers in full.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct OwnRecord {
    id: MemberId,
    organization: OrgId,
    name: PersonName,
    sex: Sex,
    #[schema(value_type = String, format = Date)]
    born: Date,
    id_card: String,
    phone: String,
    #[schema(value_type = String)]
    ethnicity: Line<20>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    education: Option<Line<20>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    unit: Option<Line<80>>,
    category: Category,
    state: MemberState,
    #[schema(value_type = String, format = Date)]
    state_since: Date,
    #[schema(value_type = String, format = Date)]
    joined_on: Date,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    full_since: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exemption: Option<Exemption>,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

/// What is kept about an account; what proves its owner is not shown to anybody.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct OwnAccount {
    has_password: bool,
    has_second_factor: bool,
    sessions: Vec<SessionView>,
}

/// What a person owed and paid.
#[derive(Debug, Serialize, ToSchema)]
struct OwnDues {
    /// What was set in each year, and what was asked for in hardship.
    years: Vec<Years>,
    /// Bills of each month, and what paid them.
    bills: Vec<Bill>,
    /// Larger sums that were given, those that were taken back included.
    gifts: Vec<Gift>,
}

/// Everything that this person's record, account, offices and dues hold.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct OwnData {
    /// When the copy was made, in UTC.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    record: OwnRecord,
    account: OwnAccount,
    /// Offices, those that have ended included.
    appointments: Vec<Appointment>,
    dues: OwnDues,
    /// What was done to the account, latest first, the latest 50: signing in and out, passwords, second factor, suspension;
    /// and that one objected to a star or appealed.
    account_activities: Vec<Activity>,
}

/// Offices of one person that are looked at.
const APPOINTMENTS: u16 = 500;
/// Activities of the account that are shown.
const ACTIVITIES: u16 = 50;

/// A copy of what is kept about oneself, numbers in full. Lists that grow have routes of their own: who read the record
/// (`/v1/me/access-log`), corrections (`/v1/me/corrections`), appeals (`/v1/me/appeals`), what was done to it (`/v1/members/{member}/timeline`).
#[utoipa::path(get, path = "/v1/me/data", tag = "accounts", security(("token" = [])),
    responses((status = 200, body = OwnData), (status = "4XX", body = ProblemBody)))]
pub(super) async fn data(State(app): State<App>, caller: Caller) -> Result<Reply, Problem> {
    let now = app.clock.now();
    let held = Stretch::beginning(AppointmentRow::holder(caller.member), AppointmentRow::START);
    let own = Activity::account(caller.member);
    let (account, person, held, dues, told) = tokio::join!(
        app.store.own(caller.member),
        app.store.people.person(caller.member, Read::Eventual),
        app.organizations.table().page::<AppointmentRow>(&held, None, APPOINTMENTS),
        app.dues.own(caller.member),
        app.store.trace.of_subject(&own, None, None, ACTIVITIES),
    );
    let (account, person, Found { items: held, .. }) = (account?, person?, held?);
    let (account_activities, (years, bills, gifts)) = (told?.items, dues?);
    let (id_card, phone) = (person.open_id_card(&app.vault), person.open_phone(&app.vault));
    let record = OwnRecord {
        id: person.id,
        organization: person.organization,
        name: person.name,
        sex: person.sex,
        born: person.born,
        id_card: id_card.map_err(Problem::internal)?,
        phone: phone.map_err(Problem::internal)?,
        ethnicity: person.ethnicity,
        education: person.education,
        unit: person.unit,
        category: person.category,
        state: person.state,
        state_since: person.state_since,
        joined_on: person.joined_on,
        full_since: person.full_since,
        exemption: person.exemption,
        updated_at: person.updated_at,
    };
    let account = OwnAccount {
        has_password: account.password.is_some(),
        has_second_factor: account.has_second_factor(),
        sessions: SessionView::all(&account, caller.session, now),
    };
    let appointments = held.into_iter().map(|row| row.appointment).collect();
    let dues = OwnDues { years, bills, gifts };
    Reply::ok(&OwnData { at: now, record, account, appointments, dues, account_activities })
}
