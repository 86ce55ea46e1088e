//! The command line of `zhibu`.

use crate::{
    Data, Options, Runner,
    address::Listen,
    bootstrap::{self, bootstrap},
    demo_data,
    gateway::stamp,
    stores::Folder,
    template, verify,
};
use clap::{Args, Parser, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use kernel::Clock;
use std::{
    error::Error,
    fmt,
    io::{self, Write},
    net::{IpAddr, Ipv4Addr},
    path::PathBuf,
    process::ExitCode,
    time::Instant,
};
use tracing_subscriber::{
    EnvFilter,
    fmt::{format::Writer, time::FormatTime},
};

/// What is logged unless `RUST_LOG` says otherwise. The gateway has a line per request of its own.
const LOG: &str = "info,http_api=warn,aws_smithy_runtime=warn,dynoxide=warn,hyper=warn,lambda_http=warn,s3s=warn,\
                   s3s_fs=off";

/// 支部: everything that template.yaml declares, in one process on this machine.
#[derive(Debug, Parser)]
#[command(name = "zhibu", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, Default, Subcommand)]
enum Command {
    /// Serve the HTTP API and keep the schedules (this is what happens without a command)
    #[default]
    Serve,
    /// Call a scheduled function once, print what it answers, and deliver what it sends
    Fire {
        /// The function, such as `relocation`, or `function/Event` when it has several schedules
        name: String,
        /// When its schedule was due, such as 2026-12-01T08:00+08:00; now, unless given
        #[arg(long, value_name = "TIME")]
        at: Option<Timestamp>,
    },
    /// Write the first organisation and its first officers, once: into the deployment that the environment names, or into
    /// the folder of --data
    Bootstrap(bootstrap::Arguments),
    /// Check the trace against its seals and name what was altered, removed or inserted: of the deployment that the
    /// environment names, or else of the data folder
    VerifyAudit(verify::Arguments),
}

#[derive(Debug, Args)]
struct Place {
    /// Where data is kept [default: the folder zhibu in the user's data folder]
    #[arg(long, global = true, value_name = "DIR", conflicts_with = "ephemeral")]
    data: Option<PathBuf>,
    /// Keep nothing: tables in memory, the rest in a temporary folder
    #[arg(long, global = true)]
    ephemeral: bool,
    /// The port of the HTTP API; 0 takes any free one
    #[arg(long, global = true, default_value_t = 8080)]
    port: u16,
    /// The address of the HTTP API
    #[arg(long, global = true, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    bind: IpAddr,
    /// Allow an address that other machines can reach
    #[arg(long, global = true)]
    allow_network: bool,
    /// Load no demo data into an empty data folder
    #[arg(long, global = true)]
    no_demo: bool,
    /// The template [default: template.yaml in this folder or the nearest one above]
    #[arg(long, global = true, value_name = "FILE")]
    template: Option<PathBuf>,
}

type Failure = Box<dyn Error + Send + Sync>;

/// Runs the command line of this process, which began at `began`.
pub async fn run(began: Instant) -> ExitCode {
    let cli = Cli::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(LOG));
    tracing_subscriber::fmt().compact().with_timer(Stamp).with_env_filter(filter).with_writer(io::stderr).init();
    match cli.obey(began).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Without a standard error there is nobody to tell.
            writeln!(io::stderr(), "zhibu: {}", chain(&*failure)).unwrap_or_default();
            ExitCode::FAILURE
        }
    }
}

/// Log lines bear the same time as those of requests.
struct Stamp;

impl FormatTime for Stamp {
    fn format_time(&self, writer: &mut Writer<'_>) -> fmt::Result {
        write!(writer, "{}", stamp(Clock::system().now()))
    }
}

/// A failure and what led to it.
fn chain(failure: &(dyn Error + 'static)) -> String {
    let causes = std::iter::successors(Some(failure), |&failure| failure.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

impl Cli {
    async fn obey(self, began: Instant) -> Result<(), Failure> {
        let Self { command, place } = self;
        let firing = match command.unwrap_or_default() {
            Command::Bootstrap(arguments) => return place.bootstrap(&arguments).await,
            Command::VerifyAudit(arguments) => return place.verify(&arguments).await,
            Command::Fire { name, at } => Some((name, at)),
            Command::Serve => None,
        };
        let listen = Listen::new(place.bind, place.port, place.allow_network)?;
        let (mut runner, demo) = place.open().await?;
        let result = match firing {
            None => serve(&mut runner, listen, demo, began).await,
            Some((name, at)) => fire(&runner, &name, at).await,
        };
        tokio::select! {
            () = runner.close() => result,
            () = stop_signal() => Err("stopped at once, as asked twice".into()),
        }
    }
}

impl Place {
    /// Opens everything, and loads demo data where it belongs; says whether it does.
    async fn open(self) -> Result<(Runner, bool), Failure> {
        let template = self.template()?;
        let (data, demo) = if self.ephemeral {
            (Data::Ephemeral, !self.no_demo)
        } else {
            let path = self.data.or_else(user_data).ok_or("there is no user data folder: give one with --data")?;
            let folder = Folder::open(&path)?;
            let demo = demo_data::belongs_to(&folder, !self.no_demo)?;
            (Data::Folder(folder), demo)
        };
        let runner = Runner::open(options(template, data, demo)).await?;
        if demo && let Err(failure) = load(&runner).await {
            runner.close().await;
            return Err(failure);
        }
        Ok((runner, demo))
    }

    fn template(&self) -> Result<PathBuf, Failure> {
        Ok(match &self.template {
            Some(path) => path.clone(),
            None => template::find(&std::env::current_dir()?)?,
        })
    }

    /// Writes the first organisation into the folder that is given, or else into the deployment of the environment.
    async fn bootstrap(self, arguments: &bootstrap::Arguments) -> Result<(), Failure> {
        if self.ephemeral {
            return Err("nothing of it would be kept with --ephemeral: give a folder with --data".into());
        }
        let order = arguments.order()?;
        let founded = match &self.data {
            None => bootstrap(&bootstrap::deployment()?, &order).await?,
            Some(path) => {
                let folder = Folder::open(path)?;
                if demo_data::belongs_to(&folder, false)? {
                    let path = path.display();
                    return Err(format!("{path} has demo data: give a folder that was started with --no-demo").into());
                }
                let runner = Runner::open(options(self.template()?, Data::Folder(folder), false)).await?;
                let env = runner.whole_environment().ok_or("the template has no functions")?;
                let founded = bootstrap(&env, &order).await;
                runner.close().await;
                founded?
            }
        };
        arguments.tell(&mut io::stdout().lock(), &founded, self.data.as_deref())?;
        Ok(())
    }

    /// Checks the trace of the deployment that the environment names, unless a folder is given.
    async fn verify(self, arguments: &verify::Arguments) -> Result<(), Failure> {
        let mut out = io::stdout();
        if self.data.is_none() && verify::named() {
            let env = verify::deployment()?;
            let what = env.settings.get("ACTIVITIES_TABLE")?.to_owned();
            return arguments.obey(&env, &format!("the table {what}"), true, &mut out).await;
        }
        let template = self.template()?;
        if self.ephemeral {
            return Err("nothing is kept with --ephemeral, so nothing is sealed: give a folder with --data".into());
        }
        let path = self.data.or_else(user_data).ok_or("there is no user data folder: give one with --data")?;
        if !path.exists() {
            return Err(format!("there is no folder {}", path.display()).into());
        }
        let runner = Runner::open(options(template, Data::Folder(Folder::open(&path)?), false)).await?;
        let env = runner.whole_environment().ok_or("the template has no functions")?;
        let outcome = arguments.obey(&env, &path.display().to_string(), false, &mut out).await;
        runner.close().await;
        outcome
    }
}

/// The whole project, with accounts that need no second factor where there is demo data.
fn options(template: PathBuf, data: Data, demo: bool) -> Options {
    let mut options = Options::new(template, data);
    let second_factor = if demo { "demo" } else { "required" };
    options.parameters.insert("SecondFactor".to_owned(), second_factor.to_owned());
    options
}

async fn load(runner: &Runner) -> Result<(), Failure> {
    let env = runner.whole_environment().ok_or("the template has no functions")?;
    let bar = ProgressBar::new(0);
    bar.set_style(ProgressStyle::with_template("demo data {bar:40} {percent} %  {elapsed}")?);
    let loaded = demo_data::load(&env, |done, all| {
        bar.set_length(u64::try_from(all).unwrap_or_default());
        bar.set_position(u64::try_from(done).unwrap_or_default());
    });
    let loaded = loaded.await;
    bar.finish_and_clear();
    loaded.map_err(|failure| format!("demo data could not be loaded: {}", chain(&failure)))?;
    runner.settle().await?;
    Ok(())
}

async fn serve(runner: &mut Runner, listen: Listen, demo: bool, began: Instant) -> Result<(), Failure> {
    let address = runner.serve(listen).await?;
    announce(runner, &address.to_string(), demo, began)?;
    stop_signal().await;
    writeln!(io::stdout(), "\nstopping; once more stops at once")?;
    Ok(())
}

fn announce(runner: &Runner, address: &str, demo: bool, began: Instant) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "支部 Zhibu, on this machine")?;
    writeln!(out, "  API      http://{address}")?;
    writeln!(out, "  manual   http://{address}/docs")?;
    writeln!(out, "  tables   http://{} (DynamoDB protocol)", runner.records().address())?;
    let objects = runner.objects().address();
    writeln!(out, "  objects  http://{objects} (S3 protocol; seals of the trace are not locked here)")?;
    writeln!(out, "  queues   http://{} (SQS protocol, sending only)", runner.queues())?;
    writeln!(out, "  data     {}", runner.folder().path().display())?;
    if demo {
        demo_data::introduce(&mut out)?;
    } else {
        writeln!(
            out,
            "  accounts none but your own: this folder has no demo data; `zhibu bootstrap --help` makes the first"
        )?;
    }
    writeln!(out, "ready in {} ms; Ctrl-C stops", began.elapsed().as_millis())
}

async fn fire(runner: &Runner, name: &str, at: Option<Timestamp>) -> Result<(), Failure> {
    let answer = runner.fire(name, at.unwrap_or_else(|| Clock::system().now())).await?;
    writeln!(io::stdout(), "{answer:#}")?;
    runner.settle().await?;
    Ok(())
}

/// Returns on Ctrl-C, and when the system asks the process to end.
async fn stop_signal() {
    let interrupted = async {
        if let Err(problem) = tokio::signal::ctrl_c().await {
            tracing::warn!(%problem, "Ctrl-C is not heard");
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let ended = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(problem) => {
                tracing::warn!(%problem, "SIGTERM is not heard");
                std::future::pending::<()>().await;
            }
        }
    };
    #[cfg(not(unix))]
    let ended = std::future::pending::<()>();
    tokio::select! {
        () = interrupted => {}
        () = ended => {}
    }
}

/// The folder `zhibu` among the user's data, where the platform keeps such.
fn user_data() -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "says where the user's data is; no setting of a function")]
    let named = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = std::env::home_dir;
    let base = if cfg!(windows) {
        named("APPDATA")
    } else if cfg!(target_os = "macos") {
        home().map(|home| home.join("Library/Application Support"))
    } else {
        named("XDG_DATA_HOME").or_else(|| home().map(|home| home.join(".local/share")))
    };
    base.map(|base| base.join("zhibu"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    fn parse(arguments: &str) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(std::iter::once("zhibu").chain(arguments.split_whitespace()))
    }

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn without_a_command_it_serves_on_loopback() {
        let Cli { command, place } = parse("").unwrap();
        assert!(command.is_none());
        assert_eq!((place.bind, place.port, place.allow_network), (Ipv4Addr::LOCALHOST.into(), 8080, false));
    }

    #[test]
    fn options_stand_before_or_after_the_command() {
        for text in ["--ephemeral --port 0 serve", "serve --ephemeral --port 0", "--ephemeral --port 0"] {
            let place = parse(text).unwrap().place;
            assert!(place.ephemeral && place.port == 0, "{text}");
        }
    }

    #[test]
    fn a_firing_has_an_instant() {
        let Some(Command::Fire { name, at }) = parse("fire relocation --at 2026-12-01T08:00+08:00").unwrap().command
        else {
            panic!("expected fire");
        };
        assert_eq!((name.as_str(), at), ("relocation", Some("2026-12-01T00:00:00Z".parse().unwrap())));
        assert!(parse("fire relocation --at yesterday").is_err());
        assert!(parse("fire").is_err());
    }

    #[test]
    fn a_verification_has_days() {
        assert!(matches!(parse("verify-audit").unwrap().command, Some(Command::VerifyAudit(_))));
        assert!(parse("verify-audit --from 2026-11-24 --until 2026-11-30").is_ok());
        assert!(parse("verify-audit --from yesterday").is_err());
    }

    #[test]
    fn a_folder_and_none_at_all_exclude_each_other() {
        assert!(parse("--data x --ephemeral").is_err());
    }

    #[tokio::test]
    async fn other_machines_are_refused_before_anything_is_opened() {
        let cli = parse("--bind 0.0.0.0 --template /nowhere/template.yaml").unwrap();
        let failure = cli.obey(Instant::now()).await.unwrap_err();
        assert!(failure.to_string().contains("--allow-network"), "{failure}");
    }
}
