//! Dues of the branch, which the secretary of the scene collects.

use super::{Ask, For, Step, day, step};
use crate::Scene;
use authz::{Action, Role};
use dues_records::{
    Account, Bill, BillRow, Case, CaseRow, Class, DuesTable, Entry, EntryKind, EntryRow, Fen, Month, NewStandard,
    YearRow, Years,
};
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use kernel::AppointmentId;
use register::{Appointment, AppointmentRow, Organizations};
use serde_json::{Value, json};
use testkit::{Client, Town};

/// What the provider signs with.
pub const SECRET: &str = "a-secret-of-the-provider-0123456789";

fn table(scene: &Scene) -> DuesTable {
    DuesTable::open(&scene.bench.env).unwrap()
}

fn treasurer(scene: &Scene) -> Client {
    scene.client("dues").with(Town::caller(&scene.secretary, &[(Role::DuesOfficer, &scene.town.branch)]))
}

/// This month.
fn month(scene: &Scene) -> Month {
    Month::at(scene.bench.now())
}

/// The first of three months of one year that the member owes for: this one is the last of them, or December in the year's
/// first two.
fn first(scene: &Scene) -> Month {
    let first = month(scene).after(-2);
    if first.year() == month(scene).year() { first } else { Month::new(first.year(), 10).unwrap() }
}

fn standard(scene: &Scene) -> Value {
    json!({ "member": scene.member.id, "from": first(scene), "class": "wage", "base": "3000" })
}

/// Sets what the member owes: there are three open bills, each made in its month, whatever there was.
async fn set(scene: &Scene) {
    let (member, branch, now) = (&scene.member, &scene.town.branch, scene.bench.now());
    let (from, base) = (first(scene), Some(Fen(300_000)));
    let new = NewStandard { class: Class::Wage, base, amount: None, from, quarterly: false, reason: None };
    let before = table(scene).year(member.id, from.year()).await.unwrap().map_or(0, |row| row.years.version);
    let empty = Years { version: before, ..Years::of(member, branch.id, from.year()) };
    let years = empty.set(new, None, (scene.secretary.id, now)).unwrap();
    for month in from.to(from.after(2)) {
        let amount = years.monthly(month).unwrap();
        let made = kernel::start_of_shanghai_day(month.last_day()).min(now);
        let bill = Bill::new((member.id, member.name.clone()), branch.id, month, amount, made);
        table(scene).table().put(&BillRow::new(bill, 3)).await.unwrap();
    }
    table(scene).table().put(&YearRow::new(years, branch.path.parent())).await.unwrap();
}

/// Makes the secretary one in the tree.
async fn appoint(scene: &Scene) {
    let appointment = Appointment {
        id: AppointmentId::from_bytes(1, [1; 10]),
        organization: scene.town.branch.id,
        role: Role::Secretary,
        holder: scene.secretary.id,
        holder_name: "林书".try_into().unwrap(),
        from: "2026-01-01".parse().unwrap(),
        until: None,
        decision: "任命".try_into().unwrap(),
        version: 1,
    };
    let organizations = Organizations::open(&scene.bench.env).unwrap();
    organizations.table().put(&AppointmentRow::of_organization(appointment)).await.unwrap();
}

/// The path of a payment in cash of one month.
async fn cash(scene: &Scene) -> String {
    set(scene).await;
    let body = json!({ "member": scene.member.id, "months": [first(scene)], "channel": "cash" });
    let reply = treasurer(scene).post("/v1/dues/payments", body).await;
    assert_eq!(reply.status, 201, "{reply:?}");
    reply.header("location").to_owned()
}

/// A payment that the member opened at the provider; its id.
async fn opened(scene: &Scene) -> Value {
    set(scene).await;
    let administrator =
        scene.client("dues").with(Town::caller(&scene.stranger, &[(Role::SystemAdministrator, &scene.town.city)]));
    let reply = administrator.put("/v1/dues/providers/bank", json!({ "secret": SECRET })).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let months = [first(scene)];
    let body = json!({ "member": scene.member.id, "months": months, "channel": "provider", "provider": "bank" });
    let own = scene.client("dues").with(Town::caller(&scene.member, &[]));
    let reply = own.post("/v1/dues/payments", body).await;
    assert_eq!(reply.status, 201, "{reply:?}");
    reply.body["id"].clone()
}

/// What the provider says of a payment, signed.
fn callback(scene: &Scene, payment: &Value, amount: u64) -> Ask {
    let transaction = format!("T-{}", payment.as_str().unwrap());
    said(payment, &transaction, amount, scene.bench.now())
}

/// That `amount` was paid, as the provider says it at `now`.
#[must_use]
pub fn said(payment: &Value, transaction: &str, amount: u64, now: Timestamp) -> Ask {
    let body = json!({ "payment": payment, "status": "paid", "transaction": transaction, "amount": amount });
    let at = now.as_second().to_string();
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, SECRET.as_bytes());
    let signed = kernel::hex(aws_lc_rs::hmac::sign(&key, format!("{at}.{body}").as_bytes()).as_ref());
    Ask::with("/v1/dues/callbacks/bank", body).header("x-dues-timestamp", at).header("x-dues-signature", signed)
}

/// A payment of which the provider paid another amount than was asked for; its path.
async fn unclarified(scene: &Scene) -> String {
    let payment = opened(scene).await;
    let reply = callback(scene, &payment, 2_000).send("POST", &scene.client("dues")).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    format!("/v1/dues/payments/{}", payment.as_str().unwrap())
}

/// A payment whose reversal waits; its path.
async fn questioned(scene: &Scene) -> String {
    let path = cash(scene).await;
    let reply = treasurer(scene).post(&format!("{path}/reversal"), json!({ "reason": "录错人" })).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    path
}

/// The path of the relief that waits.
async fn proposed(scene: &Scene) -> String {
    set(scene).await;
    let path = relief(scene);
    let reply = treasurer(scene).post(&path, hardship(scene)).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    path
}

fn relief(scene: &Scene) -> String {
    format!("/v1/members/{}/dues/{}/relief", scene.member.id, first(scene).year())
}

fn hardship(scene: &Scene) -> Value {
    json!({ "from": first(scene).after(1), "until": first(scene).after(2), "monthly": 0, "reason": "住院治疗" })
}

/// What the district sent up to the city; its path.
async fn sent(scene: &Scene) -> String {
    let district = &scene.town.district;
    let about = (district.id, EntryKind::Received, "rmt".to_owned());
    let (to, from) = ([(Account::Cash, Fen(10_000))], [(Account::FromBelow, Fen(10_000))]);
    let entry = Entry::new(about, &to, &from, (None, scene.bench.now())).unwrap();
    table(scene).table().put(&EntryRow::new(entry)).await.unwrap();
    let keeper = scene.client("dues").with(Town::caller(&scene.member, &[(Role::DuesOfficer, district)]));
    let reply = keeper.post("/v1/dues/remittances", json!({ "organization": district.id })).await;
    assert_eq!(reply.status, 201, "{reply:?}");
    reply.header("location").to_owned()
}

/// A case of the member that is open; its id.
async fn case(scene: &Scene) -> String {
    set(scene).await;
    open_case(scene).await
}

/// The same where it is set already what the member owes.
async fn open_case(scene: &Scene) -> String {
    let first = first(scene);
    let rows = table(scene).bills(scene.member.id, (first, first)).await.unwrap();
    let case = Case::opened(&rows[0].bill, first, day(scene, 0));
    for row in [CaseRow::new(case.clone()), CaseRow::claim(case.clone())] {
        table(scene).table().put(&row).await.unwrap();
    }
    case.id.to_string()
}

async fn published(scene: &Scene) -> String {
    cash(scene).await;
    let path = of_branch(scene, "/publications");
    let reply = treasurer(scene).post(&path, json!({ "year": first(scene).year() })).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    path
}

fn of_branch(scene: &Scene, rest: &str) -> String {
    format!("/v1/organizations/{}/dues{rest}", scene.town.branch.id)
}

/// Leaves behind what `dues-bills` is there for: a member who owes for three months, others of whom nothing is set, a secretary who
/// hears of it, and a book with an entry.
pub async fn leave_open(scene: &Scene) {
    appoint(scene).await;
    set(scene).await;
    let body = json!({ "member": scene.secretary.id, "from": month(scene), "class": "student" });
    treasurer(scene).post("/v1/dues/standards", body).await;
    let body = json!({ "member": scene.secretary.id, "months": [month(scene)], "channel": "cash" });
    let reply = treasurer(scene).post("/v1/dues/payments", body).await;
    assert_eq!(reply.status, 201, "{reply:?}");
}

const fn dues(
    method: &'static str,
    route: &'static str,
    whom: For,
    status: u16,
    ask: fn(&Scene) -> BoxFuture<'_, Ask>,
) -> Step {
    step("dues", method, route, whom, status, ask)
}

const READ: For = For::Whoever(Action::ReadDues);
const MANAGE: For = For::Whoever(Action::ManageDues);

pub(super) const STEPS: &[Step] = &[
    dues("POST", "/v1/dues/quote", For::Everybody, 200, |_| {
        Box::pin(async { Ask::with("/v1/dues/quote", json!({ "class": "wage", "base": "3000.01" })) })
    }),
    dues("POST", "/v1/dues/standards", MANAGE, 200, |scene| {
        Box::pin(async { Ask::with("/v1/dues/standards", standard(scene)) })
    }),
    dues("POST", "/v1/members/{member}/dues/{year}/relief", MANAGE, 200, |scene| {
        Box::pin(async {
            set(scene).await;
            Ask::with(relief(scene), hardship(scene))
        })
    }),
    dues(
        "POST",
        "/v1/members/{member}/dues/{year}/relief/decision",
        For::Whoever(Action::ApproveDuesRelief),
        200,
        |scene| Box::pin(async { Ask::with(format!("{}/decision", proposed(scene).await), json!({ "grant": true })) }),
    ),
    dues("POST", "/v1/dues/payments", MANAGE, 201, |scene| {
        Box::pin(async {
            set(scene).await;
            let payer = json!({ "kind": "relative", "name": "陈父" });
            let months = [first(scene), first(scene).after(1)];
            Ask::with(
                "/v1/dues/payments",
                json!({ "member": scene.member.id, "months": months, "channel": "cash", "payer": payer }),
            )
        })
    }),
    dues("POST", "/v1/dues/gifts", MANAGE, 201, |scene| {
        Box::pin(async { Ask::with("/v1/dues/gifts", json!({ "member": scene.member.id, "amount": 100_000 })) })
    }),
    dues("GET", "/v1/dues/payments/{payment}", READ, 200, |scene| Box::pin(async { Ask::get(cash(scene).await) })),
    dues("GET", "/v1/organizations/{organization}/dues/payments", READ, 200, |scene| {
        Box::pin(async {
            cash(scene).await;
            Ask::get(of_branch(scene, "/payments"))
        })
    }),
    dues("POST", "/v1/dues/callbacks/{provider}", For::Everybody, 200, |scene| {
        Box::pin(async { callback(scene, &opened(scene).await, 1_500) })
    }),
    dues("POST", "/v1/dues/payments/{payment}/allotment", MANAGE, 200, |scene| {
        Box::pin(async {
            let body = json!({ "months": [first(scene)], "reason": "多转了零头" });
            Ask::with(format!("{}/allotment", unclarified(scene).await), body)
        })
    }),
    dues("POST", "/v1/dues/payments/{payment}/reversal", MANAGE, 200, |scene| {
        Box::pin(async { Ask::with(format!("{}/reversal", cash(scene).await), json!({ "reason": "录错人" })) })
    }),
    dues("POST", "/v1/dues/payments/{payment}/reversal/decision", MANAGE, 200, |scene| {
        Box::pin(async {
            Ask::with(format!("{}/reversal/decision", questioned(scene).await), json!({ "confirm": true }))
        })
    }),
    dues("POST", "/v1/dues/payouts", MANAGE, 200, |scene| {
        Box::pin(async {
            unclarified(scene).await;
            let body = json!({ "organization": scene.town.branch.id, "amount": 2_000, "reference": "S1" });
            Ask::with("/v1/dues/payouts", body)
        })
    }),
    dues("POST", "/v1/dues/remittances", MANAGE, 201, |scene| {
        Box::pin(async {
            cash(scene).await;
            Ask::with("/v1/dues/remittances", json!({ "organization": scene.town.branch.id }))
        })
    }),
    dues("GET", "/v1/organizations/{organization}/dues/remittances", READ, 200, |scene| {
        Box::pin(async {
            cash(scene).await;
            let body = json!({ "organization": scene.town.branch.id });
            treasurer(scene).post("/v1/dues/remittances", body).await;
            Ask::get(of_branch(scene, "/remittances"))
        })
    }),
    Step {
        place: |scene| &scene.town.city,
        ..dues("POST", "/v1/dues/remittances/{remittance}/receipt", MANAGE, 200, |scene| {
            Box::pin(async { Ask::with(format!("{}/receipt", sent(scene).await), json!({ "received": true })) })
        })
    },
    dues("POST", "/v1/organizations/{organization}/dues/reconciliations", READ, 200, |scene| {
        Box::pin(async {
            unclarified(scene).await;
            let items = json!([{ "transaction": "T-1", "amount": 1_500 }]);
            let today = day(scene, 0);
            let body = json!({ "provider": "bank", "from": today, "until": today, "items": items });
            Ask::with(of_branch(scene, "/reconciliations"), body)
        })
    }),
    dues("POST", "/v1/dues/cases/{case}/closure", MANAGE, 200, |scene| {
        Box::pin(async {
            let body = json!({ "outcome": "good-reason", "reason": "住院治疗，已说明情况" });
            Ask::with(format!("/v1/dues/cases/{}/closure", case(scene).await), body)
        })
    }),
    dues("PUT", "/v1/dues/providers/{provider}", For::Anywhere(Action::ManageDuesProviders), 200, |_| {
        Box::pin(async { Ask::with("/v1/dues/providers/bank", json!({ "secret": SECRET })) })
    }),
    dues("POST", "/v1/organizations/{organization}/dues/publications", MANAGE, 200, |scene| {
        Box::pin(async {
            cash(scene).await;
            Ask::with(of_branch(scene, "/publications"), json!({ "year": first(scene).year() }))
        })
    }),
    dues(
        "GET",
        "/v1/organizations/{organization}/dues/publications",
        For::WhoeverOrMember(Action::ReadDues),
        200,
        |scene| Box::pin(async { Ask::get(format!("{}?year={}", published(scene).await, first(scene).year())) }),
    ),
    dues("GET", "/v1/me/dues", For::Oneself, 200, |scene| {
        Box::pin(async {
            case(scene).await;
            Ask::get(format!("/v1/me/dues?year={}", first(scene).year()))
        })
    }),
    dues("GET", "/v1/members/{member}/dues", READ, 200, |scene| {
        Box::pin(async {
            set(scene).await;
            Ask::get(format!("/v1/members/{}/dues?year={}", scene.member.id, first(scene).year()))
        })
    }),
    dues("GET", "/v1/organizations/{organization}/dues", READ, 200, |scene| {
        Box::pin(async {
            cash(scene).await;
            Ask::get(of_branch(scene, &format!("?month={}", first(scene))))
        })
    }),
    dues("GET", "/v1/organizations/{organization}/dues/without-standard", READ, 200, |scene| {
        Box::pin(async {
            set(scene).await;
            Ask::get(of_branch(scene, "/without-standard"))
        })
    }),
    dues("GET", "/v1/organizations/{organization}/dues/book", READ, 200, |scene| {
        Box::pin(async {
            cash(scene).await;
            Ask::get(of_branch(scene, &format!("/book?month={}", month(scene))))
        })
    }),
    dues("GET", "/v1/organizations/{organization}/dues/open", READ, 200, |scene| {
        Box::pin(async {
            unclarified(scene).await;
            open_case(scene).await;
            Ask::get(of_branch(scene, "/open"))
        })
    }),
];
