//! What hides a face, judged by colour alone.
//!
//! Both measures compare a face with itself, so no skin colour is assumed. They were tuned on few photos and on
//! painted versions of them: a hint, not a finding.

use image::RgbImage;

use super::anatomy::{BEHIND_LENS, CHEEKS, LEFT_EYE, LIPS, OVAL, POINTS, RIGHT_EYE};
use super::colour::Colour;
use super::mesh::Mesh;

/// A tint further from the face's own than this is not its skin.
const FOREIGN_TINT: f32 = 18.0;
/// A point darker than this part of the face's own light is not its skin.
const FOREIGN_LUMA: f32 = 0.3;

/// The colours of a face, compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cover {
    /// The part of the skin's points that do not have the skin's colour or lie outside the image, 0 to 1.
    pub(super) foreign: f32,
    /// The light around the eyes over that of cheeks and forehead.
    pub(super) eye_light: f32,
    /// The spread of light around the eyes over the light of cheeks and forehead.
    pub(super) eye_contrast: f32,
}

impl Cover {
    /// Compares the colours of a face; `None` where too little of it is in the image.
    pub(super) fn of(image: &RgbImage, mesh: &Mesh) -> Option<Self> {
        let colour = |index: usize| Colour::around(image, mesh.points[index].image);
        let skin: Vec<Option<Colour>> = skin().map(colour).collect();
        let seen: Vec<Colour> = skin.iter().flatten().copied().collect();
        let own = Colour::median(&seen)?;
        let foreign =
            skin.iter().filter(|colour| !colour.is_some_and(|colour| is_skin(&own, &colour))).count();
        let cheeks: Vec<Colour> = CHEEKS.into_iter().filter_map(colour).collect();
        let lens = LEFT_EYE.outline[..BEHIND_LENS].iter().chain(&RIGHT_EYE.outline[..BEHIND_LENS]);
        let lens: Vec<Colour> = lens.copied().filter_map(colour).collect();
        let light = Colour::median(&cheeks)?.luma.max(1.0);
        Some(Self {
            foreign: foreign as f32 / skin.len() as f32,
            eye_light: Colour::median(&lens)?.luma / light,
            eye_contrast: spread(&lens) / light,
        })
    }
}

fn is_skin(own: &Colour, colour: &Colour) -> bool {
    own.tint_distance(colour) <= FOREIGN_TINT && colour.luma >= FOREIGN_LUMA * own.luma
}

/// The points of the mesh that are bare skin on an uncovered face.
fn skin() -> impl Iterator<Item = usize> {
    (0..POINTS).filter(|index| {
        let features = [&LEFT_EYE.outline[..], &RIGHT_EYE.outline, &LIPS, &OVAL];
        !features.iter().any(|feature| feature.contains(index))
    })
}

/// The standard deviation of some colours' light.
fn spread(colours: &[Colour]) -> f32 {
    let count = colours.len().max(1) as f32;
    let mean = colours.iter().map(|colour| colour.luma).sum::<f32>() / count;
    (colours.iter().map(|colour| (colour.luma - mean).powi(2)).sum::<f32>() / count).sqrt()
}
