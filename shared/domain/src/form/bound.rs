//! The least and the greatest value of a question.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::check::parse_date;

/// A limit of a value, as JSON a number or a day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Bound {
    /// Of an integer, a decimal or a quantity.
    Number(f64),
    /// Of a date, as `YYYY-MM-DD`.
    Date(String),
}

impl Bound {
    /// The number, if it is one.
    pub const fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Date(_) => None,
        }
    }

    /// The day, if it is a real one.
    pub fn day(&self) -> Option<Date> {
        match self {
            Self::Number(_) => None,
            Self::Date(day) => parse_date(day).ok(),
        }
    }
}

impl std::fmt::Display for Bound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Date(day) => f.write_str(day),
        }
    }
}
