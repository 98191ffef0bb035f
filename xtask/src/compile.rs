//! Compiling the workspace, always in the same way, so that nothing is compiled twice.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::paths::Paths;
use crate::progress;
use crate::run::{cargo, waited};

/// What `cargo test` builds where nothing else is asked for: libraries, whole-system tests, and the one program that
/// has unit tests. The functions' binaries are a few lines each; a test program for every one would only take time.
const TESTED: [&str; 5] = ["--lib", "--test", "*", "--bin", "xtask"];

/// What cargo says of what it builds; the same of what was built before.
#[derive(Deserialize)]
#[serde(tag = "reason")]
pub(crate) enum Message {
    #[serde(rename = "compiler-artifact")]
    Artifact(Artifact),
    #[serde(rename = "compiler-message")]
    Diagnostic { message: Diagnostic },
    #[serde(other)]
    Other,
}

/// Something that was built.
#[derive(Deserialize)]
pub(crate) struct Artifact {
    pub(crate) executable: Option<String>,
    pub(crate) target: Target,
    pub(crate) profile: Profile,
    pub(crate) manifest_path: String,
}

#[derive(Deserialize)]
pub(crate) struct Target {
    pub(crate) name: String,
    pub(crate) kind: Vec<String>,
}

#[derive(Deserialize)]
pub(crate) struct Profile {
    pub(crate) test: bool,
}

/// What the compiler or clippy found.
#[derive(Deserialize)]
pub(crate) struct Diagnostic {
    pub(crate) level: String,
    pub(crate) rendered: Option<String>,
}

/// Cargo with clippy in the compiler's place for our crates: what is built is linted by the way, and dependencies are
/// compiled once for both. It stands on the command line, where the tests' own compilations don't inherit it.
fn linting_cargo(root: &Path) -> Command {
    let mut command = cargo(root);
    command.args(["--config", "build.rustc-workspace-wrapper=\"clippy-driver\""]);
    command
}

/// How all programs are built.
pub(crate) fn programs(root: &Path) -> Command {
    let mut command = linting_cargo(root);
    // There are no examples: asking for them makes cargo choose the features that `cargo test` chooses, so that
    // the dependencies are built once for both.
    command.args(["build", "--profile", "local", "--workspace", "--bins", "--examples", "--locked"]);
    command
}

/// How what is deployed is built.
pub(crate) fn released(root: &Path) -> Command {
    let mut command = cargo(root);
    command.args(["build", "--release", "--workspace", "--bins", "--examples", "--locked"]);
    command
}

/// How tests are built and run.
pub(crate) fn tests(root: &Path) -> Command {
    let mut command = linting_cargo(root);
    command.args(["test", "--profile", "local", "--workspace", "--locked"]);
    command
}

/// Builds what [`TESTED`] names; answers what cargo says of it.
pub(crate) fn built_tests(paths: &Paths) -> Result<Vec<Message>> {
    messages(paths, "tests", tests(&paths.root).arg("--no-run").args(TESTED))
}

/// The names of the test programs that stand beside libraries, built.
pub(crate) fn test_programs(paths: &Paths) -> Result<BTreeSet<String>> {
    let of = |message| match message {
        Message::Artifact(Artifact { target: Target { name, kind }, .. }) if kind == ["test"] => Some(name),
        _ => None,
    };
    Ok(built_tests(paths)?.into_iter().filter_map(of).collect())
}

/// Builds without running; answers what cargo says. `name` is the logs'.
pub(crate) fn messages(paths: &Paths, name: &str, command: &mut Command) -> Result<Vec<Message>> {
    let log = paths.logs().join(format!("{name}.log"));
    let file = paths.logs().join(format!("{name}.json"));
    std::fs::create_dir_all(paths.logs())?;
    let create = |path| File::create(path).with_context(|| format!("{name}'s logs can't be written"));
    command.args(["--message-format", "json"]).stdout(create(&file)?).stderr(create(&log)?);
    let status = waited(&log, command)?;
    let text = std::fs::read_to_string(&file)?;
    // Lines of another shape are what build scripts print.
    let messages: Vec<Message> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    if !status.success() {
        let found = rendered(&messages).join("\n");
        bail!("the workspace doesn't build:\n{found}\n{}", progress::tail(&log, 10));
    }
    Ok(messages)
}

/// What was found in our crates, each once.
pub(crate) fn rendered(messages: &[Message]) -> Vec<&str> {
    let mut found = Vec::new();
    for message in messages {
        if let Message::Diagnostic { message: Diagnostic { level, rendered: Some(text) } } = message
            && (level == "warning" || level.starts_with("error"))
            && !found.contains(&text.as_str())
        {
            found.push(text.as_str());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn each_finding_is_told_once_and_notes_are_none() {
        let of = |level: &str, text: &str| {
            let line = format!(
                r#"{{"reason": "compiler-message", "target": {{}}, "message": {{"level": "{level}", "rendered": "{text}"}}}}"#
            );
            serde_json::from_str::<Message>(&line).unwrap()
        };
        let built = serde_json::from_str(r#"{"reason": "build-finished", "success": true}"#).unwrap();
        let all =
            [of("warning", "a"), built, of("error: internal", "b"), of("warning", "a"), of("note", "c")];
        assert_eq!(rendered(&all), ["a", "b"]);
    }
}
