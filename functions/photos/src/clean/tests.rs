#![allow(clippy::unwrap_used)]

use super::fixtures::*;
use super::*;
use image::{DynamicImage, ImageBuffer, ImageFormat, Rgb, Rgba, RgbaImage};

fn cleaned(bytes: &[u8]) -> CleanPhoto {
    clean(bytes, &small()).unwrap()
}

fn pixels_of(photo: &CleanPhoto) -> RgbImage {
    image::load_from_memory_with_format(&photo.jpeg, ImageFormat::Jpeg).unwrap().into_rgb8()
}

fn refused(bytes: &[u8]) -> Rejection {
    clean(bytes, &small()).unwrap_err()
}

fn near(found: Rgb<u8>, wanted: [u8; 3], by: u8) -> bool {
    found.0.iter().zip(wanted).all(|(a, b)| a.abs_diff(b) <= by)
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

/// The markers before the first scan.
fn markers(jpeg: &[u8]) -> Vec<u8> {
    let (mut at, mut found) = (2, Vec::new());
    while jpeg[at + 1] != 0xda {
        found.push(jpeg[at + 1]);
        at += 2 + usize::from(u16::from_be_bytes([jpeg[at + 2], jpeg[at + 3]]));
    }
    found
}

#[test]
fn each_type_is_told_by_its_content_and_kept_as_it_looks() {
    let scene = corners(64, 48);
    let files = [
        (SourceType::Jpeg, jpeg(&scene)),
        (SourceType::Png, encoded(scene.clone(), ImageFormat::Png)),
        (SourceType::WebP, encoded(scene.clone(), ImageFormat::WebP)),
        (SourceType::Heic, heic(&scene)),
    ];
    for (source, bytes) in files {
        let photo = cleaned(&bytes);
        assert_eq!((photo.source, photo.width, photo.height), (source, 64, 48));
        let pixels = pixels_of(&photo);
        for (x, y) in [(8, 8), (56, 8), (8, 40), (56, 40)] {
            assert!(near(*pixels.get_pixel(x, y), scene.get_pixel(x, y).0, 10), "{source:?} {x} {y}");
        }
    }
}

#[test]
fn what_is_no_usable_picture_is_named() {
    assert_eq!(refused(b""), Rejection::Empty);
    assert_eq!(refused(b"hello"), Rejection::NotAnImage);
    assert_eq!(refused(b"%PDF-1.7"), Rejection::NotAnImage);
    assert_eq!(refused(b"GIF89a......"), Rejection::Unsupported);
    assert_eq!(refused(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"), Rejection::Truncated);
    assert_eq!(refused(b"\0\0\0\x18ftypisom\0\0\0\0"), Rejection::NotAnImage);
    assert_eq!(refused(&[0xff, 0xd8, 0xff, 0xd9]), Rejection::Damaged);
    assert_eq!(refused(&[0xff, 0xd8, 0xff]), Rejection::Truncated);
    let small_picture = jpeg(&corners(64, 48));
    assert_eq!(clean(&small_picture, &Limits::default()), Err(Rejection::TooSmall));
}

#[test]
fn size_and_pixels_are_bounded_before_decoding() {
    let bytes = jpeg(&corners(64, 48));
    let with = |change: fn(&mut Limits)| {
        let mut limits = small();
        change(&mut limits);
        clean(&bytes, &limits)
    };
    assert_eq!(with(|l| l.max_bytes = 100), Err(Rejection::TooLarge));
    assert_eq!(with(|l| l.max_pixels = 64 * 48 - 1), Err(Rejection::TooManyPixels));
    assert_eq!(with(|l| l.max_decoder_bytes = 5_000), Err(Rejection::TooManyPixels));
    assert_eq!(with(|l| l.max_result_bytes = 100), Err(Rejection::TooLarge));
    assert!(with(|l| l.max_pixels = 64 * 48).is_ok());
    // A PNG of a few bytes that claims to be 100 000 pixels square.
    let mut bomb = encoded(corners(2, 2), ImageFormat::Png);
    bomb[16..24].copy_from_slice(&[0, 1, 0x86, 0xa0, 0, 1, 0x86, 0xa0]);
    let sum = png::crc32(&bomb[12..29]).to_be_bytes();
    bomb[29..33].copy_from_slice(&sum);
    assert_eq!(refused(&bomb), Rejection::TooManyPixels);
}

#[test]
fn large_photos_are_reduced_and_small_ones_left() {
    let limits = Limits { max_side: 40, ..small() };
    let photo = clean(&jpeg(&corners(90, 60)), &limits).unwrap();
    assert_eq!((photo.width, photo.height), (40, 27));
    let photo = clean(&jpeg(&corners(30, 20)), &limits).unwrap();
    assert_eq!((photo.width, photo.height), (30, 20));
}

#[test]
fn exif_gps_comments_and_what_follows_the_picture_are_gone() {
    let mut bytes = jpeg(&corners(64, 48));
    bytes = with_segment(&bytes, 0xfe, SECRET.as_bytes());
    bytes = with_segment(&bytes, 0xed, format!("Photoshop 3.0\0{SECRET}").as_bytes());
    bytes = with_segment(&bytes, 0xe1, format!("http://ns.adobe.com/xap/1.0/\0{SECRET}").as_bytes());
    bytes = with_segment(&bytes, 0xe1, &[b"Exif\0\0".as_slice(), &exif(1)].concat());
    bytes.extend(SECRET.as_bytes());
    // The fixture is a real one: an independent reader finds the position in it.
    let read = exif::Reader::new().read_from_container(&mut std::io::Cursor::new(&bytes)).unwrap();
    assert!(read.get_field(exif::Tag::GPSLatitude, exif::In::PRIMARY).is_some());
    assert_eq!(read.get_field(exif::Tag::Orientation, exif::In::PRIMARY).unwrap().value.get_uint(0), Some(1));

    let photo = cleaned(&bytes);
    assert!(!contains(&photo.jpeg, SECRET.as_bytes()) && !contains(&photo.jpeg, b"Exif"));
    assert!(exif::Reader::new().read_from_container(&mut std::io::Cursor::new(&photo.jpeg)).is_err());
    // Only what decoding needs: JFIF header, quantisation, frame, Huffman tables.
    assert!(markers(&photo.jpeg).iter().all(|m| matches!(m, 0xe0 | 0xdb | 0xc0 | 0xc4)));
    assert_eq!(jpeg::end(&photo.jpeg), Ok(photo.jpeg.len()));
}

#[test]
fn metadata_of_png_and_webp_is_gone_and_their_orientation_kept() {
    let png = encoded(corners(64, 48), ImageFormat::Png);
    let png = with_chunk(&png, b"tEXt", format!("Comment\0{SECRET}").as_bytes());
    let png = with_chunk(&png, b"eXIf", &exif(6));
    let webp = encoded(corners(64, 48), ImageFormat::WebP);
    let webp = extended_webp(&webp, 0b1100, (64, 48), &[(b"EXIF", &exif(6)), (b"XMP ", SECRET.as_bytes())]);
    for bytes in [png, webp] {
        assert!(contains(&bytes, SECRET.as_bytes()));
        let photo = cleaned(&bytes);
        assert!(!contains(&photo.jpeg, SECRET.as_bytes()));
        assert_eq!((photo.width, photo.height), (48, 64), "{:?}", photo.source);
    }
}

#[test]
fn all_eight_orientations_are_applied() {
    let upright = corners(64, 48);
    let stored = DynamicImage::ImageRgb8(upright.clone());
    // How a camera held that way stores the upright scene.
    let ways = [
        stored.clone(),
        stored.fliph(),
        stored.rotate180(),
        stored.flipv(),
        stored.rotate90().fliph(),
        stored.rotate270(),
        stored.rotate270().fliph(),
        stored.rotate90(),
    ];
    for (orientation, way) in (1..).zip(ways) {
        let block = [b"Exif\0\0".as_slice(), &exif(orientation)].concat();
        let photo = cleaned(&with_segment(&jpeg(&way.into_rgb8()), 0xe1, &block));
        assert_eq!((photo.width, photo.height), (64, 48), "orientation {orientation}");
        let pixels = pixels_of(&photo);
        for (x, y) in [(8, 8), (56, 8), (8, 40), (56, 40)] {
            let (found, wanted) = (*pixels.get_pixel(x, y), upright.get_pixel(x, y).0);
            assert!(near(found, wanted, 10), "orientation {orientation} at {x} {y}");
        }
    }
}

#[test]
fn transparency_becomes_white_and_sixteen_bits_eight() {
    let clear = RgbaImage::from_fn(16, 16, |x, _| Rgba([200, 0, 0, if x < 8 { 0 } else { 128 }]));
    let pixels = pixels_of(&cleaned(&encoded(clear, ImageFormat::Png)));
    assert!(near(*pixels.get_pixel(2, 8), [255, 255, 255], 6));
    assert!(near(*pixels.get_pixel(13, 8), [227, 127, 127], 6));
    let deep: ImageBuffer<Rgb<u16>, Vec<u16>> =
        ImageBuffer::from_pixel(16, 16, Rgb([0x8000, 0x4000, 0xffff]));
    let pixels = pixels_of(&cleaned(&encoded(DynamicImage::ImageRgb16(deep), ImageFormat::Png)));
    assert!(near(*pixels.get_pixel(8, 8), [128, 64, 255], 6));
    let grey = image::GrayImage::from_pixel(16, 16, image::Luma([90]));
    assert!(near(*pixels_of(&cleaned(&encoded(grey, ImageFormat::Png))).get_pixel(8, 8), [90, 90, 90], 3));
}

#[test]
fn progressive_and_cmyk_jpegs_are_read() {
    let pixels = pixels_of(&cleaned(&progressive()));
    assert!(near(*pixels.get_pixel(4, 4), [128, 128, 128], 2));
    let pixels = pixels_of(&cleaned(&cmyk()));
    assert!(near(*pixels.get_pixel(4, 4), [64, 64, 64], 6), "{:?}", pixels.get_pixel(4, 4));
}

#[test]
fn wide_gamut_colours_are_converted_before_the_profile_goes() {
    let profile = moxcms::ColorProfile::new_display_p3().encode().unwrap();
    let flat = RgbImage::from_pixel(32, 32, Rgb([200, 120, 100]));
    let tagged = with_segment(&jpeg(&flat), 0xe2, &[b"ICC_PROFILE\0\x01\x01".as_slice(), &profile].concat());
    let photo = cleaned(&tagged);
    // Display P3 (200, 120, 100) is about sRGB (213, 117, 96).
    let found = *pixels_of(&photo).get_pixel(16, 16);
    assert!(near(found, [213, 117, 96], 4), "{found:?}");
    assert!(!contains(&photo.jpeg, b"ICC_PROFILE"));
    let broken = with_segment(&jpeg(&flat), 0xe2, b"ICC_PROFILE\0\x01\x01not a profile");
    assert!(near(*pixels_of(&cleaned(&broken)).get_pixel(16, 16), [200, 120, 100], 4));
}

#[test]
fn animations_are_refused() {
    let png = with_chunk(&encoded(corners(64, 48), ImageFormat::Png), b"acTL", &[0, 0, 0, 2, 0, 0, 0, 0]);
    assert_eq!(refused(&png), Rejection::Unsupported);
    let webp = encoded(corners(64, 48), ImageFormat::WebP);
    assert_eq!(refused(&extended_webp(&webp, 0b10, (64, 48), &[])), Rejection::Unsupported);
}

#[test]
fn a_second_picture_after_the_first_is_left_out() {
    let first = jpeg(&corners(64, 48));
    let both = [first.clone(), jpeg(&corners(16, 16))].concat();
    assert_eq!(cleaned(&both), cleaned(&first));
}

#[test]
fn blur_and_darkness_show_in_the_figures() {
    let scene = RgbImage::from_fn(300, 300, |x, y| Rgb([if (x / 5 + y / 5) % 2 == 0 { 60 } else { 190 }; 3]));
    let sharp = picture_quality(&scene);
    let blurred = picture_quality(&image::imageops::blur(&scene, 6.0));
    assert!((sharp.brightness - 49.0).abs() < 1.0);
    assert!(sharp.sharpness > 60.0 && blurred.sharpness < 10.0, "{sharp:?} {blurred:?}");
    assert_eq!(picture_quality(&RgbImage::new(1, 1)), PictureQuality { brightness: 0.0, sharpness: 0.0 });
}

#[test]
fn a_photo_prints_nothing() {
    assert_eq!(format!("{:?}", cleaned(&jpeg(&corners(16, 16)))), "CleanPhoto");
}
