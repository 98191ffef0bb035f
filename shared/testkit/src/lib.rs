//! Programs that must not compile: the rules that types enforce, each broken once.
//!
//! A folder holds one program per rule, and `control.rs`, which keeps them all and must compile. The line of a program
//! that breaks its rule ends in `//~` and the error's code; the compiler must find that error and no other.
//!
//! The programs are checked against the libraries that `cargo test` has just built beside the test itself. The crate
//! `trybuild` would build them all a second time: minutes, where the AWS SDKs are among them.

#![allow(clippy::disallowed_methods, reason = "a test asks cargo's environment for the compiler")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::SystemTime;

/// Line and code of an error.
type Finding = (usize, String);

/// Checks every program in `folder`, each seeing the crates `externs`.
///
/// # Errors
/// With every program that compiles, or fails for another reason than its own.
pub fn must_not_compile(folder: &Path, externs: &[&str]) -> Result<(), String> {
    let libraries = built_libraries(folder, externs)?;
    let mut wrong = Vec::new();
    let mut checked = 0;
    for program in programs(folder)? {
        let expected = expected(&program)?;
        let output = compile(&program, &libraries)?;
        let found = found(&output);
        if expected.is_empty() || found != expected {
            let text = String::from_utf8_lossy(&output.stderr).into_owned();
            wrong.push(format!("{}: expected {expected:?}, found {found:?}\n{text}", program.display()));
        }
        checked += 1;
    }
    match (checked, wrong.is_empty()) {
        (0, _) => Err(format!("{} holds no program", folder.display())),
        (_, true) => Ok(()),
        _ => Err(wrong.join("\n")),
    }
}

fn programs(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let mut programs = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))? {
        let path = entry.map_err(|error| error.to_string())?.path();
        if path.extension().is_some_and(|kind| kind == "rs") && !path.ends_with("control.rs") {
            programs.push(path);
        }
    }
    programs.sort();
    Ok(programs)
}

/// The marks in a program.
fn expected(program: &Path) -> Result<BTreeSet<Finding>, String> {
    let text = fs::read_to_string(program).map_err(|error| format!("{}: {error}", program.display()))?;
    let marked =
        text.lines().enumerate().filter_map(|(index, line)| Some((index + 1, line.split_once("//~")?.1)));
    Ok(marked
        .flat_map(|(line, codes)| codes.split_whitespace().map(move |code| (line, code.to_owned())))
        .collect())
}

/// The errors that the compiler names, as `path:line:column: error[code]: text`.
fn found(output: &Output) -> BTreeSet<Finding> {
    let text = String::from_utf8_lossy(&output.stderr);
    text.lines()
        .filter_map(|line| {
            let (place, rest) = line.split_once(": error[")?;
            let line = place.rsplit(':').nth(1)?.parse().ok()?;
            Some((line, rest.split_once(']')?.0.to_owned()))
        })
        .collect()
}

/// The file of each crate, such that the control compiles with them. A target folder may hold several builds of one
/// crate; the newest is tried first.
fn built_libraries(folder: &Path, externs: &[&str]) -> Result<Vec<(String, PathBuf)>, String> {
    let control = folder.join("control.rs");
    let mut choices: Vec<Vec<(String, PathBuf)>> = vec![Vec::new()];
    for name in externs {
        let builds = builds(name)?;
        choices = choices
            .into_iter()
            .flat_map(|chosen| {
                builds
                    .iter()
                    .map(move |build| [chosen.clone(), vec![((*name).to_owned(), build.clone())]].concat())
            })
            .collect();
    }
    let mut last = String::from("nothing was built");
    for libraries in choices {
        let output = compile(&control, &libraries)?;
        if output.status.success() {
            return Ok(libraries);
        }
        last = String::from_utf8_lossy(&output.stderr).into_owned();
    }
    Err(format!("{} must compile, and doesn't:\n{last}", control.display()))
}

/// The builds of a crate beside this test, the newest first.
fn builds(name: &str) -> Result<Vec<PathBuf>, String> {
    let prefix = format!("lib{name}-");
    let mut found: Vec<(SystemTime, PathBuf)> = Vec::new();
    for entry in fs::read_dir(libraries_folder()?).map_err(|error| error.to_string())? {
        let path = entry.map_err(|error| error.to_string())?.path();
        let is_build = path.extension().is_some_and(|kind| kind == "rlib")
            && path.file_name().and_then(|file| file.to_str()).is_some_and(|file| file.starts_with(&prefix));
        if is_build {
            let built =
                path.metadata().and_then(|data| data.modified()).map_err(|error| error.to_string())?;
            found.push((built, path));
        }
    }
    found.sort_by(|a, b| b.cmp(a));
    Ok(found.into_iter().map(|(_, path)| path).collect())
}

/// Where cargo puts libraries: beside the test that runs.
fn libraries_folder() -> Result<PathBuf, String> {
    let test = std::env::current_exe().map_err(|error| error.to_string())?;
    Ok(test.parent().ok_or("a test lies in a folder")?.to_owned())
}

/// Type-checks a program; makes nothing that stays.
fn compile(program: &Path, libraries: &[(String, PathBuf)]) -> Result<Output, String> {
    let cargo = std::env::var_os("CARGO").ok_or("run this by `cargo test`")?;
    // A file of our own: given a device, a compiler that runs as root puts a file in the device's place.
    let folder = libraries_folder()?;
    let output = folder.join(format!("must-not-compile-{}.rmeta", std::process::id()));
    let mut command = Command::new(Path::new(&cargo).with_file_name("rustc"));
    command.args(["--edition", "2024", "--crate-type", "lib", "--crate-name", "program"]);
    command.args(["--emit", "metadata", "--error-format", "short", "--allow", "warnings", "-o"]).arg(&output);
    command.arg("-L").arg(format!("dependency={}", folder.display()));
    for (name, path) in libraries {
        command.arg("--extern").arg(format!("{name}={}", path.display()));
    }
    let outcome =
        command.arg(program).output().map_err(|error| format!("the compiler can't be run: {error}"));
    // Whether there is one depends on whether the program compiled.
    let _ = fs::remove_file(&output);
    outcome
}
