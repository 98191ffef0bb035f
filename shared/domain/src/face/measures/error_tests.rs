//! Stated errors against errors found by drawing lots, with a fixed sequence.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::face::testface::{SIZE, moved, observed, pixels, posed};

fn set(face: &FaceObservation) -> MeasureSet {
    measure(View::Frontal, std::slice::from_ref(face), SIZE, "test-1", ErrorModel::default())
}

/// Normally distributed numbers from a fixed sequence (xorshift, Box–Muller).
struct Normal(u64);

impl Normal {
    fn uniform(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    fn next(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
    }
}

#[test]
fn landmark_noise_agrees_with_a_monte_carlo_run() {
    let points =
        moved(pixels(2.0, -3.0), &[(Landmark::MouthRight, [6.0, 9.0]), (Landmark::ChinBottom, [4.0, -7.0])]);
    let face = observed(points.clone(), 2.0, -3.0);
    let sd = (0.015 * plane::Plane::of(&face.landmarks, SIZE).pupil_distance().unwrap()).hypot(0.5);
    let stated = set(&face);
    let mut normal = Normal(0x5eed_cafe_f00d_1234);
    let mut sums = [(0.0, 0.0); MeasureCode::ALL.len()];
    let rounds = 20_000;
    for _ in 0..rounds {
        let noisy =
            points.iter().map(|&(l, [x, y])| (l, [x + sd * normal.next(), y + sd * normal.next()])).collect();
        let plane = plane::Plane::of(&observed(noisy, 2.0, -3.0).landmarks, SIZE);
        for (sum, code) in sums.iter_mut().zip(MeasureCode::ALL) {
            let v = formula::signed(code, &plane).unwrap();
            *sum = (sum.0 + v, sum.1 + v * v);
        }
    }
    for ((sum, squares), code) in sums.into_iter().zip(MeasureCode::ALL) {
        let mean = sum / f64::from(rounds);
        let found = (squares / f64::from(rounds) - mean * mean).sqrt();
        let said = stated.get(code).unwrap().error_parts.landmarks;
        assert!((found / said - 1.0).abs() < 0.05, "{code:?}: found {found}, stated {said}");
    }
}

#[test]
fn pose_error_agrees_with_a_monte_carlo_run() {
    // Reported pose; the true one differs from it by the assumed errors. How far is the figure from the straight one?
    let (yaw, pitch) = (2.5, -3.0);
    let model = ErrorModel::default();
    let mut normal = Normal(0x0dd0_1dea_5eed_0001);
    let rounds = 20_000;
    let truth = |code| formula::signed(code, &plane::Plane::of(&posed(0.0, 0.0).landmarks, SIZE)).unwrap();
    let mut squares = [0.0; MeasureCode::ALL.len()];
    for _ in 0..rounds {
        let face = posed(yaw + model.yaw_sd * normal.next(), pitch + model.pitch_sd * normal.next());
        let plane = plane::Plane::of(&face.landmarks, SIZE);
        for (square, code) in squares.iter_mut().zip(MeasureCode::ALL) {
            *square += (formula::signed(code, &plane).unwrap() - truth(code)).powi(2);
        }
    }
    let stated = set(&posed(yaw, pitch));
    for (square, code) in squares.into_iter().zip(MeasureCode::ALL) {
        let found = (square / f64::from(rounds)).sqrt();
        let said = stated.get(code).unwrap().error_parts.pose;
        // Figures whose error is a matter of the second order may be stated low, by less than noise hides anyway.
        let slack = 0.1 * stated.get(code).unwrap().error_parts.landmarks;
        assert!((found - said).abs() < 0.1 * said + slack, "{code:?}: found {found}, stated {said}");
    }
}
