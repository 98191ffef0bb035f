//! Files are cleaned in a process of their own: this program once more, which inherits nothing but a pipe each way.
//!
//! Decoders are foreign code, and what they read is made by whoever likes to. Who takes one over finds no credentials, no
//! connection and no other patient's file; what takes too much memory or time ends, and the worker lives to say so.

use crate::clean::{Limits, clean, clean_document};
use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, setrlimit};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::io::{self, Read, Write, stdin, stdout};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio, exit};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;
use visage_domain::document::DocumentKind;
use visage_domain::face::PictureQuality;
use visage_domain::photo::{Rejection, UPLOAD_MAX_BYTES, UploadKind};

/// The program as it runs.
const OURSELVES: &str = "/proc/self/exe";
/// The memory it may ask for, in bytes: what `clean` may take at most, within what the function has.
const MEMORY: u64 = 1600 << 20;
/// The seconds of a processor it may use: within what the function and whoever waits for the photo have.
const SECONDS: u64 = 25;
/// How long it is waited for: longer than those seconds.
const PATIENCE: Duration = Duration::from_secs(28);
/// The most that it may say, in bytes: the largest clean file and a line.
const MOST_SAID: u64 = 16 << 20;

/// What came of a file.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer<F> {
    /// It is clean; its bytes follow.
    Cleaned(F),
    /// It can't be used.
    Rejected(Rejection),
    /// A decoder of it gave up, at this place of the code.
    Panicked(String),
}

/// What is recorded of a clean photo beside its bytes.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct PhotoFacts {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) picture: PictureQuality,
}

/// What is recorded of a clean document beside its bytes.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct DocumentFacts {
    pub(crate) kind: DocumentKind,
}

/// What is known of a file, and its clean bytes; or why there are none.
pub(crate) type Cleaned<F> = Result<(F, Vec<u8>), Rejection>;

/// Has a file cleaned.
///
/// # Errors
/// If that process can't be started, or didn't do what it is there for: that is no fault of the file.
pub(crate) fn cleaned<F: DeserializeOwned>(kind: UploadKind, original: &[u8]) -> io::Result<Cleaned<F>> {
    let mut child = Command::new(OURSELVES)
        .arg0(name(kind))
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let said = talk(&mut child, original);
    let status = child.wait()?;
    understood(status, &said?)
}

/// Tells it the file while it listens to what it says, and ends it if that takes too long or is too much.
fn talk(child: &mut Child, original: &[u8]) -> io::Result<Vec<u8>> {
    let pid = Pid::from_child(child);
    let end = move || {
        let _ = kill_process(pid, Signal::KILL);
    };
    let (Some(mut to), Some(from)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(io::ErrorKind::BrokenPipe.into());
    };
    let (done, waits) = channel::<()>();
    std::thread::scope(|scope| {
        // If it doesn't listen to the end, what it says tells why.
        scope.spawn(move || drop(to.write_all(original)));
        scope.spawn(move || {
            if waits.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                end();
            }
        });
        let (mut said, mut from) = (Vec::new(), from.take(MOST_SAID + 1));
        let read = from.read_to_end(&mut said);
        if said.len() as u64 > MOST_SAID {
            end();
        }
        drop(done);
        read.map(|_| said)
    })
}

/// What came of the file, by how the process ended and what it said.
fn understood<F: DeserializeOwned>(status: ExitStatus, said: &[u8]) -> io::Result<Cleaned<F>> {
    if let Some(signal) = status.signal() {
        // Too much memory or time, or worse.
        tracing::warn!(signal, "apart");
        return Ok(Err(Rejection::Unreadable));
    }
    let end = said.iter().position(|byte| *byte == b'\n').filter(|_| status.success());
    let end = end.ok_or(io::ErrorKind::UnexpectedEof)?;
    Ok(match serde_json::from_slice(&said[..end])? {
        Answer::Cleaned(facts) => Ok((facts, said[end + 1..].to_vec())),
        Answer::Rejected(rejection) => Err(rejection),
        Answer::Panicked(place) => {
            tracing::warn!(place, "apart");
            Err(Rejection::Damaged)
        }
    })
}

/// What the other process is called, and by that told what it is.
const fn name(kind: UploadKind) -> &'static str {
    match kind {
        UploadKind::Photo => "clean-photo",
        UploadKind::Document => "clean-document",
    }
}

/// Cleans what comes from standard input, if that is what this process was started for; then it doesn't return.
pub fn clean_if_asked() {
    let called = std::env::args().next().unwrap_or_default();
    let kinds = [UploadKind::Photo, UploadKind::Document];
    if let Some(kind) = kinds.into_iter().find(|kind| name(*kind) == called) {
        exit(i32::from(answer(kind).is_err()));
    }
}

fn answer(kind: UploadKind) -> io::Result<()> {
    // No file or socket beside the pipes it has, not even its parent's in /proc; no process or thread.
    for (resource, most) in
        [(Resource::As, MEMORY), (Resource::Cpu, SECONDS), (Resource::Nofile, 0), (Resource::Nproc, 0)]
    {
        setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })?;
    }
    let mut original = Vec::new();
    stdin().take(UPLOAD_MAX_BYTES + 1).read_to_end(&mut original)?;
    // The decoders are fuzzed but foreign: should one panic on a crafted file, that file is damaged. Where it happened is
    // told, and never the message, which may have something of the file.
    std::panic::set_hook(Box::new(|panic| {
        let answer = match panic.payload().downcast_ref() {
            Some(rejection) => Answer::<()>::Rejected(*rejection),
            None => Answer::Panicked(panic.location().map(ToString::to_string).unwrap_or_default()),
        };
        exit(i32::from(say(&answer, &[]).is_err()));
    }));
    let limits = Limits::default();
    match kind {
        UploadKind::Photo => tell(clean(&original, &limits).map(|it| {
            let facts = PhotoFacts { width: it.width, height: it.height, picture: it.quality };
            (facts, it.jpeg)
        })),
        UploadKind::Document => {
            tell(clean_document(&original, &limits).map(|it| (DocumentFacts { kind: it.kind }, it.bytes)))
        }
    }
}

fn tell<F: Serialize>(cleaned: Cleaned<F>) -> io::Result<()> {
    match cleaned {
        Ok((facts, bytes)) => say(&Answer::Cleaned(facts), &bytes),
        Err(rejection) => say(&Answer::<()>::Rejected(rejection), &[]),
    }
}

fn say<F: Serialize>(answer: &Answer<F>, bytes: &[u8]) -> io::Result<()> {
    let mut out = stdout().lock();
    serde_json::to_writer(&mut out, answer)?;
    out.write_all(b"\n")?;
    out.write_all(bytes)?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    type Understood = io::Result<Result<(DocumentKind, Vec<u8>), Rejection>>;

    /// `status` as `wait` has it: a signal, or 256 times the exit code.
    fn of(status: i32, said: &[u8]) -> Understood {
        let cleaned = understood::<DocumentFacts>(ExitStatus::from_raw(status), said)?;
        Ok(cleaned.map(|(facts, bytes)| (facts.kind, bytes)))
    }

    #[test]
    fn facts_are_read_with_the_bytes_that_follow() -> io::Result<()> {
        let bytes = b"a\nb".to_vec();
        assert_eq!(of(0, b"{\"cleaned\":{\"kind\":\"pdf\"}}\na\nb")?, Ok((DocumentKind::Pdf, bytes)));
        assert_eq!(of(0, b"{\"rejected\":\"too_large\"}\n")?, Err(Rejection::TooLarge));
        assert_eq!(of(0, b"{\"panicked\":\"decoder.rs:1:2\"}\n")?, Err(Rejection::Damaged));
        Ok(())
    }

    #[test]
    fn what_kills_is_the_files_fault_and_what_does_not_work_is_ours() -> io::Result<()> {
        assert_eq!(of(9, b"{\"cleaned\":{\"kind\":\"pdf\"}}\na")?, Err(Rejection::Unreadable));
        assert!(of(256, b"{\"cleaned\":{\"kind\":\"pdf\"}}\na").is_err());
        for said in [&b""[..], b"{\"cleaned\":{\"kind\":", b"\n", b"{\"cleaned\":{}}\n"] {
            assert!(of(0, said).is_err());
        }
        Ok(())
    }

    #[test]
    fn who_does_not_listen_or_says_too_much_is_ended() -> io::Result<()> {
        let talk_with = |script: &str| {
            let mut command = Command::new("sh");
            let mut child =
                command.args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
            let said = talk(&mut child, &vec![0; 1 << 20]);
            Ok::<_, io::Error>((child.wait()?, said?))
        };
        let (status, said) = talk_with("exec cat /dev/zero")?;
        assert_eq!((status.signal(), said.len() as u64), (Some(9), MOST_SAID + 1));
        let (status, said) = talk_with("echo gone")?;
        assert_eq!((status.code(), said.as_slice()), (Some(0), &b"gone\n"[..]));
        Ok(())
    }
}
