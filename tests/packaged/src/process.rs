//! A packaged function as a process, in an environment like Lambda's.

use crate::{Failure, runtime_api::RuntimeApi};
use bytes::Bytes;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    process::{Child, Command},
    task::JoinHandle,
};

/// After this, nothing more is expected of a function, not even of one that a tool slows down.
const PATIENCE: Duration = Duration::from_mins(5);

/// A function that can be started.
#[derive(Debug, Clone)]
pub(crate) struct Package {
    /// The name of its crate.
    pub(crate) name: String,
    /// Its `bootstrap`.
    pub(crate) binary: PathBuf,
    /// What the template puts into its environment, resolved for the stores of this run.
    pub(crate) variables: BTreeMap<String, String>,
}

impl Package {
    /// Bytes of the binary.
    pub(crate) fn size(&self) -> Result<u64, Failure> {
        Ok(fs::metadata(&self.binary)?.len())
    }
}

/// A function that runs.
pub(crate) struct Process {
    child: Child,
    api: RuntimeApi,
    invoked: u64,
    begun: Instant,
    log: JoinHandle<Vec<u8>>,
    complaints: JoinHandle<Vec<u8>>,
}

/// What a function left behind.
#[derive(Debug)]
pub(crate) struct Remains {
    /// Its log.
    pub(crate) log: String,
}

/// An answer, and how long it took.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) outcome: Result<Bytes, String>,
    pub(crate) took: Duration,
}

impl Process {
    /// Starts `package`, under the program `tool` with its arguments when there is one.
    pub(crate) async fn start(package: &Package, tool: &[String]) -> Result<Self, Failure> {
        let api = RuntimeApi::open().await?;
        let words = tool.iter().map(Path::new).chain([package.binary.as_path()]).collect::<Vec<_>>();
        let (program, arguments) = words.split_first().ok_or("nothing to start")?;
        let mut command = Command::new(program);
        command.args(arguments).env_clear().envs(&package.variables);
        let folder = package.binary.parent().unwrap_or(Path::new("."));
        let fixed = [
            ("AWS_LAMBDA_RUNTIME_API", api.address().to_string()),
            ("AWS_LAMBDA_FUNCTION_NAME", package.name.clone()),
            ("LAMBDA_TASK_ROOT", folder.to_string_lossy().into_owned()),
        ];
        command.envs(fixed).envs(LIKE_LAMBDA.iter().copied());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let begun = Instant::now();
        let mut child = command.spawn().map_err(|e| format!("{} cannot be started: {e}", program.display()))?;
        let log = collect(child.stdout.take());
        let complaints = collect(child.stderr.take());
        Ok(Self { child, api, invoked: 0, begun, log, complaints })
    }

    /// Waits until it asks for its first event; how long after its start that was.
    pub(crate) async fn ready(&mut self) -> Result<Duration, Failure> {
        self.settled().await?;
        Ok(self.begun.elapsed())
    }

    /// Waits until it asks for the next event.
    pub(crate) async fn settled(&mut self) -> Result<(), Failure> {
        let asked = tokio::select! {
            () = self.api.asked(self.invoked + 1) => return Ok(()),
            ended = self.child.wait() => format!("it ended by itself: {}", ended?),
            () = tokio::time::sleep(PATIENCE) => "it asks for nothing".to_owned(),
        };
        Err(self.complain(&asked).await)
    }

    /// Has it answer `event`.
    pub(crate) async fn invoke(&mut self, event: Bytes) -> Result<Answer, Failure> {
        self.invoked += 1;
        let begun = Instant::now();
        let lost = tokio::select! {
            outcome = self.api.invoke(event) => return Ok(Answer { outcome: outcome?, took: begun.elapsed() }),
            ended = self.child.wait() => format!("it ended without an answer: {}", ended?),
            () = tokio::time::sleep(PATIENCE) => "it gives no answer".to_owned(),
        };
        Err(self.complain(&lost).await)
    }

    /// What went wrong, with what it wrote down about it.
    async fn complain(&mut self, what: &str) -> Failure {
        self.child.start_kill().ok();
        let log = (&mut self.log).await.unwrap_or_default();
        let complaints = (&mut self.complaints).await.unwrap_or_default();
        format!("{what}\n{}{}", String::from_utf8_lossy(&log), String::from_utf8_lossy(&complaints)).into()
    }

    /// CPU time of all its threads so far.
    pub(crate) fn cpu(&self) -> Result<Duration, Failure> {
        let mut nanoseconds = 0;
        for thread in fs::read_dir(self.folder("task")?)? {
            let text = fs::read_to_string(thread?.path().join("schedstat"))?;
            nanoseconds += text.split(' ').next().unwrap_or_default().parse::<u64>()?;
        }
        Ok(Duration::from_nanos(nanoseconds))
    }

    /// KiB of memory that it had at most so far.
    pub(crate) fn peak(&self) -> Result<u64, Failure> {
        let status = fs::read_to_string(self.folder("status")?)?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
        Ok(line.trim().trim_end_matches(" kB").parse()?)
    }

    /// Its process id.
    pub(crate) fn id(&self) -> Result<u32, Failure> {
        self.child.id().ok_or_else(|| "the function has ended".into())
    }

    fn folder(&self, name: &str) -> Result<PathBuf, Failure> {
        Ok(format!("/proc/{}/{name}", self.id()?).into())
    }

    /// Ends it, and returns its log.
    pub(crate) async fn end(mut self) -> Result<Remains, Failure> {
        self.api.end();
        if tokio::time::timeout(PATIENCE, self.child.wait()).await.is_err() {
            return Err("it does not end".into());
        }
        let (log, _) = (self.log.await?, self.complaints.await?);
        Ok(Remains { log: String::from_utf8_lossy(&log).into_owned() })
    }
}

/// What Lambda sets beside the settings of the template, where it matters to nobody which function it is.
const LIKE_LAMBDA: &[(&str, &str)] = &[
    ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
    ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
    ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
    ("AWS_LAMBDA_LOG_FORMAT", "JSON"),
    ("AWS_LAMBDA_LOG_LEVEL", "INFO"),
    ("AWS_LAMBDA_LOG_GROUP_NAME", "packaged"),
    ("AWS_LAMBDA_LOG_STREAM_NAME", "packaged"),
    ("LANG", "en_US.UTF-8"),
    ("PATH", "/usr/local/bin:/usr/bin:/bin"),
    ("TZ", ":UTC"),
    ("_HANDLER", "bootstrap"),
];

/// Reads a stream to its end.
fn collect(stream: Option<impl AsyncRead + Send + Unpin + 'static>) -> JoinHandle<Vec<u8>> {
    tokio::spawn(async move {
        let mut bytes = Vec::new();
        if let Some(mut stream) = stream {
            // What was read before the stream broke is what there is.
            stream.read_to_end(&mut bytes).await.ok();
        }
        bytes
    })
}
