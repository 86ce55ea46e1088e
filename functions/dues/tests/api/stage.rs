//! Where the tests play: a branch with a secretary, a treasurer and members, a provider, and a sender of its callbacks.

use authz::Role;
use dues::{App, router};
use dues_records::{Account, Balances, DuesTable, Month};
use dynamo::Trace;
use jiff::Timestamp;
use kernel::{MemberId, OrgId};
use register::{Member, Node};
use serde_json::{Value, json};
use testkit::{Bench, Client, Reply, Town};

/// What the provider signs with.
pub(crate) const SECRET: &str = "a-secret-of-the-provider-0123456789";

pub(crate) struct Stage {
    pub(crate) bench: Bench,
    pub(crate) town: Town,
    pub(crate) secretary: Member,
    /// The secretary in office.
    pub(crate) office: Client,
    /// Collects the dues of the branch.
    pub(crate) treasurer: Member,
    /// The treasurer in office.
    pub(crate) till: Client,
    /// An ordinary member.
    pub(crate) member: Member,
    /// Another one.
    pub(crate) other: Member,
    /// A member of the branch beside it.
    pub(crate) neighbour: Member,
    /// Who is not signed in.
    pub(crate) anybody: Client,
    pub(crate) table: DuesTable,
}

pub(crate) async fn stage() -> Stage {
    let bench = Bench::new().await;
    let town = Town::build(&bench).await;
    let secretary = town.person(1, "林书", &town.branch).await;
    let treasurer = town.person(2, "吴会", &town.branch).await;
    let member = town.person(3, "陈员", &town.branch).await;
    let other = town.person(4, "何员", &town.group).await;
    let neighbour = town.person(6, "黄邻", &town.neighbour).await;
    let router = router(App::connect(&bench.env).await.unwrap());
    let anybody = Client::new(router, None);
    let office = anybody.with(Town::caller(&secretary, &[(Role::Secretary, &town.branch)]));
    let till = anybody.with(Town::caller(&treasurer, &[(Role::DuesOfficer, &town.branch)]));
    let table = DuesTable::open(&bench.env).unwrap();
    Stage { bench, town, secretary, office, treasurer, till, member, other, neighbour, anybody, table }
}

pub(crate) fn is(reply: &Reply, status: u16, code: &str) {
    assert_eq!((reply.status, reply.code()), (status, code), "{reply:?}");
}

pub(crate) fn ok(reply: Reply) -> Reply {
    assert!((200..300).contains(&reply.status), "{reply:?}");
    reply
}

pub(crate) fn fields(reply: &Reply) -> Value {
    assert_eq!(reply.status, 422, "{reply:?}");
    reply.body["fields"][0]["pointer"].clone()
}

/// The signature of `text` under `secret`.
pub(crate) fn signature(secret: &str, text: &str) -> String {
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, secret.as_bytes());
    kernel::hex(aws_lc_rs::hmac::sign(&key, text.as_bytes()).as_ref())
}

/// What the provider says of a payment.
pub(crate) fn paid(payment: &Value, transaction: &str, amount: u64) -> Value {
    json!({ "payment": payment, "status": "paid", "transaction": transaction, "amount": amount })
}

impl Stage {
    /// Somebody without an office.
    pub(crate) fn of(&self, member: &Member) -> Client {
        self.anybody.with(Town::caller(member, &[]))
    }

    /// Somebody from outside of the branch in an office.
    pub(crate) fn officer(&self, role: Role, node: &Node) -> Client {
        self.anybody.with(Town::caller(&self.neighbour, &[(role, node)]))
    }

    /// Moves the clock to an instant, in the time of Shanghai.
    pub(crate) fn at(&self, text: &str) {
        let at: Timestamp = format!("{text}+08:00").parse().unwrap();
        self.bench.pass(at.duration_since(self.bench.now()));
    }

    /// Sets what a member owes from `from` on, by a wage of not quite 3000 yuan: 15 yuan a month.
    pub(crate) async fn set(&self, member: &Member, from: &str) -> Reply {
        let body = json!({ "member": member.id, "from": from, "class": "wage", "base": "2999.87" });
        ok(self.till.post("/v1/dues/standards", body).await)
    }

    /// The same, and the branch agrees that they pay by the quarter.
    pub(crate) async fn set_quarterly(&self, member: &Member, from: &str) -> Reply {
        let body = json!({
            "member": member.id, "from": from, "class": "wage", "base": "2999.87", "quarterly": true, "reason": "按季交纳",
        });
        ok(self.till.post("/v1/dues/standards", body).await)
    }

    /// A payment in cash, entered by the treasurer.
    pub(crate) async fn cash(&self, member: &Member, months: &[&str]) -> Reply {
        self.till.post("/v1/dues/payments", json!({ "member": member.id, "months": months, "channel": "cash" })).await
    }

    /// The provider with its secret.
    pub(crate) async fn provider(&self) {
        let admin = self.officer(Role::SystemAdministrator, &self.town.city);
        ok(admin.put("/v1/dues/providers/bank", json!({ "secret": SECRET })).await);
    }

    /// A payment that `payer` opens at the provider for `member`; its id.
    pub(crate) async fn opened(&self, payer: &Member, member: MemberId, months: &[&str]) -> Value {
        let body = json!({ "member": member, "months": months, "channel": "provider", "provider": "bank" });
        ok(self.of(payer).post("/v1/dues/payments", body).await).body["id"].clone()
    }

    /// A callback of the provider as `said`, signed now.
    pub(crate) async fn callback(&self, said: &Value) -> Reply {
        let (at, body) = (self.bench.now().as_second().to_string(), said.to_string());
        let signed = signature(SECRET, &format!("{at}.{body}"));
        let sender = self.anybody.header("x-dues-timestamp", &at).header("x-dues-signature", &signed);
        sender.send("POST", "/v1/dues/callbacks/bank", Some(body)).await
    }

    pub(crate) async fn payment(&self, id: &Value) -> Value {
        ok(self.till.get(&format!("/v1/dues/payments/{}", id.as_str().unwrap())).await).body
    }

    /// The states of a member's bills of this year.
    pub(crate) async fn bills(&self, member: &Member) -> Vec<String> {
        let own = ok(self.of(member).get("/v1/me/dues").await).body;
        own["bills"].as_array().unwrap().iter().map(|bill| bill["state"].as_str().unwrap().to_owned()).collect()
    }

    /// How many bills of the branch the trace tells of, and what they come to.
    pub(crate) async fn billed(&self) -> [u64; 2] {
        let trace = Trace::open(&self.bench.env).unwrap();
        let told = trace.of_subject(&self.town.branch.id.to_string(), None, None, 50).await.unwrap().items;
        let told: Vec<_> = told.iter().filter(|line| line.kind == "dues.billed").collect();
        ["bills", "amount"].map(|name| told.iter().map(|line| line.after[name].as_u64().unwrap()).sum())
    }

    /// The balances of a book now.
    pub(crate) async fn book(&self, organization: OrgId) -> Balances {
        let balances = self.table.balances(organization, Month::at(self.bench.now())).await.unwrap();
        assert!(balances.is_balanced(), "{balances:?}");
        balances
    }

    /// The balance of an account of the branch.
    pub(crate) async fn account(&self, account: Account) -> i64 {
        self.book(self.town.branch.id).await.of(account)
    }

    /// What waits at the branch, of one kind.
    pub(crate) async fn waiting(&self, kind: &str) -> Vec<Value> {
        let path = format!("/v1/organizations/{}/dues/open?kind={kind}", self.town.branch.id);
        ok(self.till.get(&path).await).body["items"].as_array().unwrap().clone()
    }
}
