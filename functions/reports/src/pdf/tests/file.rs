//! The file as a file: tags, language, fonts, date, bytes.

use super::reading::*;
use super::*;
use visage_domain::language::Language;

#[test]
fn is_tagged_titled_and_in_a_language() {
    let file = render(&sample()).unwrap();
    let document = read(&file);
    let catalog = document.catalog().unwrap();
    assert!(flag(dictionary(&document, catalog, b"MarkInfo"), b"Marked"));
    assert!(flag(dictionary(&document, catalog, b"ViewerPreferences"), b"DisplayDocTitle"));
    assert_eq!(catalog.get(b"Lang").unwrap().as_str().unwrap(), b"en-US");
    assert!(has_type(dictionary(&document, catalog, b"StructTreeRoot"), b"StructTreeRoot"));
    assert!(claims_pdf_ua(&file));
    assert!(metadata(&document).contains("Evaluation report"));
    assert!(!metadata(&document).contains("Zoë"), "no person in the metadata");
}

#[test]
fn every_photo_is_described_and_tables_have_headers() {
    let document = read(&render(&sample()).unwrap());
    let figures: Vec<_> = dictionaries(&document).filter(|d| is_structure(d, b"Figure")).collect();
    assert_eq!(figures.len(), 3, "two photos and the one that is drawn on");
    assert!(figures.iter().all(|figure| figure.has(b"Alt")));
    let headers = dictionaries(&document).filter(|d| is_structure(d, b"TH")).count();
    assert_eq!(headers, 6 + 2);
}

#[test]
fn all_fonts_are_embedded() {
    let document = read(&render(&sample()).unwrap());
    let descriptors: Vec<_> = dictionaries(&document).filter(|d| has_type(d, b"FontDescriptor")).collect();
    assert!(descriptors.len() >= 2);
    for descriptor in descriptors {
        assert!(descriptor.has(b"FontFile2") || descriptor.has(b"FontFile3"));
    }
}

/// Set as it is, and not as it can be shown.
#[test]
fn what_pdf_ua_refuses_is_written_without_the_claim() {
    let report = sample();
    let mut laid = report::lay_out(&report, &readable_photos(&report).unwrap()).unwrap();
    let missing = crate::pdf::text::Setter::new().unwrap().shape(
        "a glyph no face has: 王",
        0,
        look::Style::BODY,
        400.0,
    );
    let part = laid.tags.add(krilla::tagging::Tag::P, None);
    let marks = missing.into_iter().map(|line| strip::Mark {
        at: look::CORNER,
        sense: strip::Sense::Part(part),
        what: strip::What::Line(line),
    });
    laid.pages[0].marks.extend(marks);
    let file = write::write(&laid.pages, &laid.tags, &about(&report, laid.author)).unwrap();
    assert!(!claims_pdf_ua(&file));
    assert!(read(&file).catalog().unwrap().has(b"StructTreeRoot"));
}

#[test]
fn same_content_same_bytes() {
    let file = render(&sample()).unwrap();
    let elsewhere = std::thread::spawn(|| render(&sample()).unwrap());
    assert!(file == elsewhere.join().unwrap());
    let mut later = sample();
    later.signed_at = "2026-03-04T00:00:00Z".parse().unwrap();
    assert!(file != render(&later).unwrap());
}

#[test]
fn the_date_is_the_signature_s() {
    let file = render(&sample()).unwrap();
    let document = read(&file);
    let info = document.trailer.get(b"Info").unwrap();
    let info = document.dereference(info).unwrap().1.as_dict().unwrap();
    let date = info.get(b"CreationDate").unwrap().as_str().unwrap();
    assert!(date.starts_with(b"D:20260303180411"));
}

#[test]
fn languages_are_split_and_unknown_ones_are_english() {
    let some = |l: &str, r: &str| (words(l), Some(words(r)));
    assert_eq!(split_language("es-MX"), some("es", "MX"));
    assert_eq!(split_language("zh-Hant-tw"), some("zh", "TW"));
    assert_eq!(split_language("fil"), (words("fil"), None));
    for malformed in ["", "english", "e", "1a-US", "\"-x"] {
        assert_eq!(split_language(malformed), (words("en"), None));
    }
}

#[test]
fn a_spanish_report_is_spanish_throughout() {
    let mut report = sample();
    report.words = crate::words::words(Language::Spanish).clone();
    report.language = words("es");
    let file = render(&report).unwrap();
    let document = read(&file);
    assert_eq!(document.catalog().unwrap().get(b"Lang").unwrap().as_str().unwrap(), b"es");
    assert!(claims_pdf_ua(&file) && metadata(&document).contains("Informe de evaluación"));
    let text = unwrapped(&text_of(&file));
    for english in
        ["Findings", "Recommendations", "Page1of", "Signedelectronically", "Evaluatedby", "Contenthash"]
    {
        assert!(!text.contains(english), "{english}");
    }
}

#[test]
fn the_drawing_is_described_and_its_numbers_are_not_read_aloud_twice() {
    let mut plain = sample();
    plain.drawing = None;
    let drawn = read(&render(&sample()).unwrap());
    let figures = |document: &lopdf::Document| {
        dictionaries(document).filter(|d| is_structure(d, b"Figure") && d.has(b"Alt")).count()
    };
    assert_eq!(figures(&drawn), figures(&read(&render(&plain).unwrap())) + 1);
}

#[test]
fn each_part_says_what_it_is() {
    let document = read(&render(&sample()).unwrap());
    let count = |role: &[u8]| dictionaries(&document).filter(|d| is_structure(d, role)).count();
    assert_eq!((count(b"Title"), count(b"H1"), count(b"H2")), (1, 5, 2 + 1 + 1));
    assert_eq!((count(b"Table"), count(b"TR"), count(b"TD")), (2, 1 + 2 + 1 + 1, 2 * 6 + 2));
    assert_eq!((count(b"Figure"), count(b"Caption")), (3, 3));
    let scoped = dictionaries(&document).filter(|d| is_structure(d, b"TH") && d.has(b"A")).count();
    assert_eq!(scoped, count(b"TH"));
}
