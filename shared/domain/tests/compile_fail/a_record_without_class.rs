//! What is stored says how long it is kept: there is no default.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use visage_domain::retention::{Nothing, Record};

#[derive(Serialize, Deserialize)]
pub struct Note {
    at: Timestamp,
}

impl Record for Note { //~ E0046
    const TYPE: &'static str = "note";
    type Sealed = Nothing;

    fn anchor(&self) -> Timestamp {
        self.at
    }
}
