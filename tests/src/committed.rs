//! Figures that are committed, as JSON beside the tests, and that later ones are held to.

use anyhow::{Context, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::path::{Path, PathBuf};

/// Reads such a file.
///
/// # Errors
/// If it can't be read, or isn't what it should be.
pub fn read<T: DeserializeOwned>(name: &str) -> Result<T> {
    let file = file(name);
    let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    serde_json::from_str(&text).with_context(|| file.display().to_string())
}

/// Writes such a file, to be committed; answers where.
///
/// # Errors
/// If it can't be written.
pub fn write<T: Serialize>(name: &str, figures: &T) -> Result<PathBuf> {
    let file = file(name);
    std::fs::write(&file, serde_json::to_string_pretty(figures)? + "\n")?;
    Ok(file)
}

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}
