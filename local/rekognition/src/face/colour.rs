//! Colours as light and tint.

use image::RgbImage;

use super::geometry::Point;

/// The luma of a red, green and blue value (ITU-R BT.601), on their scale.
pub(super) fn luma([red, green, blue]: &[f32; 3]) -> f32 {
    0.299 * red + 0.587 * green + 0.114 * blue
}

/// A colour: its luma and its two colour differences (Cb and Cr of BT.601 without their offset).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Colour {
    /// Light, 0 to 255.
    pub(super) luma: f32,
    /// Blueness.
    pub(super) blue: f32,
    /// Redness.
    pub(super) red: f32,
}

impl Colour {
    /// The mean colour of the nine pixels around a point, `None` outside the image.
    pub(super) fn around(image: &RgbImage, point: Point) -> Option<Self> {
        let (x, y) = (point.x.floor() as i64, point.y.floor() as i64);
        let near = (-1..=1).flat_map(|down| (-1..=1).map(move |right| (x + right, y + down)));
        let pixels =
            near.filter_map(|(x, y)| image.get_pixel_checked(x.try_into().ok()?, y.try_into().ok()?));
        let (sum, count) = pixels.fold(([0.0_f32; 3], 0.0_f32), |(mut sum, count), pixel| {
            sum.iter_mut().zip(pixel.0).for_each(|(sum, value)| *sum += f32::from(value));
            (sum, count + 1.0)
        });
        (count > 0.0).then(|| Self::from(sum.map(|value| value / count)))
    }

    /// How far another colour's tint is from this one's, whatever their light.
    pub(super) fn tint_distance(&self, other: &Self) -> f32 {
        (self.blue - other.blue).hypot(self.red - other.red)
    }

    /// The median of each component; `None` of no colours.
    pub(super) fn median(colours: &[Self]) -> Option<Self> {
        let of = |component: fn(&Self) -> f32| {
            let mut values: Vec<f32> = colours.iter().map(component).collect();
            values.sort_by(f32::total_cmp);
            values.get(values.len() / 2).copied()
        };
        Some(Self { luma: of(|c| c.luma)?, blue: of(|c| c.blue)?, red: of(|c| c.red)? })
    }
}

impl From<[f32; 3]> for Colour {
    fn from(rgb: [f32; 3]) -> Self {
        let luma = luma(&rgb);
        let [red, _, blue] = rgb;
        Self { luma, blue: 0.564 * (blue - luma), red: 0.713 * (red - luma) }
    }
}
