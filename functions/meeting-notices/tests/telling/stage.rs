//! Where the tests play: a branch with a secretary, who plans, a recorder and two members.

use authz::Role;
use dynamo::{Found, Stretch, Trace};
use jiff::{SignedDuration, Timestamp};
use kernel::MemberId;
use notices::{Notice, NoticeRow, Notices, Recipient};
use register::Member;
use serde_json::{Value, json};
use testkit::{Bench, Client, Town};

pub(crate) struct Stage {
    pub(crate) bench: Bench,
    pub(crate) secretary: Member,
    pub(crate) recorder: Member,
    pub(crate) member: Member,
    pub(crate) other: Member,
    /// The secretary in office.
    pub(crate) office: Client,
    pub(crate) job: meeting_notices::App,
    pub(crate) town: Town,
    notices: Notices,
}

/// On Tuesday, 2026-11-24.
pub(crate) async fn stage() -> Stage {
    let bench = Bench::new().await;
    let town = Town::build(&bench).await;
    let secretary = town.person(1, "林书", &town.branch).await;
    let recorder = town.person(2, "吴录", &town.branch).await;
    let member = town.person(3, "陈员", &town.branch).await;
    let other = town.person(4, "郑众", &town.branch).await;
    let router = meetings::router(meetings::App::connect(&bench.env).await.unwrap());
    let office = Client::new(router, Some(Town::caller(&secretary, &[(Role::Secretary, &town.branch)])));
    let (job, notices) = (meeting_notices::App::connect(&bench.env).await.unwrap(), Notices::open(&bench.env).unwrap());
    let stage = Stage { bench, secretary, recorder, member, other, office, job, town, notices };
    stage.at("2026-11-24T10:00");
    stage
}

impl Stage {
    /// Moves the clock to an instant, in the time of Shanghai.
    pub(crate) fn at(&self, text: &str) {
        let at: Timestamp = format!("{text}:00+08:00").parse().unwrap();
        self.bench.pass(at.duration_since(self.bench.now()));
    }

    pub(crate) fn event(&self) -> Value {
        let at = Timestamp::from_second(self.bench.now().as_second()).unwrap();
        json!({ "time": at, "detail": { "job": "meeting-notices", "attempt": "1" } })
    }

    /// One run, and a minute; how many messages it posted.
    pub(crate) async fn run(&self) -> u64 {
        let told = meeting_notices::run(&self.job, self.event()).await.unwrap();
        self.bench.pass(SignedDuration::from_mins(1));
        assert_eq!((&told["left"], &told["more"]), (&json!(0), &json!(false)), "{told}");
        told["notices"].as_u64().unwrap()
    }

    pub(crate) fn of(&self, member: &Member) -> Client {
        self.office.with(Town::caller(member, &[]))
    }

    fn particulars(&self, day: &str, place: &str) -> Value {
        json!({
            "kinds": ["theme-day"], "title": "主题党日", "startsAt": format!("{day}T19:00:00+08:00"),
            "endsAt": format!("{day}T20:30:00+08:00"), "mode": "offline", "place": place, "host": self.secretary.id,
            "recorder": self.recorder.id,
        })
    }

    /// The path of a meeting in the evening of `day`.
    pub(crate) async fn planned(&self, day: &str) -> String {
        let mut plan = self.particulars(day, "二楼会议室");
        plan["organization"] = json!(self.town.branch.id);
        let reply = self.office.post("/v1/meetings", plan).await;
        assert_eq!(reply.status, 201, "{reply:?}");
        reply.header("location").to_owned()
    }

    /// Moves a meeting to the evening of another day, or to another place.
    pub(crate) async fn moved(&self, path: &str, day: &str, place: &str) {
        let etag = self.office.get(path).await.header("etag").to_owned();
        let reply = self.office.if_match(&etag).put(path, self.particulars(day, place)).await;
        assert_eq!(reply.status, 200, "{reply:?}");
    }

    pub(crate) async fn cancelled(&self, path: &str) {
        let reply = self.office.post(&format!("{path}/cancellation"), json!({ "reason": "台风" })).await;
        assert_eq!(reply.status, 200, "{reply:?}");
    }

    /// What a person was told, in order.
    pub(crate) async fn inbox(&self, member: MemberId) -> Vec<Notice> {
        let all = Stretch::beginning(Recipient::Member(member).partition(), "ntc_").consistent();
        let found: Found<NoticeRow> = self.notices.table().first(&all, 1_000).await.unwrap();
        found.items.into_iter().map(|row| row.notice).collect()
    }

    /// The kinds of what a person was told, in order.
    pub(crate) async fn told(&self, member: &Member) -> Vec<String> {
        self.inbox(member.id).await.into_iter().map(|notice| notice.kind).collect()
    }

    /// The stages that the trace of a meeting says were told, latest first.
    pub(crate) async fn traced(&self, path: &str) -> Vec<Value> {
        let id = path.rsplit('/').next().unwrap();
        let trace = Trace::open(&self.bench.env).unwrap().of_subject(id, None, None, 20).await.unwrap();
        let told = trace.items.into_iter().filter(|line| line.kind == "meeting.told");
        told.map(|line| line.after["stage"].clone()).collect()
    }

    /// Everybody of the branch.
    pub(crate) fn everybody(&self) -> [&Member; 4] {
        [&self.secretary, &self.recorder, &self.member, &self.other]
    }
}
