#![allow(clippy::unwrap_used)]

use super::*;

/// What must not get through.
const SECRET: &str = "+47.6062-122.3321/";
const PICTURE: [&[u8]; 3] = [b"<first picture>", b"<second picture, longer>", b"<third>"];
const SOUND: [&[u8]; 2] = [b"(beep)", b"(a longer boop)"];

fn full(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    atom(kind, &[&[0; 4], body])
}

fn numbers(values: &[u32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_be_bytes()).collect()
}

/// How a test's film is put together.
#[derive(Clone)]
struct Film {
    brand: [u8; 4],
    codec: [u8; 4],
    /// Ticks of a sample; the clock has 100 a second.
    ticks: u32,
    /// Whether the description stands before the data.
    early: bool,
    wide: bool,
    side: u16,
}

fn film() -> Film {
    Film { brand: *b"isom", codec: *b"avc1", ticks: 100, early: false, wide: false, side: 64 }
}

impl Film {
    fn entry(&self, is_sound: bool) -> Vec<u8> {
        if is_sound {
            let fixed =
                [[0; 6].as_slice(), &[0, 7], &[0; 8], &[0, 2, 0, 16], &[0; 4], &[0xbb, 0x80, 0, 0]].concat();
            return atom(
                b"mp4a",
                &[&fixed, &full(b"esds", b"decoder"), &atom(b"udta", &[SECRET.as_bytes()])],
            );
        }
        let mut fixed = vec![0; 78];
        fixed[24..26].copy_from_slice(&self.side.to_be_bytes());
        fixed[26..28].copy_from_slice(&self.side.to_be_bytes());
        fixed[42] = SECRET.len() as u8;
        fixed[43..43 + SECRET.len()].copy_from_slice(SECRET.as_bytes());
        atom(&self.codec, &[&fixed, &atom(b"avcC", &[b"decoder"]), &atom(b"uuid", &[SECRET.as_bytes()])])
    }

    /// A track of samples, the first in a chunk by itself, the others in one more.
    fn track(&self, handler: &[u8; 4], samples: &[&[u8]], starts: &[u64]) -> Vec<u8> {
        let count = u32::try_from(samples.len()).unwrap();
        let lengths: Vec<u32> = samples.iter().map(|it| u32::try_from(it.len()).unwrap()).collect();
        let entry =
            if handler == b"meta" { atom(b"mebx", &[&[0; 8]]) } else { self.entry(handler == b"soun") };
        let starts = if self.wide {
            let places: Vec<u8> = starts.iter().flat_map(|start| start.to_be_bytes()).collect();
            full(b"co64", &[numbers(&[2]), places].concat())
        } else {
            let places: Vec<u32> = starts.iter().map(|start| u32::try_from(*start).unwrap()).collect();
            full(b"stco", &[numbers(&[2]), numbers(&places)].concat())
        };
        let tables = [
            full(b"stsd", &[numbers(&[1]), entry].concat()),
            full(b"stts", &numbers(&[1, count, self.ticks])),
            full(b"stsc", &numbers(&[2, 1, 1, 1, 2, count - 1, 1])),
            full(b"stsz", &[numbers(&[0, count]), numbers(&lengths)].concat()),
            starts,
        ];
        let mut header = vec![0xda; 80];
        header[0..4].fill(9);
        let handler_box =
            full(b"hdlr", &[&[0; 4], handler.as_slice(), &[0; 12], SECRET.as_bytes(), &[0]].concat());
        let clock = full(b"mdhd", &[numbers(&[9, 9, 100, count * self.ticks]), vec![0; 4]].concat());
        let inner = atom(b"minf", &[&full(b"dinf", SECRET.as_bytes()), &atom(b"stbl", &[&tables.concat()])]);
        let media = atom(b"mdia", &[&clock, &handler_box, &inner]);
        let edits = atom(b"edts", &[&full(b"elst", &numbers(&[1, 300, 0, 0x10000]))]);
        let header = atom(b"tkhd", &[&[0, 0, 0, 1], &header]);
        atom(b"trak", &[&header, &edits, &media, &atom(b"udta", &[SECRET.as_bytes()])])
    }

    /// The film, with a track of positions beside picture and sound.
    fn write(&self) -> Vec<u8> {
        let positions: [&[u8]; 2] = [SECRET.as_bytes(), SECRET.as_bytes()];
        let parts = |at: u64| {
            // Data: the first samples of all tracks, something that no table names, then the others.
            let lengths = |samples: &[&[u8]]| samples.iter().map(|it| it.len() as u64).collect::<Vec<_>>();
            let (pictures, sounds) = (lengths(&PICTURE), lengths(&SOUND));
            let second = at + pictures[0] + sounds[0] + SECRET.len() as u64 * 2;
            let starts = [
                [at, second],
                [at + pictures[0], second + pictures[1] + pictures[2]],
                [at + pictures[0] + sounds[0], second + pictures[1] + pictures[2] + sounds[1]],
            ];
            let mut header = vec![0; 96];
            header[8..12].copy_from_slice(&100u32.to_be_bytes());
            header[12..16].copy_from_slice(&(self.ticks * 3).to_be_bytes());
            let tracks = [
                self.track(b"vide", &PICTURE, &starts[0]),
                self.track(b"soun", &SOUND, &starts[1]),
                self.track(b"meta", &positions, &starts[2]),
            ];
            let about = atom(b"udta", &[&atom(b"\xa9xyz", &[SECRET.as_bytes()])]);
            atom(
                b"moov",
                &[&full(b"mvhd", &header), &tracks.concat(), &about, &full(b"meta", SECRET.as_bytes())],
            )
        };
        let data = [
            PICTURE[0],
            SOUND[0],
            positions[0],
            SECRET.as_bytes(),
            PICTURE[1],
            PICTURE[2],
            SOUND[1],
            positions[1],
        ];
        let start = atom(b"ftyp", &[&self.brand, &[0; 4], SECRET.as_bytes()]);
        let data = atom(b"mdat", &[&data.concat()]);
        let described = parts(0).len() as u64;
        let hidden = atom(b"uuid", &[SECRET.as_bytes()]);
        if self.early {
            let at = start.len() as u64 + described + 8;
            [start, parts(at), data, hidden].concat()
        } else {
            let at = start.len() as u64 + 8;
            [start, data, parts(at), hidden].concat()
        }
    }
}

fn contains(bytes: &[u8], wanted: &str) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted.as_bytes())
}

/// The samples of a track, read back by its tables.
fn samples(video: &[u8], track: usize) -> Vec<Vec<u8>> {
    let top = atoms(video).unwrap();
    let film = top.iter().find(|it| it.is(b"moov")).unwrap();
    let tracks: Vec<_> = atoms(film.body).unwrap().into_iter().filter(|it| it.is(b"trak")).collect();
    let handler = track::handler(&tracks[track]).unwrap().unwrap();
    let read = Track::read(&tracks[track], handler, kind(video).unwrap()).unwrap().unwrap();
    read.chunks.iter().map(|place| video[place.clone()].to_vec()).collect()
}

#[test]
fn picture_and_sound_stay_and_nothing_else_does() {
    let all = [
        film(),
        Film { early: true, ..film() },
        Film { early: true, wide: true, brand: *b"mp42", ..film() },
        Film { brand: *b"qt  ", codec: *b"hvc1", ..film() },
    ];
    for film in all {
        let original = film.write();
        assert!(contains(&original, SECRET));
        let (video, kind) = clean(&original).unwrap();
        let expected = if film.brand == *b"qt  " { DocumentKind::QuickTime } else { DocumentKind::Mp4 };
        assert_eq!(kind, expected);
        assert!(!contains(&video, SECRET));
        assert_eq!(samples(&video, 0), [PICTURE[0].to_vec(), PICTURE[1..].concat()]);
        assert_eq!(samples(&video, 1), [SOUND[0].to_vec(), SOUND[1].to_vec()]);
        let film = atoms(&video).unwrap().into_iter().find(|it| it.is(b"moov")).unwrap();
        let tracks = atoms(film.body).unwrap().iter().filter(|it| it.is(b"trak")).count();
        assert_eq!(tracks, 2, "the track of positions is gone");
        assert_eq!(clean(&video).unwrap().0, video, "what is clean stays as it is");
        // The dates are zero: their places held nines.
        assert!(!contains(&video, "\u{9}\u{9}\u{9}\u{9}"));
    }
}

#[test]
fn what_is_no_usable_video_is_named() {
    let refused = |film: Film| clean(&film.write()).unwrap_err();
    assert_eq!(refused(Film { ticks: 2_100, ..film() }), Rejection::TooLong);
    assert_eq!(refused(Film { codec: *b"mp4v", ..film() }), Rejection::Unsupported);
    assert_eq!(refused(Film { codec: *b"encv", ..film() }), Rejection::Encrypted);
    assert_eq!(refused(Film { side: 8_000, ..film() }), Rejection::TooManyPixels);
    assert!(!begins(&Film { brand: *b"heic", ..film() }.write()));
    let fragment = [film().write(), atom(b"moof", &[])].concat();
    assert_eq!(clean(&fragment).unwrap_err(), Rejection::Unsupported);
}

#[test]
fn a_video_that_breaks_off_anywhere_is_refused() {
    for film in [film(), Film { early: true, ..film() }] {
        // Without what follows the film.
        let whole = film.write();
        let end = whole.len() - atom(b"uuid", &[SECRET.as_bytes()]).len();
        for length in 16..end {
            let refused = clean(&whole[..length]).unwrap_err();
            assert!(matches!(refused, Rejection::Truncated | Rejection::Damaged), "{length}: {refused:?}");
        }
    }
}

#[test]
fn tables_that_lie_are_found_out() {
    let whole = Film { early: true, ..film() }.write();
    let table = |kind: &[u8]| whole.windows(4).position(|window| window == kind).unwrap();
    let with = |at: usize, value: u32| {
        let mut forged = whole.clone();
        forged[at..at + 4].copy_from_slice(&value.to_be_bytes());
        clean(&forged).unwrap_err()
    };
    // Into the description, before the file, and beyond its end.
    for place in [40, 0, u32::MAX] {
        assert_eq!(with(table(b"stco") + 12, place), Rejection::Damaged);
    }
    // A chunk of as many samples as there aren't, and a sample longer than the file.
    assert_eq!(with(table(b"stsc") + 16, 1_000_000), Rejection::Damaged);
    assert_eq!(with(table(b"stsz") + 16, u32::MAX), Rejection::Damaged);
    // Tables of four thousand million entries.
    for kind in [b"stts", b"stsc", b"stco"] {
        assert_eq!(with(table(kind) + 8, u32::MAX), Rejection::Unsupported);
    }
    assert_eq!(with(table(b"stsz") + 12, u32::MAX), Rejection::Unsupported);
    // A clock that stands still.
    assert_eq!(with(table(b"mvhd") + 16, 0), Rejection::Damaged);
    assert_eq!(with(table(b"mdhd") + 16, 0), Rejection::Damaged);
}

#[test]
fn flipped_bits_never_panic() {
    let whole = film().write();
    for at in 0..whole.len() {
        for bit in [0, 3, 7] {
            let mut flipped = whole.clone();
            flipped[at] ^= 1 << bit;
            if let Ok((video, _)) = clean(&flipped) {
                assert!(video.len() <= flipped.len() + 1024, "it doesn't grow");
            }
        }
    }
}
