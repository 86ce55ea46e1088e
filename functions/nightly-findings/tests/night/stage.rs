//! A branch with a secretary and members, in which something is the matter.

use authz::Role;
use dues_records::{Bill, Case, CaseRow, DuesTable, Fen};
use dynamo::{Change, Found, Ledger, Stretch, Table};
use finding_records::{Finding, FindingRow, FindingsTable};
use jiff::{SignedDuration, Timestamp, civil::Date};
use kernel::{AppointmentId, MeetingId, MemberId};
use nightly_findings::App;
use notices::{Notice, NoticeRow, Notices, Recipient};
use register::{
    Appointment, AppointmentRow, Member, MemberRow, MemberState, Node, NodeRow, Organizations, People, Term,
};
use serde_json::{Value, json};
use testkit::{Bench, Town};

pub(crate) struct Stage {
    pub(crate) bench: Bench,
    pub(crate) town: Town,
    pub(crate) app: App,
    pub(crate) table: FindingsTable,
    pub(crate) secretary: Member,
    pub(crate) member: Member,
    notices: Notices,
}

/// It is the morning of 2026-11-24. The branch was founded in October, so that it owes nothing of the months before, has three
/// full members, and leads a life without faults as far as it is told.
pub(crate) async fn stage() -> Stage {
    let bench = Bench::new().await;
    let town = Town::build(&bench).await;
    let secretary = town.person(1, "林书", &town.branch).await;
    let member = town.person(2, "陈员", &town.branch).await;
    town.person(3, "何员", &town.group).await;
    for n in 4..=6 {
        town.person(n, "郑众", &town.neighbour).await;
    }
    let app = App::connect(&bench.env).await.unwrap();
    let table = FindingsTable::open(&bench.env).unwrap();
    let notices = Notices::open(&bench.env).unwrap();
    let stage = Stage { bench, town, app, table, secretary, member, notices };
    for node in [&stage.town.branch, &stage.town.group, &stage.town.neighbour] {
        stage.change(Node { founded_on: day("2026-10-15"), ..node.clone() }).await;
    }
    stage.appoint(&stage.secretary, &stage.town.branch).await;
    let _ = stage.bench.wire.take();
    stage
}

pub(crate) fn day(text: &str) -> Date {
    text.parse().unwrap()
}

/// The event of a night.
pub(crate) fn event(stage: &Stage) -> Value {
    json!({ "time": stage.bench.now(), "detail": { "job": "nightly-findings", "attempt": "1" } })
}

impl Stage {
    /// A run that gets through.
    pub(crate) async fn run(&self) -> Value {
        nightly_findings::run(&self.app, event(self)).await.unwrap()
    }

    /// The night of the next day.
    pub(crate) async fn next_night(&self) -> Value {
        self.bench.pass(SignedDuration::from_hours(24));
        self.run().await
    }

    /// Moves the clock to an instant of Shanghai.
    pub(crate) fn at(&self, text: &str) {
        let at: Timestamp = format!("{text}:00+08:00").parse().unwrap();
        self.bench.pass(at.duration_since(self.bench.now()));
    }

    /// Puts an organisation as it is now.
    pub(crate) async fn change(&self, node: Node) {
        Organizations::open(&self.bench.env).unwrap().table().put(&NodeRow::new(node)).await.unwrap();
    }

    /// The branch elected on a day whose next election is due on another.
    pub(crate) async fn elected(&self, on: &str, due: &str) {
        let term = Some(Term { elected_on: day(on), ends_on: day(due), due_on: day(due) });
        self.change(Node { term, founded_on: day("2026-10-15"), ..self.town.branch.clone() }).await;
    }

    /// A secretary since the beginning of the year.
    pub(crate) async fn appoint(&self, holder: &Member, node: &Node) {
        let appointment = Appointment {
            id: AppointmentId::from_bytes(1, [1; 10]),
            organization: node.id,
            role: Role::Secretary,
            holder: holder.id,
            holder_name: holder.name.reveal().try_into().unwrap(),
            from: day("2026-01-01"),
            until: None,
            decision: "任命".try_into().unwrap(),
            version: 1,
        };
        let organizations = Organizations::open(&self.bench.env).unwrap();
        organizations.table().put(&AppointmentRow::of_organization(appointment)).await.unwrap();
    }

    /// Puts a person as they are now.
    pub(crate) async fn register(&self, member: Member) {
        People::open(&self.bench.env).unwrap().table().put(&MemberRow::new(member)).await.unwrap();
    }

    /// The member is on probation since a day.
    pub(crate) async fn admitted(&self, on: &str) {
        let (state, full_since) = (MemberState::Probationary, None);
        self.register(Member { state, full_since, joined_on: day(on), ..self.member.clone() }).await;
        // Somebody else, so that the branch has three full members.
        self.town.person(20, "郑众", &self.town.branch).await;
    }

    /// A meeting of the branch that was held and signed.
    pub(crate) async fn held(&self, n: u8, kinds: &[&str], on: &str) {
        let (id, organization) = (MeetingId::from_bytes(u64::from(n), [n; 10]), self.town.branch.id);
        let at: Timestamp = format!("{on}T19:00:00+08:00").parse().unwrap();
        let row = json!({
            "pk": format!("MTG#{id}"), "sk": "MTG", "heldKey": format!("{on}#{id}"), "organization": organization,
            "id": id, "kinds": kinds, "title": "会议", "endsAt": at, "host": self.secretary.id, "recorder": self.secretary.id,
            "state": "signed", "minutes": { "heldFrom": at, "enteredAt": at },
        });
        Table::open(&self.bench.env, "MEETINGS_TABLE").unwrap().put(&row).await.unwrap();
    }

    /// A case of the member, open or closed.
    pub(crate) async fn case(&self) -> Case {
        let month = "2026-05".parse().unwrap();
        let who = (self.member.id, self.member.name.clone());
        let bill = Bill::new(who, self.town.branch.id, month, Fen(1_500), self.bench.now());
        let case = Case::opened(&bill, month, day("2026-11-01"));
        let dues = DuesTable::open(&self.bench.env).unwrap();
        dues.table().put(&CaseRow::new(case.clone())).await.unwrap();
        case
    }

    /// Every finding of the branch, open or not, by rule and period.
    pub(crate) async fn findings(&self) -> Vec<Finding> {
        self.findings_of(&self.town.branch).await
    }

    /// The same of another organisation.
    pub(crate) async fn findings_of(&self, node: &Node) -> Vec<Finding> {
        let mut findings = Vec::new();
        for open in [true, false] {
            let start = format!("{}fnd_", node.path);
            let all = Stretch::beginning(FindingRow::area(&node.path, open), &start).of_index("place", "area", "place");
            let found: Found<FindingRow> = self.table.table().first(&all, 100).await.unwrap();
            findings.extend(found.items.into_iter().map(|row| row.finding));
        }
        findings.sort_by_key(|finding| (finding.rule.clone(), finding.period.clone()));
        findings
    }

    /// What is open at the branch: rules and periods.
    pub(crate) async fn open(&self) -> Vec<(String, String)> {
        let open = self.findings().await.into_iter().filter(|finding| finding.closed.is_none());
        open.map(|finding| (finding.rule, finding.period)).collect()
    }

    /// What a person was told.
    pub(crate) async fn told(&self, member: MemberId) -> Vec<Notice> {
        let all = Stretch::beginning(Recipient::Member(member).partition(), "ntc_").consistent();
        let found: Found<NoticeRow> = self.notices.table().first(&all, 100).await.unwrap();
        found.items.into_iter().map(|row| row.notice).collect()
    }

    /// The secretary closes a finding.
    pub(crate) async fn close(&self, finding: &Finding) {
        let reason = "已决定延长预备期".try_into().unwrap();
        let closed = finding.closed_by(self.secretary.id, reason, self.bench.now()).unwrap();
        let row = FindingRow::new(closed, self.town.branch.path.clone());
        let change = self.table.put(Change::new(), &row, Some(finding.version));
        assert!(Ledger::of_job(&self.bench.env).unwrap().attempt(change, []).await.unwrap());
    }
}
