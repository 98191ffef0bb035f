//! One stack at a time: a locked file that also names the programs a killed run left behind.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};

/// The lock, held while a stack runs.
pub(crate) struct Lock {
    file: File,
}

impl Lock {
    /// Takes the lock and ends what a killed run left running.
    ///
    /// # Errors
    /// If another stack runs in this target folder.
    pub(crate) fn take(folder: &Path) -> Result<Self> {
        std::fs::create_dir_all(folder)?;
        let path = folder.join("stack.lock");
        let open = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(&path);
        let mut file = open.with_context(|| format!("{} can't be opened", path.display()))?;
        let mut content = String::new();
        file.read_to_string(&mut content)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let pid = content.lines().next().unwrap_or("?");
                bail!("a stack already runs (process {pid}); end it with Ctrl-C there, or with `kill {pid}`");
            }
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        for line in content.lines().skip(1) {
            end_stale(line);
        }
        let mut lock = Self { file };
        lock.write(&[])?;
        Ok(lock)
    }

    /// Notes our process and the programs it started, each with what it runs, so that a later run knows them.
    pub(crate) fn write(&mut self, children: &[(u32, String)]) -> Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        writeln!(self.file, "{}", std::process::id())?;
        for (pid, program) in children {
            writeln!(self.file, "{pid} {program}")?;
        }
        Ok(self.file.flush()?)
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Nothing is left to clean up; the file's lock goes with the file.
        let _ = self.file.set_len(0);
    }
}

/// Ends a program of an earlier run, if the process of that number still runs it.
fn end_stale(line: &str) {
    let Some((number, program)) = line.split_once(' ') else { return };
    let Some(pid) = number.parse().ok().and_then(Pid::from_raw) else { return };
    let arguments = std::fs::read(format!("/proc/{number}/cmdline")).unwrap_or_default();
    let runs_it = arguments.split(|byte| *byte == 0).any(|argument| argument == program.as_bytes());
    if !runs_it || kill_process(pid, Signal::TERM).is_err() {
        return;
    }
    let start = Instant::now();
    while test_kill_process(pid).is_ok() && start.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::process::{Child, Command, Stdio};
    use std::sync::{Mutex, PoisonError};

    use super::*;

    /// Held by each test: between fork and exec a program that one of them starts holds the other's lock file too.
    static ALONE: Mutex<()> = Mutex::new(());

    fn folder(name: &str) -> std::path::PathBuf {
        let folder = std::env::temp_dir().join(format!("xtask-lock-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    /// A program that shows what it runs: just after it was started the kernel doesn't say that yet.
    fn sleeper(seconds: &str) -> Child {
        let child = Command::new("sleep").arg(seconds).stdin(Stdio::null()).spawn().unwrap();
        while std::fs::read(format!("/proc/{}/cmdline", child.id())).unwrap().is_empty() {
            std::thread::yield_now();
        }
        child
    }

    #[test]
    fn a_second_stack_is_refused() {
        let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = folder("second");
        let first = Lock::take(&folder).unwrap();
        assert!(Lock::take(&folder).is_err());
        drop(first);
        assert!(Lock::take(&folder).is_ok());
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn what_a_killed_run_left_is_ended_and_nothing_else() {
        let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = folder("stale");
        let (mut left, mut other) = (sleeper("60"), sleeper("61"));
        let note = format!("1\n{} 60\n{} 60\n", left.id(), other.id());
        std::fs::write(folder.join("stack.lock"), note).unwrap();
        let reaper = std::thread::spawn(move || left.wait());
        let _lock = Lock::take(&folder).unwrap();
        assert!(!reaper.join().unwrap().unwrap().success());
        assert!(other.try_wait().unwrap().is_none());
        other.kill().unwrap();
        other.wait().unwrap();
        std::fs::remove_dir_all(folder).unwrap();
    }
}
