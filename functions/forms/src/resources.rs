//! FHIR resources as they are sent and answered. What is in them is FHIR's to describe.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::borrow::Cow;

/// A FHIR R4 `Questionnaire`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Questionnaire(pub(crate) Value);

/// A FHIR R4 `QuestionnaireResponse`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct QuestionnaireResponse(pub(crate) Value);

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
