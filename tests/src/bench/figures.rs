//! What one request of each operation takes.

use super::median;
use crate::logs::{self, Line};
use crate::processes;
use crate::visage::Visage;
use anyhow::Result;
use std::collections::BTreeMap;

/// What a function takes. Medians are of requests that came to what was asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    /// How many requests, or messages of a worker, this is read from.
    pub requests: usize,
    /// Processor time of a request in milliseconds, the median.
    pub cpu: Option<f64>,
    /// Calls to AWS per request, attempts counted singly, the median.
    pub calls: Option<f64>,
    /// Capacity units of DynamoDB per request, read and written, the median.
    pub capacity: Option<f64>,
    /// The most memory that any of its processes held, in bytes.
    pub memory: Option<u64>,
    /// Processor time of a start in milliseconds, the median.
    pub start: Option<f64>,
}

/// Figures by operation, of all that the stack logged so far.
///
/// # Errors
/// If a log can't be read.
pub fn of(visage: &Visage) -> Result<BTreeMap<String, Figures>> {
    let mut all = BTreeMap::new();
    for operation in visage.stack.functions.keys() {
        let logged = logs::of(visage, operation)?;
        // Pictures are decoded by a process that is gone by now.
        let memory =
            if operation == "receive_photo" { None } else { processes::peak_memory(visage, operation)? };
        all.insert(
            operation.clone(),
            Figures {
                memory,
                start: median(logs::starts_of(&logged)),
                ..of_lines(&logs::lines_of(&logged))?
            },
        );
    }
    Ok(all)
}

fn of_lines(lines: &[Line]) -> Result<Figures> {
    let done: Vec<&Line> = lines.iter().filter(|line| line.succeeded()).collect();
    Ok(Figures {
        requests: done.len(),
        cpu: median(done.iter().map(|line| line.cpu).collect()),
        calls: median(done.iter().map(|line| line.call_count()).collect::<Result<_>>()?),
        capacity: median(done.iter().map(|line| line.capacity).collect()),
        ..Figures::default()
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use serde_json::json;

    fn line(code: &str, cpu: f64) -> Line {
        let calls = json!({ "DynamoDB.GetItem": 2, "KMS.Decrypt": 1 }).to_string();
        let line = json!({
            "request": "r", "operation": "get_form", "code": code, "cpu": cpu, "calls": calls,
            "capacity": 3.5, "written": 1.0,
        });
        serde_json::from_value(line).unwrap()
    }

    #[test]
    fn what_was_refused_is_no_measure_of_what_is_asked_for() {
        let figures = of_lines(&[line("ok", 2.0), line("not_found", 0.1)]).unwrap();
        assert_eq!((figures.requests, figures.cpu), (1, Some(2.0)));
        assert_eq!((figures.calls, figures.capacity), (Some(3.0), Some(3.5)));
        assert_eq!(of_lines(&[]).unwrap(), Figures::default());
    }
}
