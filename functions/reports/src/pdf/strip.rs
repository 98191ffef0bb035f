//! What the report is before it has pages: strips, one below the other. All lengths are in points.

use std::rc::Rc;

use krilla::image::Image;
use krilla::tagging::ArtifactType;

use super::drawing::Overlay;
use super::look::Colour;
use super::tags::Part;
use super::text::Line;

/// A slice of the report as wide as its text, which is never cut.
#[derive(Clone, Default)]
pub(super) struct Strip {
    /// The white space before it; none at the head of a page.
    pub(super) above: f32,
    pub(super) height: f32,
    /// Whether it belongs on the page of the strip that follows.
    pub(super) stays: bool,
    /// The corners' radius of the shade that it lies on, if on one: strips without space between them share it.
    pub(super) shade: Option<f32>,
    /// What is repeated above it if it begins a page: the head of its table.
    pub(super) head: Option<Rc<[Strip]>>,
    /// What readers of the file find it by.
    pub(super) heading: Option<Heading>,
    pub(super) marks: Vec<Mark>,
}

/// A heading as the outline of the file lists it.
#[derive(Clone)]
pub(super) struct Heading {
    pub(super) text: String,
    /// Whether it stands below the one before.
    pub(super) is_minor: bool,
}

/// Something that is drawn.
#[derive(Clone)]
pub(super) struct Mark {
    /// How far right and down its corner lies: from the strip's, or once there are pages from the paper's.
    pub(super) at: [f32; 2],
    pub(super) sense: Sense,
    pub(super) what: What,
}

/// What something drawn is to who has the report read aloud.
#[derive(Clone, Copy)]
pub(super) enum Sense {
    /// A part of what is read.
    Part(Part),
    /// Nothing.
    Artifact(ArtifactType),
}

/// What is drawn.
#[derive(Clone)]
pub(super) enum What {
    Line(Line),
    Rule { length: f32, width: f32, colour: Colour },
    Shade { size: [f32; 2], radius: f32 },
    Photo { image: Image, size: [f32; 2] },
    Overlay(Rc<Overlay>),
}

impl Mark {
    /// A rule, as an ornament.
    pub(super) const fn rule(at: [f32; 2], length: f32, width: f32, colour: Colour) -> Self {
        Self { at, sense: Sense::Artifact(ArtifactType::Layout), what: What::Rule { length, width, colour } }
    }
}

/// Something with lines of its own beside others of its kind.
pub(super) struct Column {
    /// How far right its lines begin.
    pub(super) x: f32,
    pub(super) lines: Vec<Line>,
    pub(super) sense: Sense,
}

/// Columns side by side, in strips of a line each that stay together.
pub(super) fn beside(columns: Vec<Column>) -> Vec<Strip> {
    let mut strips: Vec<Strip> = Vec::new();
    for Column { x, lines, sense } in columns {
        strips.resize_with(strips.len().max(lines.len()), Strip::default);
        for (strip, line) in strips.iter_mut().zip(lines) {
            strip.height = strip.height.max(line.height);
            strip.marks.push(Mark { at: [x, 0.0], sense, what: What::Line(line) });
        }
    }
    stay_together(&mut strips);
    strips
}

/// Lets strips stay on one page, if there is one that has room for them.
pub(super) fn stay_together(strips: &mut [Strip]) {
    if let [earlier @ .., _] = strips {
        earlier.iter_mut().for_each(|strip| strip.stays = true);
    }
}

/// Room above the first strip and below the last, as parts of them.
pub(super) fn pad(strips: &mut [Strip], above: f32, below: f32) {
    if let Some(first) = strips.first_mut() {
        first.height += above;
        first.marks.iter_mut().for_each(|mark| mark.at[1] += above);
    }
    if let Some(last) = strips.last_mut() {
        last.height += below;
    }
}
