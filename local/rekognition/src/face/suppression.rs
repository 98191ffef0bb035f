//! Merging the many frames a detector gives for one face.

use super::detection::Detection;
use super::geometry::{Point, Rectangle};

/// Frames that share more than this part of their area are taken to show one face (MediaPipe's setting).
const SAME_FACE: f32 = 0.3;

/// Merges overlapping detections into their mean, weighted by score; the best come first.
pub(super) fn merge(mut candidates: Vec<Detection>) -> Vec<Detection> {
    candidates.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut merged = Vec::new();
    while let Some(best) = candidates.first().cloned() {
        let (same, others): (Vec<_>, Vec<_>) =
            candidates.iter().cloned().partition(|other| other.frame.overlap(&best.frame) > SAME_FACE);
        merged.push(mean(&best, &same));
        // A frame without area overlaps nothing, not even itself.
        candidates = if same.is_empty() { candidates.split_off(1) } else { others };
    }
    merged
}

fn mean(best: &Detection, same: &[Detection]) -> Detection {
    let total: f32 = same.iter().map(|detection| detection.score).sum();
    if total <= 0.0 {
        return best.clone();
    }
    let weighted = |value: &dyn Fn(&Detection) -> f32| -> f32 {
        same.iter().map(|detection| detection.score / total * value(detection)).sum()
    };
    let eye = |index: usize| Point {
        x: weighted(&|detection| detection.eyes[index].x),
        y: weighted(&|detection| detection.eyes[index].y),
    };
    let frame = Rectangle {
        left: weighted(&|detection| detection.frame.left),
        top: weighted(&|detection| detection.frame.top),
        right: weighted(&|detection| detection.frame.right),
        bottom: weighted(&|detection| detection.frame.bottom),
    };
    Detection { score: best.score, frame, eyes: [eye(0), eye(1)] }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(left: f32, score: f32) -> Detection {
        let frame = Rectangle { left, top: 0.0, right: left + 10.0, bottom: 10.0 };
        Detection { score, frame, eyes: [Point { x: left, y: 1.0 }, Point { x: left + 5.0, y: 1.0 }] }
    }

    #[test]
    fn neighbours_merge_and_strangers_stay() {
        let merged = merge(vec![at(100.0, 0.6), at(0.0, 0.5), at(4.0, 0.75)]);
        assert_eq!(merged.len(), 2);
        assert!((merged[0].frame.left - 2.4).abs() < 1e-4 && (merged[0].score - 0.75).abs() < 1e-6);
        assert!((merged[1].frame.left - 100.0).abs() < 1e-4);
    }
}
