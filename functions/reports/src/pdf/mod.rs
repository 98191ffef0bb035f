//! Lays a signed evaluation out as a PDF a clinic can hand over.
//!
//! A report is set in strips from top to bottom (`report`), divided into
//! `pages`, and written by krilla. What people wrote goes from string to
//! glyphs, so no text can act as markup. The result is tagged, titled and
//! carries its fonts (PDF/UA-1, ISO 14289-1), and the same content always
//! gives the same bytes.

mod content;
mod drawing;
mod figures;
mod galley;
mod legible;
mod look;
mod pages;
mod paint;
mod report;
mod strip;
mod table;
mod tags;
#[cfg(test)]
mod tests;
mod text;
mod typefaces;
mod write;

use image::ImageFormat;
use jiff::tz::TimeZone;
use krilla::image::Image;
use krilla::metadata::{DateTime, Metadata};
use thiserror::Error;

pub use content::{
    Addendum, Drawing, Finding, Label, Letterhead, Line, MeasureRow, NotMeasured, ReportContent, ReportPhoto,
    Signatory,
};

/// Why a report could not be rendered. No variant carries a word of the report.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
pub enum RenderError {
    /// A photo is no JPEG that can be decoded.
    #[error("photo {position} is not a readable JPEG")]
    Photo {
        /// The photo's position in the content, from 0.
        position: usize,
    },
    /// The typefaces could not be read: a defect of this module.
    #[error("the report could not be typeset")]
    Typeset,
    /// The pages could not be written as PDF: a defect of this module.
    #[error("the report could not be written as PDF")]
    Write,
}

/// Renders a report as a PDF file (US Letter, tagged, fonts embedded).
///
/// Pure: reads no clock, file or network; the same content gives the same
/// bytes. Takes some tens of milliseconds of CPU, so call it where blocking is
/// allowed. Text in a script that the embedded typefaces lack shows `□` and a
/// note that says so; it never fails the report.
///
/// # Errors
/// [`RenderError::Photo`] if a photo is not a readable JPEG; the other kinds
/// are defects, not reactions to content.
pub fn render(report: &ReportContent) -> Result<Vec<u8>, RenderError> {
    let images = readable_photos(report)?;
    let laid = report::lay_out(report, &images).ok_or(RenderError::Typeset)?;
    write::write(&laid.pages, &laid.tags, &about(report, laid.author)).ok_or(RenderError::Write)
}

/// The photos in their order, and last the one that is drawn on.
fn readable_photos(report: &ReportContent) -> Result<Vec<Image>, RenderError> {
    let drawn_on = report.drawing.iter().map(|drawing| &drawing.jpeg);
    let photos = report.photos.iter().map(|photo| &photo.jpeg).chain(drawn_on);
    let readable =
        |(position, jpeg): (usize, &Vec<u8>)| readable_photo(jpeg).ok_or(RenderError::Photo { position });
    photos.enumerate().map(readable).collect()
}

/// A photo as the file embeds it, once all of it could be decoded.
fn readable_photo(jpeg: &[u8]) -> Option<Image> {
    image::load_from_memory_with_format(jpeg, ImageFormat::Jpeg).ok()?;
    Image::from_jpeg(jpeg.to_owned().into(), false).ok()
}

/// What the file says of itself.
fn about(report: &ReportContent, author: String) -> Metadata {
    let (language, region) = split_language(&report.language);
    let about = Metadata::new()
        .title(report.words.title.to_owned())
        .language(region.map_or(language.clone(), |region| format!("{language}-{region}")))
        .authors(vec![author])
        .creator("Visage".to_owned())
        .document_id(report.report_id.clone());
    match date(report.signed_at) {
        Some(date) => about.creation_date(date),
        None => about,
    }
}

fn date(at: jiff::Timestamp) -> Option<DateTime> {
    let utc = at.to_zoned(TimeZone::UTC);
    let part = |n: i8| u8::try_from(n).ok();
    let day = DateTime::new(u16::try_from(utc.year()).ok()?).month(part(utc.month())?).day(part(utc.day())?);
    let time = day.hour(part(utc.hour())?).minute(part(utc.minute())?).second(part(utc.second())?);
    Some(time.utc_offset_hour(0).utc_offset_minute(0))
}

/// Language and region of a BCP 47 tag, as far as the PDF knows them:
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
