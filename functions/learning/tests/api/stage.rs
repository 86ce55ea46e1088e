//! Where the tests play: a sub-district whose desk officer writes, and a branch that studies.

use authz::Role;
use blob::Bucket;
use dynamo::Table;
use jiff::SignedDuration;
use kernel::MediaId;
use learning::{App, router};
use register::{Checksum, Media, MediaRow, MediaState, MediaType, Member, Node, Stored};
use serde_json::{Value, json};
use testkit::{Bench, Client, Reply, Town};

pub(crate) struct Stage {
    pub(crate) bench: Bench,
    pub(crate) town: Town,
    /// Desk officer of the sub-district, who belongs to the neighbouring branch.
    pub(crate) officer: Member,
    /// The officer at work.
    pub(crate) office: Client,
    /// Secretary of the branch.
    pub(crate) secretary: Member,
    /// A member of the branch.
    pub(crate) member: Member,
    /// A member of the branch beside it.
    pub(crate) neighbour: Member,
}

pub(crate) async fn stage() -> Stage {
    let bench = Bench::new().await;
    let town = Town::build(&bench).await;
    let officer = town.person(1, "林办", &town.neighbour).await;
    let secretary = town.person(2, "吴书", &town.branch).await;
    let member = town.person(3, "陈员", &town.branch).await;
    let neighbour = town.person(4, "黄邻", &town.neighbour).await;
    let router = router(App::connect(&bench.env).await.unwrap());
    let office = Client::new(router, Some(Town::caller(&officer, &[(Role::PartyAffairsOfficer, &town.street)])));
    Stage { bench, town, officer, office, secretary, member, neighbour }
}

pub(crate) fn is(reply: &Reply, status: u16, code: &str) {
    assert_eq!((reply.status, reply.code()), (status, code), "{reply:?}");
}

/// The pointers of the fields that were refused.
pub(crate) fn fields(reply: &Reply) -> Vec<String> {
    assert_eq!(reply.status, 422, "{reply:?}");
    reply.body["fields"].as_array().unwrap().iter().map(|field| field["pointer"].as_str().unwrap().to_owned()).collect()
}

pub(crate) fn items(reply: &Reply) -> &[Value] {
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.body["items"].as_array().unwrap()
}

/// A question with two options of which the first is right.
pub(crate) fn question(text: &str) -> Value {
    json!({ "text": text, "options": ["对的", "不对的"], "key": { "choice": "A" } })
}

impl Stage {
    /// Somebody without an office.
    pub(crate) fn of(&self, member: &Member) -> Client {
        self.office.with(Town::caller(member, &[]))
    }

    /// Somebody in an office.
    pub(crate) fn holding(&self, member: &Member, role: Role, node: &Node) -> Client {
        self.office.with(Town::caller(member, &[(role, node)]))
    }

    pub(crate) fn table(&self) -> Table {
        Table::open(&self.bench.env, "LEARNING_TABLE").unwrap()
    }

    /// A file of the sub-district that was uploaded.
    pub(crate) async fn media(&self, n: u8, bytes: &[u8]) -> MediaId {
        let id = MediaId::from_bytes(u64::from(n), [n; 10]);
        let length = u64::try_from(bytes.len()).unwrap();
        let media = Media {
            id,
            organization: self.town.street.id,
            uploader: self.officer.id,
            file_name: "第一课.mp4".try_into().unwrap(),
            media_type: MediaType::Mp4,
            bytes: length,
            sha256: Checksum([n; 32]),
            state: MediaState::Ready,
            stored: Some(Stored { bytes: length, width: None, height: None }),
            declared_at: self.bench.now(),
            completed_at: Some(self.bench.now()),
            version: 2,
        };
        let bucket = Bucket::open(&self.bench.env, "MEDIA_BUCKET").unwrap();
        bucket.put(&Media::kept(id), "video/mp4", bytes.to_vec()).await.unwrap();
        Table::open(&self.bench.env, "MEDIA_TABLE").unwrap().put(&MediaRow::new(media)).await.unwrap();
        id
    }

    /// The id of a set of so many questions of the sub-district.
    pub(crate) async fn set(&self, questions: usize) -> String {
        let questions: Vec<_> = (1..=questions).map(|n| question(&format!("第 {n} 题"))).collect();
        let body = json!({ "organization": self.town.street.id, "title": "题库", "questions": questions });
        let reply = self.office.post("/v1/question-sets", body).await;
        assert_eq!(reply.status, 201, "{reply:?}");
        reply.text("/id")
    }

    /// A paper of `asked` questions of a set, for the branch, open from now on for two days.
    pub(crate) fn paper(&self, set: &str, asked: u16) -> Value {
        let (now, day) = (self.bench.now(), SignedDuration::from_hours(24));
        json!({
            "organization": self.town.street.id, "title": "应知应会", "audience": [self.town.branch.id],
            "questions": { "drawn": { "sets": [set], "draw": { "single": asked } } }, "minutes": 30, "passPercent": 60,
            "attempts": 2, "opensAt": now, "closesAt": now + day * 2, "creditMinutes": 60,
        })
    }

    /// The path of a paper that is drafted as `paper` says and published.
    pub(crate) async fn published(&self, paper: Value) -> String {
        let reply = self.office.post("/v1/papers", paper).await;
        assert_eq!(reply.status, 201, "{reply:?}");
        let path = reply.header("location").to_owned();
        let reply = self.office.send("POST", &format!("{path}/publication"), None).await;
        assert_eq!((reply.status, reply.text("/state").as_str()), (200, "published"), "{reply:?}");
        path
    }

    /// The path of the attempt that `client` begins at a paper.
    pub(crate) async fn begun(&self, client: &Client, paper: &str) -> String {
        let reply = client.send("POST", &format!("{paper}/attempts"), None).await;
        assert_eq!(reply.status, 201, "{reply:?}");
        reply.header("location").to_owned()
    }

    /// Answers the first `right` of `all` questions of an attempt rightly and the others wrongly, and hands it in.
    pub(crate) async fn sat(&self, client: &Client, attempt: &str, (right, all): (u16, u16)) -> Reply {
        for n in 1..=all {
            let answer = json!({ "answer": { "choice": if n <= right { "A" } else { "B" } } });
            let reply = client.put(&format!("{attempt}/answers/{n}"), answer).await;
            assert_eq!((reply.status, &reply.body["answered"]), (200, &json!(n)), "{reply:?}");
        }
        client.send("POST", &format!("{attempt}/submission"), None).await
    }
}
