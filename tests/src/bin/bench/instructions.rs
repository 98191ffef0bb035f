//! How many instructions a start takes, counted by valgrind until the process asks for its first event.

use anyhow::{Context, Result, bail};
use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, Read};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use visage_tests::{Visage, processes};

/// How long a start may take under valgrind, which is some fifty times slower.
const PATIENCE: Duration = Duration::from_secs(120);
/// How many are counted at once.
const AT_ONCE: usize = 2;
const PAUSE: Duration = Duration::from_millis(20);
const RUNTIME_API: &str = "AWS_LAMBDA_RUNTIME_API";

/// Instructions by function, of those that run just now, because their environment is known. None without valgrind.
pub(crate) fn of(visage: &Visage, binaries: &Path) -> Result<BTreeMap<String, u64>> {
    if Command::new("valgrind").arg("--version").output().is_err() {
        println!("Instructions are not counted: there is no valgrind.");
        return Ok(BTreeMap::new());
    }
    let mut waiting = VecDeque::new();
    for operation in visage.stack.functions.keys() {
        match processes::environment(visage, operation)? {
            Some(environment) => waiting.push_back((operation.clone(), environment)),
            None => println!("{operation} doesn't run; its instructions are not counted."),
        }
    }
    let (waiting, counted) = (Mutex::new(waiting), Mutex::new(BTreeMap::new()));
    let take = || waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    let count = || -> Result<()> {
        while let Some((operation, environment)) = take() {
            let count = count(&binaries.join(&operation), environment).context(operation.clone())?;
            counted.lock().unwrap_or_else(PoisonError::into_inner).insert(operation, count);
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(count)).collect();
        threads
            .into_iter()
            .try_for_each(|thread| thread.join().unwrap_or_else(|_| bail!("a thread panicked")))
    })?;
    Ok(counted.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// Starts a function whose runtime API is a socket of ours, and ends it as soon as it asks for an event.
fn count(binary: &Path, environment: Vec<(String, String)>) -> Result<u64> {
    let socket = TcpListener::bind("127.0.0.1:0")?;
    let mut child = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(binary)
        .env_clear()
        .envs(environment)
        .env(RUNTIME_API, socket.local_addr()?.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut errors = child.stderr.take().context("its errors are read")?;
    // Held until it ended: it would go on if nobody were there any more.
    let asked = asked(&socket, &mut child);
    if child.try_wait()?.is_none() {
        // Told to end, valgrind still says what it counted.
        Command::new("kill").args(["-TERM", &child.id().to_string()]).status()?;
    }
    let began = Instant::now();
    while child.try_wait()?.is_none() {
        if began.elapsed() > PATIENCE {
            child.kill()?;
        }
        std::thread::sleep(PAUSE);
    }
    let mut told = String::new();
    errors.read_to_string(&mut told)?;
    asked.and_then(|_stream| collected(&told)).with_context(|| told)
}

/// Waits until somebody asks for an event.
fn asked(socket: &TcpListener, child: &mut Child) -> Result<TcpStream> {
    socket.set_nonblocking(true)?;
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        if let Ok((stream, _)) = socket.accept() {
            stream.set_nonblocking(false)?;
            stream.set_read_timeout(Some(PATIENCE))?;
            let mut line = String::new();
            BufReader::new(&stream).read_line(&mut line)?;
            return if line.contains("/invocation/next") { Ok(stream) } else { bail!("asked for {line}") };
        }
        if let Some(status) = child.try_wait()? {
            bail!("it ended: {status}");
        }
        std::thread::sleep(PAUSE);
    }
    bail!("it asked for nothing in {} s", PATIENCE.as_secs())
}

/// The number in valgrind's `Collected : 123`.
fn collected(told: &str) -> Result<u64> {
    let line = told.lines().find_map(|line| line.split_once("Collected :")).context("nothing was counted")?;
    Ok(line.1.trim().parse()?)
}
