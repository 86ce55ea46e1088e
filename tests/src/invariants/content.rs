//! The content of a store, read into types.

use aws_sdk_dynamodb::Client;
use blob::Bucket;
use cloud::Environment;
use dues_records::{CloseRow, EntryRow};
use dynamo::{Activity, ActivityRow};
use finding_records::FindingRow;
use kernel::{MemberId, OrgId, TaskId};
use register::{AppointmentRow, Media, MediaRow, Member, MemberRow, NameRow, NodeRow, TakenRow};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use task_records::{BillRow, Share, SumRow, TaskRow};
use testkit::TABLES;

/// Everything that a store holds.
#[derive(Debug, Default)]
pub struct Content {
    /// Persons.
    pub members: BTreeMap<MemberId, MemberRow>,
    /// Organisations.
    pub organizations: BTreeMap<OrgId, NodeRow>,
    /// Claims of numbers.
    pub taken: Vec<TakenRow>,
    /// Claims of names.
    pub names: Vec<NameRow>,
    /// Appointments, those of organisations and those of holders.
    pub appointments: Vec<AppointmentRow>,
    /// Requests for correction.
    pub corrections: Vec<Value>,
    /// `OPEN#` and the field, by person.
    pub open: Vec<(String, String)>,
    /// Counters by partition and sort key.
    pub counters: BTreeMap<(String, String), u64>,
    /// The trace, in order of time.
    pub activities: Vec<Activity>,
    /// Transfers, as rows.
    pub transfers: Vec<Value>,
    /// Partitions of persons who have an open transfer.
    pub leaving: Vec<String>,
    /// Records of files.
    pub media: Vec<MediaRow>,
    /// What uploads come to, bytes and files, by partition.
    pub quotas: BTreeMap<String, (u64, u64)>,
    /// Keys of files that are kept.
    pub kept: BTreeSet<String>,
    /// Tasks.
    pub tasks: BTreeMap<TaskId, TaskRow>,
    /// What parts of tasks say to their parents.
    pub shares: Vec<Share>,
    /// What parts of tasks come to.
    pub sums: Vec<SumRow>,
    /// Bills of what people have before them.
    pub bills: Vec<BillRow>,
    /// How many tasks a tree has beside its root, by partition.
    pub sizes: BTreeMap<String, u64>,
    /// What people and organisations are told, as rows.
    pub notices: Vec<Value>,
    /// Bills of dues.
    pub dues: Vec<dues_records::BillRow>,
    /// Payments of dues, as rows.
    pub payments: Vec<Value>,
    /// What organisations sent up of their dues, as rows.
    pub remittances: Vec<Value>,
    /// Which payments the transactions of providers are of, as rows.
    pub transactions: Vec<Value>,
    /// Entries of books.
    pub entries: Vec<EntryRow>,
    /// What books came to at the end of a month.
    pub closes: Vec<CloseRow>,
    /// What rules found.
    pub findings: Vec<FindingRow>,
    /// Answers that are kept for repetitions.
    pub answers: usize,
}

/// Whether the row of a transfer says that it is under way; `overdue` is no state that is kept.
pub(super) fn is_under_way(transfer: &Value) -> bool {
    matches!(transfer["state"].as_str(), Some("draft" | "approved" | "issued" | "overdue"))
}

fn read<T: DeserializeOwned>(item: &Value) -> T {
    serde_json::from_value(item.clone()).unwrap_or_else(|error| panic!("{error}: {item}"))
}

impl Content {
    /// Reads the whole store behind `env`.
    pub async fn read(env: &Environment) -> Self {
        let client = Client::new(&env.sdk_for("DYNAMODB"));
        let mut content = Self::default();
        // Scores are bytes that follow from the trace: the tests of who scores compare them with a recomputation.
        for table in TABLES.iter().filter(|table| table.setting != "SCORES_TABLE") {
            let mut pages = client.scan().table_name(table.setting).into_paginator().items().send();
            while let Some(item) = pages.next().await {
                content.add(table.setting, serde_dynamo::from_item(item.unwrap()).unwrap());
            }
        }
        content.activities.sort_by_key(|activity| activity.id);
        let bucket = Bucket::open(env, "MEDIA_BUCKET").unwrap();
        let mut page = bucket.page(Media::KEPT, None, 1_000).await.unwrap();
        while let Some(last) = page.items.last().map(|object| object.key.clone()) {
            content.kept.extend(page.items.into_iter().map(|object| object.key));
            page = bucket.page(Media::KEPT, Some(&last), 1_000).await.unwrap();
        }
        content
    }

    fn add(&mut self, table: &'static str, item: Value) {
        let text = |name: &str| item[name].as_str().unwrap_or_default().to_owned();
        let (pk, sk) = (text("pk"), text("sk"));
        match (table, sk.as_str()) {
            ("MEMBERS_TABLE", "MBR") => {
                let row: MemberRow = read(&item);
                self.members.insert(row.member.id, row);
            }
            ("MEMBERS_TABLE", "TAKEN") => self.taken.push(read(&item)),
            ("MEMBERS_TABLE", key) if key.starts_with("cor_") => self.corrections.push(item),
            ("MEMBERS_TABLE", key) if key.starts_with("OPEN#") => self.open.push((pk, sk)),
            ("ORGANIZATIONS_TABLE", "ORG") => {
                let row: NodeRow = read(&item);
                self.organizations.insert(row.node.id, row);
            }
            ("MEMBERS_TABLE", "ASKED") | ("ORGANIZATIONS_TABLE", "BELOW" | "OFFICES") => {
                self.counters.insert((pk, sk), item["version"].as_u64().unwrap_or_default());
            }
            ("ORGANIZATIONS_TABLE", key) if key.starts_with("NAME#") => self.names.push(read(&item)),
            ("ORGANIZATIONS_TABLE", key) if key.starts_with("APT#") => self.appointments.push(read(&item)),
            ("ACTIVITIES_TABLE", key) if key.starts_with("act_") => {
                self.activities.push(read::<ActivityRow>(&item).activity);
            }
            ("TRANSFERS_TABLE", "OPEN") => self.leaving.push(pk),
            ("TRANSFERS_TABLE", _) => self.transfers.push(item),
            ("MEDIA_TABLE", "MED") => self.media.push(read(&item)),
            ("MEDIA_TABLE", "QUOTA") => {
                let sum = |name: &str| item[name].as_u64().unwrap_or_default();
                self.quotas.insert(pk, (sum("bytes"), sum("files")));
            }
            ("TASKS_TABLE", TaskRow::TASK) => {
                let row: TaskRow = read(&item);
                self.tasks.insert(row.id, row);
            }
            ("TASKS_TABLE", "SIZE") => {
                self.sizes.insert(pk, item["tasks"].as_u64().unwrap_or_default());
            }
            ("TASKS_TABLE", key) if key.starts_with("SUB#") => self.shares.push(read(&item)),
            ("TASKS_TABLE", key) if key.starts_with("SUM#") || key == "TOTAL" => self.sums.push(read(&item)),
            ("TASKS_TABLE", _) if pk.starts_with("BILL#") => self.bills.push(read(&item)),
            ("DUES_TABLE", "PAY") => self.payments.push(item),
            ("DUES_TABLE", "RMT") => self.remittances.push(item),
            ("DUES_TABLE", "TXN") => self.transactions.push(item),
            ("DUES_TABLE", key) if key.starts_with(dues_records::BillRow::START) => self.dues.push(read(&item)),
            ("DUES_TABLE", key) if key.starts_with(CloseRow::START) => self.closes.push(read(&item)),
            // Beside entries a book has a counter, payouts and what was published.
            ("DUES_TABLE", key) if pk.starts_with("BOOK#") && key.starts_with('2') => self.entries.push(read(&item)),
            ("FINDINGS_TABLE", "FND") => self.findings.push(read(&item)),
            ("NOTICES_TABLE", _) => self.notices.push(item),
            ("IDEMPOTENCY_TABLE", _) => self.answers += 1,
            // Nothing is said of the rest.
            _ => {}
        }
    }

    /// Persons, as records.
    pub fn people(&self) -> impl Iterator<Item = &Member> {
        self.members.values().map(|row| &row.member)
    }

    /// What was done to the record `subject`, in order of time.
    pub fn story(&self, subject: &str) -> impl Iterator<Item = &Activity> {
        self.activities.iter().filter(move |activity| activity.subject == subject)
    }
}
