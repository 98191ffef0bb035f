//! `stack.json`: all that a client of the running stack needs to know.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use super::children::{Children, endpoint, rekognition_log};
use super::web_url;
use crate::paths::Paths;

/// What `deploy.py` and `seed.py` wrote.
#[derive(Deserialize)]
struct Deployment {
    outputs: BTreeMap<String, String>,
    functions: BTreeMap<String, String>,
    operator: Operator,
}

/// The first platform operator, as an administrator of the AWS account would register one; the second factor is
/// enrolled by the client.
#[derive(Clone, Serialize, Deserialize)]
struct Operator {
    email: String,
    password: String,
}

/// A queue and its dead-letter queue.
#[derive(Clone, Default, Serialize)]
struct Queue {
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dlq_url: Option<String>,
}

/// A user pool and its client.
#[derive(Clone, Default, Serialize)]
struct Pool {
    pool_id: String,
    client_id: String,
}

/// The emulator's credentials of the account's root.
#[derive(Clone, Serialize)]
struct Credentials {
    access_key_id: &'static str,
    secret_access_key: &'static str,
}

/// The content of `stack.json`. Names of tables, buckets, queues, pools and keys are those of the templates' outputs
/// in snake case: `RecordsTable` is `tables.records`.
#[derive(Clone, Serialize)]
pub(crate) struct Description {
    api_url: String,
    web_url: String,
    aws_endpoint_url: String,
    rekognition_url: String,
    region: &'static str,
    credentials: Credentials,
    tables: BTreeMap<String, String>,
    buckets: BTreeMap<String, String>,
    queues: BTreeMap<String, Queue>,
    pools: BTreeMap<String, Pool>,
    keys: BTreeMap<String, String>,
    functions: BTreeMap<String, String>,
    operator: Operator,
    rekognition_log: PathBuf,
    logs: PathBuf,
    assets: PathBuf,
    processes: BTreeMap<String, u32>,
}

impl Description {
    /// Puts together what the deployment told.
    pub(crate) fn of(paths: &Paths, port: u16, deployment: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(deployment)?;
        let Deployment { outputs, functions, operator } =
            serde_json::from_str(&text).with_context(|| format!("{} can't be read", deployment.display()))?;
        let api = outputs.get("ApiId").context("the root template has no output ApiId")?;
        Ok(Self {
            api_url: format!("{}/_aws/execute-api/{api}", endpoint(port)),
            web_url: web_url(port),
            aws_endpoint_url: endpoint(port),
            rekognition_url: endpoint(port + 1),
            region: "us-east-1",
            credentials: Credentials { access_key_id: "test", secret_access_key: "test" },
            tables: ending(&outputs, "Table"),
            buckets: ending(&outputs, "Bucket"),
            queues: queues(&outputs),
            pools: pools(&outputs),
            keys: ending(&outputs, "KeyArn"),
            functions,
            operator,
            rekognition_log: rekognition_log(paths),
            logs: paths.logs(),
            assets: paths.assets(),
            processes: BTreeMap::new(),
        })
    }

    /// Where the API answers.
    pub(crate) fn api_url(&self) -> &str {
        &self.api_url
    }

    /// With the process ids of the stand-ins, so that a test can take one away.
    pub(crate) fn with_processes(&self, children: &Children) -> Self {
        let processes = children.processes().map(|(name, pid)| (name.to_owned(), pid)).collect();
        Self { processes, ..self.clone() }
    }

    /// Writes the file at once, never half.
    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        let partial = path.with_extension("partial");
        std::fs::write(&partial, serde_json::to_vec_pretty(self)?)?;
        Ok(std::fs::rename(&partial, path)?)
    }
}

/// The outputs whose name ends so, by the rest of their name.
fn ending(outputs: &BTreeMap<String, String>, suffix: &str) -> BTreeMap<String, String> {
    let named = outputs
        .iter()
        .filter_map(|(name, value)| Some((snake_case(name.strip_suffix(suffix)?), value.clone())));
    named.collect()
}

fn queues(outputs: &BTreeMap<String, String>) -> BTreeMap<String, Queue> {
    let mut queues: BTreeMap<String, Queue> = BTreeMap::new();
    for (name, url) in ending(outputs, "QueueUrl") {
        queues.entry(name).or_default().url = Some(url);
    }
    for (name, url) in ending(outputs, "DlqUrl") {
        queues.entry(name).or_default().dlq_url = Some(url);
    }
    queues
}

fn pools(outputs: &BTreeMap<String, String>) -> BTreeMap<String, Pool> {
    let mut clients = ending(outputs, "ClientId");
    ending(outputs, "PoolId")
        .into_iter()
        .map(|(name, pool_id)| {
            let client_id = clients.remove(&name).unwrap_or_default();
            (name, Pool { pool_id, client_id })
        })
        .collect()
}

/// `SubmitIntake` to `submit_intake`.
fn snake_case(name: &str) -> String {
    let mut made = String::with_capacity(name.len() + 4);
    for (index, letter) in name.chars().enumerate() {
        if letter.is_ascii_uppercase() && index > 0 {
            made.push('_');
        }
        made.push(letter.to_ascii_lowercase());
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outputs(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn outputs_are_sorted_by_kind() {
        let outputs = outputs(&[
            ("RecordsTable", "r"),
            ("IncomingQueueUrl", "q"),
            ("IncomingDlqUrl", "d"),
            ("RelayDlqUrl", "x"),
            ("StaffPoolId", "p"),
            ("StaffClientId", "c"),
        ]);
        assert_eq!(ending(&outputs, "Table").get("records").map(String::as_str), Some("r"));
        let queues = queues(&outputs);
        assert_eq!(queues.get("incoming").and_then(|queue| queue.dlq_url.as_deref()), Some("d"));
        assert!(queues.get("relay").is_some_and(|queue| queue.url.is_none()));
        assert_eq!(pools(&outputs).get("staff").map(|pool| pool.client_id.as_str()), Some("c"));
    }

    #[test]
    fn names_become_snake_case() {
        assert_eq!(snake_case("SubmitIntake"), "submit_intake");
    }
}
