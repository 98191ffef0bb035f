//! English.

use super::{Figure, Words};
use visage_domain::face::{CAVEAT, MeasureCode, NotMeasured, View};

pub(super) const WORDS: Words = Words {
    title: "Evaluation report",
    patient: "Patient",
    evaluation_date: "Evaluation date",
    evaluated_by: "Evaluated by",
    report: "Report",
    version: "version",
    page: "Page",
    of: "of",
    findings: "Findings",
    no_findings: "No findings were recorded.",
    recommendations: "Recommendations",
    no_recommendations: "No recommendations were recorded.",
    addenda: "Added after the signature",
    photos: "Photos",
    photo: "Photo",
    measurements: "Measurements",
    caveat: CAVEAT,
    drawing: "What was measured, by the numbers of the table; dashed: the midline.",
    drawing_alt: "The frontal photo with the measured lines drawn on it, numbered as in the table that follows.",
    number: "No.",
    measure: "Measure",
    value: "Value",
    error: "Error (±)",
    error_note: "The error is one standard deviation of a single measurement, in the unit of the value.",
    unit: "Unit",
    degrees: "degrees",
    source: "Source",
    not_measured: "Not measured",
    reason: "Reason",
    measured_with: "Measured with",
    signed_by: "Signed electronically by",
    content_hash: "Content hash",
    placeholders: "□ stands for a character that this document's typefaces do not have.",
    disclaimer: "This report was prepared for the person named above. It describes what the provider saw at the time of \
                 the evaluation; it is not a prescription and not a promise of a result. Questions about it are best \
                 put to the clinic.",
};

pub(super) const fn figure(code: MeasureCode) -> Figure {
    let name = match code {
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
    };
    Figure { name, definition: code.definition(), source: code.source() }
}

pub(super) const fn reason(reason: NotMeasured) -> &'static str {
    match reason {
        NotMeasured::ViewNotFrontal => "Only frontal photos are measured.",
        NotMeasured::NotOneFace => "The photo does not show exactly one face.",
        NotMeasured::PoseUnknown => "The position of the head could not be determined.",
        NotMeasured::HeadTurned => "The head is turned to the side.",
        NotMeasured::HeadTiltedBack => "The head is tilted back.",
        NotMeasured::HeadTiltedForward => "The head is tilted forward.",
        NotMeasured::LandmarkMissing => "A point of the face was not found.",
        NotMeasured::FaceTooSmall => "The face is too small in the photo.",
        NotMeasured::Undefined => "The points found do not allow it.",
    }
}

pub(super) const fn view(view: View) -> &'static str {
    match view {
        View::Frontal => "Front",
        View::ObliqueLeft45 => "Left, half turned",
        View::ObliqueRight45 => "Right, half turned",
        View::LateralLeft90 => "Left profile",
        View::LateralRight90 => "Right profile",
        View::Basal => "From below",
        View::Body => "Body",
    }
}
