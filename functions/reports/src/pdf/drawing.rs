//! The lines, points and numbers that are drawn on the measured face. All lengths are in points.

use krilla::surface::Surface;

use super::content::Drawing;
use super::look::{ACCENT, INK, MEASURED, Style, WHITE};
use super::paint::{Pen, clipped, disc, stroke, write};
use super::text::{Line, Setter};

/// The radius of a point, and of the circle around a number.
const POINT: f32 = 1.1;
const NUMBER: f32 = 5.2;

/// A place in the picture, from its left and top edge.
type Place = [f32; 2];

/// What is drawn, in the size of the picture.
pub(super) struct Overlay {
    size: [f32; 2],
    /// From where to where, and whether dashed.
    lines: Vec<([Place; 2], bool)>,
    points: Vec<Place>,
    /// The numbers, by the middle of their circles.
    numbers: Vec<(Place, Vec<Line>)>,
}

impl Overlay {
    /// A drawing in the size of the picture that it is drawn on.
    pub(super) fn new(drawing: &Drawing, size: [f32; 2], setter: &mut Setter) -> Self {
        let place = |[x, y]: [f64; 2]| [x as f32 * size[0], y as f32 * size[0]];
        let lines = drawing.lines.iter().map(|line| ([place(line.from), place(line.to)], line.dashed));
        let numbers = drawing.labels.iter();
        let numbers =
            numbers.map(|label| (place(label.at), setter.set(&label.text, Style::NUMBER, 2.0 * NUMBER)));
        Self {
            size,
            lines: lines.collect(),
            points: drawing.points.iter().copied().map(place).collect(),
            numbers: numbers.collect(),
        }
    }

    /// Draws it, from a place on the paper on, and not beyond the picture.
    pub(super) fn paint(&self, surface: &mut Surface<'_>, at: Place) {
        let on_paper = |place: Place| [at[0] + place[0], at[1] + place[1]];
        clipped(surface, at, self.size, |surface| {
            for (ends, dashed) in &self.lines {
                let ends = ends.map(on_paper);
                // A dark edge keeps the line visible on fair skin and on white walls.
                stroke(surface, ends, &Pen { width: 2.0, colour: INK, opacity: 0.55, dashed: false });
                let (width, colour) = if *dashed { (0.8, WHITE) } else { (1.0, MEASURED) };
                stroke(surface, ends, &Pen { width, colour, opacity: 1.0, dashed: *dashed });
            }
            for point in &self.points {
                disc(surface, on_paper(*point), POINT, &Pen::fine(0.4, INK));
            }
            for (middle, number) in &self.numbers {
                let [x, y] = on_paper(*middle);
                disc(surface, [x, y], NUMBER, &Pen::fine(0.5, ACCENT));
                // Digits stand on the line and are as high as capitals, 0.71 of their size.
                let digits = 0.71 * Style::NUMBER.size;
                number.iter().take(1).for_each(|line| {
                    write(surface, line, [x - NUMBER, y + digits / 2.0 - line.baseline]);
                });
            }
        });
    }
}
