//! `cargo xtask check`: everything that needs no running stack.

mod alarms;
mod layers;
mod operations;
mod promises;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Result, anyhow, bail};

use crate::cli::Options;
use crate::compile;
use crate::paths::Paths;
use crate::progress::step;
use crate::run::{cargo, clean, quiet};
use crate::{interrupt, setup};

/// A named check.
struct Check {
    name: &'static str,
    what: &'static str,
    run: fn(&Paths) -> Result<()>,
}

/// Those that compile, the quick ones first, and those that do beside it what mostly is waiting: for the network, and for
/// the libraries to be built.
const LANES: [&[Check]; 2] = [COMPILING, BESIDE];

const COMPILING: &[Check] = &[
    Check { name: "fmt", what: "code is formatted", run: fmt },
    Check { name: "layers", what: "crates depend downwards only", run: layers::check },
    Check {
        name: "operations",
        what: "binaries, templates and sample events mirror each other",
        run: operations::check,
    },
    Check {
        name: "alarms",
        what: "everything that can fail has its alarm, and every alarm its entry in the runbook",
        run: alarms::check,
    },
    Check { name: "clippy", what: "no lint warns", run: clippy },
    Check { name: "promises", what: "every promise has its file and its test", run: promises::check },
];

const BESIDE: &[Check] = &[
    Check { name: "scripts", what: "the scripts of local/ pass their tests", run: scripts },
    Check { name: "deny", what: "licences, bans and sources of dependencies", run: deny },
    Check { name: "templates", what: "templates are valid, and weak nowhere", run: templates },
    Check { name: "doc", what: "documentation builds without a warning", run: doc },
];

/// Runs the named checks, or all; goes on after a failure and tells all of them at the end.
pub(crate) fn check(paths: &Paths, options: &Options) -> Result<ExitCode> {
    for name in &options.rest {
        if !LANES.iter().copied().flatten().any(|check| check.name == name) {
            let known: Vec<&str> = LANES.iter().copied().flatten().map(|check| check.name).collect();
            bail!("there is no check `{name}`; there are: {}", known.join(", "));
        }
    }
    let failed = std::thread::scope(|scope| {
        let lanes = LANES.map(|checks| scope.spawn(|| one_after_another(paths, options, checks)));
        let ended = lanes.map(|lane| lane.join().unwrap_or_else(|_| Err(anyhow!("a check panicked"))));
        ended.into_iter().collect::<Result<Vec<_>>>()
    })?;
    let failed = failed.concat();
    if failed.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    bail!("failed: {}", failed.join(", "))
}

/// Runs those that were asked for; answers which failed.
fn one_after_another(
    paths: &Paths,
    options: &Options,
    checks: &'static [Check],
) -> Result<Vec<&'static str>> {
    let chosen =
        |check: &&Check| options.rest.is_empty() || options.rest.iter().any(|name| name == check.name);
    let mut failed = Vec::new();
    for check in checks.iter().filter(chosen) {
        if let Err(error) = step(&format!("{}: {}", check.name, check.what), || (check.run)(paths)) {
            if interrupt::requested() {
                return Err(error);
            }
            println!("{error:#}\n");
            failed.push(check.name);
        }
    }
    Ok(failed)
}

fn fmt(paths: &Paths) -> Result<()> {
    quiet(paths, "fmt", cargo(&paths.root).args(["fmt", "--all", "--check", "--", "--color", "never"]))
}

/// Programs and tests are built for it as they are run later.
fn clippy(paths: &Paths) -> Result<()> {
    let mut messages = compile::messages(paths, "build", &mut compile::programs(&paths.root))?;
    messages.extend(compile::built_tests(paths)?);
    verdict(&compile::rendered(&messages))
}

/// Cargo would check every dependency anew before it calls rustdoc, but not for the examples in documentation: those it
/// lets rustdoc run with what is built already.
fn doc(paths: &Paths) -> Result<()> {
    let mut command = compile::tests(&paths.root);
    command.arg("--doc").env("RUSTDOC", paths.script("rustdoc.sh"));
    quiet(paths, "doc", command.env("VISAGE_DOC", paths.local.join("doc")))
}

/// cargo-deny reads the sources of all dependencies, also of those for other systems: they are fetched first.
/// Its advisories need a database from GitHub; CI with access to it runs `cargo deny check advisories`.
fn deny(paths: &Paths) -> Result<()> {
    let tools = setup::linters(paths)?;
    quiet(paths, "fetch", cargo(&paths.root).args(["fetch", "--locked"]))?;
    let mut command = cargo(&paths.root);
    with_path(&mut command, &tools);
    command.args(["deny", "--offline", "check", "--hide-inclusion-graph", "licenses", "bans", "sources"]);
    quiet(paths, "deny", &mut command)
}

fn scripts(paths: &Paths) -> Result<()> {
    let python = setup::emulator_python(paths)?;
    let mut command = clean(python);
    command.args(["-m", "unittest", "discover", "-s"]).arg(paths.root.join("local"));
    quiet(paths, "scripts", &mut command)
}

fn templates(paths: &Paths) -> Result<()> {
    let tools = setup::linters(paths)?;
    let root = paths.root.join("template.yaml");
    let all: Vec<PathBuf> =
        std::iter::once(root.clone()).chain(files(&paths.root.join("infra"), "yaml")?).collect();
    quiet(paths, "cfn-lint", clean(tools.join("cfn-lint")).arg("--").args(&all))?;
    let mut sam = clean(tools.join("sam"));
    sam.args(["validate", "--lint", "--region", "us-east-1", "--template"])
        .arg(&root)
        .env("SAM_CLI_TELEMETRY", "0");
    quiet(paths, "sam", &mut sam)?;
    let mut scan = clean(setup::emulator_python(paths)?);
    scan.arg(paths.script("scan_templates.py")).arg(setup::scanner(paths)?).arg(&paths.root);
    quiet(paths, "checkov", &mut scan)
}

/// Puts a folder first on a program's search path.
fn with_path(command: &mut Command, folder: &Path) {
    let mut path = folder.as_os_str().to_owned();
    if let Some(before) = std::env::var_os("PATH") {
        path.push(":");
        path.push(before);
    }
    command.env("PATH", path);
}

/// The files of a folder with an extension, sorted.
fn files(folder: &Path, extension: &str) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    if folder.is_dir() {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|each| each == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// A file's name without folder and extension.
fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// One error of many lines, or none.
fn verdict(problems: &[impl AsRef<str>]) -> Result<()> {
    if problems.is_empty() {
        return Ok(());
    }
    let lines: Vec<&str> = problems.iter().map(AsRef::as_ref).collect();
    bail!("{}", lines.join("\n"))
}
