//! What `cargo xtask up` says of the running stack.

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

/// The variable that names the file.
pub const VARIABLE: &str = "VISAGE_STACK";

/// The running stack.
#[derive(Clone, Debug, Deserialize)]
pub struct Stack {
    /// Where the API answers, without a trailing slash.
    pub api_url: String,
    /// The origin of the patients' pages, which messages link to.
    pub web_url: String,
    /// Where the emulator of AWS answers.
    pub aws_endpoint_url: String,
    /// The region.
    pub region: String,
    /// The keys of the account's root.
    pub credentials: Credentials,
    /// Tables: `records`, `directory`, `audit`.
    pub tables: BTreeMap<String, String>,
    /// Buckets: `incoming`, `photos`, `reports`.
    pub buckets: BTreeMap<String, String>,
    /// Queues: `incoming`, `analysis`, `reports`, `notices`, `purge`, `relay`.
    pub queues: BTreeMap<String, Queue>,
    /// User pools: `staff`, `operator`.
    pub pools: BTreeMap<String, Pool>,
    /// Physical names of the functions, by operation.
    pub functions: BTreeMap<String, String>,
    /// The first operator's sign-in.
    pub operator: Operator,
    /// Where Rekognition's stand-in answers.
    pub rekognition_url: String,
    /// One line of JSON per call of Rekognition's stand-in.
    pub rekognition_log: PathBuf,
    /// Models and photographs.
    pub assets: PathBuf,
    /// Process ids: `emulator`, `rekognition`.
    pub processes: BTreeMap<String, u32>,
    /// Where this was read from.
    #[serde(skip)]
    pub file: PathBuf,
}

/// Access keys.
#[derive(Clone, Debug, Deserialize)]
pub struct Credentials {
    /// The key's id.
    pub access_key_id: String,
    /// Its secret; the emulator's, which is no secret.
    pub secret_access_key: String,
}

/// A queue and its dead-letter queue.
#[derive(Clone, Debug, Deserialize)]
pub struct Queue {
    /// The queue; none for a dead-letter queue of a stream.
    pub url: Option<String>,
    /// Where messages end that can't be worked on.
    pub dlq_url: Option<String>,
}

/// A user pool and its client.
#[derive(Clone, Debug, Deserialize)]
pub struct Pool {
    /// The pool.
    pub pool_id: String,
    /// Its client.
    pub client_id: String,
}

/// An operator's sign-in.
#[derive(Clone, Debug, Deserialize)]
pub struct Operator {
    /// The user name.
    pub email: String,
    /// The password.
    pub password: String,
    /// The secret of the second factor, base 32, once enrolled.
    pub totp_secret: Option<String>,
}

impl Stack {
    /// Reads the file that [`VARIABLE`] names.
    ///
    /// # Errors
    /// If no stack runs.
    pub fn from_environment() -> Result<Self> {
        let path = std::env::var_os(VARIABLE).map(PathBuf::from).with_context(|| {
            format!("{VARIABLE} isn't set: start `cargo xtask up` and set it to target/local/stack.json, or run `cargo xtask test`")
        })?;
        Self::read(&path)
    }

    /// Reads a file.
    ///
    /// # Errors
    /// If it isn't there or isn't what is expected.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("{} isn't there: is `cargo xtask up` running?", path.display()))?;
        let mut stack: Self = serde_json::from_str(&text).with_context(|| path.display().to_string())?;
        path.clone_into(&mut stack.file);
        Ok(stack)
    }

    /// The name in one of the maps.
    ///
    /// # Errors
    /// If it isn't there.
    pub fn named<'a, T>(&self, map: &'a BTreeMap<String, T>, name: &str) -> Result<&'a T> {
        map.get(name).with_context(|| format!("{} names no {name}", self.file.display()))
    }

    /// Adds something to the file, for whoever reads it next.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn add(&self, pointer: &[&str], value: Value) -> Result<()> {
        let mut all: Value = serde_json::from_str(&std::fs::read_to_string(&self.file)?)?;
        let mut place = &mut all;
        for name in pointer {
            place = &mut place[*name];
        }
        *place = value;
        let partial = self.file.with_extension(format!("{}.partial", std::process::id()));
        std::fs::write(&partial, serde_json::to_vec_pretty(&all)?)?;
        Ok(std::fs::rename(&partial, &self.file)?)
    }

    /// Holds a lock that every client of this stack respects, until the answer is dropped.
    ///
    /// # Errors
    /// If the lock's file can't be made.
    pub fn lock(&self, name: &str) -> Result<File> {
        let file = File::create(self.file.with_file_name(format!("{name}.lock")))?;
        file.lock()?;
        Ok(file)
    }
}
