//! What all tests share and only one may change at a time.

use std::collections::BTreeSet;
use std::sync::{Condvar, Mutex, PoisonError};

static TAKEN: Mutex<BTreeSet<&str>> = Mutex::new(BTreeSet::new());
static ENDED: Condvar = Condvar::new();

/// A turn at some queues and whoever works on what they bring: nobody else has one at any of them while this lives.
#[derive(Debug)]
pub struct Turn(Vec<&'static str>);

impl Turn {
    /// Waits for a turn at the queues with these names. Who has one asks for no other: two could wait for each other.
    pub fn at(queues: &[&'static str]) -> Self {
        let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
        while queues.iter().any(|queue| taken.contains(queue)) {
            taken = ENDED.wait(taken).unwrap_or_else(PoisonError::into_inner);
        }
        taken.extend(queues);
        Self(queues.to_vec())
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        TAKEN.lock().unwrap_or_else(PoisonError::into_inner).retain(|queue| !self.0.contains(queue));
        ENDED.notify_all();
    }
}
