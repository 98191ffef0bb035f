//! Files that are cut, flipped or made up.
#![allow(clippy::unwrap_used)]

use super::fixtures::*;
use super::*;
use image::ImageFormat;
use proptest::prelude::*;

fn any_file() -> impl Strategy<Value = Vec<u8>> {
    let scene = corners(40, 24);
    let tagged = with_segment(&jpeg(&scene), 0xe1, &[b"Exif\0\0".as_slice(), &exif(6)].concat());
    let profile = moxcms::ColorProfile::new_display_p3().encode().unwrap();
    let tagged = with_segment(&tagged, 0xe2, &[b"ICC_PROFILE\0\x01\x01".as_slice(), &profile].concat());
    let webp = encoded(scene.clone(), ImageFormat::WebP);
    prop::sample::select(vec![
        tagged,
        progressive(),
        cmyk(),
        with_chunk(&encoded(scene, ImageFormat::Png), b"eXIf", &exif(3)),
        extended_webp(&webp, 0b1000, (40, 24), &[(b"EXIF", &exif(5))]),
        heic(&corners(40, 24)),
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_file_cut_anywhere_is_refused(file in any_file(), cut in 0.0..1.0) {
        let length = (file.len() as f64 * cut) as usize;
        prop_assert!(clean(&file[..length], &small()).is_err());
    }

    #[test]
    fn flipped_bits_never_panic(file in any_file(), flips in prop::collection::vec((any::<prop::sample::Index>(), 0..8u8), 1..12)) {
        let mut file = file;
        for (at, bit) in flips {
            let at = at.index(file.len());
            file[at] ^= 1u8 << bit;
        }
        if let Ok(photo) = clean(&file, &small()) {
            prop_assert_eq!(jpeg::end(&photo.jpeg), Ok(photo.jpeg.len()));
        }
    }

    #[test]
    fn any_bytes_never_panic(start in prop::sample::select(vec![
        jpeg::START.to_vec(), png::SIGNATURE.to_vec(), b"RIFF\x20\0\0\0WEBP".to_vec(), Vec::new(),
    ]), rest in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = clean(&[start, rest].concat(), &small());
    }
}
