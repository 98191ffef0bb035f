//! Little content, much content, bad content.

use std::rc::Rc;

use super::pages::divide;
use super::reading::*;
use super::strip::{Heading, Strip};
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
fn errors_and_debug_say_nothing_of_the_patient() {
    assert_eq!(format!("{:?}", sample()), "ReportContent");
    assert_eq!(RenderError::Photo { position: 1 }.to_string(), "photo 1 is not a readable JPEG");
    assert_eq!(RenderError::Typeset.to_string(), "the report could not be typeset");
    assert_eq!(RenderError::Write.to_string(), "the report could not be written as PDF");
}

#[test]
fn many_photos_fill_pages_two_by_two() {
    let mut report = sample();
    report.photos = vec![report.photos[0].clone(); 31];
    let document = read(&render(&report).unwrap());
    assert_eq!(dictionaries(&document).filter(|d| is_structure(d, b"Figure")).count(), 31 + 1);
    assert!(document.get_pages().len() > 31 / 6);
}

#[test]
fn a_text_without_a_space_takes_pages() {
    let mut report = sample();
    report.recommendations = "x".repeat(10_000);
    let file = render(&report).unwrap();
    assert!(read(&file).get_pages().len() > 3);
    assert!(unwrapped(&text_of(&file)).matches('x').count() >= 10_000);
}

fn strip(height: f32, stays: bool) -> Strip {
    Strip { above: 10.0, height, stays, ..Strip::default() }
}

/// How many strips with a heading each page has, of strips that all have one.
fn divided(mut strips: Vec<Strip>) -> Vec<usize> {
    let heading = Heading { text: words("heading"), is_minor: false };
    strips.iter_mut().for_each(|strip| strip.heading = Some(heading.clone()));
    divide(&strips).iter().map(|page| page.headings.len()).collect()
}

#[test]
fn what_stays_with_the_next_goes_with_it_to_its_page() {
    assert_eq!(divided(vec![strip(600.0, false), strip(20.0, true), strip(20.0, false)]), [1, 2]);
    assert_eq!(divided(vec![strip(600.0, false), strip(20.0, false), strip(20.0, false)]), [2, 1]);
    assert_eq!(divided(vec![strip(600.0, true), strip(20.0, true), strip(20.0, false)]), [2, 1]);
}

#[test]
fn what_no_page_has_room_for_is_parted() {
    assert_eq!(divided(vec![strip(300.0, true); 5]), [2, 2, 1]);
    assert_eq!(divided(vec![strip(2_000.0, false); 2]), [1, 1]);
    assert_eq!(divided(vec![]), [0]);
}

#[test]
fn a_table_s_head_is_repeated_on_its_pages_and_nowhere_else() {
    let heading = Some(Heading { text: words("repeated"), is_minor: false });
    let head: Rc<[Strip]> = Rc::from([Strip { heading, ..strip(20.0, true) }]);
    let row = |height| Strip { head: Some(Rc::clone(&head)), above: 0.0, ..strip(height, false) };
    let pages = divide(&[row(400.0), row(300.0), row(300.0), row(2_000.0), strip(400.0, false)]);
    let heads: Vec<usize> = pages.iter().map(|page| page.headings.len()).collect();
    assert_eq!(heads, [0, 1, 1, 0]);
}
