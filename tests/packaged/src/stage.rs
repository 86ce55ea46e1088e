//! Stores with a town in them, and the functions of the template resolved for them.

use crate::{
    Failure,
    front::{Authority, Front},
    process::Package,
};
use cloud::Environment;
use kernel::{Clock, Settings};
use local::template::{Locals, Template};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};
use system::Scene;
use tempfile::TempDir;
use testkit::Image;

/// Settings of every function that Lambda sets, as the stores of a scene take them.
const CREDENTIALS: [&str; 3] = ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
/// Settings that lead to the stores.
const ENDPOINTS: [&str; 3] = ["AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL_SQS"];

/// Stores of one run.
pub(crate) struct Stage {
    pub(crate) scene: Scene,
    template: Template,
    common: BTreeMap<String, String>,
    fronts: Vec<Front>,
    _folder: TempDir,
}

/// The template of the checkout that this was built from.
pub(crate) fn template() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../template.yaml"))
}

impl Stage {
    /// A town, at the time that it is: the packaged functions have no other clock.
    pub(crate) async fn set() -> Result<Self, Failure> {
        Self::with(None).await
    }

    /// The same, with the stores behind TLS.
    pub(crate) async fn behind_tls(authority: &Authority) -> Result<Self, Failure> {
        Self::with(Some(authority)).await
    }

    /// Puts back what was there when `image` was taken, at the time that it is now.
    pub(crate) fn again(&self, image: &Image) {
        let bench = &self.scene.bench;
        bench.restore(image);
        bench.pass(Clock::system().now().duration_since(bench.now()));
    }

    async fn with(authority: Option<&Authority>) -> Result<Self, Failure> {
        let scene = Box::pin(Scene::at(Clock::system().now())).await;
        let folder = tempfile::tempdir()?;
        let locals = Locals { keys: folder.path().to_owned(), ..Locals::default() };
        let template = Template::read(&template(), &locals)?;
        let settings = &scene.bench.env.settings;
        let mut common = BTreeMap::new();
        for name in CREDENTIALS {
            common.insert(name.to_owned(), settings.get(name)?.to_owned());
        }
        let mut fronts = Vec::new();
        for name in ENDPOINTS {
            let mut endpoint = settings.get(name)?.to_owned();
            if let (Some(authority), Some(address)) = (authority, endpoint.strip_prefix("http://")) {
                let front = authority.front(address.parse()?).await?;
                endpoint = format!("https://{}", front.address);
                fronts.push(front);
            }
            common.insert(name.to_owned(), endpoint);
        }
        if let Some(authority) = authority {
            let bundle = folder.path().join("roots.pem");
            std::fs::write(&bundle, &authority.bundle)?;
            common.insert("SSL_CERT_FILE".to_owned(), bundle.to_string_lossy().into_owned());
        }
        Ok(Self { scene, template, common, fronts, _folder: folder })
    }

    /// The names of all functions, in the order of the template.
    pub(crate) fn functions(&self) -> impl Iterator<Item = &str> {
        self.template.functions.iter().map(|function| function.name.as_str())
    }

    /// What the function `name` is started with: what the template says, with stores and keys of this stage.
    pub(crate) fn variables(&self, name: &str) -> Result<BTreeMap<String, String>, Failure> {
        let function = self.template.functions.iter().find(|function| function.name == name);
        let function = function.ok_or_else(|| format!("the template has no function {name}"))?;
        let settings = &self.scene.bench.env.settings;
        let own = function.environment.iter().map(|(name, value)| {
            let value = settings.find(name).map_or_else(|| value.clone(), str::to_owned);
            (name.clone(), value)
        });
        Ok(own.chain(self.common.clone()).collect())
    }

    /// The function `name` as it lies in `folder`.
    pub(crate) fn package(&self, folder: &Path, name: &str) -> Result<Package, Failure> {
        let binary = folder.join(name).join("bootstrap");
        if !binary.is_file() {
            return Err(format!("there is no {}: build the packages first (infra/package.sh)", binary.display()).into());
        }
        Ok(Package { name: name.to_owned(), binary, variables: self.variables(name)? })
    }

    /// A function of the baseline, of the crate `name`.
    pub(crate) fn baseline(&self, folder: &Path, name: &str) -> Result<Package, Failure> {
        let binary = folder.join(name).join("bootstrap");
        if !binary.is_file() {
            return Err(format!("there is no {}: build it first (infra/package.sh baseline)", binary.display()).into());
        }
        let mut variables = self.common.clone();
        variables.insert("TABLE".to_owned(), self.scene.bench.env.settings.get("MEMBERS_TABLE")?.to_owned());
        Ok(Package { name: name.to_owned(), binary, variables })
    }

    /// What the function `name` is started with in this process, from the very same settings.
    pub(crate) fn environment(&self, name: &str) -> Result<Environment, Failure> {
        let settings: Settings = self.variables(name)?.into_iter().collect();
        Ok(Environment::new(settings, Clock::system())?)
    }

    /// Connections to the stores that were opened so far.
    pub(crate) fn connections(&self) -> usize {
        self.fronts.iter().map(Front::opened).sum()
    }
}
