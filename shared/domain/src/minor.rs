//! Minors: who is one, and the guardian who consents for them.

use crate::fields::{Field, shown};
use crate::form::clean_name;
use crate::ids::{IntakeId, PatientId};
use crate::phi::Phi;
use crate::retention::{Record, RecordClass};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a clinic does with intakes of minors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MinorsPolicy {
    /// It takes none.
    #[default]
    Refused,
    /// It takes them when a guardian is named, and consents.
    WithGuardian,
}

/// The age at which a person comes of age in a state, by its USPS code. Engineering reference, not legal advice.
///
/// Eighteen, but nineteen in Alabama (Ala. Code § 26-1-1) and Nebraska (Neb. Rev. Stat. § 43-2101), twenty-one in
/// Mississippi (Miss. Code § 1-3-27) and Puerto Rico (Civil Code of 2020, article 97). Where a state lets younger people
/// consent to some care, the later age protects more.
pub fn age_of_majority(state: &str) -> i16 {
    match state {
        "AL" | "NE" => 19,
        "MS" | "PR" => 21,
        _ => 18,
    }
}

/// Whether somebody born on `birth_date` is a minor on the day `today` of the clinic's calendar, in its `state`.
///
/// Who was born on a 29 February comes of age on the 1 March of a year without one.
pub fn is_minor(birth_date: Date, today: Date, state: &str) -> bool {
    let years = age_of_majority(state);
    let anniversary = birth_date.saturating_add(years.years());
    let of_age =
        if anniversary.day() == birth_date.day() { anniversary } else { anniversary.saturating_add(1.day()) };
    today < of_age
}

/// What entitles a guardian.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// A parent.
    Parent,
    /// A guardian appointed by a court or by will.
    LegalGuardian,
    /// Another adult whom the law of the state entitles to consent.
    OtherAuthorized,
}

/// Who a guardian is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GuardianDetails {
    /// Given and family name.
    pub name: Phi<String>,
    /// What entitles them.
    pub relation: Relation,
}

impl GuardianDetails {
    /// What is shown of them.
    pub const FIELDS: &'static [Field] = &[shown("name"), shown("relation")];

    /// The same with the name tidied as a patient's is; none if it is no name.
    pub fn tidied(&self) -> Option<Self> {
        let name = clean_name(self.name.expose())?;
        Some(Self { name: Phi::new(name), relation: self.relation })
    }
}

/// That an intake has a guardian, who gives its consents from then on. Naming another one takes its place; what was
/// consented to keeps the guardian of its day in its own evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guardian {
    /// The intake.
    pub intake: IntakeId,
    /// Whose.
    pub patient: PatientId,
    /// When the guardian was named.
    pub named_at: Timestamp,
}

impl Record for Guardian {
    const TYPE: &'static str = "guardian";
    const CLASS: RecordClass = RecordClass::Medical;
    type Sealed = GuardianDetails;

    fn anchor(&self) -> Timestamp {
        self.named_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn who_is_a_minor_depends_on_the_day_and_the_state() {
        let born = date(2008, 7, 14);
        for (state, age) in [("WA", 18), ("AL", 19), ("NE", 19), ("MS", 21), ("PR", 21), ("DC", 18)] {
            let birthday = date(2008 + age, 7, 14);
            assert!(
                is_minor(born, birthday.yesterday().unwrap_or(birthday), state),
                "{state}: the day before"
            );
            assert!(!is_minor(born, birthday, state), "{state}: the day itself");
        }
    }

    #[test]
    fn who_was_born_on_a_leap_day_comes_of_age_in_march() {
        let born = date(2008, 2, 29);
        assert!(is_minor(born, date(2026, 2, 28), "WA"));
        assert!(!is_minor(born, date(2026, 3, 1), "WA"));
        // Twenty years on there is such a day again; with twenty-one there is none.
        assert!(is_minor(born, date(2029, 2, 28), "MS"));
        assert!(!is_minor(born, date(2029, 3, 1), "MS"));
    }

    #[test]
    fn no_date_of_the_calendar_is_too_much() {
        assert!(!is_minor(Date::MIN, date(2026, 1, 1), "MS"));
        assert!(is_minor(Date::MAX, date(2026, 1, 1), "MS"));
    }

    #[test]
    fn a_guardian_needs_a_name() {
        let named = |name: &str| {
            let details = GuardianDetails { name: Phi::new(name.into()), relation: Relation::Parent };
            details.tidied().map(|tidied| tidied.name.into_exposed())
        };
        assert_eq!(named("  Þóra   O’Brien "), Some("Þóra O’Brien".into()));
        assert_eq!(named("12345"), None);
        assert_eq!(named("\u{200b}"), None);
    }
}
