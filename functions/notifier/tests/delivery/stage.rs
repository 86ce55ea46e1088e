//! Where the tests play: a branch with robots, a member who wants text messages, and a service that takes both.

use crate::receiver::Receiver;
use dynamo::{Change, Found, Ledger, Read, Stretch, Table};
use jiff::{SignedDuration, Timestamp};
use kernel::{MemberId, SixDigits};
use notices::{
    Announcement, DeliveryRow, MailAddress, MailboxRow, Notice, NoticeSettings, Notices, Recipient, Robot, RobotRow,
    RobotService, SHARDS, SettingsRow, Token, WantedChannel,
};
use register::Member;
use serde_json::Value;
use testkit::{Bench, Town};

pub(crate) struct Stage {
    pub(crate) bench: Bench,
    pub(crate) town: Town,
    pub(crate) member: Member,
    pub(crate) notices: Notices,
    pub(crate) receiver: Receiver,
    pub(crate) job: notifier::App,
    ledger: Ledger,
}

pub(crate) fn event() -> Value {
    serde_json::from_str(include_str!("../../../../events/notifier.json")).unwrap()
}

pub(crate) fn token(text: &str) -> Token {
    Token::try_from(text.to_owned()).unwrap()
}

pub(crate) async fn stage() -> Stage {
    let receiver = Receiver::open().await;
    let [robots, texts, mails] = [(); 3].map(|()| receiver.endpoint.clone());
    let bench = Bench::with(|settings| {
        settings
            .with("ROBOT_ENDPOINT", robots)
            .with("AWS_ENDPOINT_URL_SNS", texts)
            .with("CODE_SENDER", "sns")
            .with("AWS_ENDPOINT_URL_SES", mails)
            .with("MAIL_FROM", "zhibu@example.cn")
    });
    let bench = bench.await;
    let town = Town::build(&bench).await;
    let member = town.person(2, "陈员", &town.branch).await;
    let (notices, ledger) = (Notices::open(&bench.env).unwrap(), Ledger::of_job(&bench.env).unwrap());
    let job = notifier::App::connect(&bench.env).await.unwrap();
    Stage { bench, town, member, notices, receiver, job, ledger }
}

impl Stage {
    pub(crate) async fn commit(&self, change: Change) {
        self.ledger.carry_out(change, []).await.unwrap();
    }

    /// How the member wants to hear.
    pub(crate) async fn wants(&self, settings: NoticeSettings) {
        self.notices.table().put(&SettingsRow::new(self.member.id, settings, 1)).await.unwrap();
    }

    /// The member wants text messages.
    pub(crate) async fn wants_texts(&self) {
        self.wants(NoticeSettings { channels: vec![WantedChannel::Sms], ..NoticeSettings::default() }).await;
    }

    /// The member wants e-mail, to an address that they have confirmed unless `awaits` is what they are to type.
    pub(crate) async fn wants_mails(&self, awaits: Option<&SixDigits>) {
        self.wants(NoticeSettings { channels: vec![WantedChannel::Email], ..NoticeSettings::default() }).await;
        let (address, vault, now) = ("chen@example.cn".to_owned(), self.town.vault(), self.bench.now());
        let (address, digits) = (MailAddress::try_from(address).unwrap(), SixDigits::of(123_456));
        let row = MailboxRow::named(vault, self.member.id, (&address, awaits.unwrap_or(&digits)), None, now).unwrap();
        let row = if awaits.is_none() { row.typed(vault, &digits, now).unwrap() } else { row };
        self.notices.table().put(&row).await.unwrap();
        if let Some(digits) = awaits {
            let place = (self.town.branch.id, self.town.branch.path.clone());
            self.notices.table().put(&row.message(digits, place, now)).await.unwrap();
        }
    }

    /// The branch has a robot at `service`.
    pub(crate) async fn robot(&self, service: RobotService) {
        let secret = (service != RobotService::Wecom).then(|| token("SEC0123456789"));
        let robot = Robot { service, token: token("0123456789abcdef"), secret };
        let by = (MemberId::from_bytes(1, [9; 10]), self.bench.now());
        let row = RobotRow::sealed(self.town.vault(), self.town.branch.id, &robot, 1, by).unwrap();
        self.notices.table().put(&row).await.unwrap();
    }

    /// The member is told something.
    pub(crate) async fn tell(&self, cause: &str) {
        let notice = Notice::new(self.bench.now(), self.member.id, "test.done", cause).saying(cause, "内容");
        self.commit(self.notices.post(Change::new(), &notice)).await;
    }

    /// The branch is told something.
    pub(crate) async fn announce(&self, cause: &str) {
        let (organization, at) = (self.town.branch.id, self.bench.now());
        let (cause, kind, title) = (cause.to_owned(), "test.waits".to_owned(), cause.to_owned());
        self.commit(self.notices.announce(Change::new(), &Announcement { organization, cause, kind, title, at })).await;
    }

    pub(crate) async fn run(&self) -> Value {
        notifier::run(&self.job, event()).await.unwrap()
    }

    /// Moves the clock to an instant, in the time of Shanghai.
    pub(crate) fn at(&self, text: &str) {
        let at: Timestamp = format!("{text}+08:00").parse().unwrap();
        self.bench.pass(at.duration_since(self.bench.now()));
    }

    pub(crate) fn pass_minutes(&self, minutes: i64) {
        self.bench.pass(SignedDuration::from_mins(minutes));
    }

    /// How many rows the index `due` has.
    pub(crate) async fn due(&self) -> usize {
        let mut total = 0;
        for part in 0..SHARDS {
            let whole = Stretch::whole(format!("DUE#{part}")).of_index("due", "dueShard", "dueKey");
            total += self.notices.table().count(&whole).await.unwrap();
        }
        total
    }

    /// The messages that failed for good.
    pub(crate) async fn dead(&self) -> Vec<DeliveryRow> {
        let dead = Stretch::whole(DeliveryRow::DEAD).of_index("dead", "dead", "deadKey");
        let found: Found<DeliveryRow> = self.notices.table().page(&dead, None, 100).await.unwrap();
        found.items
    }

    /// A message as it is now.
    pub(crate) async fn message(&self, id: &str) -> DeliveryRow {
        let table: &Table = self.notices.table();
        table.get(DeliveryRow::key(id.parse().unwrap()), Read::Consistent).await.unwrap().unwrap()
    }

    /// What of the inbox is there: what was said, and what is unread.
    pub(crate) async fn inbox(&self) -> (usize, usize) {
        let count = async |start| {
            let stretch = Stretch::beginning(Recipient::Member(self.member.id).partition(), start);
            self.notices.table().count(&stretch).await.unwrap()
        };
        (count("ntc_").await, count("UNREAD#").await)
    }
}
