//! The words of a report, from the records that it reports.

use crate::drawing::draw;
use crate::pdf;
use crate::picture::MeasuredFace;
use crate::words::{Words, day, figure, instant, reason, view, words};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use visage_domain::clinic::Clinic;
use visage_domain::evaluation::{Assessment, Signature};
use visage_domain::face::measures::Unit;
use visage_domain::face::{Measure, MeasureCode, MeasureResult, MeasureSet, View};
use visage_domain::ids::ReportId;
use visage_domain::language::Language;
use visage_domain::patient::Identity;
use visage_domain::staff::StaffDetails;

/// What a report is made of.
pub(crate) struct Source<'a> {
    pub(crate) clinic: &'a Clinic,
    pub(crate) language: Language,
    pub(crate) identity: &'a Identity,
    pub(crate) report: ReportId,
    pub(crate) number: u32,
    pub(crate) provider: &'a StaffDetails,
    pub(crate) assessment: &'a Assessment,
    pub(crate) signature: &'a Signature,
    pub(crate) addenda: &'a [Addition],
    pub(crate) photos: &'a [Shown],
    pub(crate) measures: Option<&'a MeasureSet>,
    pub(crate) face: Option<&'a MeasuredFace>,
}

/// What was added after the signature.
pub(crate) struct Addition {
    pub(crate) text: String,
    pub(crate) by: StaffDetails,
    pub(crate) at: Timestamp,
}

/// A photo that the provider includes.
pub(crate) struct Shown {
    pub(crate) jpeg: Vec<u8>,
    pub(crate) view: View,
    pub(crate) taken_in: Timestamp,
}

/// Words the report.
pub(crate) fn word(source: &Source<'_>) -> pdf::ReportContent {
    let (language, words) = (source.language, words(source.language));
    let zone = TimeZone::get(&source.clinic.time_zone).unwrap_or(TimeZone::UTC);
    let local = |at: Timestamp| at.to_zoned(zone.clone());
    let contact = &source.clinic.contact;
    let findings = source.assessment.findings.iter();
    let measured = measured(source.measures);
    let figures: Vec<(u32, MeasureCode)> = measured.iter().map(|(number, it)| (*number, it.code)).collect();
    pdf::ReportContent {
        words: words.clone(),
        language: language.code().into(),
        clinic: pdf::Letterhead {
            name: source.clinic.name.clone(),
            contact: format!("{}\n{}", contact.phone, contact.email),
            time_zone: source.clinic.time_zone.replace('_', " "),
        },
        patient_name: source.identity.full_name(),
        report_id: source.report.to_string(),
        number: source.number,
        evaluation_date: day(language, &local(source.signature.signed_at)),
        provider: signatory(source.provider),
        findings: findings
            .map(|finding| pdf::Finding {
                area: finding.area.expose().clone(),
                text: finding.text.expose().clone(),
            })
            .collect(),
        recommendations: source.assessment.recommendations.expose().clone(),
        addenda: source
            .addenda
            .iter()
            .map(|addition| pdf::Addendum {
                text: addition.text.clone(),
                signed_by: signatory(&addition.by),
                signed_at: instant(language, &local(addition.at)),
            })
            .collect(),
        photos: source
            .photos
            .iter()
            .map(|photo| pdf::ReportPhoto {
                jpeg: photo.jpeg.clone(),
                caption: format!("{}, {}", view(language, photo.view), day(language, &local(photo.taken_in))),
            })
            .collect(),
        drawing: source.face.and_then(|face| draw(face, &figures)),
        measures: measured.iter().map(|(number, measure)| row(*number, measure, language, words)).collect(),
        measures_caveat: source.measures.map(|_| words.caveat.to_owned()).unwrap_or_default(),
        not_measured: gaps(source.measures, language),
        model_version: source.measures.map(|set| set.model.clone()).unwrap_or_default(),
        signed_at: last_signature(source),
        signed_at_text: instant(language, &local(source.signature.signed_at)),
        content_hash: source.signature.content_hash.clone(),
    }
}

fn signatory(staff: &StaffDetails) -> pdf::Signatory {
    pdf::Signatory { name: staff.name.clone(), credential: staff.credential.clone().unwrap_or_default() }
}

/// What dates the document: the last thing in it that was signed.
fn last_signature(source: &Source<'_>) -> Timestamp {
    source.addenda.iter().map(|addition| addition.at).fold(source.signature.signed_at, Timestamp::max)
}

/// The figures that were measured, numbered for table and drawing.
fn measured(measures: Option<&MeasureSet>) -> Vec<(u32, &Measure)> {
    let results = measures.map(|set| set.results.iter()).into_iter().flatten();
    let measured = results.filter_map(|result| match result {
        MeasureResult::Measured(measure) => Some(measure),
        MeasureResult::NotMeasured { .. } => None,
    });
    (1..).zip(measured).collect()
}

/// A figure with as many digits as its error leaves meaning to.
fn row(number: u32, measure: &Measure, language: Language, words: &Words) -> pdf::MeasureRow {
    let (digits, unit) = match measure.unit {
        Unit::Degrees => (1, words.degrees),
        Unit::Ratio => (2, ""),
    };
    let figure = figure(language, measure.code);
    pdf::MeasureRow {
        number: number.to_string(),
        name: figure.name.into(),
        definition: figure.definition.into(),
        value: format!("{:.digits$}", rounded(measure.value, digits)),
        error: format!("{:.digits$}", measure.error),
        unit: unit.into(),
        source: figure.source.into(),
    }
}

/// Rounded to so many digits, and never to a zero with a minus before it.
fn rounded(value: f64, digits: usize) -> f64 {
    let scale = if digits == 1 { 10.0 } else { 100.0 };
    (value * scale).round() / scale + 0.0
}

fn gaps(measures: Option<&MeasureSet>, language: Language) -> Vec<pdf::NotMeasured> {
    let results = measures.map(|set| set.results.iter()).into_iter().flatten();
    results
        .filter_map(|result| match result {
            MeasureResult::Measured(_) => None,
            MeasureResult::NotMeasured { code, reason: why, .. } => Some(pdf::NotMeasured {
                name: figure(language, *code).name.into(),
                reason: reason(language, *why).into(),
            }),
        })
        .collect()
}

#[cfg(test)]
#[path = "content_tests.rs"]
mod tests;
