//! How large a form and its answers may be. Lengths are counted in characters (Unicode scalar values), sizes in bytes.
//!
//! A form version and a section's answers are each one item of a table whose items end at 400 KB; the sizes leave room
//! for keys, encryption and what else such an item holds.

/// Sections (top-level groups) of a form.
pub const SECTIONS: usize = 30;
/// Items of a form, groups included.
pub const ITEMS: usize = 300;
/// How deep items nest; a section is at depth 1.
pub const DEPTH: usize = 5;
/// Conditions (`enableWhen`) of one item.
pub const CONDITIONS: usize = 10;
/// Steps that looking for items which no answers lead to may take: some hundred times what a form takes that people can
/// follow, and a blink of a small function.
pub const REACH_STEPS: usize = 2_000_000;
/// Languages of a form beside its own.
pub const LANGUAGES: usize = 10;
/// Answers of a question that repeats: without and at most with `maxOccurs`.
pub const REPEATS: (usize, usize) = (20, 50);
/// Options of one choice.
pub const OPTIONS: usize = 100;
/// Faults of a questionnaire that an import names, and as many losses.
pub const IMPORT_NOTES: usize = 500;
/// Bytes of a form as JSON.
pub const FORM_BYTES: usize = 300 * 1024;
/// Bytes that the longest possible answers of one section may take as JSON.
pub const SECTION_ANSWER_BYTES: usize = 200 * 1024;
/// Bytes that the longest possible answers of a whole form may take as JSON.
pub const FORM_ANSWER_BYTES: usize = 600 * 1024;

/// Length of a `linkId`, an option's code or a unit's code.
pub const CODE: usize = 64;
/// Length of a form's title.
pub const TITLE: usize = 200;
/// Length of what stands before an item's text.
pub const PREFIX: usize = 20;
/// Length of a regular expression.
pub const PATTERN: usize = 200;
/// Bytes that a regular expression may take when compiled.
pub const PATTERN_PROGRAM: usize = 64 * 1024;
/// How deep a regular expression nests.
pub const PATTERN_NESTING: u32 = 20;
/// Length of a system of codes, a URI.
pub const SYSTEM: usize = 200;
/// Length of an attachment's title: the name of its file.
pub const FILE_NAME: usize = 200;
/// Length of an item's text.
pub const ITEM_TEXT: usize = 1_000;
/// Length of the purpose of an item.
pub const PURPOSE: usize = 500;
/// Length of an option's or a unit's display text.
pub const DISPLAY: usize = 200;
/// Length of the instructions for a photo.
pub const INSTRUCTIONS: usize = 1_000;
/// Length of a consent's text.
pub const CONSENT_TEXT: usize = 5_000;

/// Length of an answer to a `string` question: without and at most with `maxLength`.
pub const STRING_ANSWER: (usize, usize) = (200, 500);
/// Length of an answer to a `text` question: without and at most with `maxLength`.
pub const TEXT_ANSWER: (usize, usize) = (2_000, 4_000);
/// Length of a given or a family name.
pub const NAME: usize = 100;
/// Length of an e-mail address (RFC 5321, section 4.5.3.1.3, a path less its angle brackets).
pub const EMAIL: usize = 254;
/// Length of a phone number as typed, with its spaces and brackets.
pub const PHONE: usize = 40;

/// First and last year of any date asked for.
pub const YEARS: (i16, i16) = (1900, 2199);
/// Least and greatest size of a quantity other than zero: what can be shown without an exponent.
pub const QUANTITY: (f64, f64) = (1e-6, 1e12);
