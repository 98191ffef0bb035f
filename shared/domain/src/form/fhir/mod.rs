//! Forms and answers as FHIR R4 (4.0.1) has them: `Questionnaire` and `QuestionnaireResponse`, many of these in a `Bundle`.
//!
//! | ours | in FHIR |
//! |---|---|
//! | `minValue`, `maxValue` | extensions `minValue`, `maxValue`; of a quantity SDC's `minQuantity`, `maxQuantity` |
//! | `minLength`, `regex`, `maxOccurs`, `unit` | the extensions of these names |
//! | `translations` | extension `translation` beside each text |
//! | `purpose`, `mapsTo`, `views`, `consents` | extensions `urn:visage:fhir:…` |
//!
//! A form that can be published comes back from FHIR as it went. From elsewhere a questionnaire may bring more than forms
//! here can do: what would change its meaning (value sets, modifier extensions, times, references, read-only items, bounds
//! in another unit than the question's) is refused, all of it at once; what would not (names, codes, narrative, extensions
//! we don't know) is left behind, and told.

mod bundle;
mod export;
mod fields;
mod import;
mod names;
mod read;
mod response;

pub use bundle::bundle;
pub use export::Publication;
pub use import::Imported;
pub use response::Answered;

/// The media type of FHIR as JSON.
pub const MEDIA_TYPE: &str = "application/fhir+json";
