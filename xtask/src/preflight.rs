//! What must be there before a long run starts, told in plain words.

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::run::clean;

/// Free space a run needs: dependencies are built once for the local profile and for the tests.
const FREE_BYTES: u64 = 3 << 30;
/// The oldest Python the pinned requirements install on.
const OLDEST_PYTHON: (u32, u32) = (3, 10);

/// The first Python that is new enough and can make virtual environments.
pub(crate) fn python() -> Result<String> {
    let mut seen = Vec::new();
    for name in ["python3", "python3.13", "python3.12", "python3.11", "python3.10"] {
        match probe(name) {
            Some(Ok(())) => return Ok(name.to_owned()),
            Some(Err(why)) => seen.push(format!("{name}: {why}")),
            None => {}
        }
    }
    let (major, minor) = OLDEST_PYTHON;
    let found = if seen.is_empty() { "none found".to_owned() } else { seen.join("; ") };
    bail!(
        "Python {major}.{minor} or newer with its venv module is needed (on Debian: apt install python3-venv); {found}"
    )
}

/// Whether a Python will do; `None` if there is none of that name.
fn probe(name: &str) -> Option<Result<(), String>> {
    let script = "import sys; print(*sys.version_info[:2]); import venv, ensurepip";
    let output = clean(name).args(["-c", script]).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let mut numbers = text.split_whitespace().map_while(|word| word.parse::<u32>().ok());
    let version = (numbers.next()?, numbers.next()?);
    if version < OLDEST_PYTHON {
        return Some(Err(format!("version {}.{}", version.0, version.1)));
    }
    Some(if output.status.success() { Ok(()) } else { Err("without the venv module".to_owned()) })
}

/// Whether nothing listens on these ports of 127.0.0.1.
pub(crate) fn ports(ports: &[u16]) -> Result<()> {
    for port in ports {
        TcpListener::bind((Ipv4Addr::LOCALHOST, *port))
            .with_context(|| format!("port {port} on 127.0.0.1 is taken; choose others with --port"))?;
    }
    Ok(())
}

/// Whether the disk has room.
pub(crate) fn disk(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    let space = rustix::fs::statvfs(folder)?;
    let free = space.f_bavail.saturating_mul(space.f_frsize);
    if free < FREE_BYTES {
        bail!("{} has {} MiB free; at least {} are needed", folder.display(), free >> 20, FREE_BYTES >> 20);
    }
    Ok(())
}
