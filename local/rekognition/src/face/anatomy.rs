//! Which point of the face mesh is what.
//!
//! The indices are data of Google's MediaPipe (Apache-2.0): its canonical face model and the maps from its iris
//! model into the mesh. "Left" is the image's left, as Rekognition has it; MediaPipe names sides by the subject.

/// The number of points of the mesh.
pub(super) const POINTS: usize = 468;

/// How the iris model is pointed at an eye and where its points belong in the mesh.
pub(super) struct Eye {
    /// The corners, that on the image's left first.
    pub(super) corners: [usize; 2],
    /// The mesh points the model's outline refines, in the model's order.
    pub(super) outline: [usize; 71],
    /// Whether the model, which knows one side only, is shown the eye mirrored.
    pub(super) mirrored: bool,
}

/// The eye on the image's left.
pub(super) const LEFT_EYE: Eye = Eye { corners: [33, 133], outline: LEFT_OUTLINE, mirrored: false };

/// The eye on the image's right.
pub(super) const RIGHT_EYE: Eye = Eye { corners: [362, 263], outline: RIGHT_OUTLINE, mirrored: true };

/// Lids, surroundings and brow of the left eye.
const LEFT_OUTLINE: [usize; 71] = [
    33, 7, 163, 144, 145, 153, 154, 155, 133, 246, 161, 160, 159, 158, 157, 173, 130, 25, 110, 24, 23, 22,
    26, 112, 243, 247, 30, 29, 27, 28, 56, 190, 226, 31, 228, 229, 230, 231, 232, 233, 244, 113, 225, 224,
    223, 222, 221, 189, 35, 124, 46, 53, 52, 65, 143, 111, 117, 118, 119, 120, 121, 128, 245, 156, 70, 63,
    105, 66, 107, 55, 193,
];

/// Lids, surroundings and brow of the right eye.
const RIGHT_OUTLINE: [usize; 71] = [
    263, 249, 390, 373, 374, 380, 381, 382, 362, 466, 388, 387, 386, 385, 384, 398, 359, 255, 339, 254, 253,
    252, 256, 341, 463, 467, 260, 259, 257, 258, 286, 414, 446, 261, 448, 449, 450, 451, 452, 453, 464, 342,
    445, 444, 443, 442, 441, 413, 265, 353, 276, 283, 282, 295, 372, 340, 346, 347, 348, 349, 350, 357, 465,
    383, 300, 293, 334, 296, 336, 285, 417,
];

/// The lips.
pub(super) const LIPS: [usize; 40] = [
    61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 185, 40, 39, 37, 0, 267, 269, 270, 409, 78, 95, 88,
    178, 87, 14, 317, 402, 318, 324, 308, 191, 80, 81, 82, 13, 312, 311, 310, 415,
];

/// The outline of the face.
pub(super) const OVAL: [usize; 36] = [
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176,
    149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
];

/// Points of cheeks and forehead that eyewear leaves free.
pub(super) const CHEEKS: [usize; 14] = [50, 101, 118, 205, 187, 280, 330, 347, 425, 411, 151, 9, 108, 337];

/// How many points at the start of an [`Eye`]'s outline lie on the lids and the skin a lens covers.
pub(super) const BEHIND_LENS: usize = 32;

/// The inner edges of the upper and the lower lip, in the middle.
pub(super) const LIPS_MIDDLE: [usize; 2] = [13, 14];

/// The inner corners of the mouth.
pub(super) const MOUTH_CORNERS: [usize; 2] = [78, 308];
