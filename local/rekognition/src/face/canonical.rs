//! The average face MediaPipe fits its mesh to.
//!
//! The numbers are data of Google's MediaPipe (Apache-2.0): the positions are vertices of its canonical face model,
//! the weights those of its geometry pipeline's Procrustes basis (`geometry_pipeline_metadata_landmarks`).

/// A mesh point by which the pose is found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Anchor {
    /// Its index in the mesh.
    pub(super) index: usize,
    /// How much it counts.
    pub(super) weight: f64,
    /// Where it lies on the average face, in centimetres: right in the image, up, towards the camera.
    pub(super) position: [f64; 3],
}

const fn anchor(index: usize, weight: f64, position: [f64; 3]) -> Anchor {
    Anchor { index, weight, position }
}

/// The thirty-three anchors.
pub(super) const FACE: [Anchor; 33] = [
    anchor(4, 0.070_91, [0.0, -0.463_17, 7.586_58]),
    anchor(6, 0.032_1, [0.0, 2.473_255, 5.788_627]),
    anchor(10, 0.008_447, [0.0, 8.261_778, 4.481_535]),
    anchor(33, 0.058_724, [-4.445_859, 2.663_991, 3.173_422]),
    anchor(54, 0.007_667, [-6.279_331, 6.615_427, 1.425_85]),
    anchor(67, 0.009_078, [-3.523_964, 8.005_976, 3.729_163]),
    anchor(117, 0.009_792, [-5.258_659, 0.945_811, 2.974_312]),
    anchor(119, 0.014_565, [-3.300_681, 0.861_641, 3.872_784]),
    anchor(121, 0.018_591, [-1.820_731, 1.467_954, 4.224_124]),
    anchor(127, 0.005_198, [-7.743_095, 2.364_999, -2.005_167]),
    anchor(129, 0.120_625, [-1.785_794, -0.978_284, 4.850_47]),
    anchor(132, 0.005_56, [-7.270_895, -2.890_917, -2.252_455]),
    anchor(133, 0.053_286, [-1.856_432, 2.585_245, 3.757_904]),
    anchor(136, 0.066_89, [-5.085_276, -7.178_59, 0.714_711]),
    anchor(143, 0.014_817, [-6.407_571, 2.236_021, 1.560_843]),
    anchor(147, 0.014_263, [-6.234_883, -1.944_43, 1.663_542]),
    anchor(198, 0.025_462, [-1.246_815, 0.230_297, 5.681_036]),
    anchor(205, 0.047_252, [-3.832_928, -1.537_326, 4.137_731]),
    anchor(263, 0.058_724, [4.445_859, 2.663_991, 3.173_422]),
    anchor(284, 0.007_667, [6.279_331, 6.615_427, 1.425_85]),
    anchor(297, 0.009_078, [3.523_964, 8.005_976, 3.729_163]),
    anchor(346, 0.009_792, [5.258_659, 0.945_811, 2.974_312]),
    anchor(348, 0.014_565, [3.300_681, 0.861_641, 3.872_784]),
    anchor(350, 0.018_591, [1.820_731, 1.467_954, 4.224_124]),
    anchor(356, 0.005_198, [7.743_095, 2.364_999, -2.005_167]),
    anchor(358, 0.120_625, [1.785_794, -0.978_284, 4.850_47]),
    anchor(361, 0.005_56, [7.270_895, -2.890_917, -2.252_455]),
    anchor(362, 0.053_286, [1.856_432, 2.585_245, 3.757_904]),
    anchor(365, 0.066_89, [5.085_276, -7.178_59, 0.714_711]),
    anchor(372, 0.014_817, [6.407_571, 2.236_021, 1.560_843]),
    anchor(376, 0.014_263, [6.234_883, -1.944_43, 1.663_542]),
    anchor(420, 0.025_462, [1.246_815, 0.230_297, 5.681_036]),
    anchor(425, 0.047_252, [3.832_928, -1.537_326, 4.137_731]),
];
