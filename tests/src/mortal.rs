//! A function that is killed right after it changed something, and before it knows.
//!
//! It is the deployed program with the deployed function's environment and role, as a process of the test's own. What it
//! takes for Lambda and for AWS is this: it gets one event, and its calls are passed on one after another, as they are. The
//! first that changed anything is its last. So it dies once at every step, however fast the machine is, if it is called
//! until it finds nothing to change; and nothing in the product has to know.

mod request;

use crate::processes;
use crate::visage::Visage;
use anyhow::{Context, Result, bail};
use jiff::{SignedDuration, Timestamp};
use request::Request;
use serde_json::{Value, json};
use std::io::{BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long it may take to its next change, or a call to its answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// What the calls of Lambda's runtime begin with; all others are AWS's.
const RUNTIME: &str = "/2018-06-01/runtime/";

/// A function's program, to be run by the test.
#[derive(Debug)]
pub struct Mortal {
    program: PathBuf,
    environment: Vec<(String, String)>,
    emulator: String,
}

/// How one of its lives ended.
#[derive(Clone, Debug, PartialEq)]
pub enum End {
    /// This call had changed something.
    Killed(String),
    /// It changed nothing, and answered the event.
    Answered(Value),
}

/// What Lambda and AWS are to it.
struct World {
    emulator: String,
    event: String,
    life: Mutex<Life>,
}

struct Life {
    over: bool,
    end: Sender<Result<End>>,
}

impl Mortal {
    /// A function as it is deployed.
    ///
    /// # Errors
    /// If the stack names no such function, or it doesn't start.
    pub fn of(visage: &Visage, operation: &str) -> Result<Self> {
        // An event about nothing: afterwards a process waits for the next.
        let function = visage.stack.named(&visage.stack.functions, operation)?;
        visage.aws.invoke(function, &json!({ "Records": [] }))?;
        let program = processes::program(visage, operation)?.context("a process of the function")?;
        let environment = processes::environment(visage, operation)?.context("a process of the function")?;
        let url = &visage.stack.aws_endpoint_url;
        let emulator = url.strip_prefix("http://").context("the emulator speaks plain HTTP")?;
        Ok(Self { program, environment, emulator: emulator.trim_end_matches('/').to_owned() })
    }

    /// Has it work on an event until it changed something, or answered.
    ///
    /// # Errors
    /// If it does neither.
    pub fn live(&self, event: &Value) -> Result<End> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?.to_string();
        let (end, ended) = channel();
        let life = Mutex::new(Life { over: false, end });
        let world = Arc::new(World { emulator: self.emulator.clone(), event: event.to_string(), life });
        let its_world = Arc::clone(&world);
        let listening = std::thread::spawn(move || its_world.listen(&listener));
        let mut process = Command::new(&self.program)
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .env("AWS_LAMBDA_RUNTIME_API", &address)
            .env("AWS_ENDPOINT_URL", format!("http://{address}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .context("the function's program can't be run")?;
        let found = ended.recv_timeout(PATIENCE);
        // SIGKILL, as from a machine that fails.
        process.kill()?;
        process.wait()?;
        world.end(None);
        // Whoever still waits for a visitor gets one, and sees that it is over.
        drop(TcpStream::connect(&address));
        drop(listening.join());
        found.context("it neither changed anything nor answered")?
    }
}

impl World {
    fn listen(self: Arc<Self>, listener: &TcpListener) {
        while let Ok((stream, _)) = listener.accept() {
            if self.life.lock().unwrap_or_else(PoisonError::into_inner).over {
                return;
            }
            let its_world = Arc::clone(&self);
            std::thread::spawn(move || {
                if let Err(error) = its_world.serve(&stream) {
                    its_world.end(Some(Err(error)));
                }
            });
        }
    }

    /// Answers the requests of one connection.
    fn serve(&self, mut stream: &TcpStream) -> Result<()> {
        let mut reader = BufReader::new(stream);
        while let Some(request) = Request::read(&mut reader)? {
            match self.answer(&request)? {
                Some(answer) => stream.write_all(&answer)?,
                // Nobody answers any more: it waits until it is killed.
                None => return Ok(reader.read_to_end(&mut Vec::new()).map(drop)?),
            }
        }
        Ok(())
    }

    /// The answer to a request; none if its life is over. One after another: what comes while a change is being made must
    /// not be done after it.
    fn answer(&self, request: &Request) -> Result<Option<Vec<u8>>> {
        let mut life = self.life.lock().unwrap_or_else(PoisonError::into_inner);
        if life.over {
            return Ok(None);
        }
        if let Some(path) = request.path.strip_prefix(RUNTIME) {
            return match path.rsplit('/').next() {
                Some("next") => Ok(Some(self.event())),
                Some("response") => {
                    life.end(Ok(End::Answered(serde_json::from_slice(&request.body)?)));
                    Ok(None)
                }
                _ => bail!("it failed: {}", String::from_utf8_lossy(&request.body)),
            };
        }
        let answer = request.forward(&self.emulator, PATIENCE)?;
        match request.change().filter(|_| answer.succeeded()) {
            Some(call) => {
                life.end(Ok(End::Killed(call)));
                Ok(None)
            }
            None => Ok(Some(answer.0)),
        }
    }

    /// The event, as Lambda hands it over.
    fn event(&self) -> Vec<u8> {
        let deadline = Timestamp::now() + SignedDuration::from_mins(5);
        let head = [
            "HTTP/1.1 200 OK".to_owned(),
            "content-type: application/json".to_owned(),
            format!("content-length: {}", self.event.len()),
            format!("lambda-runtime-aws-request-id: {}", uuid::Uuid::new_v4()),
            format!("lambda-runtime-deadline-ms: {}", deadline.as_millisecond()),
            "lambda-runtime-invoked-function-arn: arn:aws:lambda:us-east-1:000000000000:function:mortal"
                .to_owned(),
        ];
        format!("{}\r\n\r\n{}", head.join("\r\n"), self.event).into_bytes()
    }

    fn end(&self, how: Option<Result<End>>) {
        let mut life = self.life.lock().unwrap_or_else(PoisonError::into_inner);
        match how {
            Some(how) if !life.over => life.end(how),
            _ => life.over = true,
        }
    }
}

impl Life {
    fn end(&mut self, how: Result<End>) {
        self.over = true;
        // Who waited may have given up.
        let _ = self.end.send(how);
    }
}
