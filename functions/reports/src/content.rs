//! The words of a report, from the records that it reports.

use crate::pdf;
use jiff::tz::TimeZone;
use visage_domain::clinic::Clinic;
use visage_domain::evaluation::{Assessment, Signature};
use visage_domain::face::measures::Unit;
use visage_domain::face::{CAVEAT, Measure, MeasureCode, MeasureResult, MeasureSet};
use visage_domain::ids::ReportId;
use visage_domain::patient::Identity;
use visage_domain::staff::StaffDetails;

const DISCLAIMER: &str = "This report was prepared for the person named above. It describes what the provider saw at \
                          the time of the evaluation; it is not a prescription and not a promise of a result. \
                          Questions about it are best put to the clinic.";

/// What a report is made of.
pub(crate) struct Source<'a> {
    pub(crate) clinic: &'a Clinic,
    pub(crate) language: &'a str,
    pub(crate) identity: &'a Identity,
    pub(crate) report: ReportId,
    pub(crate) provider: &'a StaffDetails,
    pub(crate) assessment: &'a Assessment,
    pub(crate) signature: &'a Signature,
    pub(crate) measures: Option<&'a MeasureSet>,
}

/// Words the report.
pub(crate) fn word(source: &Source<'_>) -> pdf::ReportContent {
    let zone = TimeZone::get(&source.clinic.time_zone).unwrap_or(TimeZone::UTC);
    let signed_at = source.signature.signed_at.to_zoned(zone);
    let contact = &source.clinic.contact;
    let findings = source.assessment.findings.iter();
    pdf::ReportContent {
        title: "Evaluation report".into(),
        language: source.language.into(),
        clinic: pdf::Letterhead {
            name: source.clinic.name.clone(),
            contact: format!("{}\n{}", contact.phone, contact.email),
            time_zone: source.clinic.time_zone.clone(),
        },
        patient_name: source.identity.full_name(),
        report_id: source.report.to_string(),
        evaluation_date: signed_at.strftime("%B %-d, %Y").to_string(),
        provider: pdf::Signatory {
            name: source.provider.name.clone(),
            credential: source.provider.credential.clone().unwrap_or_default(),
        },
        findings: findings
            .map(|finding| pdf::Finding {
                area: finding.area.expose().clone(),
                text: finding.text.expose().clone(),
            })
            .collect(),
        recommendations: source.assessment.recommendations.expose().clone(),
        photos: Vec::new(),
        measures: rows(source.measures),
        measures_caveat: source.measures.map(|_| CAVEAT.to_owned()).unwrap_or_default(),
        not_measured: gaps(source.measures),
        model_version: source.measures.map(|set| set.model.clone()).unwrap_or_default(),
        signed_at: source.signature.signed_at,
        signed_at_text: signed_at.strftime("%B %-d, %Y at %-I:%M %p %Z").to_string(),
        content_hash: source.signature.content_hash.clone(),
        disclaimer: DISCLAIMER.into(),
    }
}

fn rows(measures: Option<&MeasureSet>) -> Vec<pdf::MeasureRow> {
    let results = measures.map(|set| set.results.iter()).into_iter().flatten();
    results
        .filter_map(|result| match result {
            MeasureResult::Measured(measure) => Some(row(measure)),
            MeasureResult::NotMeasured { .. } => None,
        })
        .collect()
}

/// A figure with as many digits as its error leaves meaning to.
fn row(measure: &Measure) -> pdf::MeasureRow {
    let (digits, unit) = match measure.unit {
        Unit::Degrees => (1, "degrees"),
        Unit::Ratio => (2, ""),
    };
    pdf::MeasureRow {
        name: name(measure.code).into(),
        definition: measure.definition.to_string(),
        value: format!("{:.digits$}", rounded(measure.value, digits)),
        error: format!("{:.digits$}", measure.error),
        unit: unit.into(),
        source: measure.source.to_string(),
    }
}

/// Rounded to so many digits, and never to a zero with a minus before it.
fn rounded(value: f64, digits: usize) -> f64 {
    let scale = if digits == 1 { 10.0 } else { 100.0 };
    (value * scale).round() / scale + 0.0
}

fn gaps(measures: Option<&MeasureSet>) -> Vec<pdf::NotMeasured> {
    let results = measures.map(|set| set.results.iter()).into_iter().flatten();
    results
        .filter_map(|result| match result {
            MeasureResult::Measured(_) => None,
            MeasureResult::NotMeasured { code, reason, .. } => {
                Some(pdf::NotMeasured { name: name(*code).into(), reason: reason.sentence().into() })
            }
        })
        .collect()
}

/// What a figure is called in a report.
const fn name(code: MeasureCode) -> &'static str {
    match code {
        MeasureCode::PupilCant => "Slope of the pupil line",
        MeasureCode::MouthCant => "Slope of the mouth against the pupil line",
        MeasureCode::CanthalTiltLeft => "Tilt of the eye on the picture's left",
        MeasureCode::CanthalTiltRight => "Tilt of the eye on the picture's right",
        MeasureCode::LowerFaceShare => "Share of the lower face",
        MeasureCode::IntercanthalToEyeWidth => "Distance of the eyes to their width",
        MeasureCode::NoseToMouthWidth => "Width of the nose to that of the mouth",
        MeasureCode::AsymmetryInnerCanthi => "Asymmetry of the inner corners of the eyes",
        MeasureCode::AsymmetryOuterCanthi => "Asymmetry of the outer corners of the eyes",
        MeasureCode::AsymmetryInnerBrows => "Asymmetry of the inner ends of the brows",
        MeasureCode::AsymmetryBrowPeaks => "Asymmetry of the peaks of the brows",
        MeasureCode::AsymmetryOuterBrows => "Asymmetry of the outer ends of the brows",
        MeasureCode::AsymmetryNostrils => "Asymmetry of the nostrils",
        MeasureCode::AsymmetryMouthCorners => "Asymmetry of the corners of the mouth",
        MeasureCode::AsymmetryUpperJaw => "Asymmetry of the upper jawline",
        MeasureCode::AsymmetryMidJaw => "Asymmetry of the middle jawline",
    }
}
