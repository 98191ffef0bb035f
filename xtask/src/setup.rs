//! What a fresh machine lacks: a Python environment with the pinned tools, and the photographs for tests.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::paths::Paths;
use crate::preflight;
use crate::progress::step;
use crate::run::{clean, quiet};

/// The environment of the emulator and the deployment; answers its Python.
pub(crate) fn emulator_python(paths: &Paths) -> Result<PathBuf> {
    environment(paths, "venv", "requirements.txt")
}

/// The environment of the linters; answers its folder of programs.
pub(crate) fn linters(paths: &Paths) -> Result<PathBuf> {
    let python = environment(paths, "venv-check", "requirements-check.txt")?;
    python.parent().map(Path::to_owned).context("a program lies in a folder")
}

/// The environment of what tries the API out by its description; answers that program.
pub(crate) fn fuzzer(paths: &Paths) -> Result<PathBuf> {
    let python = environment(paths, "venv-fuzz", "requirements-fuzz.txt")?;
    Ok(python.with_file_name("schemathesis"))
}

/// The environment of what looks for weak settings in templates; answers that program.
pub(crate) fn scanner(paths: &Paths) -> Result<PathBuf> {
    let python = environment(paths, "venv-scan", "requirements-scan.txt")?;
    Ok(python.with_file_name("checkov"))
}

/// Makes a virtual environment from a lock file with hashes, unless the one there was made from the same.
fn environment(paths: &Paths, name: &str, requirements: &str) -> Result<PathBuf> {
    let folder = paths.local.join(name);
    let python = folder.join("bin").join("python");
    let lock = paths.script(requirements);
    let wanted =
        std::fs::read_to_string(&lock).with_context(|| format!("{} can't be read", lock.display()))?;
    let stamp = folder.join("made-from.txt");
    if python.exists() && std::fs::read_to_string(&stamp).is_ok_and(|made| made == wanted) {
        return Ok(python);
    }
    step(&format!("Python environment of local/{requirements} made"), || {
        remove(&folder)?;
        std::fs::create_dir_all(&paths.local)?;
        let base = preflight::python()?;
        quiet(paths, name, clean(base).args(["-m", "venv"]).arg(&folder))?;
        // The lock is complete: to look for dependencies takes pip longer than to install them.
        let mut pip = clean(&python);
        pip.args([
            "-m",
            "pip",
            "install",
            "--disable-pip-version-check",
            "--no-input",
            "--progress-bar",
            "off",
        ]);
        pip.args(["--no-deps", "--only-binary", ":all:", "--require-hashes", "-r"]).arg(&lock);
        quiet(paths, name, &mut pip)?;
        std::fs::write(&stamp, &wanted)?;
        Ok(python.clone())
    })
}

/// Fetches the pinned photographs and models that are not there yet.
pub(crate) fn assets(paths: &Paths, python: &Path) -> Result<()> {
    let script = paths.script("fetch_assets.py");
    step("photographs and models at hand", || {
        quiet(paths, "assets", clean(python).arg(&script).arg(paths.assets()))
    })
}

/// Removes a folder if it is there.
pub(crate) fn remove(folder: &Path) -> Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("{} can't be removed", folder.display()))
        }
        _ => Ok(()),
    }
}
