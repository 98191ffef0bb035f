//! The landmarks in pixels, and the generic depths that stand in for the dimension a photo lacks.

use super::super::{Landmark, Landmarks, PixelSize, Pose};

/// Landmarks in pixels, y downwards.
#[derive(Clone)]
pub(super) struct Plane([Option<[f64; 2]>; 30]);

impl Plane {
    pub(super) fn of(landmarks: &Landmarks, size: PixelSize) -> Self {
        let mut plane = Self([None; 30]);
        for (landmark, p) in landmarks.iter() {
            plane.set(landmark, [p.x * f64::from(size.width), p.y * f64::from(size.height)]);
        }
        plane
    }

    pub(super) fn get(&self, landmark: Landmark) -> Option<[f64; 2]> {
        self.0[landmark as usize]
    }

    pub(super) fn set(&mut self, landmark: Landmark, at: [f64; 2]) {
        self.0[landmark as usize] = Some(at);
    }

    /// From the pupil on the left of the photo to the one on the right.
    fn pupil_line(&self) -> Option<[f64; 2]> {
        let ([lx, ly], [rx, ry]) = (self.get(Landmark::LeftPupil)?, self.get(Landmark::RightPupil)?);
        Some([rx - lx, ry - ly])
    }

    /// Pixels between the pupils.
    pub(super) fn pupil_distance(&self) -> Option<f64> {
        self.pupil_line().map(|[x, y]| x.hypot(y))
    }

    /// Clockwise angle of the pupil line against the photo's horizontal, in radians.
    pub(super) fn roll(&self) -> Option<f64> {
        self.pupil_line().map(|[x, y]| y.atan2(x))
    }

    /// `landmark` in the levelled frame: origin halfway between the pupils, x along the pupil line, y downwards.
    pub(super) fn level(&self, landmark: Landmark) -> Option<[f64; 2]> {
        let ([lx, ly], [rx, ry]) = (self.get(Landmark::LeftPupil)?, self.get(Landmark::RightPupil)?);
        let (sin, cos) = self.roll()?.sin_cos();
        let [x, y] = self.get(landmark)?;
        let (dx, dy) = (x - f64::midpoint(lx, rx), y - f64::midpoint(ly, ry));
        Some([dx * cos + dy * sin, dy * cos - dx * sin])
    }

    /// The face as it would be seen in the pose `to`, taking it to be in the pose `from` now: seen from far away,
    /// with generic depths. The result is levelled.
    pub(super) fn turned(&self, from: Pose, to: Pose) -> Option<Self> {
        let (sy, cy) = from.yaw.to_radians().sin_cos();
        let (sp, cp) = from.pitch.to_radians().sin_cos();
        let (ty, dy) = to.yaw.to_radians().sin_cos();
        let (tp, dp) = to.pitch.to_radians().sin_cos();
        let unit = self.pupil_distance()?;
        let mut turned = Self([None; 30]);
        for landmark in Landmark::ALL {
            let Some([x, y]) = self.level(landmark) else { continue };
            let z = depth(landmark) * unit;
            // Undo yaw and pitch for a point whose depth before turning is known, then turn anew.
            let up = (-y - z * sp) / cp;
            let side = (x - (z * cp - up * sp) * sy) / cy;
            let forward = z * dp - up * tp;
            turned.set(landmark, [side * dy + forward * ty, -(up * dp + z * tp)]);
        }
        Some(turned)
    }
}

/// How far a generic face's point lies before the plane of its pupils, in distances between the pupils.
///
/// From the canonical face model of MediaPipe (Apache-2.0), at the mesh points that correspond to the landmarks;
/// zero is the middle of the lids, which cover the pupils there.
pub(in super::super) const fn depth(landmark: Landmark) -> f64 {
    use Landmark as L;
    match landmark {
        L::EyeLeft | L::EyeRight | L::LeftPupil | L::RightPupil => 0.0,
        L::Nose => 0.577,
        L::MouthLeft | L::MouthRight => 0.053,
        L::LeftEyeBrowLeft | L::RightEyeBrowRight => -0.115,
        L::LeftEyeBrowRight | L::RightEyeBrowLeft => 0.219,
        L::LeftEyeBrowUp | L::RightEyeBrowUp => 0.101,
        L::LeftEyeLeft | L::RightEyeRight => -0.103,
        L::LeftEyeRight | L::RightEyeLeft => -0.011,
        L::LeftEyeUp | L::RightEyeUp => 0.008,
        L::LeftEyeDown | L::RightEyeDown => -0.008,
        L::NoseLeft | L::NoseRight => 0.258,
        L::MouthUp => 0.340,
        L::MouthDown => 0.270,
        L::UpperJawlineLeft | L::UpperJawlineRight => -0.990,
        L::MidJawlineLeft | L::MidJawlineRight => -0.704,
        L::ChinBottom => 0.069,
    }
}
