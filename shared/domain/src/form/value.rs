//! The values of answers: FHIR's `value[x]` of the types we ask.

use std::fmt;

use schemars::JsonSchema;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

/// The system of units of measure, as FHIR names it.
pub const UCUM: &str = "http://unitsofmeasure.org";

/// One value. As JSON an object with one field, such as `{"valueString": "…"}`.
///
/// Its contents may be health data: `Debug` shows the type only.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum AnswerValue {
    /// A line or lines of text.
    #[serde(rename = "valueString")]
    String(String),
    /// Yes or no.
    #[serde(rename = "valueBoolean")]
    Boolean(bool),
    /// A day as `YYYY-MM-DD`; not known to be a real one until checked.
    #[serde(rename = "valueDate")]
    Date(String),
    /// The option with this code.
    #[serde(rename = "valueCoding", with = "coding")]
    #[schemars(with = "ChosenOption")]
    Coding(String),
    /// A number.
    #[serde(rename = "valueDecimal")]
    Decimal(f64),
    /// A whole number of FHIR's range.
    #[serde(rename = "valueInteger")]
    Integer(i32),
    /// A number in a unit.
    #[serde(rename = "valueQuantity")]
    Quantity(Quantity),
    /// A document that was uploaded.
    #[serde(rename = "valueAttachment")]
    Attachment(Attachment),
}

impl fmt::Debug for AnswerValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::String(_) => "String(…)",
            Self::Boolean(_) => "Boolean(…)",
            Self::Date(_) => "Date(…)",
            Self::Coding(_) => "Coding(…)",
            Self::Decimal(_) => "Decimal(…)",
            Self::Integer(_) => "Integer(…)",
            Self::Quantity(_) => "Quantity(…)",
            Self::Attachment(_) => "Attachment(…)",
        })
    }
}

/// A document that was uploaded, as FHIR's `Attachment` refers to one.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Attachment {
    /// The id that the upload was given, such as `pho_…`; never an address.
    pub url: String,
    /// Its media type, as the patient's device named it; what it is was found out from its content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// What the patient calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

impl fmt::Debug for Attachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Attachment(…)")
    }
}

/// A number in a UCUM unit.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "QuantityJson", into = "QuantityJson")]
pub struct Quantity {
    /// The number, finite.
    pub value: f64,
    /// The UCUM code of its unit.
    pub code: String,
}

impl fmt::Debug for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Quantity(…)")
    }
}

/// A FHIR `Quantity`. One with a `comparator` is refused: "less than 5" is not 5.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Quantity")]
struct QuantityJson {
    value: f64,
    #[serde(default, rename = "unit", skip_serializing)]
    #[schemars(with = "Option<String>")]
    _unit: Option<IgnoredAny>,
    #[serde(default)]
    system: Option<String>,
    code: String,
}

impl From<Quantity> for QuantityJson {
    fn from(quantity: Quantity) -> Self {
        Self { value: quantity.value, _unit: None, system: Some(UCUM.to_owned()), code: quantity.code }
    }
}

impl TryFrom<QuantityJson> for Quantity {
    type Error = &'static str;

    fn try_from(json: QuantityJson) -> Result<Self, Self::Error> {
        if json.system.is_some_and(|system| system != UCUM) {
            return Err("a quantity's system must be http://unitsofmeasure.org");
        }
        if !json.value.is_finite() {
            return Err("a quantity's value must be finite");
        }
        Ok(Self { value: json.value, code: json.code })
    }
}

/// An option, by its code. What is sent of it beside the code is dropped.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "how [`coding`] looks from outside: only its schema counts")]
pub(super) struct ChosenOption {
    /// Its code, unique in its question.
    code: String,
    #[serde(default, skip_serializing)]
    display: Option<String>,
    #[serde(default, skip_serializing)]
    system: Option<String>,
}

/// A FHIR `Coding` of one of a question's options: the code alone counts, system and display sent along are dropped.
pub(super) mod coding {
    use serde::de::IgnoredAny;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Read {
        code: String,
        #[serde(default, rename = "display")]
        _display: Option<IgnoredAny>,
        #[serde(default, rename = "system")]
        _system: Option<IgnoredAny>,
    }

    #[derive(Serialize)]
    struct Written<'a> {
        code: &'a str,
    }

    pub(in super::super) fn serialize<S: Serializer>(code: &str, serializer: S) -> Result<S::Ok, S::Error> {
        Written { code }.serialize(serializer)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<String, D::Error> {
        Ok(Read::deserialize(deserializer)?.code)
    }
}
