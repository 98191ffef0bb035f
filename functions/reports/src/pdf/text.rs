//! Sets text in lines: shaped, in the order it is read in, and broken at a width.
//!
//! All lengths are in points. Nothing in a text is markup: a string goes in, and what of it
//! can be drawn comes out.

use std::borrow::Cow;
use std::ops::Range;
use std::rc::Rc;

use krilla::text::{Font, GlyphId, KrillaGlyph};
use parley::{
    AlignmentOptions, FontFamily, FontWeight, Glyph, Layout, LayoutContext, LineHeight, OverflowWrap,
    StyleProperty,
};

use super::legible::legible;
use super::look::{Colour, Style};
use super::typefaces::{FAMILIES, Typefaces};

/// Sets the text of one report.
pub(super) struct Setter {
    typefaces: Typefaces,
    scratch: LayoutContext<()>,
    replaced: bool,
}

/// A line that is set.
#[derive(Clone)]
pub(super) struct Line {
    text: Rc<str>,
    /// What is drawn, from left to right.
    pub(super) runs: Vec<Run>,
    pub(super) size: f32,
    pub(super) colour: Colour,
    /// How far the text reaches, without the space at its end.
    pub(super) width: f32,
    /// From this line to the next.
    pub(super) height: f32,
    /// How far below the line's top its letters stand.
    pub(super) baseline: f32,
}

/// A part of a line in one face.
#[derive(Clone)]
pub(super) struct Run {
    /// How far right of the line's start it begins.
    pub(super) x: f32,
    pub(super) font: Font,
    pub(super) glyphs: Vec<KrillaGlyph>,
}

impl Setter {
    /// A setter with the typefaces; `None` if those can't be parsed.
    pub(super) fn new() -> Option<Self> {
        Some(Self { typefaces: Typefaces::parse()?, scratch: LayoutContext::new(), replaced: false })
    }

    /// Whether a character had to be replaced so far.
    pub(super) const fn has_replaced(&self) -> bool {
        self.replaced
    }

    /// A text as it can be shown, for where it is told and not drawn.
    pub(super) fn legible(&mut self, text: &str) -> String {
        let (legible, replaced) = legible(text, &self.typefaces);
        self.replaced |= replaced;
        legible
    }

    /// A text in lines of at most `width`.
    pub(super) fn set(&mut self, text: &str, style: Style, width: f32) -> Vec<Line> {
        self.set_stressed(text, "", style, width)
    }

    /// A text that ends in bold.
    pub(super) fn set_stressed(&mut self, text: &str, stressed: &str, style: Style, width: f32) -> Vec<Line> {
        let (plain, stressed) = (self.legible(text), self.legible(stressed));
        self.shape(&(plain.clone() + &stressed), plain.len(), style, width)
    }

    /// How wide a text is that is not broken.
    pub(super) fn width(&mut self, text: &str, style: Style) -> f32 {
        self.set(text, style, f32::MAX).iter().map(|line| line.width).fold(0.0, f32::max)
    }

    /// The text in lines, whatever its characters; bold from a place on. None if it is blank.
    pub(super) fn shape(&mut self, text: &str, bold_from: usize, style: Style, width: f32) -> Vec<Line> {
        if is_blank(text) {
            return Vec::new();
        }
        let weight = if style.bold { FontWeight::BOLD } else { FontWeight::NORMAL };
        let mut builder = self.scratch.ranged_builder(&mut self.typefaces.context, text, 1.0, false);
        builder.push_default(FontFamily::List(Cow::Borrowed(&FAMILIES)));
        builder.push_default(StyleProperty::FontSize(style.size));
        builder.push_default(StyleProperty::FontWeight(weight));
        builder.push_default(LineHeight::FontSizeRelative(style.leading));
        // A word longer than a line is broken where the line ends, or it would run off the page.
        builder.push_default(StyleProperty::OverflowWrap(OverflowWrap::Anywhere));
        builder.push(StyleProperty::FontWeight(FontWeight::BOLD), bold_from..);
        let mut layout: Layout<()> = builder.build(text);
        layout.break_all_lines(Some(width));
        layout.align(style.align, AlignmentOptions::default());
        let text = Rc::from(text);
        layout.lines().map(|line| self.line(&text, &line, style)).collect()
    }

    fn line(&self, text: &Rc<str>, line: &parley::Line<'_, ()>, style: Style) -> Line {
        let metrics = line.metrics();
        let mut x = metrics.inline_min_coord + metrics.offset;
        let runs = line.runs().filter_map(|run| {
            let start = x;
            x += run.advance();
            Some(Run { x: start, font: self.typefaces.font(run.font())?.clone(), glyphs: glyphs(&run) })
        });
        Line {
            text: Rc::clone(text),
            runs: runs.collect(),
            size: style.size,
            colour: style.colour,
            width: metrics.advance - metrics.hanging_advance,
            height: metrics.block_max_coord - metrics.block_min_coord,
            baseline: metrics.baseline - metrics.block_min_coord,
        }
    }
}

impl Line {
    /// The text that the glyphs' ranges count in.
    pub(super) fn text(&self) -> &str {
        &self.text
    }
}

/// The glyphs of a run from left to right, each with the text that it stands for.
fn glyphs(run: &parley::Run<'_, ()>) -> Vec<KrillaGlyph> {
    let mut atoms: Vec<(Range<usize>, Vec<Glyph>)> = Vec::new();
    for cluster in run.clusters() {
        match atoms.last_mut() {
            // The rest of a ligature has no glyphs of its own.
            Some((range, _)) if cluster.is_ligature_continuation() => range.end = cluster.text_range().end,
            _ => atoms.push((cluster.text_range(), cluster.glyphs().collect())),
        }
    }
    if run.is_rtl() {
        atoms.reverse();
    }
    let em = run.font_size();
    let drawn = |glyph: Glyph, range: &Range<usize>| {
        // The file counts offsets upwards, and everything in sizes of the text.
        let [advance, x, y] = [glyph.advance, glyph.x, -glyph.y].map(|length| length / em);
        KrillaGlyph::new(GlyphId::new(glyph.id), advance, x, y, 0.0, range.clone(), None)
    };
    atoms.iter().flat_map(|(range, glyphs)| glyphs.iter().map(move |glyph| drawn(*glyph, range))).collect()
}

/// Whether there is nothing to read in a text.
pub(super) fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

/// The paragraphs of a text, in lines as they were written: a blank line starts a paragraph.
pub(super) fn paragraphs(text: &str) -> Vec<Vec<&str>> {
    let lines: Vec<&str> = text.lines().collect();
    let written = lines.split(|line| is_blank(line)).filter(|lines| !lines.is_empty());
    written.map(<[&str]>::to_vec).collect()
}

/// What fits the running header, where the whole text is not needed.
pub(super) fn shortened(text: &str) -> String {
    use unicode_segmentation::UnicodeSegmentation;
    const MOST: usize = 90;
    let mut rest = text.graphemes(true);
    let start: String = rest.by_ref().take(MOST - 1).collect();
    if rest.clone().nth(1).is_some() { start + "…" } else { start + rest.as_str() }
}
