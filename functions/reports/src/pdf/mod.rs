//! Typesets a signed evaluation as a PDF a clinic can hand over.
//!
//! The layout is `report.typ`, compiled by [typst] inside the process. What
//! people wrote reaches it as JSON data, never as source, so no text can act
//! as markup. The result is tagged, titled and carries its fonts (PDF/UA-1,
//! ISO 14289-1), and the same content always gives the same bytes.

mod content;
mod legible;
#[cfg(test)]
mod tests;
mod typefaces;
mod world;

use jiff::tz::TimeZone;
use thiserror::Error;
use typst::diag::SourceDiagnostic;
use typst::foundations::{Bytes, Datetime, Smart};
use typst::visualize::{ExchangeFormat, RasterImage};
use typst::{World, WorldExt, comemo};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

pub use content::{
    Addendum, Drawing, Finding, Label, Letterhead, Line, MeasureRow, NotMeasured, ReportContent, ReportPhoto,
    Signatory,
};
use world::ReportWorld;

/// Why a report could not be rendered. No variant carries a word of the
/// report: typst's own messages quote the text they stumble over.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
pub enum RenderError {
    /// A photo is no JPEG that can be decoded.
    #[error("photo {position} is not a readable JPEG")]
    Photo {
        /// The photo's position in the content, from 0.
        position: usize,
    },
    /// The template does not fit the content: a defect of this module.
    #[error("the report could not be typeset{}", at(*line))]
    Typeset {
        /// The line of `report.typ`, from 1, where known.
        line: Option<usize>,
    },
    /// The typeset pages could not be written as PDF: a defect of this module.
    #[error("the report could not be written as PDF")]
    Write,
}

fn at(line: Option<usize>) -> String {
    line.map_or_else(String::new, |line| format!(" (report.typ, line {line})"))
}

/// Renders a report as a PDF file (US Letter, tagged, fonts embedded).
///
/// Pure: reads no clock, file or network; the same content gives the same
/// bytes. Takes some hundred milliseconds of CPU, so call it where blocking is
/// allowed. Text in a script that the embedded typefaces lack shows `□` and a
/// note that says so; it never fails the report.
///
/// # Errors
/// [`RenderError::Photo`] if a photo is not a readable JPEG; the other kinds
/// are defects, not reactions to content.
pub fn render(report: &ReportContent) -> Result<Vec<u8>, RenderError> {
    let rendered = render_cached(report);
    // typst memoises across documents: drop its caches, so that nothing of one
    // patient's report is kept while the next one's is made.
    comemo::evict(0);
    rendered
}

fn render_cached(report: &ReportContent) -> Result<Vec<u8>, RenderError> {
    let document = typeset(&ReportWorld::new(data_for_template(report)?, readable_photos(report)?)?)?;
    write_pdf(&document, report)
}

/// The content as the template reads it. `language` is split as typst wants
/// it, and `has_placeholders` tells whether a note about them is due.
fn data_for_template(report: &ReportContent) -> Result<Vec<u8>, RenderError> {
    let defect = RenderError::Typeset { line: None };
    let mut data = serde_json::to_value(report).map_err(|_| defect)?;
    let has_placeholders = legible::make_legible(&mut data);
    let (language, region) = split_language(&report.language);
    data["language"] = language.into();
    data["region"] = region.into();
    data["has_placeholders"] = has_placeholders.into();
    serde_json::to_vec(&data).map_err(|_| defect)
}

/// Language and region of a BCP 47 tag, as far as typst and the PDF know them:
/// two or three letters (ISO 639) and two letters (ISO 3166-1).
fn split_language(tag: &str) -> (String, Option<String>) {
    let is_alpha = |s: &str| s.bytes().all(|b| b.is_ascii_alphabetic());
    let mut parts = tag.split('-');
    let language = parts.next().filter(|l| (2..=3).contains(&l.len()) && is_alpha(l));
    let region = parts.find(|r| r.len() == 2 && is_alpha(r));
    match language {
        Some(language) => (language.to_ascii_lowercase(), region.map(str::to_ascii_uppercase)),
        None => ("en".to_owned(), None),
    }
}

/// The photos in their order, and last the one that is drawn on.
fn readable_photos(report: &ReportContent) -> Result<Vec<Bytes>, RenderError> {
    let readable = |(position, jpeg): (usize, &Vec<u8>)| {
        let jpeg = Bytes::new(jpeg.clone());
        RasterImage::plain(jpeg.clone(), ExchangeFormat::Jpg)
            .map(|_| jpeg)
            .map_err(|_| RenderError::Photo { position })
    };
    let drawn_on = report.drawing.iter().map(|drawing| &drawing.jpeg);
    report.photos.iter().map(|photo| &photo.jpeg).chain(drawn_on).enumerate().map(readable).collect()
}

fn typeset(world: &ReportWorld) -> Result<PagedDocument, RenderError> {
    typst::compile(world).output.map_err(|errors| RenderError::Typeset {
        line: errors.first().and_then(|error| template_line(world, error)),
    })
}

fn template_line(world: &ReportWorld, error: &SourceDiagnostic) -> Option<usize> {
    let start = world.range(error.span)?.start;
    let line = world.source(world.main()).ok()?.lines().byte_to_line(start)?;
    Some(line + 1)
}

/// Writes the pages as PDF/UA-1. Some shaped scripts cannot be written so
/// (Arabic ligatures may have no text of their own); their report is tagged
/// all the same but does not claim the standard.
fn write_pdf(document: &PagedDocument, report: &ReportContent) -> Result<Vec<u8>, RenderError> {
    let accessible = PdfStandards::new(&[PdfStandard::Ua_1]).map_err(|_| RenderError::Write)?;
    [accessible, PdfStandards::default()]
        .into_iter()
        .find_map(|standards| typst_pdf::pdf(document, &options(report, standards)).ok())
        .ok_or(RenderError::Write)
}

fn options(report: &ReportContent, standards: PdfStandards) -> PdfOptions {
    PdfOptions {
        ident: Smart::Custom(report.report_id.clone()),
        creator: Smart::Custom(Some("Visage".to_owned())),
        timestamp: pdf_timestamp(report.signed_at),
        standards,
        ..PdfOptions::default()
    }
}

fn pdf_timestamp(at: jiff::Timestamp) -> Option<Timestamp> {
    let utc = at.to_zoned(TimeZone::UTC);
    let part = |n: i8| u8::try_from(n).ok();
    let datetime = Datetime::from_ymd_hms(
        i32::from(utc.year()),
        part(utc.month())?,
        part(utc.day())?,
        part(utc.hour())?,
        part(utc.minute())?,
        part(utc.second())?,
    )?;
    Some(Timestamp::new_utc(datetime))
}
