//! The matrix product under every convolution.

/// How many rows are worked on at once.
const ROWS: usize = 4;
/// How many columns are worked on at once: with four rows their sums fill the registers of a plain x86-64.
const COLUMNS: usize = 8;

/// `out[row][column] = bias[column] + Σ rows[row][i] · weights[i][column]`.
///
/// `rows` holds rows of `depth` values, `weights` `depth` rows of as many values as `bias` has.
pub(super) fn multiply(rows: &[f32], depth: usize, weights: &[f32], bias: &[f32], out: &mut [f32]) {
    let width = bias.len();
    for (rows, out) in rows.chunks(ROWS * depth).zip(out.chunks_mut(ROWS * width)) {
        if out.len() == ROWS * width {
            block::<ROWS>(rows, depth, weights, bias, out);
        } else {
            for (row, out) in rows.chunks_exact(depth).zip(out.chunks_exact_mut(width)) {
                block::<1>(row, depth, weights, bias, out);
            }
        }
    }
}

fn block<const R: usize>(rows: &[f32], depth: usize, weights: &[f32], bias: &[f32], out: &mut [f32]) {
    let whole = bias.len() - bias.len() % COLUMNS;
    for column in (0..whole).step_by(COLUMNS) {
        tile::<R, COLUMNS>(rows, depth, weights, bias, column, out);
    }
    for column in whole..bias.len() {
        tile::<R, 1>(rows, depth, weights, bias, column, out);
    }
}

/// `R` rows of `C` columns from `column` on, their sums held in registers.
fn tile<const R: usize, const C: usize>(
    rows: &[f32],
    depth: usize,
    weights: &[f32],
    bias: &[f32],
    column: usize,
    out: &mut [f32],
) {
    let width = bias.len();
    let columns = column..column + C;
    let mut sums = [[0.0_f32; C]; R];
    sums.iter_mut().for_each(|sums| sums.copy_from_slice(&bias[columns.clone()]));
    for (index, weights) in weights.chunks_exact(width).enumerate() {
        let mut lane = [0.0_f32; C];
        lane.copy_from_slice(&weights[columns.clone()]);
        for (row, sums) in sums.iter_mut().enumerate() {
            let factor = rows[row * depth + index];
            sums.iter_mut().zip(&lane).for_each(|(sum, weight)| *sum += factor * weight);
        }
    }
    for (out, sums) in out.chunks_exact_mut(width).zip(&sums) {
        out[columns.clone()].copy_from_slice(sums);
    }
}

#[cfg(test)]
mod tests {
    use super::multiply;

    #[test]
    fn agrees_with_the_definition() {
        for (height, depth, width) in [(1, 1, 1), (4, 3, 8), (7, 5, 11), (9, 2, 17)] {
            let number = |i: usize| ((i * 7919) % 23) as f32 - 11.0;
            let rows: Vec<f32> = (0..height * depth).map(number).collect();
            let weights: Vec<f32> = (0..depth * width).map(|i| number(i + 5)).collect();
            let bias: Vec<f32> = (0..width).map(|i| number(i + 9)).collect();
            let mut out = vec![f32::NAN; height * width];
            multiply(&rows, depth, &weights, &bias, &mut out);
            for (index, value) in out.iter().enumerate() {
                let (row, column) = (index / width, index % width);
                let sum: f32 = (0..depth).map(|i| rows[row * depth + i] * weights[i * width + column]).sum();
                assert!((value - bias[column] - sum).abs() < 1e-3, "{height}×{depth}×{width} at {index}");
            }
        }
    }
}
