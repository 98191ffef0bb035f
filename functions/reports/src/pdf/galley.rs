//! The report while it is set: strips below each other, and what they are. All lengths are in points.

use std::num::NonZeroU16;

use krilla::tagging::{Tag, TagKind};

use super::look::{Colour, ROOM, Style};
use super::strip::{Column, Heading, Mark, Sense, Strip, beside, pad, stay_together};
use super::tags::{Part, Tags};
use super::text::{Line, Setter, is_blank, paragraphs};

/// White space before a paragraph, beside that within its first line.
const APART: f32 = 3.2;

/// The strips so far.
pub(super) struct Galley {
    pub(super) setter: Setter,
    pub(super) tags: Tags,
    pub(super) strips: Vec<Strip>,
}

impl Galley {
    /// Nothing set yet; `None` if the typefaces can't be parsed.
    pub(super) fn new() -> Option<Self> {
        Some(Self { setter: Setter::new()?, tags: Tags::default(), strips: Vec::new() })
    }

    /// A part of the report that nothing else is around.
    pub(super) fn part(&mut self, kind: impl Into<TagKind>) -> Part {
        self.tags.add(kind, None)
    }

    /// Adds strips, with white space before them.
    pub(super) fn add(&mut self, above: f32, mut strips: Vec<Strip>) {
        if let Some(first) = strips.first_mut() {
            first.above += above;
        }
        self.strips.append(&mut strips);
    }

    /// A text, in the paragraphs and lines that it was written in.
    pub(super) fn prose(&mut self, text: &str, style: Style) {
        let text = self.setter.legible(text);
        for lines in paragraphs(&text) {
            let mut set = Vec::new();
            for (line, is_last) in lines.iter().zip(1..).map(|(line, number)| (line, number == lines.len())) {
                let line = if is_last { line.to_string() } else { apart(line) };
                set.extend(self.setter.shape(&line, line.len(), style, ROOM[0]));
            }
            self.paragraph(set);
        }
    }

    /// A paragraph of one's own words, of which no line is alone on a page.
    pub(super) fn say(&mut self, text: &str, style: Style) {
        let lines = self.setter.set(text, style, ROOM[0]);
        self.paragraph(lines);
    }

    /// A paragraph whose first text ends in bold, and whose second begins a line.
    pub(super) fn say_stressed(&mut self, text: &str, stressed: &str, below: &str) {
        let mut lines = self.setter.set_stressed(text, &apart(stressed), Style::BODY, ROOM[0]);
        lines.extend(self.setter.set(below, Style::BODY, ROOM[0]));
        self.paragraph(lines);
    }

    fn paragraph(&mut self, lines: Vec<Line>) {
        if lines.is_empty() {
            return;
        }
        let part = self.part(Tag::P);
        let mut strips = column(lines, part);
        let count = strips.len();
        for (index, strip) in strips.iter_mut().enumerate() {
            strip.stays = index + 1 < count && (index == 0 || index + 2 == count);
        }
        self.add(APART, strips);
    }

    /// The title, which stays with what follows.
    pub(super) fn title(&mut self, text: &str) {
        let part = self.part(Tag::Title);
        let lines = self.setter.set(text, Style::TITLE, ROOM[0]);
        self.add(22.0, leading(column(lines, part)));
    }

    /// A heading of a section.
    pub(super) fn heading(&mut self, text: &str) {
        self.headed(16.0, text, Style::HEADING, false);
    }

    /// A heading within a section; none if it is blank.
    pub(super) fn subheading(&mut self, text: &str) {
        self.headed(7.0, text, Style::SUBHEADING, true);
    }

    fn headed(&mut self, above: f32, text: &str, style: Style, is_minor: bool) {
        let text = self.setter.legible(text.trim());
        if is_blank(&text) {
            return;
        }
        let level = NonZeroU16::MIN.saturating_add(is_minor.into());
        let part = self.part(Tag::Hn(level, Some(text.clone())));
        let mut strips = leading(column(self.setter.shape(&text, text.len(), style, ROOM[0]), part));
        if let Some(first) = strips.first_mut() {
            first.heading = Some(Heading { text, is_minor });
        }
        if is_minor {
            // What it heads begins right below it.
            pad(&mut strips, 0.0, -APART);
        }
        self.add(above, strips);
    }

    /// A rule across the page.
    pub(super) fn rule(&mut self, above: f32, width: f32, colour: Colour) {
        let marks = vec![Mark::rule([0.0, 0.0], ROOM[0], width, colour)];
        self.add(above, vec![Strip { height: width, marks, ..Strip::default() }]);
    }

    /// Keeps what is last on the page of what follows.
    pub(super) fn keep_with_next(&mut self) {
        if let Some(last) = self.strips.last_mut() {
            last.stays = true;
        }
    }

    /// Keeps all strips from a place on together.
    pub(super) fn keep_together(&mut self, from: usize) {
        if let Some(strips) = self.strips.get_mut(from..) {
            stay_together(strips);
        }
    }
}

fn column(lines: Vec<Line>, part: Part) -> Vec<Strip> {
    beside(vec![Column { x: 0.0, lines, sense: Sense::Part(part) }])
}

/// Strips that stay with each other and with what follows.
fn leading(mut strips: Vec<Strip>) -> Vec<Strip> {
    strips.iter_mut().for_each(|strip| strip.stays = true);
    strips
}

/// A text with the space that keeps its last word from the first one of the next line, for those who hear the report or copy
/// from it. At the end of a line it takes no room.
pub(super) fn apart(text: &str) -> String {
    format!("{text} ")
}
