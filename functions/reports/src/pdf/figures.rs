//! Photos two by two, and the face with what was measured drawn on it. All lengths are in points.

use std::rc::Rc;

use krilla::image::Image;
use krilla::tagging::{ArtifactType, Tag};
use parley::Alignment;

use super::content::{Drawing, ReportPhoto};
use super::drawing::Overlay;
use super::galley::Galley;
use super::look::{ROOM, Style};
use super::strip::{Column, Mark, Sense, Strip, What, beside, pad};
use crate::words::Words;

/// Between two photos side by side.
const GUTTER: f32 = 14.0;
/// The most a photo takes, across and down.
const PHOTO: [f32; 2] = [(ROOM[0] - GUTTER) / 2.0, 180.0];
/// The most that the face takes in height.
const FACE: f32 = 360.0;

/// A picture with the words that go with it.
struct Figure<'a> {
    image: &'a Image,
    size: [f32; 2],
    /// Where the room for it begins, and how wide that is.
    column: [f32; 2],
    /// What is told in its place.
    told: String,
    caption: &'a str,
}

impl Galley {
    /// The photos, each with its caption.
    pub(super) fn photos(&mut self, photos: &[ReportPhoto], images: &[Image], words: &Words) {
        for (photos, images) in photos.chunks(2).zip(images.chunks(2)) {
            let starts = [0.0, PHOTO[0] + GUTTER];
            let row = photos.iter().zip(images).zip(starts).map(|((photo, image), start)| Figure {
                image,
                size: fitting(image),
                column: [start, PHOTO[0]],
                told: format!("{}: {}", words.photo, photo.caption),
                caption: &photo.caption,
            });
            let strips = self.figures(row.collect());
            self.add(10.0, strips);
        }
    }

    /// The measured face, and on it what was measured. The lines are an ornament to who has the report
    /// read aloud, who hears the table instead.
    pub(super) fn face(&mut self, drawing: &Drawing, image: &Image, words: &Words) {
        let width = ROOM[0].min(FACE * drawing.aspect as f32);
        let size = [width, width / drawing.aspect as f32];
        let told = words.drawing_alt.to_owned();
        let figure = Figure { image, size, column: [0.0, ROOM[0]], told, caption: words.drawing };
        let mut strips = self.figures(vec![figure]);
        let overlay = Overlay::new(drawing, size, &mut self.setter);
        if let Some(picture) = strips.first_mut() {
            let at = [(ROOM[0] - width) / 2.0, 0.0];
            let sense = Sense::Artifact(ArtifactType::Layout);
            picture.marks.push(Mark { at, sense, what: What::Overlay(Rc::new(overlay)) });
        }
        self.add(8.0, strips);
    }

    /// Figures side by side, standing on one line, their captions below: all on one page.
    fn figures(&mut self, figures: Vec<Figure<'_>>) -> Vec<Strip> {
        let height = figures.iter().map(|figure| figure.size[1]).fold(0.0, f32::max);
        let mut pictures = Strip { height, stays: true, ..Strip::default() };
        let mut captions = Vec::new();
        for Figure { image, size, column: [x, width], told, caption } in figures {
            let told = self.setter.legible(&told);
            let part = self.part(Tag::Figure(Some(told)));
            let at = [x + (width - size[0]) / 2.0, height - size[1]];
            let what = What::Photo { image: image.clone(), size };
            pictures.marks.push(Mark { at, sense: Sense::Part(part), what });
            let lines = self.setter.set(caption, Style::NOTE.aligned(Alignment::Center), width);
            captions.push(Column { x, lines, sense: Sense::Part(self.tags.add(Tag::Caption, Some(part))) });
        }
        let mut captions = beside(captions);
        pad(&mut captions, 3.0, 0.0);
        std::iter::once(pictures).chain(captions).collect()
    }
}

/// The size of a photo that is shown whole in the room there is.
fn fitting(image: &Image) -> [f32; 2] {
    let (across, down) = image.size();
    let (across, down) = (across as f32, down as f32);
    let scale = (PHOTO[0] / across).min(PHOTO[1] / down);
    [across * scale, down * scale]
}
