//! What is left behind by uploads, and what must not be touched.
#![expect(clippy::unwrap_used, reason = "tests")]

use blob::Bucket;
use dynamo::{Key, Read, Table, Trace};
use jiff::{SignedDuration, Timestamp};
use kernel::{Clock, MediaId, MemberId, OrgId};
use media_sweep::{App, Bounds, run};
use register::{Checksum, Media, MediaRecords, MediaRow, MediaState, MediaType, Stored};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use testkit::{Bench, Crash};

struct Stage {
    bench: Bench,
    table: Table,
    bucket: Bucket,
    job: App,
    seen: std::cell::Cell<u8>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Used {
    pk: String,
    sk: String,
    bytes: i64,
    files: i64,
}

/// At the time of the machine, which the embedded store dates its objects by.
async fn stage() -> Stage {
    let bench = Bench::new().await;
    bench.pass(Clock::system().now().duration_since(bench.now()));
    let table = Table::open(&bench.env, "MEDIA_TABLE").unwrap();
    let bucket = Bucket::open(&bench.env, "MEDIA_BUCKET").unwrap();
    let job = App::connect(&bench.env).await.unwrap();
    Stage { table, bucket, job, bench, seen: std::cell::Cell::new(0) }
}

fn event() -> Value {
    serde_json::from_str(include_str!("../../../events/media-sweep.json")).unwrap()
}

fn uploader() -> MemberId {
    MemberId::from_bytes(1, [1; 10])
}

fn organization() -> OrgId {
    OrgId::from_bytes(4, [4; 10])
}

impl Stage {
    fn media(&self, state: MediaState, declared_at: Timestamp) -> Media {
        self.seen.set(self.seen.get() + 1);
        let ready = state == MediaState::Ready;
        Media {
            id: MediaId::of_instant(declared_at, [self.seen.get(); 10]),
            organization: organization(),
            uploader: uploader(),
            file_name: "合影.jpg".try_into().unwrap(),
            media_type: MediaType::Jpeg,
            bytes: 10,
            sha256: Checksum([7; 32]),
            state,
            stored: ready.then_some(Stored { bytes: 9, width: Some(3), height: Some(3) }),
            declared_at,
            completed_at: ready.then_some(declared_at),
            version: if ready { 2 } else { 1 },
        }
    }

    /// A record without its object.
    async fn record(&self, state: MediaState, declared_at: Timestamp) -> Media {
        let media = self.media(state, declared_at);
        self.table.put(&MediaRow::new(media.clone())).await.unwrap();
        media
    }

    async fn pending(&self) -> Media {
        let media = self.record(MediaState::Pending, self.bench.now()).await;
        self.put(&Media::incoming(media.id)).await;
        media
    }

    async fn kept(&self) -> Media {
        let media = self.record(MediaState::Ready, self.bench.now()).await;
        self.put(&Media::kept(media.id)).await;
        media
    }

    async fn put(&self, key: &str) {
        self.bucket.put(key, "image/jpeg", b"x".to_vec()).await.unwrap();
    }

    async fn keys(&self) -> Vec<String> {
        self.bucket.page("", None, 1_000).await.unwrap().items.into_iter().map(|listed| listed.key).collect()
    }

    async fn exists(&self, media: &Media) -> bool {
        self.table.get::<MediaRow>(MediaRow::key(media.id), Read::Consistent).await.unwrap().is_some()
    }

    async fn take(&self, files: i64) {
        let Key { pk, sk } = MediaRecords::quota(uploader());
        self.table.put(&Used { pk, sk, bytes: files * 10, files }).await.unwrap();
    }

    async fn used(&self) -> i64 {
        let used: Used = self.table.get(MediaRecords::quota(uploader()), Read::Consistent).await.unwrap().unwrap();
        assert_eq!(used.bytes, used.files * 10);
        used.files
    }

    async fn run(&self) -> Value {
        run(&self.job, event()).await.unwrap()
    }

    fn pass_a_day(&self) {
        self.bench.pass(SignedDuration::from_hours(25));
    }
}

fn report(expired: u64, orphans: u64, missing: u64) -> Value {
    json!({ "expired": expired, "orphans": orphans, "missing": missing, "more": false })
}

#[tokio::test]
async fn an_upload_that_nobody_completed_goes_after_a_day_and_its_share_is_given_back() {
    let stage = stage().await;
    let (old, kept) = (stage.pending().await, stage.kept().await);
    stage.take(3).await;
    assert_eq!(stage.run().await, report(0, 0, 0), "a day has not passed");
    stage.pass_a_day();
    let young = stage.pending().await;
    assert_eq!(stage.run().await, report(1, 0, 0));
    assert!(!stage.exists(&old).await && stage.exists(&young).await && stage.exists(&kept).await);
    assert_eq!(stage.keys().await, [Media::incoming(young.id), Media::kept(kept.id)]);
    assert_eq!(stage.used().await, 2);
    let trace = Trace::open(&stage.bench.env).unwrap();
    let told = trace.of_subject(&old.id.to_string(), None, None, 10).await.unwrap().items;
    let [told] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!(
        (told.kind.as_str(), told.actor.role.as_str(), told.actor.member),
        ("media.expired", "media-sweep", None)
    );
    assert_eq!(stage.run().await, report(0, 0, 0), "running again changes nothing");
    assert_eq!(stage.used().await, 2);
}

#[tokio::test]
async fn objects_that_no_record_needs_go_after_a_day() {
    let stage = stage().await;
    let kept = stage.kept().await;
    let gone = stage.media(MediaState::Ready, stage.bench.now());
    // Of a removed record; what a completed upload left behind; of nobody.
    for key in [Media::kept(gone.id), Media::incoming(kept.id), Media::incoming(gone.id), "media/odd".to_owned()] {
        stage.put(&key).await;
    }
    // Of other functions.
    for key in ["incoming/imports/imp_1", "exports/exp_1"] {
        stage.put(key).await;
    }
    assert_eq!(stage.run().await, report(0, 0, 0), "somebody may be at work on them");
    assert_eq!(stage.keys().await.len(), 7);
    stage.pass_a_day();
    assert_eq!(stage.run().await, report(0, 4, 0));
    assert_eq!(stage.keys().await, ["exports/exp_1", "incoming/imports/imp_1", &Media::kept(kept.id)]);
    assert_eq!(stage.run().await, report(0, 0, 0));
}

#[tokio::test]
async fn an_object_whose_completion_is_under_way_stays() {
    let stage = stage().await;
    stage.pass_a_day();
    // The object was put and the record does not say so yet.
    let pending = stage.pending().await;
    stage.put(&Media::kept(pending.id)).await;
    assert_eq!(stage.run().await, report(0, 0, 0));
    assert_eq!(stage.keys().await, [Media::incoming(pending.id), Media::kept(pending.id)]);
}

#[tokio::test]
async fn a_record_without_its_object_is_told_of_every_time_and_stays() {
    let stage = stage().await;
    let (kept, lost) = (stage.kept().await, stage.kept().await);
    stage.bucket.delete(&Media::kept(lost.id)).await.unwrap();
    for _ in 0..2 {
        assert_eq!(stage.run().await, report(0, 0, 1));
    }
    assert!(stage.exists(&kept).await && stage.exists(&lost).await);
}

#[tokio::test]
async fn a_run_is_bounded_and_the_next_one_goes_on() {
    let mut stage = stage().await;
    for _ in 0..5 {
        stage.pending().await;
        stage.kept().await;
        stage.record(MediaState::Ready, stage.bench.now()).await;
        stage.bench.pass(SignedDuration::from_secs(1));
    }
    stage.take(5).await;
    for n in 0..5 {
        stage.put(&format!("media/zzz{n}")).await;
    }
    stage.pass_a_day();
    stage.job = stage.job.within(Bounds { uploads: 2, page: 3, pages: 1 });
    let (mut expired, mut orphans, mut missing, mut runs) = (0, 0, 0, 0);
    loop {
        let report = stage.run().await;
        let number = |name: &str| report.get(name).unwrap().as_u64().unwrap();
        assert!(number("expired") <= 2 && number("orphans") <= 3 && number("missing") <= 3, "{report}");
        expired += number("expired");
        orphans += number("orphans");
        missing += number("missing");
        runs += 1;
        if report.get("more").unwrap() == false {
            break;
        }
    }
    assert_eq!((expired, orphans, missing), (5, 5, 5), "in {runs} runs");
    assert!(runs > 3);
    assert_eq!(stage.used().await, 0);
    assert_eq!(stage.keys().await.len(), 5);
}

#[tokio::test]
async fn a_run_dies_at_any_call_and_the_next_one_ends_the_work() {
    let stage = stage().await;
    let old = stage.pending().await;
    let gone = stage.media(MediaState::Ready, stage.bench.now());
    stage.put(&Media::kept(gone.id)).await;
    let (kept, lost) = (stage.kept().await, stage.record(MediaState::Ready, stage.bench.now()).await);
    stage.take(3).await;
    stage.pass_a_day();
    let before = stage.bench.image();
    for at in 0..18 {
        for crash in [Crash::Before(at), Crash::After(at)] {
            stage.bench.restore(&before);
            stage.bench.wire.crash(Some(crash));
            let first = run(&stage.job, event()).await;
            stage.bench.wire.crash(None);
            let second = stage.run().await;
            assert_eq!(second.get("missing").unwrap(), 1, "{crash:?} {first:?}");
            assert_eq!(stage.keys().await, [Media::kept(kept.id)], "{crash:?}");
            assert!(!stage.exists(&old).await && stage.exists(&lost).await, "{crash:?}");
            assert_eq!(stage.used().await, 2, "{crash:?}: what is given back is given back once");
        }
    }
}

#[tokio::test]
async fn an_event_for_another_job_does_nothing() {
    let stage = stage().await;
    stage.pending().await;
    stage.pass_a_day();
    let mut other = event();
    other.as_object_mut().unwrap().insert("detail".to_owned(), json!({ "job": "relocation" }));
    assert!(run(&stage.job, other).await.is_err());
    assert_eq!(stage.keys().await.len(), 1);
}
