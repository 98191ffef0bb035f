//! The programs that stand in for AWS, started with a clean environment and ended with us.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use rustix::process::{Pid, Signal, kill_process_group};

use super::lock::Lock;
use crate::paths::Paths;
use crate::run::{clean, logged, stop};
use crate::{interrupt, progress};

/// How long a program may take until it answers.
const START: Duration = Duration::from_secs(60);

/// Where the emulator answers.
pub(crate) fn endpoint(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

/// Where Rekognition's stand-in writes what it was asked, one JSON object per line.
pub(crate) fn rekognition_log(paths: &Paths) -> PathBuf {
    paths.logs().join("rekognition-calls.jsonl")
}

/// The running programs.
pub(crate) struct Children {
    all: Vec<Program>,
}

/// One running program.
struct Program {
    name: &'static str,
    log: PathBuf,
    child: Child,
}

impl Children {
    /// Starts both and waits until they answer.
    pub(crate) fn start(
        paths: &Paths,
        port: u16,
        python: &Path,
        binaries: &Path,
        lock: &mut Lock,
    ) -> Result<Self> {
        let mut children = Self { all: Vec::new() };
        let mut noted = Vec::new();
        let commands = [
            ("rekognition", rekognition(paths, port, binaries)),
            ("emulator", emulator(paths, port, python)),
        ];
        for (name, (program, mut command)) in commands {
            let log = paths.logs().join(format!("{name}.log"));
            // A group of its own: Ctrl-C reaches us alone, and we end them in order.
            let child = logged(&log, command.process_group(0))?;
            noted.push((child.id(), program.display().to_string()));
            children.all.push(Program { name, log, child });
            lock.write(&noted)?;
        }
        children.wait(0, || listens(port + 1))?;
        children.wait(1, || healthy(port))?;
        Ok(children)
    }

    /// Waits until a program answers.
    fn wait(&mut self, index: usize, answers: impl Fn() -> bool) -> Result<()> {
        let start = Instant::now();
        while !answers() {
            self.check()?;
            if start.elapsed() > START {
                let Program { name, log, .. } = &self.all[index];
                bail!("{name} doesn't answer after {} s:\n{}", START.as_secs(), progress::tail(log, 30));
            }
            interrupt::pause()?;
        }
        Ok(())
    }

    /// Whether all still run.
    pub(crate) fn check(&mut self) -> Result<()> {
        for Program { name, log, child } in &mut self.all {
            if let Some(status) = child.try_wait()? {
                bail!("{name} ended ({status}):\n{}", progress::tail(log, 30));
            }
        }
        Ok(())
    }

    /// Name and process id of each.
    pub(crate) fn processes(&self) -> impl Iterator<Item = (&'static str, u32)> {
        self.all.iter().map(|program| (program.name, program.child.id()))
    }
}

impl Drop for Children {
    fn drop(&mut self) {
        for Program { child, .. } in self.all.iter_mut().rev() {
            // The functions are in the emulator's group; the emulator leaves some behind.
            let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
            stop(child);
            let _ = group.map(|group| kill_process_group(group, Signal::KILL));
        }
    }
}

/// The emulator: the file that tells it from other programs, and its command.
fn emulator(paths: &Paths, port: u16, python: &Path) -> (PathBuf, Command) {
    let script = paths.script("emulator.py");
    let mut command = clean(python);
    command.arg(&script).args(["--port", &port.to_string(), "--state"]).arg(paths.state());
    command.args(["--rekognition", &endpoint(port + 1), "--follow-stdin"]).stdin(Stdio::piped());
    (script, command)
}

/// Rekognition's stand-in.
fn rekognition(paths: &Paths, port: u16, binaries: &Path) -> (PathBuf, Command) {
    let program = binaries.join("rekognition");
    let mut command = clean(&program);
    command.args(["--listen", &format!("127.0.0.1:{}", port + 1), "--s3-endpoint", &endpoint(port)]);
    command.arg("--models").arg(paths.models()).arg("--log").arg(rekognition_log(paths));
    (program, command)
}

fn connect(port: u16) -> Option<TcpStream> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let stream = TcpStream::connect_timeout(&address, Duration::from_secs(1)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(2))).ok()?;
    Some(stream)
}

fn listens(port: u16) -> bool {
    connect(port).is_some()
}

fn healthy(port: u16) -> bool {
    let Some(mut stream) = connect(port) else { return false };
    let request = b"GET /_ministack/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let mut answer = [0; 12];
    stream.write_all(request).is_ok() && stream.read_exact(&mut answer).is_ok() && answer.ends_with(b" 200")
}
