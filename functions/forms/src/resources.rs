//! FHIR resources as they are sent and answered. What is in them is FHIR's to describe.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::borrow::Cow;
use visage_domain::fields::{Field, shown};

/// A FHIR R4 `Questionnaire`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Questionnaire(pub(crate) Value);

/// A FHIR R4 `QuestionnaireResponse`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct QuestionnaireResponse(pub(crate) Value);

/// A FHIR R4 `Bundle`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Bundle(pub(crate) Value);

impl Questionnaire {
    /// What is shown of it: what [`Form::to_questionnaire`](visage_domain::form::Form::to_questionnaire) writes.
    pub(crate) const FIELDS: &'static [Field] = &[
        shown("resourceType"),
        shown("language"),
        shown("url"),
        shown("version"),
        shown("status"),
        shown("date"),
        shown("publisher"),
        shown("subjectType"),
        shown("title"),
        shown("_title").whole(),
        shown("extension").whole(),
        shown("item").whole(),
    ];
}

impl QuestionnaireResponse {
    /// What is shown of it.
    pub(crate) const FIELDS: &'static [Field] = &[
        shown("resourceType"),
        shown("identifier").whole(),
        shown("questionnaire"),
        shown("status"),
        shown("language"),
        shown("subject").whole(),
        shown("authored"),
        shown("item").whole(),
    ];
}

impl Bundle {
    /// What is shown of it.
    pub(crate) const FIELDS: &'static [Field] = &[
        shown("resourceType"),
        shown("type"),
        shown("timestamp"),
        shown("link").of(&[shown("relation"), shown("url")]),
        shown("entry").of(&[shown("fullUrl"), shown("resource").of(QuestionnaireResponse::FIELDS)]),
    ];
}

macro_rules! resource {
    ($name:ident) => {
        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "description": concat!("A FHIR R4 `", stringify!($name), "`: https://hl7.org/fhir/R4/."),
                    "type": "object",
                    "required": ["resourceType"],
                    "properties": { "resourceType": { "const": stringify!($name) } },
                })
            }
        }
    };
}

resource!(Questionnaire);
resource!(QuestionnaireResponse);
resource!(Bundle);
