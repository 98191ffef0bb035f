//! Intake forms: what an owner publishes, what a patient answers, and the rules between the two.
//!
//! ```text
//! Form --validate--> PublishableForm --check_section--> (a draft may be saved)
//!                                    --check_submission--> Submission --render--> AskedAnswer…
//! ```
//!
//! Names and meaning follow FHIR R4 `Questionnaire` (<http://hl7.org/fhir/R4/questionnaire.html>): `linkId`, `text`,
//! `type`, `required`, `repeats`, `maxLength`, `answerOption`, `enableWhen`, `enableBehavior`, `item`. Ours beside them
//! are `purpose` (why a question is asked: without it nothing is published), `mapsTo` (which answer is the patient's
//! name, birth date, …), `unit`, `minValue` and `maxValue` (in FHIR the extensions `questionnaire-unit`, `minValue` and
//! `maxValue`), `views` and `consents`.
//!
//! What is narrower than FHIR, so that a form stays easy to read and to answer: sections are the top-level groups; only
//! groups hold items; a condition refers to an earlier question, so there are no cycles; only choices repeat; dates are
//! whole days; option codes are the form's own.
//!
//! Everything here is pure. Answers are health data: their `Debug` shows types and counts, errors never hold a value.

mod answers;
mod asks;
mod check;
mod enable_when;
mod error;
mod identifiers;
pub mod limits;
mod model;
mod outline;
mod publishable;
mod render;
mod section;
mod submission;
mod text;
mod validate;
mod value;

#[cfg(test)]
mod tests;

pub use answers::{Answer, Answers, AnswersBySection};
pub use asks::{ConsentText, ViewRequest};
pub use enable_when::{EnableBehavior, EnableWhen, Operator};
pub use error::{ErrorCode, FieldError};
pub use identifiers::{PhoneRegion, UnknownRegion, clean_name, normalise_email, normalise_phone};
pub use model::{AnswerOption, Coding, Form, Item, ItemType, PatientField, Unit};
pub use publishable::PublishableForm;
pub use render::AskedAnswer;
pub use submission::Submission;
pub use value::{AnswerValue, Quantity, UCUM};
