//! The models and photos fetched by `local/fetch_assets.py`.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use image::RgbImage;
use visage_rekognition::face::{Engine, Models};
use visage_rekognition::picture;

/// The engine all tests share.
pub(crate) static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    let models = Models::read(&folder().join("models")).expect("the models can be read");
    Engine::load(&models).expect("the models can be loaded")
});

/// The folder of the assets; says how to fetch them if they are missing.
pub(crate) fn folder() -> PathBuf {
    #[allow(clippy::disallowed_methods, reason = "a test finds its assets by the environment")]
    let named = std::env::var_os("VISAGE_ASSETS").map(PathBuf::from);
    let folder = named.unwrap_or_else(|| {
        Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().join("target/local/assets")
    });
    assert!(
        folder.join("models/face_landmark.tflite").is_file() && folder.join("photos/astronaut.png").is_file(),
        "no models and photos in {}: run `python3 local/fetch_assets.py target/local/assets`, \
         or name their folder in VISAGE_ASSETS",
        folder.display()
    );
    folder
}

/// The bytes of a photo.
pub(crate) fn photo_bytes(name: &str) -> Vec<u8> {
    std::fs::read(folder().join("photos").join(name)).expect("the photo can be read")
}

/// A photo.
pub(crate) fn photo(name: &str) -> RgbImage {
    picture::decode(&photo_bytes(name)).expect("the photo can be decoded")
}
