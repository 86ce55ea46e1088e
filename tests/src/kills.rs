//! F13: the runner is killed while it works, and started again on the same folder: whatever it acknowledged is there.
//! F24: its disk is full.

use bytes::Bytes;
use demo::{CAST, PASSWORD, Plan, Stage};
use fastrand::Rng;
use futures_util::{StreamExt, stream::FuturesUnordered};
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use local::{Data, Options, Runner, stores::Folder};
use serde_json::{Value, json};
use std::{
    fmt, fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};
use tempfile::TempDir;

/// Requests under way at the same time.
const AT_ONCE: u64 = 8;
/// Kills between two comparisons of everything.
const ROUNDS: u32 = 25;

/// What came of the kills.
#[derive(Debug, Default)]
pub struct Killings {
    /// How often the runner was killed.
    pub kills: u32,
    /// Requests that it had acknowledged before.
    pub acknowledged: usize,
    /// Requests that it was killed over, and that were sent again.
    pub cut_off: usize,
    /// Acknowledged, and not there.
    pub lost: Vec<String>,
    /// There twice.
    pub duplicated: Vec<String>,
    /// Times that the folder did not open again.
    pub unopened: Vec<String>,
}

impl Killings {
    /// Looks whether every one of `known` is there once.
    async fn look(&mut self, desk: &Desk, base: &str, known: &[String]) {
        for id in known {
            match desk.lines(base, id).await {
                Some(1) => {}
                Some(lines) => self.duplicated.push(format!("{id} has {lines} lines")),
                None => self.lost.push(id.clone()),
            }
        }
    }

    /// Whether everything is as it must be.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.lost.is_empty() && self.duplicated.is_empty() && self.unopened.is_empty()
    }
}

impl fmt::Display for Killings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "kills         {:>9}", self.kills)?;
        writeln!(f, "acknowledged  {:>9}   registrations before them", self.acknowledged)?;
        writeln!(f, "cut off       {:>9}   registrations under way, sent again afterwards", self.cut_off)?;
        for (title, found) in [("lost", &self.lost), ("duplicated", &self.duplicated), ("unopened", &self.unopened)] {
            writeln!(f, "{title:13} {:>9}", found.len())?;
            for what in found.iter().take(20) {
                writeln!(f, "              {what}")?;
            }
        }
        Ok(())
    }
}

/// The root of the project.
fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// A runner that was started; it does not outlive this value.
struct Started {
    child: Child,
    base: String,
}

impl Started {
    /// Starts `runner` on `data` and waits until it serves.
    fn start(mut runner: Command, data: &Path) -> Result<Self, String> {
        let runner = serving(&mut runner, data);
        let mut child =
            runner.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().map_err(|error| error.to_string())?;
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut started = Self { child, base: String::new() };
        loop {
            let mut line = String::new();
            if lines.read_line(&mut line).map_err(|error| error.to_string())? == 0 {
                return Err("the runner ended before it was ready".to_owned());
            }
            if let Some((_, address)) = line.split_once("API      ") {
                address.trim().clone_into(&mut started.base);
            }
            if line.starts_with("ready in ") {
                return Ok(started);
            }
        }
    }
}

/// The command with everything that it is started with.
fn serving<'a>(runner: &'a mut Command, data: &Path) -> &'a mut Command {
    runner.arg("--data").arg(data).args(["--no-demo", "--port", "0"]).current_dir(root())
}

impl Drop for Started {
    fn drop(&mut self) {
        // SIGKILL on Unix; it may have ended already.
        self.child.kill().unwrap_or_default();
        self.child.wait().unwrap();
    }
}

/// A folder with a little demo data in it.
async fn furnished() -> TempDir {
    let folder = TempDir::with_prefix("zhibu-kills-").unwrap();
    let data = Data::Folder(Folder::open(folder.path()).unwrap());
    let runner = Runner::open(Options::new(root().join("template.yaml"), data)).await.unwrap();
    demo::load(&runner.whole_environment().unwrap(), &Plan::small(), |_, _| {}).await.unwrap();
    runner.close().await;
    // So that the runner knows whose accounts they are.
    fs::write(folder.path().join("demo-data"), "").unwrap();
    folder
}

/// A secretary at work.
struct Desk {
    http: Client<HttpConnector, Full<Bytes>>,
    token: String,
    branch: String,
}

impl Desk {
    fn new() -> Self {
        let branch = demo::tree(&Plan::small()).unwrap().at(Stage::Branch).to_string();
        Self { http: Client::builder(TokioExecutor::new()).build_http(), token: String::new(), branch }
    }

    /// Status and body; `None` when there was no answer.
    async fn send(&self, method: &str, url: String, key: Option<String>, body: Option<Value>) -> Option<(u16, Value)> {
        let mut request = Request::builder().method(method).uri(url).header("content-type", "application/json");
        if !self.token.is_empty() {
            request = request.header("authorization", format!("Bearer {}", self.token));
        }
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let body = Full::new(Bytes::from(body.map(|body| body.to_string()).unwrap_or_default()));
        let response = self.http.request(request.body(body).unwrap()).await.ok()?;
        let status = response.status().as_u16();
        let bytes = response.into_body().collect().await.ok()?.to_bytes();
        Some((status, serde_json::from_slice(&bytes).unwrap_or_default()))
    }

    async fn sign_in(&mut self, base: &str) {
        let phone = CAST.iter().find(|part| part.title == "支部书记").unwrap().phone;
        self.token.clear();
        let keys = json!({ "phone": phone, "password": PASSWORD });
        let (status, tokens) = self.send("POST", format!("{base}/v1/sessions"), None, Some(keys)).await.unwrap();
        assert_eq!(status, 201, "{tokens}");
        tokens["accessToken"].as_str().unwrap().clone_into(&mut self.token);
    }

    /// Registers person `n`; their id, once that is acknowledged.
    async fn register(&self, base: &str, n: u64) -> (u64, Option<Result<String, String>>) {
        let body = json!({
            "organization": self.branch, "name": "游新", "idCard": crate::workload::id_card(n), "phone": format!("138{n:08}"),
            "ethnicity": "汉族", "category": "wage", "state": "probationary", "joinedOn": "2025-06-18",
        });
        let key = Some(format!("kill-{n:08}"));
        let answer = self.send("POST", format!("{base}/v1/members"), key, Some(body)).await;
        // What is busy (or being killed) is asked again later.
        let answer = answer.filter(|(status, _)| *status < 500).map(|(status, body)| match status {
            201 => Ok(body["id"].as_str().unwrap_or_default().to_owned()),
            _ => Err(format!("{status} {body}")),
        });
        (n, answer)
    }

    /// Lines of the timeline of a person; `None` when there is no such person.
    async fn lines(&self, base: &str, id: &str) -> Option<usize> {
        let (status, body) = self.send("GET", format!("{base}/v1/members/{id}/timeline"), None, None).await?;
        (status == 200).then(|| body["items"].as_array().map_or(0, Vec::len))
    }
}

/// `runner` with files of at most `blocks` of 512 bytes: what lies beyond is refused like on a full disk.
fn on_a_small_disk(runner: &Command, blocks: u64) -> Command {
    let mut shell = Command::new("sh");
    // A process that is told by signal would be gone; ignored, the write itself fails.
    shell.arg("-c").arg(format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"")).arg(runner.get_program());
    shell.args(runner.get_args());
    shell
}

/// F24: fills the disk while `runner` works, and gives it room again.
pub async fn full_disk(runner: impl Fn() -> Command) -> Killings {
    let (mut found, mut desk, folder) = (Killings::default(), Desk::new(), furnished().await);
    let size = |name: &str| fs::metadata(folder.path().join(name)).map_or(0, |file| file.len());
    let used = size("records.sqlite").max(size("records.sqlite-wal"));
    // Room for a sign-in and some registrations.
    let small = Started::start(on_a_small_disk(&runner(), used / 512 + 400), folder.path());
    let Ok(small) = small.map_err(|error| found.unopened.push(error)) else { return found };
    desk.sign_in(&small.base).await;
    let (mut known, mut open) = (Vec::new(), Vec::new());
    for n in 1..=2_000 {
        match desk.register(&small.base, n).await.1 {
            Some(Ok(id)) => known.push(id),
            Some(Err(refused)) => found.lost.push(format!("registration {n}: {refused}")),
            // Busy: the client is told to come back, and the runner goes on.
            None => open.push(n),
        }
        if open.len() == 3 {
            break;
        }
    }
    let health = desk.send("GET", format!("{}/healthz", small.base), None, None).await;
    if health.is_none_or(|(status, _)| status != 200) {
        found.unopened.push("the runner did not outlive it".to_owned());
    }
    drop(small);
    let large = Started::start(runner(), folder.path());
    let Ok(large) = large.map_err(|error| found.unopened.push(error)) else { return found };
    (found.acknowledged, found.cut_off) = (known.len(), open.len());
    for n in open {
        match desk.register(&large.base, n).await.1 {
            Some(Ok(id)) => known.push(id),
            other => found.lost.push(format!("registration {n}, sent again: {other:?}")),
        }
    }
    found.look(&desk, &large.base, &known).await;
    found
}

/// What `runner` says when there is no room for its tables at all.
#[must_use]
pub fn start_on_a_full_disk(runner: &Command) -> String {
    let folder = TempDir::with_prefix("zhibu-full-").unwrap();
    let output = serving(&mut on_a_small_disk(runner, 8), folder.path()).output().unwrap();
    assert!(!output.status.success(), "it started");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Kills what `runner` starts `kills` times, each time at a moment that the seed says.
pub async fn run(runner: impl Fn() -> Command, seed: u64, kills: u32) -> Killings {
    let (mut dice, mut found, mut desk) = (Rng::with_seed(seed), Killings::default(), Desk::new());
    let folder = furnished().await;
    // Acknowledged since everything was compared; sent and not heard of.
    let (mut known, mut open, mut next): (Vec<String>, Vec<u64>, u64) = (Vec::new(), Vec::new(), 1);
    for round in 0..=kills {
        let mut started = match Started::start(runner(), folder.path()) {
            Ok(started) => started,
            Err(error) => {
                found.unopened.push(format!("after kill {round}: {error}"));
                return found;
            }
        };
        let base = started.base.clone();
        if round.is_multiple_of(ROUNDS) {
            desk.sign_in(&base).await;
        }
        // What was cut off is sent again: it is done once, whether it was done before or not.
        found.cut_off += open.len();
        let mut fresh = Vec::new();
        for n in std::mem::take(&mut open) {
            match desk.register(&base, n).await.1 {
                Some(Ok(id)) => fresh.push(id),
                other => found.lost.push(format!("registration {n}, sent again: {other:?}")),
            }
        }
        known.extend(fresh.iter().cloned());
        found.look(&desk, &base, &known).await;
        found.acknowledged += known.len();
        known.clear();
        if round == kills {
            break;
        }
        // At work, until the moment comes.
        let moment = tokio::time::sleep(Duration::from_millis(dice.u64(5..400)));
        tokio::pin!(moment);
        let mut working: FuturesUnordered<_> = (next..next + AT_ONCE).map(|n| desk.register(&base, n)).collect();
        next += AT_ONCE;
        let mut killed = false;
        loop {
            let (n, answer) = tokio::select! {
                () = &mut moment, if !killed => {
                    started.child.kill().unwrap();
                    killed = true;
                    continue;
                }
                Some(answered) = working.next() => answered,
                else => break,
            };
            match answer {
                Some(Ok(id)) => known.push(id),
                Some(Err(refused)) => found.lost.push(format!("registration {n}: {refused}")),
                None => open.push(n),
            }
            if !killed {
                working.push(desk.register(&base, next));
                next += 1;
            }
        }
        found.kills += 1;
        drop(started);
    }
    found
}
