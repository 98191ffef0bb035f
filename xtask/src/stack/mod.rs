//! The local stack: the emulator, Rekognition's stand-in, and the templates deployed to them.

mod children;
mod description;
mod lock;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::cli::Options;
use crate::paths::Paths;
use crate::progress::step;
use crate::run::{clean, quiet};
use crate::{compile, preflight, setup};

use children::Children;
use description::Description;
use lock::Lock;

/// The sender of mails the templates are told of.
const MAIL_FROM: &str = "notices@visage.example";

/// The origin of the web application the templates are told of: the port above Rekognition's.
fn web_url(port: u16) -> String {
    format!("http://localhost:{}", port + 2)
}

/// A running stack; it stops when dropped.
pub(crate) struct Stack {
    api_url: String,
    binaries: PathBuf,
    stack_json: PathBuf,
    // Dropped in this order: the programs end before the lock that says they run.
    children: Children,
    _lock: Lock,
}

impl Stack {
    /// Prepares, builds, starts, deploys and describes the stack in `stack.json`.
    pub(crate) fn start(paths: &Paths, options: &Options) -> Result<Self> {
        let mut lock = Lock::take(&paths.local)?;
        preflight::disk(&paths.local)?;
        preflight::ports(&[options.port, options.port + 1])?;
        let python = setup::emulator_python(paths)?;
        setup::assets(paths, &python)?;
        let binaries = build(paths, options)?;
        if !options.keep {
            setup::remove(&paths.state())?;
        }
        let children = step("local AWS and Rekognition's stand-in started", || {
            Children::start(paths, options.port, &python, &binaries, &mut lock)
        })?;
        let description = deploy(paths, options, &python, &binaries)?;
        description.with_processes(&children).write(&paths.stack_json())?;
        let api_url = description.api_url().to_owned();
        Ok(Self { api_url, binaries, stack_json: paths.stack_json(), children, _lock: lock })
    }

    /// Where the API answers.
    pub(crate) fn api_url(&self) -> &str {
        &self.api_url
    }

    /// A program of the workspace, as it was built with the functions.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.binaries.join(name)
    }

    /// Where its programs and functions lie.
    pub(crate) fn binaries(&self) -> &Path {
        &self.binaries
    }

    /// Whether its programs still run.
    pub(crate) fn check(&mut self) -> Result<()> {
        self.children.check()
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        // The file says that a stack runs.
        let _ = std::fs::remove_file(&self.stack_json);
    }
}

/// Builds every binary of the workspace; answers their folder.
pub(crate) fn build(paths: &Paths, options: &Options) -> Result<PathBuf> {
    if let Some(folder) = &options.binaries {
        return folder.canonicalize().with_context(|| format!("{} is not there", folder.display()));
    }
    step("functions built", || quiet(paths, "build", &mut compile::programs(&paths.root)))?;
    Ok(paths.local.clone())
}

/// Deploys the committed templates, completes and compares them, seeds the first operator.
fn deploy(paths: &Paths, options: &Options, python: &Path, binaries: &Path) -> Result<Description> {
    let endpoint = children::endpoint(options.port);
    let deployment = paths.local.join("deployment.json");
    let architecture = if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" };
    let parameters = [
        "Stage=dev".to_owned(),
        format!("Architecture={architecture}"),
        format!("WebOrigin={}", web_url(options.port)),
        format!("MailFrom={MAIL_FROM}"),
        "DeletionProtection=false".to_owned(),
    ];
    let mut command = clean(python);
    command.arg(paths.script("deploy.py")).args(["--endpoint", &endpoint, "--template"]);
    command.arg(paths.root.join("template.yaml")).arg("--binaries").arg(binaries);
    command.arg("--packages").arg(paths.packages()).arg("--out").arg(&deployment);
    for parameter in &parameters {
        command.args(["--parameter", parameter]);
    }
    step("templates deployed, completed and compared", || quiet(paths, "deploy", &mut command))?;
    let mut command = clean(python);
    command.arg(paths.script("seed.py")).args(["--endpoint", &endpoint, "--deployment"]).arg(&deployment);
    command.args(["--mail-from", MAIL_FROM]);
    step("first operator and mail domain registered", || quiet(paths, "seed", &mut command))?;
    Description::of(paths, options.port, &deployment)
}
