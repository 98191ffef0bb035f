//! Waiting for what happens elsewhere: by asking again until a deadline, never by sleeping and hoping.

use anyhow::{Result, bail};
use std::panic::Location;
use std::time::{Duration, Instant};

/// The longest that anything behind the API may take.
pub const DEADLINE: Duration = Duration::from_secs(45);
const PAUSE: Duration = Duration::from_millis(100);

/// Asks until there is an answer.
///
/// # Errors
/// If there is none after [`DEADLINE`], or asking fails.
#[track_caller]
pub fn until<T>(what: &str, ask: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    within(DEADLINE, what, ask)
}

/// Asks until there is an answer, for at most this long.
///
/// # Errors
/// If there is none by then, or asking fails.
#[track_caller]
pub fn within<T>(deadline: Duration, what: &str, mut ask: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let start = Instant::now();
    loop {
        if let Some(found) = ask()? {
            return Ok(found);
        }
        if start.elapsed() > deadline {
            bail!("{}: after {} s still not: {what}", Location::caller(), deadline.as_secs());
        }
        std::thread::sleep(PAUSE);
    }
}
