//! Requests of people who weren't known, counted by the minute.
//!
//! The first of a kind in a minute is written at once, with its request as the sample; the rest are counted in memory
//! and written when their minute is over and another request comes. A function that is frozen for good takes at most
//! its last minute's count along, never the fact that something came.

use jiff::{Timestamp, Unit};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use visage_domain::audit::StrangerCount;
use visage_domain::clock::Entropy;
use visage_domain::ids::AuditId;
use visage_store::StoreError;
use visage_store::audit::AuditLog;

/// How many more of a kind came since the first.
struct More {
    minute: Timestamp,
    count: u64,
    sample: String,
}

/// The counter of one function.
pub(crate) struct Strangers {
    log: AuditLog,
    entropy: Arc<dyn Entropy>,
    action: &'static str,
    counted: Mutex<HashMap<&'static str, More>>,
}

impl Strangers {
    pub(crate) fn new(log: AuditLog, entropy: Arc<dyn Entropy>, action: &'static str) -> Self {
        Self { log, entropy, action, counted: Mutex::default() }
    }

    /// Counts a request that ended with `code`.
    pub(crate) async fn came(
        &self,
        code: &'static str,
        request: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let minute =
            now.round(jiff::TimestampRound::new().smallest(Unit::Minute).mode(jiff::RoundMode::Trunc));
        let due = self.count(code, request, minute.unwrap_or(now));
        for (code, more) in due {
            let entry = AuditId::new(&*self.entropy);
            let count = StrangerCount {
                entry,
                minute: more.minute,
                action: self.action.to_owned(),
                code: code.to_owned(),
                count: more.count,
                sample_request: more.sample,
            };
            self.log.put_strangers(&count).await?;
        }
        Ok(())
    }

    /// What is to be written now: the first of its minute, and what earlier minutes left.
    fn count(&self, code: &'static str, request: &str, minute: Timestamp) -> Vec<(&'static str, More)> {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let mut due: Vec<_> = counted.extract_if(|_, more| more.minute != minute).collect();
        due.retain(|(_, more)| more.count > 0);
        match counted.get_mut(code) {
            Some(more) => more.count += 1,
            None => {
                due.push((code, More { minute, count: 1, sample: request.to_owned() }));
                counted.insert(code, More { minute, count: 0, sample: request.to_owned() });
            }
        }
        due
    }
}
