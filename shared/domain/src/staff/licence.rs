//! Licences to practise.

use crate::clinic::{is_line, is_state};
use crate::fields::{Field, shown};
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The most licences that are kept of one person.
pub const MOST_LICENCES: usize = 20;

/// The longest licence number, in characters.
const LONGEST_NUMBER: usize = 40;

/// A licence to practise in one state, as its board issued it (FHIR R4 `Practitioner.qualification`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Licence {
    /// The number under which the state's board lists it.
    pub number: String,
    /// The state, by its postal code.
    pub state: String,
    /// The last day on which it is valid.
    pub expires_on: Date,
}

impl Licence {
    /// What is shown of it.
    pub const FIELDS: &'static [Field] = &[shown("number"), shown("state"), shown("expiresOn")];

    /// Whether it is valid on `today`, a day of the clinic's calendar.
    pub fn is_valid(&self, today: Date) -> bool {
        today <= self.expires_on
    }

    /// What is wrong with it, by field. One that has expired is a fact like another.
    pub(super) fn faults(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let number = (!is_line(&self.number, LONGEST_NUMBER)).then_some(("number", "invalid_number"));
        let state = (!is_state(&self.state)).then_some(("state", "unknown_state"));
        number.into_iter().chain(state)
    }
}
