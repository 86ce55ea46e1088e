//! The runner: stores, queues, functions, gateway and schedules of one template, in this process.

use crate::{
    Data, Disagreement, Handler, Listed, Options, RequestLog,
    address::{Listen, NetworkRefused},
    delivery::{self, Deliveries},
    functions,
    gateway::{Gateway, Target},
    invoke::Callee,
    schedule::{BadSchedule, FireError, Schedules},
    sqs::{Door, Sqs},
    stores::{Credentials, Folder, Post, Records, StoreError},
    template::{Access, Locals, REGION, Template, TemplateError},
};
use cloud::{Environment, StartError};
use futures_util::future::try_join_all;
use jiff::Timestamp;
use kernel::{Clock, Settings};
use objects::{
    KeyPair, Objects,
    server::{Server, Stop, Task},
};
use serde_json::Value;
use std::{collections::BTreeMap, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{net::TcpListener, time::MissedTickBehavior};

/// How often items whose time has passed are deleted.
const SWEEP: Duration = Duration::from_mins(1);

/// Why the runner does not start.
#[derive(Debug, thiserror::Error)]
pub enum RunnerError {
    /// The template cannot be run locally.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// A store cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The template and the functions are not about the same things.
    #[error(transparent)]
    Disagreement(#[from] Disagreement),
    /// A schedule cannot be kept.
    #[error(transparent)]
    Schedule(#[from] BadSchedule),
    /// The address is not on this machine alone.
    #[error(transparent)]
    Network(#[from] NetworkRefused),
    /// A function does not start.
    #[error("function {name} does not start")]
    Function {
        /// The name of its crate.
        name: String,
        /// What it said.
        source: StartError,
    },
    /// The address is taken, or not this machine's.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
}

/// Stores that are open, and functions that are started.
#[derive(Debug)]
pub struct Runner {
    template: Template,
    environments: BTreeMap<String, Environment>,
    callees: BTreeMap<String, Arc<Callee>>,
    schedules: Arc<Schedules>,
    deliveries: Arc<Deliveries>,
    records: Records,
    objects: Objects,
    post: Arc<Post>,
    sqs: Sqs,
    clock: Clock,
    log: RequestLog,
    stop: Stop,
    sweeper: Task,
    serving: Option<Serving>,
    /// Given up last.
    folder: Folder,
}

#[derive(Debug)]
struct Serving {
    address: SocketAddr,
    server: Server,
    schedules: Task,
    deliveries: Task,
}

impl Runner {
    /// Opens the stores and starts every function; nothing can be reached from outside yet.
    ///
    /// # Errors
    /// When template and functions disagree, or a store or a function does not start.
    pub async fn open(options: Options) -> Result<Self, RunnerError> {
        let Options { template, data, parameters, functions, clock, log, dynamodb, http } = options;
        let (folder, lasting) = match data {
            Data::Folder(folder) => (folder, true),
            Data::Ephemeral => (Folder::temporary()?, false),
        };
        let door = Door::open().await?;
        let queues = door.url();
        let locals = Locals { keys: folder.keys(), queues: queues.clone(), parameters };
        let template = Template::read(&template, &locals)?;
        functions::compare_names(&template, &functions)?;

        let credentials = Credentials::of(&folder)?;
        let post = Arc::new(Post::open(lasting.then_some(&folder))?);
        let sqs = Sqs::start(door, &template.queues, &credentials.access_key_id, &post, &clock);
        delivery::tidy(&template, &post, &folder)?;
        let records = Records::open(lasting.then_some(&folder), &template.tables, &clock).await?;
        let changes = dynamodb.is_none().then(|| records.changes());
        let keys = KeyPair { id: &credentials.access_key_id, secret: &credentials.secret_access_key };
        let objects = Objects::open(&folder.objects(), &template.buckets, keys).await.map_err(StoreError::from)?;
        let common = [
            ("AWS_REGION", REGION.to_owned()),
            ("AWS_ACCESS_KEY_ID", credentials.access_key_id),
            ("AWS_SECRET_ACCESS_KEY", credentials.secret_access_key),
            ("AWS_ENDPOINT_URL_DYNAMODB", dynamodb.unwrap_or_else(|| format!("http://{}", records.address()))),
            ("AWS_ENDPOINT_URL_S3", format!("http://{}", objects.address())),
            ("AWS_ENDPOINT_URL_SQS", queues),
        ];
        let common: Settings = common.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let failed = |name: &str| {
            let name = name.to_owned();
            |source| RunnerError::Function { name, source }
        };
        // One HTTP client for all functions: reading the machine's certificates takes a while.
        let base = match http {
            Some(http) => Environment::with_http(common.clone(), clock.clone(), http),
            None => Environment::new(common.clone(), clock.clone()),
        };
        let base = base.map_err(failed("every one"))?;

        let mut environments = BTreeMap::new();
        for function in &template.functions {
            let settings = function.environment.iter();
            let settings = settings.fold(common.clone(), |all, (name, value)| all.with(name, value));
            environments.insert(function.name.clone(), Environment { settings, ..base.clone() });
        }
        let started = functions.iter().filter_map(|Listed { name, connect }| {
            let env = environments.get(*name)?.clone();
            Some(async move { Ok::<_, RunnerError>(((*name).to_owned(), connect(env).await.map_err(failed(name))?)) })
        });
        let handlers: BTreeMap<String, Handler> = try_join_all(started).await?.into_iter().collect();
        functions::compare(&template, &handlers)?;

        let callees = template.functions.iter().filter_map(|function| {
            let (name, timeout) = (function.name.clone(), function.timeout);
            let handler = handlers.get(&name)?.clone();
            Some((name.clone(), Arc::new(Callee { name, handler, timeout, clock: clock.clone() })))
        });
        let callees: BTreeMap<String, Arc<Callee>> = callees.collect();
        let schedules = template.functions.iter().flat_map(|function| {
            let callee = callees.get(&function.name).cloned();
            callee.into_iter().flat_map(|callee| {
                function.schedules.iter().map(move |schedule| (schedule.clone(), Arc::clone(&callee)))
            })
        });
        let schedules = Arc::new(Schedules::new(schedules, clock.clone())?);
        let deliveries = Arc::new(Deliveries::new(&template, &callees, &post, changes.as_ref()));
        let stop = Stop::new();
        let sweeper = Task::start("the sweep", sweep(records.database().clone(), stop.clone()));
        Ok(Self {
            template,
            environments,
            callees,
            schedules,
            deliveries,
            records,
            objects,
            post,
            sqs,
            clock,
            log,
            stop,
            sweeper,
            serving: None,
            folder,
        })
    }

    /// Opens the gateway, lets the schedules fire and delivers messages and changes; returns where the gateway listens.
    ///
    /// # Errors
    /// When the address cannot be had.
    pub async fn serve(&mut self, listen: Listen) -> Result<SocketAddr, RunnerError> {
        let asked = listen.address();
        let refused = |source| RunnerError::Listen { address: asked, source };
        let listener = TcpListener::bind(asked).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        let targets = self.template.functions.iter().flat_map(|function| {
            let callee = self.callees.get(&function.name);
            callee.into_iter().flat_map(|callee| {
                function.routes.iter().map(|route| Target {
                    route: route.clone(),
                    function: Arc::clone(callee),
                    authorizer: match &route.access {
                        Access::Public => None,
                        Access::Authorizer(id) => self.callee(id).cloned(),
                    },
                })
            })
        });
        let gateway = Gateway::new(targets.collect(), self.clock.clone(), self.log.clone(), address.port());
        let gateway = Arc::new(gateway);
        let server = Server::start(listener, &self.stop, move |request, peer| {
            let gateway = Arc::clone(&gateway);
            async move { gateway.answer(request, peer).await }
        });
        let schedules = Task::start("schedules", Arc::clone(&self.schedules).keep(self.stop.clone()));
        let deliveries = Task::start("deliveries", Arc::clone(&self.deliveries).keep(self.stop.clone()));
        self.serving = Some(Serving { address, server, schedules, deliveries });
        Ok(address)
    }

    fn callee(&self, logical_id: &str) -> Option<&Arc<Callee>> {
        self.callees.get(&self.template.function(logical_id)?.name)
    }

    /// Calls the function `name` (or `name/Event`) as if its schedule were due at `at`; returns its answer.
    ///
    /// # Errors
    /// When there is no such schedule, or the function fails.
    pub async fn fire(&self, name: &str, at: Timestamp) -> Result<Value, FireError> {
        self.schedules.fire(name, at).await
    }

    /// Delivers messages and changes until there are no more, without waiting for batches to fill. What failed and waits to
    /// be tried again is left waiting.
    ///
    /// # Errors
    /// When a store refuses; nothing is lost.
    pub async fn settle(&self) -> Result<(), StoreError> {
        self.deliveries.settle().await
    }

    /// How many messages are in the queue with this logical id, those that a function is at work on included.
    ///
    /// # Errors
    /// When the store of the queues refuses.
    pub fn queued(&self, queue: &str) -> Result<usize, StoreError> {
        self.post.count(queue)
    }

    /// What the template says.
    #[must_use]
    pub fn template(&self) -> &Template {
        &self.template
    }

    /// What the function `name` was started with.
    #[must_use]
    pub fn environment(&self, name: &str) -> Option<&Environment> {
        self.environments.get(name)
    }

    /// The settings of all functions together, for what prepares data for all of them.
    #[must_use]
    pub fn whole_environment(&self) -> Option<Environment> {
        let base = self.environments.values().next()?.clone();
        let variables = self.template.functions.iter().flat_map(|function| &function.environment);
        let settings = variables.fold(base.settings.clone(), |all, (name, value)| all.with(name, value));
        Some(Environment { settings, ..base })
    }

    /// The tables.
    #[must_use]
    pub fn records(&self) -> &Records {
        &self.records
    }

    /// The buckets.
    #[must_use]
    pub fn objects(&self) -> &Objects {
        &self.objects
    }

    /// Where the queues listen.
    #[must_use]
    pub fn queues(&self) -> SocketAddr {
        self.sqs.address()
    }

    /// The data folder; a temporary one when the data is ephemeral.
    #[must_use]
    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    /// Where the gateway listens, once it does.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        self.serving.as_ref().map(|serving| serving.address)
    }

    /// Lets running requests, schedules and deliveries finish, then closes the stores.
    pub async fn close(self) {
        let Self {
            records, objects, sqs, post, stop, sweeper, serving, callees, schedules, deliveries, folder, ..
        } = self;
        stop.now();
        if let Some(Serving { server, schedules, deliveries, .. }) = serving {
            server.ended().await;
            schedules.ended().await;
            deliveries.ended().await;
        }
        sweeper.ended().await;
        drop((callees, schedules, deliveries));
        sqs.close().await;
        drop(post);
        objects.close().await;
        records.close().await;
        drop(folder);
    }
}

/// Deletes expired items until `stop`.
async fn sweep(database: dynoxide::Database, stop: Stop) {
    let mut ticks = tokio::time::interval(SWEEP);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = stop.called() => return,
        }
        match crate::stores::sweep(&database).await {
            Ok(0) => {}
            Ok(deleted) => tracing::debug!(deleted, "expired items are gone"),
            Err(problem) => tracing::warn!(%problem, "expired items stay for now"),
        }
    }
}
