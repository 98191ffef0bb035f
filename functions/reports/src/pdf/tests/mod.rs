//! Renders reports and reads them back with another library.

#![allow(clippy::unwrap_used)]

mod file;
mod layout;
mod reading;
mod text;

use super::*;
use visage_domain::language::Language;

fn words(text: &str) -> String {
    text.to_owned()
}

/// A JPEG of a plain colour.
fn jpeg(width: u32, height: u32) -> Vec<u8> {
    let picture = image::RgbImage::from_pixel(width, height, image::Rgb([196, 164, 150]));
    let mut file = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut file, image::ImageFormat::Jpeg).unwrap();
    file.into_inner()
}

fn measure(name: &str, definition: &str, value: &str, error: &str, unit: &str) -> MeasureRow {
    MeasureRow {
        number: words("7"),
        name: words(name),
        definition: words(definition),
        value: words(value),
        error: words(error),
        unit: words(unit),
        source: words("Farkas 1994, Anthropometry of the Head and Face"),
    }
}

fn sample() -> ReportContent {
    ReportContent {
        words: crate::words::words(Language::English).clone(),
        language: words("en-US"),
        clinic: Letterhead {
            name: words("Harbor Aesthetics"),
            contact: words(
                "1200 Example Street, Suite 4, Springfield, CA 90000\n(555) 010-0134 · \
                 care@harbor.example",
            ),
            time_zone: words("Pacific time"),
        },
        patient_name: words("Zoë Đặng-Šťastný"),
        report_id: words("rep_01K9ZQ4T7M3B6X2V8C5N0R1DAE"),
        number: 2,
        evaluation_date: words("March 3, 2026"),
        provider: Signatory { name: words("Ana Example"), credential: words("MD") },
        findings: vec![
            Finding {
                area: words("Nose"),
                text: words(
                    "The dorsum is straight in both lateral views. The tip is slightly rotated to \
                     the right, which the patient had noticed herself.\n\nSkin of medium \
                     thickness; no scars.",
                ),
            },
            Finding { area: words("Chin"), text: words("Symmetric in repose.\nNo strain of the mentalis.") },
        ],
        recommendations: words(
            "A consultation in person, with the photos at hand, before any decision.\n\nSun \
             protection (SPF 30 or higher) every day in the meantime.",
        ),
        addenda: vec![Addendum {
            text: words("The left photo was taken under a warmer light than the others."),
            signed_by: Signatory { name: words("Ana Example"), credential: words("MD") },
            signed_at: words("March 5, 2026 at 9:12 AM PST"),
        }],
        photos: vec![
            ReportPhoto { jpeg: jpeg(300, 400), caption: words("Frontal view, March 1, 2026") },
            ReportPhoto { jpeg: jpeg(400, 300), caption: words("Left lateral view, March 1, 2026") },
        ],
        drawing: Some(Drawing {
            jpeg: jpeg(400, 500),
            aspect: 0.8,
            points: vec![[0.3, 0.4], [0.7, 0.4]],
            lines: vec![
                Line { from: [0.5, 0.2], to: [0.5, 1.1], dashed: true },
                Line { from: [0.3, 0.4], to: [0.7, 0.4], dashed: false },
            ],
            labels: vec![Label { at: [0.74, 0.4], text: words("1") }],
        }),
        measures: vec![
            measure(
                "Nasal index",
                "Width between the alae over the height from nasion to subnasale",
                "68",
                "3",
                "%",
            ),
            measure(
                "Intercanthal ratio",
                "Distance between the inner eye corners over the width between the outer ones",
                "0.36",
                "0.02",
                "",
            ),
        ],
        measures_caveat: words(
            "Measured on a photo, not on the face. Distances are proportions: a photo has no \
             scale. A difference smaller than the error means nothing.",
        ),
        not_measured: vec![NotMeasured {
            name: words("Nasolabial angle"),
            reason: words("Needs a lateral view with the lips at rest."),
        }],
        model_version: words("face-measure 1.2.0"),
        signed_at: "2026-03-03T18:04:11Z".parse().unwrap(),
        signed_at_text: words("March 3, 2026, 10:04 AM"),
        content_hash: words("3a7bd3e2360a3d29eea436fcfb7e44c735d117c42d1c1835420b6b9942dd4f1b"),
    }
}

fn empty() -> ReportContent {
    let nothing = String::new;
    ReportContent {
        language: nothing(),
        clinic: Letterhead { name: nothing(), contact: nothing(), time_zone: nothing() },
        patient_name: nothing(),
        report_id: nothing(),
        evaluation_date: nothing(),
        provider: Signatory { name: nothing(), credential: nothing() },
        findings: vec![],
        recommendations: nothing(),
        addenda: vec![],
        photos: vec![],
        drawing: None,
        measures: vec![],
        measures_caveat: nothing(),
        not_measured: vec![],
        model_version: nothing(),
        signed_at_text: nothing(),
        content_hash: nothing(),
        ..sample()
    }
}
