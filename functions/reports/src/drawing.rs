//! What is drawn on the photo of the measured face: each figure's line, with the number it has in the table.

use crate::pdf;
use crate::picture::MeasuredFace;
use visage_domain::face::{Landmark as L, Landmarks, MeasureCode};

/// A place on the photo, in widths of it from its left and top edge, so that lengths and angles are true.
type Place = [f64; 2];

/// Draws the figures with their numbers; nothing where the points for the frame are missing.
pub(crate) fn draw(face: &MeasuredFace, figures: &[(u32, MeasureCode)]) -> Option<pdf::Drawing> {
    let plane = Plane::of(&face.landmarks, face.aspect)?;
    let mut drawing = pdf::Drawing {
        jpeg: face.jpeg.clone(),
        aspect: face.aspect,
        points: Vec::new(),
        lines: vec![plane.midline()],
        labels: Vec::new(),
    };
    for (number, code) in figures {
        let Some((from, to)) = plane.line(*code) else { continue };
        drawing.points.extend(code.landmarks().into_iter().filter_map(|landmark| plane.place(landmark)));
        // Asymmetries are told at the left end of their line, the others at the right: fewer numbers meet.
        let (near, far) = if code.is_asymmetry() { (from, to) } else { (to, from) };
        let at = beyond(near, far, 0.03);
        drawing.lines.push(pdf::Line { from, to, dashed: false });
        drawing.labels.push(pdf::Label { at, text: number.to_string() });
    }
    drawing.points.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
    drawing.points.dedup();
    spread(&mut drawing.labels);
    Some(drawing)
}

/// The face's points, and the frame in which they are measured: the line through the pupils, and the midline.
struct Plane<'a> {
    landmarks: &'a Landmarks,
    aspect: f64,
    origin: Place,
    /// Along the pupil line, of length one.
    along: Place,
}

impl<'a> Plane<'a> {
    fn of(landmarks: &'a Landmarks, aspect: f64) -> Option<Self> {
        let place = |landmark| landmarks.get(landmark).map(|at| [at.x, at.y / aspect]);
        let (left, right) = (place(L::LeftPupil)?, place(L::RightPupil)?);
        let [x, y] = [right[0] - left[0], right[1] - left[1]];
        let length = x.hypot(y);
        let is_line = length.is_finite() && length > 0.0;
        is_line.then(|| Self {
            landmarks,
            aspect,
            origin: middle(left, right),
            along: [x / length, y / length],
        })
    }

    fn place(&self, landmark: L) -> Option<Place> {
        self.landmarks.get(landmark).map(|at| [at.x, at.y / self.aspect])
    }

    /// How far below the pupil line a place is, along the midline.
    fn depth(&self, [x, y]: Place) -> f64 {
        (y - self.origin[1]) * self.along[0] - (x - self.origin[0]) * self.along[1]
    }

    /// A place so far along the pupil line and so far below it.
    fn at(&self, side: f64, depth: f64) -> Place {
        let [ax, ay] = self.along;
        [self.origin[0] + side * ax - depth * ay, self.origin[1] + side * ay + depth * ax]
    }

    fn midline(&self) -> pdf::Line {
        let chin = self.place(L::ChinBottom).map_or(0.5, |chin| self.depth(chin));
        let (from, to) = (self.at(0.0, -0.35 * chin), self.at(0.0, 1.06 * chin));
        pdf::Line { from, to, dashed: true }
    }

    /// The line that shows a figure.
    fn line(&self, code: MeasureCode) -> Option<(Place, Place)> {
        let between = |left, right| Some((self.place(left)?, self.place(right)?));
        match code {
            MeasureCode::PupilCant => between(L::LeftPupil, L::RightPupil),
            MeasureCode::MouthCant => between(L::MouthLeft, L::MouthRight),
            MeasureCode::CanthalTiltLeft => between(L::LeftEyeRight, L::LeftEyeLeft),
            MeasureCode::CanthalTiltRight => between(L::RightEyeLeft, L::RightEyeRight),
            MeasureCode::LowerFaceShare => {
                let nose = middle(self.place(L::NoseLeft)?, self.place(L::NoseRight)?);
                let chin = self.depth(self.place(L::ChinBottom)?);
                // Beside the midline, on which it would not be seen.
                Some((self.at(0.05, self.depth(nose)), self.at(0.05, chin)))
            }
            MeasureCode::IntercanthalToEyeWidth => between(L::LeftEyeRight, L::RightEyeLeft),
            MeasureCode::NoseToMouthWidth => between(L::NoseLeft, L::NoseRight),
            _ => {
                let (left, right) = code.pair()?;
                between(left, right)
            }
        }
    }
}

fn middle(a: Place, b: Place) -> Place {
    [f64::midpoint(a[0], b[0]), f64::midpoint(a[1], b[1])]
}

/// A place beyond the end of a line, seen from its other end.
fn beyond(end: Place, other: Place, distance: f64) -> Place {
    let [x, y] = [end[0] - other[0], end[1] - other[1]];
    let length = x.hypot(y);
    if length > 0.0 { [end[0] + x / length * distance, end[1] + y / length * distance] } else { end }
}

/// Moves numbers apart that would cover each other: the later one goes down.
fn spread(labels: &mut [pdf::Label]) {
    const APART: f64 = 0.042;
    labels.sort_by(|a, b| a.at[1].partial_cmp(&b.at[1]).unwrap_or(std::cmp::Ordering::Equal));
    for index in 1..labels.len() {
        let (placed, rest) = labels.split_at_mut(index);
        let Some(label) = rest.first_mut() else { continue };
        // Each of those placed can push once: no more rounds are needed.
        for _ in 0..index {
            let [x, y] = label.at;
            let hit = placed.iter().find(|it| (it.at[0] - x).hypot(it.at[1] - y) < APART * 0.99);
            match hit {
                Some(hit) => label.at[1] = hit.at[1] + APART,
                None => break,
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use visage_domain::face::Point;

    fn face(points: &[(L, f64, f64)]) -> MeasuredFace {
        let landmarks = points.iter().map(|&(landmark, x, y)| (landmark, Point { x, y })).collect();
        MeasuredFace { jpeg: Vec::new(), aspect: 0.5, landmarks }
    }

    #[test]
    fn the_midline_is_at_right_angles_to_the_pupils() {
        let tilted =
            face(&[(L::LeftPupil, 0.3, 0.20), (L::RightPupil, 0.7, 0.25), (L::ChinBottom, 0.5, 0.8)]);
        let drawing = draw(&tilted, &[(1, MeasureCode::PupilCant)]).unwrap();
        let [midline, pupils] = &drawing.lines[..] else { panic!("two lines") };
        let direction = |line: &pdf::Line| [line.to[0] - line.from[0], line.to[1] - line.from[1]];
        let ([ax, ay], [bx, by]) = (direction(midline), direction(pupils));
        assert!((ax * bx + ay * by).abs() < 1e-9 && midline.dashed && !pupils.dashed);
        assert_eq!((drawing.points.len(), drawing.labels[0].text.as_str()), (2, "1"));
    }

    #[test]
    fn without_pupils_nothing_is_drawn_and_without_its_points_no_figure() {
        assert!(draw(&face(&[(L::LeftPupil, 0.3, 0.2)]), &[(1, MeasureCode::PupilCant)]).is_none());
        let same = face(&[(L::LeftPupil, 0.3, 0.2), (L::RightPupil, 0.3, 0.2)]);
        assert!(draw(&same, &[]).is_none());
        let pupils = face(&[(L::LeftPupil, 0.3, 0.2), (L::RightPupil, 0.7, 0.2)]);
        assert_eq!(draw(&pupils, &[(1, MeasureCode::MouthCant)]).unwrap().lines.len(), 1);
    }

    #[test]
    fn numbers_do_not_cover_each_other() {
        let mut labels: Vec<_> = (0..16)
            .map(|n| pdf::Label { at: [0.5, 0.3 + f64::from(n) * 0.001], text: n.to_string() })
            .collect();
        spread(&mut labels);
        for (index, label) in labels.iter().enumerate() {
            for other in &labels[index + 1..] {
                assert!((label.at[1] - other.at[1]).abs() > 0.041);
            }
        }
    }
}
