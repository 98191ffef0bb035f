//! One line per step, with the time it took.

use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::time::Instant;

use anyhow::Result;

/// Runs a step and prints its line: `what (1.2 s)`.
pub(crate) fn step<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let start = Instant::now();
    let result = work();
    let seconds = start.elapsed().as_secs_f32();
    match &result {
        Ok(_) => println!("  ok      {what} ({seconds:.1} s)"),
        Err(_) => println!("  FAILED  {what} ({seconds:.1} s)"),
    }
    result
}

/// The last lines of a log, at most `lines`, read from its last 64 KiB.
pub(crate) fn tail(log: &Path, lines: usize) -> String {
    let text = last_bytes(log, 64 * 1024).unwrap_or_default();
    let all: Vec<&str> = text.lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}

fn last_bytes(log: &Path, bytes: u64) -> std::io::Result<String> {
    let mut file = std::fs::File::open(log)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(bytes)))?;
    let mut content = Vec::new();
    file.read_to_end(&mut content)?;
    Ok(String::from_utf8_lossy(&content).into_owned())
}
