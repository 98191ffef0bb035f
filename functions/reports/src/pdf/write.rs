//! Writes pages as a PDF.

use krilla::Document;
use krilla::SerializeSettings;
use krilla::configure::{Accessibility, Configuration, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::geom::{Point, Rect};
use krilla::metadata::Metadata;
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::surface::Surface;
use krilla::tagging::{Artifact, BBox, ContentTag, SpanTag};

use super::look::{CORNER, PAPER};
use super::pages::Page;
use super::paint::paint;
use super::strip::{Mark, Sense, What};
use super::tags::{Pieces, Tags};

/// Writes the pages as PDF/UA-1. What cannot be written so, such as a glyph that a shaped script left without a
/// text of its own, is tagged all the same but does not claim the standard. `None` if not even that succeeds.
pub(super) fn write(pages: &[Page], tags: &Tags, about: &Metadata) -> Option<Vec<u8>> {
    let accessible =
        ConfigurationBuilder::new().with_accessibility_validator(Accessibility::UA1).finish().ok()?;
    let mut ways = [accessible, Configuration::default()].into_iter();
    ways.find_map(|way| write_as(way, pages, tags, about.clone()))
}

fn write_as(configuration: Configuration, pages: &[Page], tags: &Tags, about: Metadata) -> Option<Vec<u8>> {
    let mut document =
        Document::new_with(SerializeSettings { configuration, ..SerializeSettings::default() });
    let mut pieces = tags.undrawn();
    for (number, page) in pages.iter().enumerate() {
        let mut sheet = document.start_page_with(PageSettings::from_wh(PAPER[0], PAPER[1])?);
        let mut surface = sheet.surface();
        page.marks.iter().for_each(|mark| draw(mark, &mut surface, number, &mut pieces));
    }
    document.set_metadata(about);
    document.set_outline(outline(pages));
    document.set_tag_tree(tags.tree(&pieces));
    document.finish().ok()
}

fn draw(mark: &Mark, surface: &mut Surface<'_>, page: usize, pieces: &mut Pieces) {
    let tag = match (mark.sense, &mark.what) {
        (Sense::Artifact(kind), _) => ContentTag::Artifact(Artifact::with_kind(kind)),
        (Sense::Part(_), What::Line(_)) => ContentTag::Span(SpanTag::empty()),
        (Sense::Part(_), _) => ContentTag::Other,
    };
    let piece = surface.start_tagged(tag);
    paint(surface, &mark.what, mark.at);
    surface.end_tagged();
    if let Sense::Part(part) = mark.sense {
        pieces.note(part, piece, bounds(mark).map(|bounds| BBox::new(page, bounds)));
    }
}

/// Where a picture lies.
fn bounds(mark: &Mark) -> Option<Rect> {
    let What::Photo { size, .. } = mark.what else { return None };
    Rect::from_xywh(mark.at[0], mark.at[1], size[0], size[1])
}

/// The headings, minor ones below the one before.
fn outline(pages: &[Page]) -> Outline {
    let mut sections: Vec<OutlineNode> = Vec::new();
    for (number, page) in pages.iter().enumerate() {
        for (y, heading) in &page.headings {
            let place = XyzDestination::new(number, Point::from_xy(CORNER[0], *y));
            let node = OutlineNode::new(heading.text.clone(), place);
            match sections.last_mut().filter(|_| heading.is_minor) {
                Some(section) => section.push_child(node),
                None => sections.push(node),
            }
        }
    }
    let mut outline = Outline::new();
    sections.into_iter().for_each(|section| outline.push_child(section));
    outline
}
