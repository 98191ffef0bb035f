//! Running other programs: quietly into a log, or before the user's eyes.

use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

use crate::paths::Paths;
use crate::{interrupt, progress};

/// How often a long step shows that it lives.
const HEARTBEAT: Duration = Duration::from_secs(30);
/// How long a program may take to end once it is asked to.
const GRACE: Duration = Duration::from_secs(20);

/// Cargo in the workspace, as if called by hand: without what cargo told us of ourselves, and without the developer's
/// AWS account.
pub(crate) fn cargo(root: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root).stdin(Stdio::null());
    let ours =
        ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_", "AWS_", "VISAGE_"];
    for (name, _) in std::env::vars_os() {
        if ours.iter().any(|prefix| name.to_string_lossy().starts_with(prefix)) {
            command.env_remove(name);
        }
    }
    // `cargo run` puts the toolchain's own libraries in front; nothing we start needs them there.
    command.env_remove("LD_LIBRARY_PATH");
    command
}

/// A program with an environment of its own: nothing of the developer's but the search path and the proxy.
pub(crate) fn clean(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    command.env_clear().stdin(Stdio::null());
    let kept = ["PATH", "HOME", "TMPDIR", "PIP_INDEX_URL", "PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"];
    let proxies = ["http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"];
    for name in kept.iter().chain(&proxies) {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    // Our scripts leave no compiled copies in the tree.
    command.env("LANG", "C.UTF-8").env("PYTHONDONTWRITEBYTECODE", "1");
    command
}

/// Runs a program with its output in `logs/<name>.log`; shows the log's end if it fails.
pub(crate) fn quiet(paths: &Paths, name: &str, command: &mut Command) -> Result<()> {
    let log = paths.logs().join(format!("{name}.log"));
    let mut child = logged(&log, command)?;
    let status = wait(&mut child, Some(&log))?;
    if !status.success() {
        bail!("{name}: {status}\n{}\n(all of it: {})", progress::tail(&log, 40), log.display());
    }
    Ok(())
}

/// Starts a program with its output in a fresh log.
pub(crate) fn logged(log: &Path, command: &mut Command) -> Result<Child> {
    if let Some(folder) = log.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let file = File::create(log).with_context(|| format!("{} can't be written", log.display()))?;
    spawned(command.stdout(file.try_clone()?).stderr(file))
}

/// Runs a program whose output the user sees; answers how it ended.
pub(crate) fn shown(command: &mut Command) -> Result<ExitStatus> {
    let mut child = spawned(command)?;
    wait(&mut child, None)
}

/// Runs a program that writes into `log`, wherever else it writes; answers how it ended.
pub(crate) fn waited(log: &Path, command: &mut Command) -> Result<ExitStatus> {
    let mut child = spawned(command)?;
    wait(&mut child, Some(log))
}

fn spawned(command: &mut Command) -> Result<Child> {
    command.spawn().with_context(|| format!("{} can't be started", command.get_program().to_string_lossy()))
}

/// Waits for a child; with a log, shows its last line now and then. If we are asked to end, so is the child.
fn wait(child: &mut Child, log: Option<&Path>) -> Result<ExitStatus> {
    let start = Instant::now();
    let mut next = HEARTBEAT;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if let Err(interrupted) = interrupt::pause() {
            stop(child);
            return Err(interrupted);
        }
        if let (Some(log), true) = (log, start.elapsed() >= next) {
            println!("          … {} s: {}", next.as_secs(), progress::tail(log, 1).trim());
            next += HEARTBEAT;
        }
    }
}

/// Asks a child to end with SIGTERM, and kills it if it doesn't.
pub(crate) fn stop(child: &mut Child) {
    let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) else { return };
    let start = Instant::now();
    // Not an error: it may have ended by itself.
    let _ = kill_process(pid, Signal::TERM);
    while start.elapsed() < GRACE {
        if !matches!(child.try_wait(), Ok(None)) {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let _ = child.kill();
    let _ = child.wait();
}
