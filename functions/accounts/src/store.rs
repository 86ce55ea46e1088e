//! Where accounts are kept.
//!
//! | pattern | request | units |
//! |--|--|--|
//! | an account with its sessions | `GetItem` `ACC#member`/`ACC`, consistent | 1 per 4 KB |
//! | a change of an account | one `TransactWriteItems`: the account, its activities | 2 per row and KB, 1 more per activity |
//! | a code that was sent, with its tries | `UpdateItem` `OTP#login`/`challenge` | 1 |
//! | a code to be sent | one `TransactWriteItems`: the pace, the code | 4 |
//! | what was done to an account | `Query` index `subject` of the activities | 0.5 per 4 KB |
//! | who read a record | `Query` of the access log, then a `GetItem` for each reader's name | 0.5 per 4 KB, 0.5 per reader |
//! | counts of attempts | `throttle` | 1 per count, 3 per pace |
//!
//! An account is one item: what a request needs of it is one read, and every change of it has its version for condition.

use crate::{
    domain::{Account, Code, Phc, Purpose},
    throttle::{Stepped, Throttle},
};
use cloud::{Environment, StartError};
use dynamo::{Activity, Actor, Answer, Change, Key, Ledger, Once, Read, StoreError, Table, Trace, Tries};
use http_api::Problem;
use jiff::Timestamp;
use kernel::{ErrorCode, MemberId, SixDigits};
use register::{Accounts, Member, People};
use serde::{Deserialize, Serialize};
use vault::Vault;

/// An account as it is stored.
#[derive(Debug, Serialize, Deserialize)]
struct AccountRow {
    pk: String,
    sk: String,
    #[serde(flatten)]
    account: Account,
}

impl AccountRow {
    fn new(account: Account) -> Self {
        let Key { pk, sk } = Accounts::key(account.member);
        Self { pk, sk, account }
    }
}

/// The item of an account of demo data: `phc` is its password as [`crate::hash_password`] gives it. Where the setting
/// `SECOND_FACTOR` is `demo`, its offices count without a second factor.
#[must_use]
pub fn demo_row(member: MemberId, phc: &str) -> impl Serialize + use<> {
    let password = Some(Phc::from(phc.to_owned()));
    AccountRow::new(Account { password, demo: true, version: 1, ..Account::new(member) })
}

/// A code as it is stored.
#[derive(Debug, Serialize, Deserialize)]
struct CodeRow {
    /// `OTP#<login>`
    pk: String,
    /// The challenge.
    sk: String,
    #[serde(flatten)]
    code: Code,
    ttl: i64,
}

/// Says that a code was used.
#[derive(Debug, Serialize)]
struct UsedRow {
    /// `OTP#<login>`
    pk: String,
    /// `USED#<serial of the code>`
    sk: String,
    ttl: i64,
}

/// A code that was right and is now to be used up.
#[derive(Debug, Clone)]
pub(crate) struct Spent {
    login: String,
    serial: String,
    expires_at: Timestamp,
}

/// What is to become of an account.
#[derive(Debug)]
pub(crate) struct Decision {
    /// The account afterwards; `None` when it stays as it is.
    pub(crate) account: Option<Account>,
    /// What tells of it.
    pub(crate) activities: Vec<Activity>,
    /// The code that proved it.
    pub(crate) spent: Option<Spent>,
    pub(crate) answer: Answer,
}

impl Decision {
    /// Nothing changes.
    pub(crate) fn nothing(answer: Answer) -> Self {
        Self { account: None, activities: Vec::new(), spent: None, answer }
    }

    /// The account becomes this, and `activity` tells of it.
    pub(crate) fn change(account: Account, activity: Activity, answer: Answer) -> Self {
        Self { account: Some(account), activities: vec![activity], spent: None, answer }
    }
}

/// An activity in somebody's own account, by themselves; neither the organisation nor the timeline shows it.
pub(crate) fn own_activity(kind: &str, person: &Member, now: Timestamp) -> Activity {
    Activity::of_account(now, Actor::oneself(person.id), kind, person.organization, person.id)
}

/// Accounts, the codes on their way, and the persons they belong to.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    accounts: Accounts,
    pub(crate) people: People,
    pub(crate) ledger: Ledger,
    pub(crate) trace: Trace,
}

impl Store {
    /// Tries of a change that meets others on the same account.
    const TRIES: u32 = 5;
    /// Seconds that items outlive their use, for clocks that differ.
    const SLACK: i64 = 900;

    pub(crate) fn open(env: &Environment) -> Result<Self, StartError> {
        let (accounts, people) = (Accounts::open(env)?, People::open(env)?);
        Ok(Self { accounts, people, ledger: Ledger::open(env)?, trace: Trace::open(env)? })
    }

    fn table(&self) -> &Table {
        self.accounts.table()
    }

    /// Opens the connections while the function starts: three, since account, record and offices are read side by side.
    pub(crate) async fn prime(&self) {
        tokio::join!(self.table().prime(), self.table().prime(), self.table().prime());
    }

    /// The account of `member`, if they have one.
    pub(crate) async fn account(&self, member: MemberId) -> Result<Option<Account>, StoreError> {
        let row: Option<AccountRow> = self.table().get(Accounts::key(member), Read::Consistent).await?;
        Ok(row.map(|row| row.account))
    }

    /// The account of somebody who is signed in.
    pub(crate) async fn own(&self, member: MemberId) -> Result<Account, Problem> {
        Ok(self.account(member).await?.ok_or(ErrorCode::SessionEnded)?)
    }

    /// Does what `decide` says about the account of `member`, which was `read` before; reads it again and asks again when
    /// somebody else changed it in between. An account that is not stored is asked about as a new one.
    pub(crate) async fn change<D: Future<Output = Result<Decision, Problem>>>(
        &self,
        member: MemberId,
        read: Option<Account>,
        once: Option<&Once>,
        decide: impl Fn(Account) -> D,
    ) -> Result<Answer, Problem> {
        let mut before = read;
        let mut tries = Tries::new(Self::TRIES);
        loop {
            let stored = before.as_ref().map(|account| account.version);
            let decision = decide(before.unwrap_or_else(|| Account::new(member))).await?;
            let Decision { account, activities, spent, answer } = decision;
            let Some(account) = account else { return Ok(answer) };
            let version = stored.unwrap_or(0) + 1;
            let row = AccountRow::new(Account { version, ..account });
            let change = match stored {
                Some(version) => Change::new().replace(self.table(), &row, version),
                None => Change::new().insert(self.table(), &row, ErrorCode::Conflict),
            };
            let change = match &spent {
                Some(code) => self.spend(change, code),
                None => change,
            };
            match self.ledger.commit(change, activities, once, answer).await {
                Err(error) if error.is_conflict() && tries.again() => before = self.account(member).await?,
                done => return Ok(done?),
            }
        }
    }

    /// Marks a code as used, once; who comes second with it has the wrong one.
    fn spend(&self, change: Change, code: &Spent) -> Change {
        let (pk, sk) = (format!("OTP#{}", code.login), format!("USED#{}", code.serial));
        let row = UsedRow { pk, sk, ttl: code.expires_at.as_second() + Self::SLACK };
        change.insert(self.table(), &row, ErrorCode::WrongCredentials)
    }

    /// Keeps a code that is to be sent, in place of the one before it.
    pub(crate) async fn keep_code(
        &self,
        login: &str,
        challenge: &str,
        code: Code,
        pace: &Stepped,
        answer: Answer,
    ) -> Result<Answer, Problem> {
        let ttl = code.expires_at.as_second() + Self::SLACK;
        let row = CodeRow { pk: format!("OTP#{login}"), sk: challenge.to_owned(), code, ttl };
        let change = pace.add_to(Change::new(), self.table()).overwrite(self.table(), &row);
        self.ledger.commit(change, [], None, answer).await.map_err(Throttle::raced)
    }

    /// Counts a try of the code that was asked for as `challenge`, and says whether it is right.
    ///
    /// Tries are counted per challenge, and a challenge belongs to whoever asked for the code: others cannot use them up.
    pub(crate) async fn try_code(
        &self,
        vault: &Vault,
        login: &str,
        challenge: &str,
        typed: &SixDigits,
        now: Timestamp,
    ) -> Result<Option<Spent>, StoreError> {
        let row: Option<CodeRow> = self.table().count_use(Key::new(format!("OTP#{login}"), challenge)).await?;
        Ok(row.and_then(|CodeRow { code, .. }| {
            let right = code.is(&code_hash(vault, &code.serial, typed), now);
            right.then(|| Spent { login: login.to_owned(), serial: code.serial, expires_at: code.expires_at })
        }))
    }
}

/// The hash by which a code is kept.
pub(crate) fn code_hash(vault: &Vault, serial: &str, code: &SixDigits) -> String {
    vault.index("code", &format!("{serial}.{}", code.reveal()))
}

/// What a code for `login` is filed under: nobody else can say it, and the same network asks for it again by itself.
pub(crate) fn challenge(vault: &Vault, login: &str, purpose: Purpose, network: &crate::network::Network) -> String {
    vault.index("challenge", &format!("{login}.{}.{network}", purpose.slug()))
}
