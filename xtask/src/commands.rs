//! `up`, `demo` and `test`: what is done with a running stack.

use std::path::Path;
use std::process::{Command, ExitCode, ExitStatus};

use anyhow::{Result, bail};

use crate::cli::Options;
use crate::compile;
use crate::paths::Paths;
use crate::progress::step;
use crate::run::{clean, quiet, shown};
use crate::stack::{Stack, build};
use crate::{interrupt, setup};

/// Brings the stack up and keeps it until Ctrl-C.
pub(crate) fn up(paths: &Paths, options: &Options) -> Result<ExitCode> {
    let mut stack = Stack::start(paths, options)?;
    keep(paths, &mut stack)
}

/// Brings the stack up and runs the main job; without `--once` the stack stays until Ctrl-C.
pub(crate) fn demo(paths: &Paths, options: &Options) -> Result<ExitCode> {
    let mut stack = Stack::start(paths, options)?;
    let status = job(paths, &stack)?;
    if !status.success() {
        bail!("the job failed: {status}; logs are in {}", paths.logs().display());
    }
    if options.once { Ok(ExitCode::SUCCESS) } else { keep(paths, &mut stack) }
}

/// Does the main job at two clinics of the running stack, whatever was done there before; answers how it ended.
fn job(paths: &Paths, stack: &Stack) -> Result<ExitStatus> {
    shown(with_stack(paths, clean(stack.program("demo")).current_dir(&paths.root)))
}

/// The whole-system tests that run at once, and how many do: they wait for answers more than they compute.
const TOGETHER: (&str, &str) = ("together", "4");
/// Those that go first, while there are few clinics: what they change is told to each.
const FIRST: &str = "vendors";

/// Brings the stack up and runs all tests and the demo, or the tests that are asked for.
pub(crate) fn test(paths: &Paths, options: &Options) -> Result<ExitCode> {
    let stack = Stack::start(paths, options)?;
    let fuzzer = setup::fuzzer(paths)?;
    let run = || tests(paths, &fuzzer);
    if !options.rest.is_empty() {
        return Ok(code(shown(run().args(&options.rest))?.success()));
    }
    let (together, at_once) = TOGETHER;
    let programs = step("tests built", || compile::test_programs(paths))?;
    let alone = programs.iter().map(String::as_str).filter(|program| ![together, FIRST].contains(program));
    let runs = [
        shown(run().args(["--test", FIRST]))?,
        shown(run().args(["--test", together]).env("RUST_TEST_THREADS", at_once))?,
        shown(run().args(["--lib", "--bin", "xtask"]).args(alone.flat_map(|program| ["--test", program])))?,
        // Examples in documentation can't be asked for together with anything else.
        shown(run().arg("--doc"))?,
        // What a newcomer sees first: its clinics are its own, whatever the tests left.
        job(paths, &stack)?,
    ];
    let mut passed = runs.iter().all(ExitStatus::success);
    // Only a whole run takes every operation through its ways.
    if passed {
        let mut command = clean(stack.program("budget"));
        if options.write_budget {
            command.arg("--write");
        }
        passed = shown(with_stack(paths, &mut command))?.success();
    }
    drop(stack);
    Ok(code(passed))
}

/// Measures what is deployed, while the whole-system tests ask everything of it.
pub(crate) fn bench(paths: &Paths, options: &Options) -> Result<ExitCode> {
    let mut options = options.clone();
    if options.binaries.is_none() {
        step("release built", || quiet(paths, "release", &mut compile::released(&paths.root)))?;
        options.binaries = paths.local.parent().map(|target| target.join("release"));
    }
    let stack = Stack::start(paths, &options)?;
    let fuzzer = setup::fuzzer(paths)?;
    let (together, at_once) = TOGETHER;
    let mut command = tests(paths, &fuzzer);
    command.args(["--test", together, "--test", "operations"]).env("RUST_TEST_THREADS", at_once);
    let passed = shown(&mut command)?.success();
    let mut command = clean(stack.program("bench"));
    command.arg(stack.binaries());
    if options.write_sizes {
        command.arg("--write");
    }
    let measured = shown(with_stack(paths, &mut command))?.success();
    Ok(code(passed && measured))
}

/// Runs tests against the stack, all of them whatever comes of one.
fn tests(paths: &Paths, fuzzer: &Path) -> Command {
    let mut command = compile::tests(&paths.root);
    with_stack(paths, command.arg("--no-fail-fast").env("VISAGE_SCHEMATHESIS", fuzzer));
    command
}

fn code(passed: bool) -> ExitCode {
    if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Writes the description of the API anew.
pub(crate) fn openapi(paths: &Paths, options: &Options) -> Result<ExitCode> {
    let program = build(paths, options)?.join("openapi");
    quiet(paths, "openapi", clean(program).current_dir(&paths.root))?;
    Ok(ExitCode::SUCCESS)
}

/// Tells a program where the stack and the photographs are.
fn with_stack<'a>(paths: &Paths, command: &'a mut Command) -> &'a mut Command {
    command.env("VISAGE_STACK", paths.stack_json()).env("VISAGE_ASSETS", paths.assets())
}

/// Says how to reach the stack and waits for Ctrl-C.
fn keep(paths: &Paths, stack: &mut Stack) -> Result<ExitCode> {
    println!("\nThe stack is up: API {}", stack.api_url());
    println!("Names, addresses, keys and the operator's sign-in: {}", paths.stack_json().display());
    println!("Logs: {}\nCtrl-C stops it.", paths.logs().display());
    while interrupt::pause().is_ok() {
        stack.check()?;
    }
    Ok(ExitCode::SUCCESS)
}
