//! Where everything lies.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::run::cargo;

/// The project's folders; everything a run makes is below `local`.
#[derive(Debug, Clone)]
pub(crate) struct Paths {
    /// The workspace.
    pub(crate) root: PathBuf,
    /// `target/local`: built binaries, the emulator's state, logs, `stack.json`.
    pub(crate) local: PathBuf,
}

impl Paths {
    /// Asks cargo where the workspace and its target folder are.
    pub(crate) fn find() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask lies in the workspace")?;
        let metadata = metadata(root, &["--no-deps"])?;
        let target =
            metadata["target_directory"].as_str().context("cargo metadata names no target folder")?;
        Ok(Self { root: root.to_owned(), local: Path::new(target).join("local") })
    }

    /// The logs of what was run.
    pub(crate) fn logs(&self) -> PathBuf {
        self.local.join("logs")
    }

    /// The emulator's state.
    pub(crate) fn state(&self) -> PathBuf {
        self.local.join("state")
    }

    /// The deployment packages.
    pub(crate) fn packages(&self) -> PathBuf {
        self.local.join("packages")
    }

    /// Photographs for tests and the demo.
    pub(crate) fn assets(&self) -> PathBuf {
        self.local.join("assets")
    }

    /// The models of Rekognition's stand-in.
    pub(crate) fn models(&self) -> PathBuf {
        self.assets().join("models")
    }

    /// What a client of the running stack needs.
    pub(crate) fn stack_json(&self) -> PathBuf {
        self.local.join("stack.json")
    }

    /// A script of ours.
    pub(crate) fn script(&self, name: &str) -> PathBuf {
        self.root.join("local").join(name)
    }
}

/// `cargo metadata` as JSON.
pub(crate) fn metadata(root: &Path, arguments: &[&str]) -> Result<serde_json::Value> {
    let mut command = cargo(root);
    command.args(["metadata", "--format-version", "1", "--locked"]).args(arguments);
    let output = command.output().context("cargo can't be run; install it from https://rustup.rs")?;
    anyhow::ensure!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    Ok(serde_json::from_slice(&output.stdout)?)
}
