//! Which way a head is turned: the rotation that lays MediaPipe's average face onto the mesh.

use super::canonical::{Anchor, FACE};
use super::geometry::Point3;
use super::mesh::Mesh;

type Vector = [f64; 3];
type Quaternion = [f64; 4];

/// The rotation of a head in degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pose {
    /// Tilted to the shoulder; positive is clockwise in the image.
    pub roll: f32,
    /// Turned to the side; positive is towards the image's right.
    pub yaw: f32,
    /// Raised or lowered; positive is up.
    pub pitch: f32,
}

impl Pose {
    /// The pose of a face.
    pub(super) fn of(mesh: &Mesh) -> Self {
        let pairs = FACE.map(|anchor| (anchor, upright(mesh.points[anchor.index])));
        let [x, y, z] = matrix(rotation(correlation(&pairs)));
        // The third column is the direction the face looks in, the first that from its right eye to its left.
        let (right, up, forward) = (x[2], y[2], z[2]);
        Self {
            roll: -y[0].atan2(x[0]).to_degrees() as f32,
            yaw: right.atan2(forward).to_degrees() as f32,
            pitch: up.atan2(right.hypot(forward)).to_degrees() as f32,
        }
    }
}

/// A mesh point with y up and z towards the camera, as the average face has them.
fn upright(point: Point3) -> Vector {
    [point.image.x, -point.image.y, -point.depth].map(f64::from)
}

/// The weighted correlation of the average face's points (rows) with the seen ones (columns), each around its mean.
fn correlation(pairs: &[(Anchor, Vector)]) -> [Vector; 3] {
    let total: f64 = pairs.iter().map(|(anchor, _)| anchor.weight).sum();
    let mean = |coordinate: &dyn Fn(&(Anchor, Vector)) -> f64| -> f64 {
        pairs.iter().map(|pair| pair.0.weight / total * coordinate(pair)).sum()
    };
    let from: Vector = [0, 1, 2].map(|axis| mean(&|(anchor, _)| anchor.position[axis]));
    let to: Vector = [0, 1, 2].map(|axis| mean(&|(_, seen)| seen[axis]));
    [0, 1, 2].map(|row| {
        [0, 1, 2].map(|column| {
            mean(&|(anchor, seen)| (anchor.position[row] - from[row]) * (seen[column] - to[column]))
        })
    })
}

/// The rotation that fits best, as a unit quaternion: the leading eigenvector of Horn's matrix (B. K. P. Horn,
/// "Closed-form solution of absolute orientation using unit quaternions", 1987).
fn rotation([[xx, xy, xz], [yx, yy, yz], [zx, zy, zz]]: [Vector; 3]) -> Quaternion {
    let mut power = [
        [xx + yy + zz, yz - zy, zx - xz, xy - yx],
        [yz - zy, xx - yy - zz, xy + yx, zx + xz],
        [zx - xz, xy + yx, -xx + yy - zz, yz + zy],
        [xy - yx, zx + xz, yz + zy, -xx - yy + zz],
    ];
    // Shifted so that the largest eigenvalue is also the largest in magnitude; squaring then leaves only its share.
    let size = largest(&power);
    (0..4).for_each(|index| power[index][index] += 4.0 * size);
    for _ in 0..SQUARINGS {
        let scale = largest(&power).max(f64::MIN_POSITIVE);
        let scaled = power.map(|row| row.map(|value| value / scale));
        power = product(&scaled, &scaled);
    }
    // Every column is now a multiple of the eigenvector; the longest is the most exact.
    let length = |column: &Quaternion| column.iter().map(|value| value * value).sum::<f64>().sqrt();
    let column =
        power.into_iter().max_by(|a, b| length(a).total_cmp(&length(b))).unwrap_or([1.0, 0.0, 0.0, 0.0]);
    let length = length(&column).max(f64::MIN_POSITIVE);
    column.map(|value| value / length)
}

/// Enough to separate eigenvalues that differ by a millionth.
const SQUARINGS: usize = 25;

fn largest(matrix: &[Quaternion; 4]) -> f64 {
    matrix.iter().flatten().fold(0.0, |largest, value| largest.max(value.abs()))
}

fn product(a: &[Quaternion; 4], b: &[Quaternion; 4]) -> [Quaternion; 4] {
    [0, 1, 2, 3].map(|row| [0, 1, 2, 3].map(|column| (0..4).map(|k| a[row][k] * b[k][column]).sum()))
}

/// A unit quaternion as a rotation matrix.
fn matrix([w, x, y, z]: Quaternion) -> [Vector; 3] {
    [
        [1.0 - 2.0 * (y * y + z * z), 2.0 * (x * y - w * z), 2.0 * (x * z + w * y)],
        [2.0 * (x * y + w * z), 1.0 - 2.0 * (x * x + z * z), 2.0 * (y * z - w * x)],
        [2.0 * (x * z - w * y), 2.0 * (y * z + w * x), 1.0 - 2.0 * (x * x + y * y)],
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::face::anatomy::POINTS;
    use crate::face::geometry::Point;

    /// The average face after a rotation, as the mesh model would place it in an image.
    fn mesh(rotation: [Vector; 3]) -> Mesh {
        let nowhere = Point3 { image: Point::default(), depth: 0.0 };
        let mut points = vec![nowhere; POINTS];
        for anchor in FACE {
            let turned = rotation.map(|row| row.iter().zip(anchor.position).map(|(a, b)| a * b).sum::<f64>());
            let [x, y, z] = turned.map(|value| (20.0 * value) as f32);
            points[anchor.index] = Point3 { image: Point { x: 300.0 + x, y: 200.0 - y }, depth: -z };
        }
        Mesh { presence: 1.0, points }
    }

    fn turned(axis: Vector, degrees: f64) -> Pose {
        let half = degrees.to_radians() / 2.0;
        let [x, y, z] = axis.map(|value| value * half.sin());
        Pose::of(&mesh(matrix([half.cos(), x, y, z])))
    }

    fn close(pose: Pose, expected: [f32; 3]) {
        let actual = [pose.roll, pose.yaw, pose.pitch];
        assert!(
            actual.iter().zip(expected).all(|(a, b)| (a - b).abs() < 0.01),
            "{actual:?} is not {expected:?}"
        );
    }

    #[test]
    fn rotations_about_each_axis_are_found() {
        close(turned([0.0, 0.0, 1.0], 0.0), [0.0, 0.0, 0.0]);
        close(turned([0.0, 0.0, 1.0], -30.0), [30.0, 0.0, 0.0]);
        close(turned([0.0, 1.0, 0.0], 40.0), [0.0, 40.0, 0.0]);
        close(turned([1.0, 0.0, 0.0], -25.0), [0.0, 0.0, 25.0]);
    }
}
