//! Intake forms: what an owner publishes, what a patient answers, and the rules between the two.
//!
//! ```text
//! Form --validate--> PublishableForm --check_section--> (a draft may be saved)
//!                                    --check_submission--> Submission --render--> AskedAnswer…
//! ```
//!
//! Names and meaning follow FHIR R4 `Questionnaire` (<http://hl7.org/fhir/R4/questionnaire.html>): `linkId`, `text`,
//! `type`, `prefix`, `required`, `repeats`, `maxLength`, `answerOption`, `initial`, `enableWhen`, `enableBehavior`,
//! `item`. What FHIR has as extensions are fields of their own here (`unit`, `minValue`, `maxValue`, `minLength`, `regex`,
//! `maxOccurs`, `translations`). Ours beside them are `purpose` (why a question is asked: without it nothing is
//! published), `mapsTo` (which answer is the patient's name, birth date, …), `views` and `consents`. [`fhir`] writes and
//! reads all of it as FHIR has it.
//!
//! What is narrower than FHIR, so that a form stays easy to read and to answer: sections are the top-level groups; only
//! groups hold items, and groups don't repeat; conditions have no circles; dates are whole days; options are codings;
//! there are no value sets, times, addresses or references.
//!
//! Everything here is pure. Answers are health data: their `Debug` shows types and counts, errors never hold a value.

mod answers;
mod asks;
mod bound;
mod check;
mod enable_when;
mod error;
pub mod fhir;
mod identifiers;
mod language;
pub mod limits;
mod model;
mod outline;
mod pattern;
mod preview;
mod publishable;
mod render;
mod section;
mod shown;
mod submission;
mod text;
mod translation;
mod validate;
mod value;

#[cfg(test)]
mod tests;

pub use answers::{Answer, Answers, AnswersBySection};
pub use asks::{ConsentText, ViewRequest};
pub use bound::Bound;
pub use enable_when::{EnableBehavior, EnableWhen, Operator};
pub use error::{ErrorCode, FieldError};
pub use identifiers::{PhoneRegion, UnknownRegion, clean_name, normalise_email, normalise_phone};
pub use language::accepted_languages;
pub use model::{AnswerOption, Coding, Form, Item, ItemType, PatientField, Unit};
pub use preview::Preview;
pub use publishable::PublishableForm;
pub use render::AskedAnswer;
pub use submission::Submission;
pub use translation::{ItemTranslation, Translation};
pub use value::{AnswerValue, Attachment, Quantity, UCUM};
