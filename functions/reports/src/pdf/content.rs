//! What a report says: plain, owned text, already worded for its readers.

use std::fmt;

use crate::words::Words;
use jiff::Timestamp;

/// Everything a report shows, and nothing else.
///
/// All strings are shown as they are: none is read as markup. Line breaks are
/// kept; a blank line starts a new paragraph. The patient is identified by
/// name, report id and date only, the least that lets a clinic file the
/// document with the right chart.
#[derive(Clone)]
#[cfg_attr(test, derive(serde::Serialize))]
pub struct ReportContent {
    /// The fixed words. The title among them, such as "Evaluation report",
    /// is shown by readers of the PDF in their window's title: it names no person.
    pub(crate) words: Words,
    /// The language of the text as a BCP 47 tag, such as `en` or `es-MX`.
    /// Screen readers choose their voice by it. A tag without an ISO 639
    /// language is taken as `en`.
    pub language: String,
    /// Who hands the report over.
    pub clinic: Letterhead,
    /// The name of the person evaluated.
    pub patient_name: String,
    /// The report's id, printed on every page.
    pub report_id: String,
    /// Which version of the report this is; printed from the second on.
    pub number: u32,
    /// The date of the evaluation, worded for the reader.
    pub evaluation_date: String,
    /// Who evaluated and signed.
    pub provider: Signatory,
    /// What the provider saw, in the provider's order.
    pub findings: Vec<Finding>,
    /// What the provider advises; empty if nothing.
    pub recommendations: String,
    /// What was added after the signature, in order.
    pub addenda: Vec<Addendum>,
    /// The photos the report is about.
    pub photos: Vec<ReportPhoto>,
    /// The face with the measures drawn on it.
    pub drawing: Option<Drawing>,
    /// What was measured on the photos.
    pub measures: Vec<MeasureRow>,
    /// What a reader must know before reading the measures.
    pub measures_caveat: String,
    /// What could not be measured.
    pub not_measured: Vec<NotMeasured>,
    /// The name and version of what measured; empty if nothing did.
    pub model_version: String,
    /// When the last thing in it was signed. Becomes the PDF's date, so that a report
    /// rendered again is the same file, byte for byte.
    pub signed_at: Timestamp,
    /// When the evaluation was signed, worded for the reader in the clinic's time zone.
    pub signed_at_text: String,
    /// The hash of the signed evaluation, as printed for comparison.
    pub content_hash: String,
}

/// The clinic as it stands at the head of a letter.
#[derive(Clone)]
#[cfg_attr(test, derive(serde::Serialize))]
pub struct Letterhead {
    /// The name the clinic is known by.
    pub name: String,
    /// How to reach the clinic; may have several lines.
    pub contact: String,
    /// The time zone the report's times are told in, such as "Pacific time".
    pub time_zone: String,
}

/// The provider who signed.
#[derive(Clone)]
#[cfg_attr(test, derive(serde::Serialize))]
pub struct Signatory {
    /// Full name.
    pub name: String,
    /// Licence or degree, such as "MD"; empty if none is to be shown.
    pub credential: String,
}

/// What the provider found in one area.
#[derive(Clone)]
#[cfg_attr(test, derive(serde::Serialize))]
pub struct Finding {
    /// The area of the face or body.
    pub area: String,
    /// The finding, in the provider's words.
    pub text: String,
}

/// What was added after the signature.
#[derive(Clone)]
#[cfg_attr(test, derive(serde::Serialize))]
pub struct Addendum {
    /// The text, in its author's words.
    pub text: String,
    /// Who wrote and signed it.
    pub signed_by: Signatory,
    /// When, worded for the reader.
    pub signed_at: String,
}

/// One measured quantity.
#[derive(Clone)]
#[cfg_attr(test, derive(serde::Serialize))]
pub struct MeasureRow {
    /// Its number in the drawing.
    pub number: String,
    /// What it is called.
    pub name: String,
    /// How it is measured.
    pub definition: String,
    /// The value, rounded to what its error allows.
    pub value: String,
    /// The error of one measurement, in the unit of the value; empty if
    /// unknown.
    pub error: String,
    /// The unit; empty for a ratio.
    pub unit: String,
    /// Where the definition was published.
    pub source: String,
}

/// A quantity that could not be measured.
#[derive(Clone)]
#[cfg_attr(test, derive(serde::Serialize))]
pub struct NotMeasured {
    /// What it is called.
    pub name: String,
    /// Why it could not be measured.
    pub reason: String,
}

/// A photo with the words that go with it.
#[derive(Clone)]
#[cfg_attr(test, derive(serde::Serialize))]
pub struct ReportPhoto {
    /// A JPEG of the size it is to be shown in (1,000 pixels across are
    /// plenty). It is embedded byte for byte: its metadata must be gone.
    #[cfg_attr(test, serde(skip))]
    pub jpeg: Vec<u8>,
    /// What is shown, such as "Frontal view, 3 March 2026"; printed below the
    /// photo and read aloud in its place.
    pub caption: String,
}

/// A photo of the face with lines drawn on it. Places are counted in widths of
/// the photo, from its left and top edge.
#[derive(Clone)]
#[cfg_attr(test, derive(serde::Serialize))]
pub struct Drawing {
    /// The photo, as that of a [`ReportPhoto`].
    #[cfg_attr(test, serde(skip))]
    pub jpeg: Vec<u8>,
    /// Width over height.
    pub aspect: f64,
    /// The points that software found.
    pub points: Vec<[f64; 2]>,
    /// What was measured.
    pub lines: Vec<Line>,
    /// The numbers of the table.
    pub labels: Vec<Label>,
}

/// A line of a drawing.
#[derive(Clone)]
#[cfg_attr(test, derive(serde::Serialize))]
pub struct Line {
    /// Where it begins.
    pub from: [f64; 2],
    /// Where it ends.
    pub to: [f64; 2],
    /// Whether it is dashed: a line of reference.
    pub dashed: bool,
}

/// A number of a drawing.
#[derive(Clone)]
#[cfg_attr(test, derive(serde::Serialize))]
pub struct Label {
    /// Its middle.
    pub at: [f64; 2],
    /// The number.
    pub text: String,
}

impl fmt::Debug for ReportContent {
    /// Prints the type's name only: a report is PHI from end to end.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReportContent")
    }
}
