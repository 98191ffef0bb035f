//! Ctrl-C and SIGTERM: asked for between steps, so that guards stop what they started.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::{Result, bail};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;

static REQUESTED: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// Takes note of the signals from now on; a second one ends the process at once.
pub(crate) fn listen() -> Result<()> {
    let requested = Arc::clone(REQUESTED.get_or_init(Arc::default));
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        flag::register_conditional_shutdown(signal, 130, Arc::clone(&requested))?;
        flag::register(signal, Arc::clone(&requested))?;
    }
    Ok(())
}

/// Whether we were asked to end.
pub(crate) fn requested() -> bool {
    REQUESTED.get().is_some_and(|requested| requested.load(Ordering::Relaxed))
}

/// A short pause between two looks at something.
///
/// # Errors
/// If we were asked to end.
pub(crate) fn pause() -> Result<()> {
    if requested() {
        bail!("interrupted");
    }
    std::thread::sleep(Duration::from_millis(50));
    Ok(())
}
