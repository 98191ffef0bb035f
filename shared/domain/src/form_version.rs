//! The form of a clinic as it is kept: its published versions, where each stands, and the draft of the next.

use crate::form::Form;
use crate::ids::StaffId;
use crate::retention::{Nothing, Record, RecordClass};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A published version of the clinic's form. A patient always answers the version they were shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FormVersion {
    /// Counts from 1.
    pub version: u32,
    /// The form itself.
    #[serde(with = "json_text")]
    pub form: Form,
    /// Who published it.
    pub published_by: StaffId,
    /// When.
    pub published_at: Timestamp,
}

impl Record for FormVersion {
    const TYPE: &'static str = "form";
    const CLASS: RecordClass = RecordClass::Consent;
    type Sealed = Nothing;

    fn anchor(&self) -> Timestamp {
        self.published_at
    }
}

/// Which version new intakes answer. There is none before the first publication, and after the current version was
/// retired.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CurrentForm {
    /// The version in force.
    pub version: u32,
    /// Since when.
    pub since: Timestamp,
}

impl Record for CurrentForm {
    const TYPE: &'static str = "current_form";
    const CLASS: RecordClass = RecordClass::Account;
    type Sealed = Nothing;

    fn anchor(&self) -> Timestamp {
        self.since
    }
}

/// What is known of a published version without reading all of it: a line of the list of versions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormStanding {
    /// The version.
    pub version: u32,
    /// Its title.
    pub title: String,
    /// The languages it can be read in, its own first.
    pub languages: Vec<String>,
    /// Who published it.
    pub published_by: StaffId,
    /// When.
    pub published_at: Timestamp,
    /// Who took it out of use, and when.
    pub retired: Option<Retirement>,
}

/// That a form version was taken out of use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retirement {
    /// By whom.
    pub by: StaffId,
    /// When.
    pub at: Timestamp,
}

impl Record for FormStanding {
    const TYPE: &'static str = "form_standing";
    const CLASS: RecordClass = RecordClass::Consent;
    type Sealed = Nothing;

    fn anchor(&self) -> Timestamp {
        self.retired.map_or(self.published_at, |retired| retired.at)
    }
}

/// The form that owners are working on; one per clinic. It may break every rule but those of size.
///
/// Once published it stays as an empty record, so that its versions never count from one again: a tag that an owner read
/// before the publication fits no later draft.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FormDraft {
    /// The form as it stands; none after its publication.
    #[serde(with = "json_text")]
    pub form: Option<Form>,
    /// Who saved or published it last.
    pub saved_by: StaffId,
    /// When.
    pub saved_at: Timestamp,
}

impl Record for FormDraft {
    const TYPE: &'static str = "form_draft";
    const CLASS: RecordClass = RecordClass::Account;
    type Sealed = Nothing;

    fn anchor(&self) -> Timestamp {
        self.saved_at
    }
}

/// A form is kept as its JSON text: the database's own numbers, names and nesting are narrower than JSON's, and a form
/// that is fine in every other way would not fit them.
mod json_text {
    use serde::de::{DeserializeOwned, Error as _};
    use serde::ser::Error as _;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<T: Serialize, S: Serializer>(
        value: &T,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&serde_json::to_string(value).map_err(S::Error::custom)?)
    }

    /// As it is kept. Versions from before forms were kept as text are maps.
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Kept<T> {
        Text(String),
        Map(T),
    }

    pub(super) fn deserialize<'de, T: DeserializeOwned, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<T, D::Error> {
        match Kept::deserialize(deserializer)? {
            // The parser's own message would quote the text.
            Kept::Text(text) => serde_json::from_str(&text).map_err(|_| D::Error::custom("not a form")),
            Kept::Map(form) => Ok(form),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::json;

    fn draft(form: Option<Form>) -> FormDraft {
        FormDraft { form, saved_by: StaffId::from_bits([1; 16]), saved_at: Timestamp::UNIX_EPOCH }
    }

    #[test]
    fn what_the_database_has_no_place_for_comes_back() {
        let mut item = json!({ "linkId": "a", "text": "A", "type": "decimal", "minValue": 1e300 });
        for _ in 0..20 {
            item = json!({ "linkId": "", "text": "", "type": "group", "item": [item] });
        }
        let form = json!({ "title": "", "language": "", "item": [item], "translations": { "": {} } });
        let form: Form = serde_json::from_value(form).unwrap();
        for kept in [draft(Some(form.clone())), draft(None)] {
            let stored = serde_json::to_value(&kept).unwrap();
            assert!(stored["form"].is_string());
            assert_eq!(serde_json::from_value::<FormDraft>(stored).unwrap(), kept);
        }
        // A version from before is a map.
        let map = json!({ "version": 1, "form": form, "published_by": StaffId::from_bits([1; 16]), "published_at": "1970-01-01T00:00:00Z" });
        assert_eq!(serde_json::from_value::<FormVersion>(map).unwrap().form, form);
        let broken = json!({ "form": "{", "saved_by": StaffId::from_bits([1; 16]), "saved_at": "1970-01-01T00:00:00Z" });
        let error = serde_json::from_value::<FormDraft>(broken).unwrap_err();
        assert_eq!(error.to_string(), "not a form");
    }
}
