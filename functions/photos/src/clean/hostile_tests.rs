//! Hostile and broken files, each with the answer it gets. None may take more memory or time than a function has.
#![allow(clippy::unwrap_used)]

use super::fixtures::*;
use super::*;
use Rejection as R;
use image::{ImageFormat, Rgba, RgbaImage};

/// A file and what comes of it.
type Case = (&'static str, Vec<u8>, Result<(u32, u32), Rejection>);

/// A patient hears within thirty seconds; here nothing is optimised but the decoders. Seconds of the processor: how
/// many others wait for it is no fault of the file.
const LONGEST: u64 = 20;
/// Of the 2048 MB that the function has.
const MOST_MEMORY_KB: u64 = 1_400_000;

fn scene() -> Vec<u8> {
    jpeg(&corners(120, 90))
}

fn half(file: &[u8]) -> Vec<u8> {
    file[..file.len() / 2].to_vec()
}

fn tagged(block: &[u8]) -> Vec<u8> {
    with_segment(&scene(), 0xe1, &[b"Exif\0\0".as_slice(), block].concat())
}

/// `jpeg` with another size in its frame header.
fn resized(jpeg: &[u8], height: u16, width: u16) -> Vec<u8> {
    let frame = jpeg.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    let mut file = jpeg.to_vec();
    file[frame + 5..frame + 7].copy_from_slice(&height.to_be_bytes());
    file[frame + 7..frame + 9].copy_from_slice(&width.to_be_bytes());
    file
}

fn jpegs() -> Vec<Case> {
    let [whole, first] = [scene(), jpeg(&corners(64, 48))];
    let unended = whole[..whole.len() - 2].to_vec();
    let mut no_tables = whole.clone();
    let tables = no_tables.windows(2).position(|pair| pair == [0xff, 0xc4]).unwrap();
    no_tables[tables + 1] = 0xef;
    let mut looped = exif(1);
    // The pointer to GPS leads back to the main directory.
    looped[8 + 2 + 2 * 12 + 8..8 + 2 + 3 * 12].copy_from_slice(&8u32.to_be_bytes());
    let page = b"<html><script>fetch('//evil')</script></html>";
    let inks = b"ICC_PROFILE\0\x01\x01 broken";
    let size = Ok((120, 90));
    vec![
        ("jpeg of its first bytes", vec![0xff, 0xd8, 0xff, 0xe0], Err(R::Truncated)),
        ("jpeg cut in half", half(&whole), Err(R::Truncated)),
        ("jpeg without its end", unended, Err(R::Truncated)),
        ("jpeg of start and end", vec![0xff, 0xd8, 0xff, 0xd9], Err(R::Damaged)),
        ("jpeg without its code tables", no_tables, Err(R::Damaged)),
        ("jpeg of 50,000² pixels", resized(&whole, 50_000, 50_000), Err(R::TooManyPixels)),
        ("jpeg of 65,535² pixels", resized(&whole, 65_535, 65_535), Err(R::TooManyPixels)),
        ("jpeg without width", resized(&whole, 90, 0), Err(R::Damaged)),
        ("jpeg of four inks", cmyk(), Ok((8, 8))),
        ("progressive jpeg", progressive(), Ok((8, 8))),
        ("progressive jpeg of a thousand scans", many_scans(1000), Err(R::Damaged)),
        ("jpeg with place and script", tagged(&exif(1)), size),
        ("jpeg lying on its side", tagged(&exif(6)), Ok((90, 120))),
        ("jpeg upside down", tagged(&exif(3)), size),
        ("jpeg with an orientation that isn't one", tagged(&exif(99)), size),
        ("jpeg whose directories go in a circle", tagged(&looped), size),
        ("jpeg with a broken profile", with_segment(&whole, 0xe2, inks), size),
        ("jpeg with a page as comment", with_segment(&whole, 0xfe, page), size),
        ("jpeg that is a page as well", [whole.clone(), page.to_vec()].concat(), size),
        ("jpeg that is an archive as well", [whole, b"PK\x03\x04evil.exe".to_vec()].concat(), size),
        ("jpeg of a thumbnail alone", with_segment(&first[..2], 0xe1, &first), Err(R::Truncated)),
    ]
}

fn pngs() -> Vec<Case> {
    let whole = encoded(corners(120, 90), ImageFormat::Png);
    let mut flipped = whole.clone();
    flipped[60] ^= 1;
    let profile = [b"x\0\0".as_slice(), &zeros_deflated(64 << 20)].concat();
    let text = [b"Comment\0\0".as_slice(), &zeros_deflated(64 << 20)].concat();
    let animated = with_chunk(&whole, b"acTL", &[0, 0, 0, 2, 0, 0, 0, 0]);
    let clear = RgbaImage::from_pixel(100, 100, Rgba([200, 0, 0, 0]));
    let size = Ok((120, 90));
    vec![
        ("png of its first bytes", whole[..33].to_vec(), Err(R::Truncated)),
        ("png cut in half", half(&whole), Err(R::Truncated)),
        ("png with a flipped bit", flipped, Err(R::Damaged)),
        ("png of 50,000² pixels", blank_png(50_000, 50_000, 1), Err(R::TooManyPixels)),
        ("png of 3,000² pixels in some kilobytes", blank_png(3_000, 3_000, 3_001 * 3_000), Ok((3000, 3000))),
        ("png that lacks most of its pixels", blank_png(4_000, 4_000, 100), Err(R::Damaged)),
        ("png with a profile that inflates", with_chunk(&whole, b"iCCP", &profile), size),
        ("png with a text that inflates", with_chunk(&whole, b"zTXt", &text), size),
        ("png with a script as text", with_chunk(&whole, b"tEXt", b"a\0<script>alert(1)</script>"), size),
        ("animated png", animated, Err(R::Unsupported)),
        ("png all transparent", encoded(clear, ImageFormat::Png), Ok((100, 100))),
    ]
}

fn others() -> Vec<Case> {
    let webp = encoded(corners(120, 90), ImageFormat::WebP);
    let mut vast = webp.clone();
    // Width and height less one, fourteen bits each, after the signature of the lossless data.
    vast[21..25].copy_from_slice(&0x0fff_bffeu32.to_le_bytes());
    let animated = extended_webp(&webp, 0b10, (120, 90), &[]);
    let mut long = webp.clone();
    long[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
    let tiff = [b"II*\0\x08\0\0\0\x02\0".as_slice(), &[0, 1, 4, 0, 1, 0, 0, 0, 0x50, 0xc3, 0, 0]].concat();
    vec![
        ("webp cut in half", half(&webp), Err(R::Truncated)),
        ("webp of 16,383² pixels", vast, Err(R::TooManyPixels)),
        ("animated webp", animated, Err(R::Unsupported)),
        ("webp longer than itself", long, Err(R::Truncated)),
        ("animated gif", b"GIF89a\x01\0\x01\0\x80\0\0NETSCAPE2.0".to_vec(), Err(R::Unsupported)),
        ("tiff of 50,000 pixels across", tiff, Err(R::Unsupported)),
        ("bitmap", b"BM\x36\0\0\0\0\0\0\0".to_vec(), Err(R::Unsupported)),
        ("jpeg xl", b"\xff\x0a\0\0".to_vec(), Err(R::Unsupported)),
        ("avif", b"\0\0\0\x18ftypavif\0\0\0\0mif1".to_vec(), Err(R::Unsupported)),
        ("film of pictures", b"\0\0\0\x18ftypmsf1\0\0\0\0hevc".to_vec(), Err(R::Unsupported)),
    ]
}

fn heics() -> Vec<Case> {
    let whole = heic(&corners(160, 120));
    let mut vast = whole.clone();
    let size = vast.windows(4).position(|name| name == b"ispe").unwrap();
    vast[size + 8..size + 12].copy_from_slice(&16_384u32.to_be_bytes());
    vast[size + 12..size + 16].copy_from_slice(&12_288u32.to_be_bytes());
    let mut unknown = whole.clone();
    let kind = unknown.windows(4).position(|name| name == b"hvc1").unwrap();
    unknown[kind..kind + 4].copy_from_slice(b"av01");
    vec![
        ("heic", whole.clone(), Ok((160, 120))),
        ("heic of its first bytes", whole[..24].to_vec(), Err(R::Truncated)),
        ("heic cut in half", half(&whole), Err(R::Truncated)),
        ("heic of 200 megapixels", vast, Err(R::TooManyPixels)),
        ("heic of another codec", unknown, Err(R::Unsupported)),
    ]
}

fn no_pictures() -> Vec<Case> {
    let noise: Vec<u8> = (0..1_000_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    vec![
        ("nothing", Vec::new(), Err(R::Empty)),
        ("one byte", vec![0xff], Err(R::NotAnImage)),
        ("a page", b"<!doctype html><script>alert(1)</script>".to_vec(), Err(R::NotAnImage)),
        (
            "a drawing",
            b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>".to_vec(),
            Err(R::NotAnImage),
        ),
        ("a document", b"%PDF-1.7\n".to_vec(), Err(R::NotAnImage)),
        ("an archive", b"PK\x03\x04".to_vec(), Err(R::NotAnImage)),
        ("a film", b"\0\0\0\x18ftypisom\0\0\0\0isom".to_vec(), Err(R::NotAnImage)),
        ("a program", b"MZ\x90\0".to_vec(), Err(R::NotAnImage)),
        ("noise", noise, Err(R::NotAnImage)),
        ("a jpeg and 15 MB more", [scene(), vec![0; 15 << 20]].concat(), Err(R::TooLarge)),
    ]
}

#[test]
fn each_hostile_file_gets_its_answer_in_time_and_memory() {
    let cases = [jpegs(), pngs(), others(), heics(), no_pictures()].concat();
    assert!(cases.len() >= 40, "{} files", cases.len());
    let mut wrong = Vec::new();
    for (name, file, expected) in cases {
        let began = cpu_seconds();
        let found = clean(&file, &small());
        let taken = cpu_seconds() - began;
        assert!(taken < LONGEST, "{name} takes {taken} s");
        let size = found.as_ref().map(|photo| (photo.width, photo.height)).map_err(|rejection| *rejection);
        if size != expected {
            wrong.push((name, size, expected));
        }
        if let Ok(photo) = found {
            assert_eq!(jpeg::end(&photo.jpeg), Ok(photo.jpeg.len()), "{name}");
            for hidden in [b"script".as_slice(), b"PK\x03\x04", b"Exif", b"ICC_PROFILE", SECRET.as_bytes()] {
                assert!(!photo.jpeg.windows(hidden.len()).any(|window| window == hidden), "{name}");
            }
        }
    }
    assert_eq!(wrong, []);
    assert!(peak_kb() < MOST_MEMORY_KB, "{} kB", peak_kb());
}

/// The processor's time that this thread used.
fn cpu_seconds() -> u64 {
    let status = std::fs::read_to_string("/proc/thread-self/stat").unwrap();
    // After the name in parentheses; times are the fields 14 and 15, in hundredths of a second.
    let fields = status.rsplit_once(')').unwrap().1.split_whitespace().skip(11).take(2);
    fields.map(|ticks| ticks.parse::<u64>().unwrap()).sum::<u64>() / 100
}

/// The most memory that this process ever held.
fn peak_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
