//! Where the tests play: a member and their inbox, officers of the branch and of the city.

use authz::Role;
use dynamo::{Change, Ledger};
use inbox::{App, router};
use kernel::MemberId;
use notices::{Notice, Notices};
use register::{Member, Node};
use testkit::{Bench, Client, Reply, Town, caller};

pub(crate) struct Stage {
    pub(crate) bench: Bench,
    pub(crate) town: Town,
    pub(crate) member: Member,
    pub(crate) notices: Notices,
    ledger: Ledger,
    /// Signed in as the member, without an office.
    pub(crate) own: Client,
}

pub(crate) async fn stage() -> Stage {
    let bench = Bench::new().await;
    let town = Town::build(&bench).await;
    let member = town.person(2, "陈员", &town.branch).await;
    let own = Client::new(router(App::connect(&bench.env).await.unwrap()), Some(Town::caller(&member, &[])));
    let (notices, ledger) = (Notices::open(&bench.env).unwrap(), Ledger::of_job(&bench.env).unwrap());
    Stage { bench, town, member, notices, ledger, own }
}

impl Stage {
    /// Somebody else in an office.
    pub(crate) fn officer(&self, role: Role, node: &Node) -> Client {
        self.own.with(caller(MemberId::from_bytes(70, [7; 10]), &[(role, node.id)]))
    }

    pub(crate) async fn commit(&self, change: Change) {
        self.ledger.carry_out(change, []).await.unwrap();
    }

    /// Tells `member` something a second after what was told before; its id.
    pub(crate) async fn tell(&self, member: &Member, cause: &str) -> String {
        self.bench.pass(jiff::SignedDuration::from_secs(1));
        let notice =
            Notice::new(self.bench.now(), member.id, "test.done", cause).saying(cause, "内容").by("教管条例 §25");
        self.commit(self.notices.post(Change::new(), &notice)).await;
        notice.id().to_string()
    }

    pub(crate) async fn unread(&self) -> Reply {
        self.own.get("/v1/me/notices/unread").await
    }
}
