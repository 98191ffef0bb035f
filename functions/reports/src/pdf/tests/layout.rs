//! Little content, much content, bad content.

use super::reading::*;
use super::*;

#[test]
fn empty_fields_render() {
    let file = render(&empty()).unwrap();
    assert!(claims_pdf_ua(&file));
    let text = unwrapped(&text_of(&file));
    assert!(text.contains("Nofindingswererecorded."));
    assert!(text.contains("Norecommendationswererecorded."));
    assert!(!text.contains("Photos") && !text.contains("Measurements"));
}

#[test]
fn blank_headings_and_captions_render() {
    let mut report = sample();
    report.findings[0].area = words(" ");
    report.photos[0].caption = words("");
    report.measures[0] = measure("", "", "", "", "");
    render(&report).unwrap();
}

#[test]
fn long_content_takes_several_numbered_pages() {
    let mut report = sample();
    report.findings[0].text = "A sentence of a very long finding. ".repeat(400);
    report.measures = vec![report.measures[0].clone(); 60];
    report.patient_name = "Name ".repeat(40);
    let file = render(&report).unwrap();
    let pages = read(&file).get_pages().len();
    assert!(pages > 5);
    let text = text_of(&file);
    assert!(unwrapped(&text).contains(&format!("Page{pages}of{pages}")));
    assert!(text.matches("Error (±)").count() > 2, "the table's header repeats");
    assert_eq!(text.matches("sentence").count(), 400);
}

#[test]
fn endless_words_are_kept_and_wrap() {
    let mut report = sample();
    let word = "x".repeat(5_000);
    report.recommendations = word.clone();
    report.measures[0].definition = word.clone();
    report.measures[0].source = word.clone();
    let file = render(&report).unwrap();
    assert!(unwrapped(&text_of(&file)).matches('x').count() >= 15_000);
}

#[test]
fn an_unreadable_photo_is_named_by_its_position() {
    let mut report = sample();
    report.photos[1].jpeg = b"no photo".to_vec();
    assert_eq!(render(&report), Err(RenderError::Photo { position: 1 }));
    report.photos[1].jpeg.clear();
    assert_eq!(render(&report), Err(RenderError::Photo { position: 1 }));
}

#[test]
fn the_template_gives_no_warning() {
    let content = data_for_template(&sample()).unwrap();
    let photos = readable_photos(&sample()).unwrap();
    let world = ReportWorld::new(content, photos).unwrap();
    assert!(typst::compile::<PagedDocument>(&world).warnings.is_empty());
}

#[test]
fn errors_and_debug_say_nothing_of_the_patient() {
    assert_eq!(format!("{:?}", sample()), "ReportContent");
    let shown = RenderError::Typeset { line: Some(3) }.to_string();
    assert_eq!(shown, "the report could not be typeset (report.typ, line 3)");
}
