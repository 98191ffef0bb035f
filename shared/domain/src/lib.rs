//! What Visage is about, without how it is stored, served or deployed: identifiers, value types, who may do what,
//! how long things are kept, and the rules of intakes, photos, evaluations and reports.
//!
//! Everything here is pure. Time comes in through [`clock::Clock`], randomness through [`clock::Entropy`]; nothing
//! awaits, and nothing knows of AWS, HTTP or the environment.

pub mod access_reason;
pub mod access_review;
pub mod agreement;
pub mod alert;
pub mod answer_export;
pub mod audit;
pub mod break_glass;
pub mod capability;
pub mod channel;
pub mod clinic;
pub mod clock;
pub mod consent;
pub mod document;
pub mod evaluation;
pub mod fields;
pub mod form;
pub mod form_version;
pub mod idempotency;
pub mod ids;
pub mod intake;
pub mod intake_import;
pub mod keys;
pub mod language;
pub mod matching;
pub mod minor;
pub mod note;
pub mod outbox;
pub mod patient;
pub mod permission;
pub mod phi;
pub mod photo;
pub mod principal;
pub mod purge;
pub mod registration;
pub mod report;
pub mod report_code;
pub mod retake;
pub mod retention;
pub mod scope;
pub mod session;
pub mod staff;
pub mod start_limit;
pub mod vendor;

pub mod face;
