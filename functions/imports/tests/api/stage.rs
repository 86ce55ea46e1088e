//! Where the tests play: a branch, its secretary, and files of persons.

use authz::Role;
use aws_lc_rs::digest::{SHA256, digest};
use blob::Bucket;
use dynamo::{Found, Stretch, Table, Trace};
use imports::{App, advance_open, router};
use kernel::{IdCard, hex};
use register::{Member, MemberRow, Node};
use serde_json::{Value, json};
use sheet::Format;
use testkit::{Bench, Client, Reply, Town};

pub(crate) const HEADER: [&str; 11] =
    ["所在组织", "姓名", "身份证号", "手机号", "民族", "学历", "工作单位", "类别", "党籍状态", "入党日期", "转正日期"];

pub(crate) type Cells = Vec<String>;

pub(crate) struct Stage {
    pub(crate) bench: Bench,
    pub(crate) town: Town,
    pub(crate) secretary: Member,
    pub(crate) app: App,
    /// Signed in as the secretary of the branch.
    pub(crate) client: Client,
}

pub(crate) async fn stage() -> Stage {
    let bench = Bench::new().await;
    let town = Town::build(&bench).await;
    let secretary = town.person(1, "林书", &town.branch).await;
    let caller = Town::caller(&secretary, &[(Role::Secretary, &town.branch)]);
    let app = App::connect(&bench.env).await.unwrap();
    let client = Client::new(router(app.clone()), Some(caller));
    let _ = bench.wire.take();
    Stage { bench, town, secretary, app, client }
}

/// A number that nobody in the town has.
pub(crate) fn id_card(n: u32) -> String {
    let first17 = format!("350199{:04}0101{:03}", 1950 + n / 1_000, n % 1_000);
    format!("{first17}{}", IdCard::check_character(&first17).unwrap()).parse::<IdCard>().unwrap().reveal().to_owned()
}

/// The row of person `n` in the branch.
pub(crate) fn person(n: u32) -> Cells {
    let phone = format!("137{n:08}");
    ["东社区党支部", "陈晓", &id_card(n), &phone, "汉族", "本科", "", "学生", "预备党员", "2026-06-18", ""]
        .map(str::to_owned)
        .to_vec()
}

pub(crate) fn people(count: u32) -> Vec<Cells> {
    (1..=count).map(person).collect()
}

pub(crate) fn file(format: Format, rows: &[Cells]) -> Vec<u8> {
    let header = HEADER.map(str::to_owned).to_vec();
    sheet::write(format, [header].iter().chain(rows)).unwrap()
}

impl Stage {
    /// Announces a file for `node` and puts it where the answer says; the path of the import.
    pub(crate) async fn put(&self, node: &Node, format: Format, bytes: Vec<u8>, dry_run: bool) -> String {
        self.put_as("members", node, format, bytes, dry_run).await
    }

    /// The same for another kind of file.
    pub(crate) async fn put_as(
        &self,
        kind: &str,
        node: &Node,
        format: Format,
        bytes: Vec<u8>,
        dry_run: bool,
    ) -> String {
        let announced = json!({
            "organization": node.id, "kind": kind, "format": format, "length": bytes.len(),
            "sha256": hex(digest(&SHA256, &bytes).as_ref()), "dryRun": dry_run,
        });
        let reply = self.client.post("/v1/imports", announced).await;
        assert_eq!((reply.status, reply.text("/state").as_str()), (201, "awaiting-file"), "{reply:?}");
        assert!(reply.text("/upload/url").contains("incoming/imports/imp_"), "{reply:?}");
        let id = reply.text("/id");
        let bucket = Bucket::open(&self.bench.env, "MEDIA_BUCKET").unwrap();
        bucket.put(&format!("incoming/imports/{id}"), format.media_type(), bytes).await.unwrap();
        format!("/v1/imports/{id}")
    }

    pub(crate) async fn start(&self, path: &str) -> Reply {
        self.client.send("POST", &format!("{path}/start"), None).await
    }

    /// Puts and starts a file of the branch.
    pub(crate) async fn import(&self, rows: &[Cells]) -> Reply {
        let path = self.put(&self.town.branch, Format::Csv, file(Format::Csv, rows), false).await;
        let reply = self.start(&path).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        reply
    }

    /// Everybody in the branch but the secretary.
    pub(crate) async fn members(&self) -> Vec<Member> {
        let table = Table::open(&self.bench.env, "MEMBERS_TABLE").unwrap();
        let people = register::People::open(&self.bench.env).unwrap();
        let path = &self.town.branch.path;
        let stretch = Stretch::beginning(MemberRow::area(path, true), path.as_str()).of_index("place", "area", "place");
        let (mut found, mut after): (Vec<Member>, Option<String>) = (Vec::new(), None);
        loop {
            let page: Found<register::Summary> = table.page(&stretch, after.as_deref(), 500).await.unwrap();
            for summary in page.items.into_iter().filter(|summary| summary.id != self.secretary.id) {
                found.push(people.person(summary.id, dynamo::Read::Consistent).await.unwrap());
            }
            after = page.after;
            if after.is_none() {
                return found;
            }
        }
    }

    /// How often something of `kind` happened in the branch.
    pub(crate) async fn told(&self, kind: &str) -> usize {
        let trace = Trace::open(&self.bench.env).unwrap();
        let (mut count, mut after): (usize, Option<String>) = (0, None);
        loop {
            let page = trace.of_organization(self.town.branch.id, (None, None), after.as_deref(), 500).await.unwrap();
            count += page.items.iter().filter(|activity| activity.kind == kind).count();
            after = page.after;
            if after.is_none() {
                return count;
            }
        }
    }

    /// Runs the job until nothing is open.
    pub(crate) async fn finish(&self) {
        while advance_open(&self.app, 10).await.unwrap().jobs > 0 {}
    }
}

/// `rows`, `created`, `unchanged` and `failed` of an import.
pub(crate) fn counts(reply: &Reply) -> [u64; 4] {
    ["rows", "created", "unchanged", "failed"].map(|name| reply.body[name].as_u64().unwrap())
}

/// Line, column and code of every problem.
pub(crate) fn problems(reply: &Reply) -> Vec<(u64, String, String)> {
    let problems = reply.body["problems"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    problems.map(|found| (found["line"].as_u64().unwrap(), text(&found["column"]), text(&found["code"]))).collect()
}

pub(crate) fn is(reply: &Reply, status: u16, code: &str) {
    assert_eq!((reply.status, reply.code()), (status, code), "{reply:?}");
}
