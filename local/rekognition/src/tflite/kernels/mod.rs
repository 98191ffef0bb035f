//! The arithmetic. Every function trusts [`plan`](super::plan) for the sizes of what it is given.

mod convolution;
mod depthwise;
mod elementwise;
mod layout;
mod pool;
mod product;
mod resize;

pub(super) use convolution::convolve;
pub(super) use depthwise::convolve_by_channel;
pub(super) use elementwise::{add, prelu, relu};
pub(super) use layout::{concatenate, pad};
pub(super) use pool::max_pool;
pub(super) use resize::resize;

/// The image pixels one position of a window looks at along one axis: `(offset in the window, pixel)`, without
/// those that fall on the padding.
fn covered(
    position: usize,
    [size, stride, dilation]: [usize; 3],
    before: usize,
    length: usize,
) -> impl Iterator<Item = (usize, usize)> + Clone {
    (0..size).filter_map(move |offset| {
        let pixel = (position * stride + offset * dilation).checked_sub(before)?;
        (pixel < length).then_some((offset, pixel))
    })
}
