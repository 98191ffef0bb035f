//! What is stored says from when its retention counts: there is no default.

use serde::{Deserialize, Serialize};
use visage_domain::retention::{Nothing, Record, RecordClass};

#[derive(Serialize, Deserialize)]
pub struct Note;

impl Record for Note { //~ E0046
    const TYPE: &'static str = "note";
    const CLASS: RecordClass = RecordClass::Medical;
    type Sealed = Nothing;
}
