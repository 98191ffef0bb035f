//! Reducing a photo by averaging areas.

use image::RgbImage;

/// `picture`, reduced so that its longest side is `longest`; as it is if it is no larger.
///
/// Each new pixel is the mean of the area it covers, partly covered pixels by their share. Unlike a sharper filter
/// that leaves no halos, which on skin look like texture; row by row it needs next to no memory.
pub(super) fn to_longest_side(picture: RgbImage, longest: u32) -> RgbImage {
    let (width, height) = picture.dimensions();
    if width.max(height) <= longest || longest == 0 {
        return picture;
    }
    let scale = f64::from(longest) / f64::from(width.max(height));
    let side = |length: u32| ((f64::from(length) * scale).round() as u32).clamp(1, longest);
    let (new_width, new_height) = (side(width), side(height));
    let (columns, rows) = (spans(width, new_width), spans(height, new_height));
    let mut reduced = RgbImage::new(new_width, new_height);
    let new_row_length = new_width as usize * 3;
    let row_length = width as usize * 3;
    let mut sums = vec![0.0f32; new_row_length];
    for (target, row) in reduced.as_mut().chunks_exact_mut(new_row_length).zip(&rows) {
        sums.fill(0.0);
        for (y, share) in row.shares() {
            let source = &picture.as_raw()[y * row_length..][..row_length];
            add_row(&mut sums, source, &columns, share);
        }
        for (to, sum) in target.iter_mut().zip(&sums) {
            *to = (sum + 0.5) as u8;
        }
    }
    reduced
}

fn add_row(sums: &mut [f32], source: &[u8], columns: &[Span], share: f32) {
    for (sum, column) in sums.chunks_exact_mut(3).zip(columns) {
        for (x, part) in column.shares() {
            let weight = part * share;
            for (to, from) in sum.iter_mut().zip(&source[x * 3..x * 3 + 3]) {
                *to += weight * f32::from(*from);
            }
        }
    }
}

/// The stretch of old pixels that one new pixel covers.
struct Span {
    from: f64,
    to: f64,
}

impl Span {
    /// The old pixels in it, each with its share of the stretch; the shares add up to one.
    fn shares(&self) -> impl Iterator<Item = (usize, f32)> {
        let (from, to) = (self.from, self.to);
        (from as usize..to.ceil() as usize).map(move |i| {
            let covered = to.min(i as f64 + 1.0) - from.max(i as f64);
            (i, (covered / (to - from)) as f32)
        })
    }
}

fn spans(old: u32, new: u32) -> Vec<Span> {
    let step = f64::from(old) / f64::from(new);
    // The last one ends exactly at the edge, whatever rounding makes of the product.
    (0..new)
        .map(|i| Span { from: f64::from(i) * step, to: (f64::from(i + 1) * step).min(f64::from(old)) })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    #[test]
    fn each_new_pixel_is_the_mean_of_what_it_covers() {
        let ramp = RgbImage::from_fn(6, 3, |x, _| Rgb([30 * x as u8, 10, 255]));
        let reduced = to_longest_side(ramp, 4);
        assert_eq!(reduced.dimensions(), (4, 2));
        // 1.5 old pixels each: (0 + 30/2) / 1.5 = 10, (30/2 + 60) / 1.5 = 50, …
        let reds: Vec<u8> = reduced.rows().next().into_iter().flatten().map(|p| p.0[0]).collect();
        assert_eq!(reds, [10, 50, 100, 140]);
        assert!(reduced.pixels().all(|p| p.0[1] == 10 && p.0[2] == 255));
    }

    #[test]
    fn nothing_is_enlarged_and_odd_sizes_keep_their_shape() {
        let small = RgbImage::new(10, 7);
        assert_eq!(to_longest_side(small, 4096).dimensions(), (10, 7));
        assert_eq!(to_longest_side(RgbImage::new(997, 331), 100).dimensions(), (100, 33));
        assert_eq!(to_longest_side(RgbImage::new(2000, 1), 100).dimensions(), (100, 1));
    }
}
