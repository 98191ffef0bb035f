//! The light and sharpness of a whole picture, for views without a face.

use super::shrink;
use image::RgbImage;
use visage_domain::face::PictureQuality;

/// Longest side at which sharpness is judged: blur counts relative to the picture, not to its pixels.
const SIDE: u32 = 512;
/// Variances of the Laplacian that are sharpness 0 and 100.
const BLURRED: f64 = 2.0;
const SHARP: f64 = 600.0;

/// Mean luma, and the logarithm of the variance of the luma's Laplacian, each brought to 0–100.
pub fn picture_quality(picture: &RgbImage) -> PictureQuality {
    let small = shrink::to_longest_side(picture.clone(), SIDE);
    let width = small.width() as usize;
    let luma: Vec<f64> = small.pixels().map(|p| luma(p.0)).collect();
    let count = luma.len().max(1) as f64;
    let mean = luma.iter().sum::<f64>() / count;
    let variance = laplacian_variance(&luma, width);
    let sharpness = 100.0 * (variance.max(BLURRED) / BLURRED).ln() / (SHARP / BLURRED).ln();
    PictureQuality { brightness: mean / 2.55, sharpness: sharpness.min(100.0) }
}

/// ITU-R BT.601.
fn luma([r, g, b]: [u8; 3]) -> f64 {
    0.299 * f64::from(r) + 0.587 * f64::from(g) + 0.114 * f64::from(b)
}

fn laplacian_variance(luma: &[f64], width: usize) -> f64 {
    let (mut sum, mut squares, mut count) = (0.0, 0.0, 0.0);
    let rows: Vec<&[f64]> = luma.chunks_exact(width.max(1)).collect();
    for [above, row, below] in rows.array_windows() {
        for x in 1..width.saturating_sub(1) {
            let v = row[x - 1] + row[x + 1] + above[x] + below[x] - 4.0 * row[x];
            (sum, squares, count) = (sum + v, squares + v * v, count + 1.0);
        }
    }
    if count == 0.0 { 0.0 } else { squares / count - (sum / count) * (sum / count) }
}
