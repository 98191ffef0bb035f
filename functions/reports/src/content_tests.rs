//! What was signed, added and measured, in the words of its reader.

#![allow(clippy::unwrap_used)]

use super::*;
use visage_domain::agreement::Accepted;
use visage_domain::clinic::{ClinicContact, ClinicSettings, ClinicStatus};
use visage_domain::evaluation::Finding;
use visage_domain::face::measures::ErrorParts;
use visage_domain::face::{CAVEAT, ErrorModel, NotMeasured};
use visage_domain::ids::{ClinicId, StaffId};
use visage_domain::keys::WrappedKey;
use visage_domain::phi::Phi;

/// On this day in New York, on the next by the clock of the record.
const SIGNED: &str = "2026-11-03T03:30:00Z";
const ADDED: &str = "2026-11-05T15:00:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn clinic() -> Clinic {
    Clinic {
        clinic: ClinicId::from_bits([1; 16]),
        slug: "glow".into(),
        name: "Glow".into(),
        time_zone: "America/New_York".into(),
        state: "NY".into(),
        contact: ClinicContact { email: "desk@clinic.example".into(), phone: "+12125550100".into() },
        hipaa_covered: true,
        status: ClinicStatus::Active,
        status_since: Timestamp::UNIX_EPOCH,
        verified: true,
        withheld: false,
        agreements: Accepted::default(),
        settings: ClinicSettings::default(),
        key: WrappedKey { branch: 1, wrapped: String::new() },
        registered_at: Timestamp::UNIX_EPOCH,
    }
}

fn identity() -> Identity {
    Identity {
        given_name: Phi::new("Ada".into()),
        family_name: Phi::new("Example".into()),
        birth_date: Phi::new(jiff::civil::date(1980, 2, 29)),
        email: None,
        phone: None,
    }
}

fn staff(name: &str, credential: Option<&str>) -> StaffDetails {
    StaffDetails {
        name: name.into(),
        credential: credential.map(Into::into),
        email: "x@clinic.example".into(),
    }
}

fn assessment() -> Assessment {
    let finding =
        |area: &str, text: &str| Finding { area: Phi::new(area.into()), text: Phi::new(text.into()) };
    Assessment {
        findings: vec![finding("Nose", "Straight."), finding("Chin", "Symmetric.")],
        recommendations: Phi::new("Sun protection.".into()),
    }
}

fn measured(code: MeasureCode, value: f64, error: f64) -> MeasureResult {
    MeasureResult::Measured(Measure {
        code,
        definition: code.definition().into(),
        unit: code.unit(),
        value,
        error,
        error_parts: ErrorParts { landmarks: error, pose: 0.0 },
        source: code.source().into(),
        landmarks: Vec::new(),
    })
}

fn measures() -> MeasureSet {
    let code = MeasureCode::CanthalTiltLeft;
    let reason = NotMeasured::HeadTurned;
    MeasureSet {
        model: "model-7".into(),
        error_model: ErrorModel::default(),
        caveat: CAVEAT.into(),
        results: vec![
            measured(MeasureCode::PupilCant, -0.04, 1.26),
            MeasureResult::NotMeasured { code, definition: code.definition().into(), reason },
            measured(MeasureCode::LowerFaceShare, 0.4567, 0.0123),
        ],
    }
}

/// The report of all that, in a language, with these measures and additions.
fn worded(language: Language, measures: Option<&MeasureSet>, addenda: &[Addition]) -> pdf::ReportContent {
    let signature = Signature {
        signed_by: StaffId::from_bits([2; 16]),
        signed_at: at(SIGNED),
        content_hash: "3a7bd3e2".into(),
        report_photos: Vec::new(),
    };
    let photos = [Shown { jpeg: vec![1, 2, 3], view: View::Frontal, taken_in: at("2026-11-01T04:30:00Z") }];
    word(&Source {
        clinic: &clinic(),
        language,
        identity: &identity(),
        report: ReportId::from_bits([3; 16]),
        number: 2,
        provider: &staff("Dr. Ana Example", Some("MD")),
        assessment: &assessment(),
        signature: &signature,
        addenda,
        photos: &photos,
        measures,
        face: None,
    })
}

#[test]
fn what_was_signed_is_told_word_by_word_and_by_the_clinics_clock() {
    let report = worded(Language::English, None, &[]);
    let findings: Vec<_> = report.findings.iter().map(|it| (it.area.as_str(), it.text.as_str())).collect();
    assert_eq!(findings, [("Nose", "Straight."), ("Chin", "Symmetric.")]);
    assert_eq!(report.recommendations, "Sun protection.");
    assert_eq!((report.patient_name.as_str(), report.number), ("Ada Example", 2));
    assert_eq!(
        (report.provider.name.as_str(), report.provider.credential.as_str()),
        ("Dr. Ana Example", "MD")
    );
    assert_eq!(report.clinic.contact, "+12125550100\ndesk@clinic.example");
    assert_eq!(report.clinic.time_zone, "America/New York");
    assert_eq!(report.evaluation_date, "November 2, 2026");
    assert_eq!(report.signed_at_text, "November 2, 2026 at 10:30 PM EST");
    assert_eq!((report.signed_at, report.content_hash.as_str()), (at(SIGNED), "3a7bd3e2"));
    let photos: Vec<_> = report.photos.iter().map(|it| (it.jpeg.as_slice(), it.caption.as_str())).collect();
    assert_eq!(photos, [([1_u8, 2, 3].as_slice(), "Front, November 1, 2026")]);
    // Nothing was measured: nothing is said of it.
    assert!(report.measures.is_empty() && report.not_measured.is_empty() && report.drawing.is_none());
    assert_eq!((report.measures_caveat.as_str(), report.model_version.as_str()), ("", ""));
}

#[test]
fn figures_have_the_digits_that_their_error_leaves_meaning_to() {
    let report = worded(Language::English, Some(&measures()), &[]);
    let rows: Vec<_> = report
        .measures
        .iter()
        .map(|row| [&row.number, &row.value, &row.error, &row.unit].map(String::as_str))
        .collect();
    // A zero has no minus, and each has its number though one between them is missing.
    assert_eq!(rows, [["1", "0.0", "1.3", "degrees"], ["2", "0.46", "0.01", ""]]);
    for (row, code) in report.measures.iter().zip([MeasureCode::PupilCant, MeasureCode::LowerFaceShare]) {
        assert_eq!((row.definition.as_str(), row.source.as_str()), (code.definition(), code.source()));
    }
    let gaps: Vec<_> = report.not_measured.iter().map(|it| (it.name.as_str(), it.reason.as_str())).collect();
    assert_eq!(gaps, [("Tilt of the eye on the picture's left", "The head is turned to the side.")]);
    assert_eq!((report.measures_caveat.as_str(), report.model_version.as_str()), (CAVEAT, "model-7"));
}

#[test]
fn what_was_added_is_told_in_order_and_dates_the_report() {
    let addition =
        |text: &str, day: &str| Addition { text: text.into(), by: staff("Bo Example", None), at: at(day) };
    let added = [addition("First.", ADDED), addition("Second.", "2026-11-06T15:00:00Z")];
    let report = worded(Language::English, None, &added);
    let told: Vec<_> = report
        .addenda
        .iter()
        .map(|it| (it.text.as_str(), it.signed_by.name.as_str(), it.signed_by.credential.as_str()))
        .collect();
    assert_eq!(told, [("First.", "Bo Example", ""), ("Second.", "Bo Example", "")]);
    assert_eq!(report.addenda[0].signed_at, "November 5, 2026 at 10:00 AM EST");
    assert_eq!(report.signed_at, at("2026-11-06T15:00:00Z"));
    assert_eq!(report.evaluation_date, "November 2, 2026", "the evaluation's own day stays");
}

#[test]
fn a_report_speaks_the_language_of_the_intake() {
    let report = worded(Language::Spanish, Some(&measures()), &[]);
    assert_eq!((report.language.as_str(), report.words.title), ("es", "Informe de evaluación"));
    assert_eq!(report.evaluation_date, "2 de noviembre de 2026");
    assert_eq!(report.measures[0].unit, "grados");
    assert_eq!(report.measures_caveat, report.words.caveat);
    assert_ne!(report.measures_caveat, CAVEAT);
    // What people wrote stays as they wrote it.
    assert_eq!(report.recommendations, "Sun protection.");
}
