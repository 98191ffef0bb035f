//! Draws marks on a page. All lengths are in points, from the paper's left and top edge.

use krilla::color::rgb;
use krilla::geom::{Path, PathBuilder, Point, Rect, Size, Transform};
use krilla::image::Image;
use krilla::num::NormalizedF32;
use krilla::paint::{Fill, FillRule, Paint, Stroke, StrokeDash};
use krilla::surface::Surface;

use super::look::{Colour, SHADE, WHITE};
use super::strip::What;
use super::text::Line;

/// What a line is drawn with.
pub(super) struct Pen {
    pub(super) width: f32,
    pub(super) colour: Colour,
    /// From 0, which nobody sees, to 1.
    pub(super) opacity: f32,
    pub(super) dashed: bool,
}

impl Pen {
    pub(super) const fn fine(width: f32, colour: Colour) -> Self {
        Self { width, colour, opacity: 1.0, dashed: false }
    }
}

/// Draws one mark.
pub(super) fn paint(surface: &mut Surface<'_>, what: &What, at: [f32; 2]) {
    match what {
        What::Line(line) => write(surface, line, at),
        What::Rule { length, width, colour } => {
            let y = at[1] + width / 2.0;
            stroke(surface, [[at[0], y], [at[0] + length, y]], &Pen::fine(*width, *colour));
        }
        What::Shade { size, radius } => fill(surface, rounded(at, *size, *radius), SHADE),
        What::Photo { image, size } => picture(surface, image, at, *size),
        What::Overlay(overlay) => overlay.paint(surface, at),
    }
}

/// Draws a line of text.
pub(super) fn write(surface: &mut Surface<'_>, line: &Line, [x, y]: [f32; 2]) {
    surface.set_fill(Some(filled_with(line.colour)));
    surface.set_stroke(None);
    for run in &line.runs {
        let start = Point::from_xy(x + run.x, y + line.baseline);
        surface.draw_glyphs(start, &run.glyphs, run.font.clone(), line.text(), line.size, false);
    }
}

/// Draws a straight line.
pub(super) fn stroke(surface: &mut Surface<'_>, [from, to]: [[f32; 2]; 2], pen: &Pen) {
    let mut path = PathBuilder::new();
    path.move_to(from[0], from[1]);
    path.line_to(to[0], to[1]);
    surface.set_fill(None);
    surface.set_stroke(Some(pen.stroke()));
    path.finish().iter().for_each(|path| surface.draw_path(path));
}

/// Draws a white disc with an edge.
pub(super) fn disc(surface: &mut Surface<'_>, [x, y]: [f32; 2], radius: f32, edge: &Pen) {
    let circle = rounded([x - radius, y - radius], [2.0 * radius; 2], radius);
    surface.set_fill(Some(filled_with(WHITE)));
    surface.set_stroke(Some(edge.stroke()));
    circle.iter().for_each(|circle| surface.draw_path(circle));
}

/// Draws what does not reach beyond a rectangle.
pub(super) fn clipped(
    surface: &mut Surface<'_>,
    at: [f32; 2],
    size: [f32; 2],
    draw: impl FnOnce(&mut Surface<'_>),
) {
    let Some(edge) = rounded(at, size, 0.0) else { return };
    surface.push_clip_path(&edge, &FillRule::NonZero);
    draw(surface);
    surface.pop();
}

fn picture(surface: &mut Surface<'_>, image: &Image, at: [f32; 2], [width, height]: [f32; 2]) {
    let Some(size) = Size::from_wh(width, height) else { return };
    surface.push_transform(&Transform::from_translate(at[0], at[1]));
    surface.draw_image(image.clone(), size);
    surface.pop();
}

fn fill(surface: &mut Surface<'_>, path: Option<Path>, colour: Colour) {
    surface.set_fill(Some(filled_with(colour)));
    surface.set_stroke(None);
    path.iter().for_each(|path| surface.draw_path(path));
}

/// A rectangle, with round corners where the radius is not zero.
fn rounded([x, y]: [f32; 2], [width, height]: [f32; 2], radius: f32) -> Option<Path> {
    /// How far from a corner its curve is pulled, in radii, so that four of them make a circle.
    const PULL: f32 = 0.447_715;
    let mut path = PathBuilder::new();
    if radius <= 0.0 {
        path.push_rect(Rect::from_xywh(x, y, width, height)?);
        return path.finish();
    }
    let (right, bottom, pull) = (x + width, y + height, radius * PULL);
    path.move_to(x + radius, y);
    path.line_to(right - radius, y);
    path.cubic_to(right - pull, y, right, y + pull, right, y + radius);
    path.line_to(right, bottom - radius);
    path.cubic_to(right, bottom - pull, right - pull, bottom, right - radius, bottom);
    path.line_to(x + radius, bottom);
    path.cubic_to(x + pull, bottom, x, bottom - pull, x, bottom - radius);
    path.line_to(x, y + radius);
    path.cubic_to(x, y + pull, x + pull, y, x + radius, y);
    path.close();
    path.finish()
}

fn filled_with(colour: Colour) -> Fill {
    Fill { paint: paint_of(colour), ..Fill::default() }
}

fn paint_of([red, green, blue]: Colour) -> Paint {
    rgb::Color::new(red, green, blue).into()
}

impl Pen {
    fn stroke(&self) -> Stroke {
        Stroke {
            paint: paint_of(self.colour),
            width: self.width,
            opacity: NormalizedF32::new(self.opacity).unwrap_or(NormalizedF32::ONE),
            dash: self.dashed.then(|| StrokeDash { array: vec![3.0, 3.0], offset: 0.0 }),
            ..Stroke::default()
        }
    }
}
