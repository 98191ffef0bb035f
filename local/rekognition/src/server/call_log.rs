//! A line of JSON for each call, from which tests count what was asked of the stand-in.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

use crate::clock;

/// One call of an operation, successful or not. It holds no more of the image than its address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
pub struct Call {
    /// The operation named by the request, empty if it names none.
    pub op: String,
    /// The image as `bucket/key`; absent for one inside the request and for requests that were not read.
    pub object: Option<String>,
    /// The id of the access key the request is signed with, if it is signed.
    pub caller_access_key: Option<String>,
    /// The HTTP status of the answer.
    pub status: u16,
    /// The exception of the answer, if it is one.
    pub error: Option<&'static str>,
}

/// A line of the log.
#[derive(Serialize)]
struct Line<'a> {
    at: jiff::Timestamp,
    #[serde(flatten)]
    call: &'a Call,
}

/// The file calls are appended to.
#[derive(Debug)]
pub struct CallLog(Mutex<File>);

impl CallLog {
    /// Opens a log, or begins one.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn open(path: &Path) -> io::Result<Self> {
        OpenOptions::new().create(true).append(true).open(path).map(|file| Self(Mutex::new(file)))
    }

    /// Appends one call as a whole line.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn append(&self, call: &Call) -> io::Result<()> {
        let mut line = serde_json::to_vec(&Line { at: clock::now(), call })?;
        line.push(b'\n');
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write_all(&line)
    }
}
