//! Documents to upload, made on the spot.

use crate::picture::Picture;

/// A PDF of one page that shows `words`, with these entries in its catalog.
pub fn pdf(words: &str, catalog: &str) -> Picture {
    let drawing = format!("BT /F 12 Tf 20 20 Td ({words}) Tj ET");
    let file = format!(
        "%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 2 0 R{catalog}>>\nendobj\n2 0 obj\n<</Type/Pages/Kids[3 0 R]/Count 1>>\nendobj\n\
         3 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R\
         /Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>\nendobj\n\
         4 0 obj\n<</Length {}>>\nstream\n{drawing}\nendstream\nendobj\ntrailer\n<</Root 1 0 R/Size 5>>\n%%EOF\n",
        drawing.len()
    );
    Picture { content_type: "application/pdf", bytes: file.into_bytes() }
}

/// A MOV of three pictures that last so many seconds each, and of where it was taken.
pub fn video(seconds: u32, place: &str) -> Picture {
    let samples: [&[u8]; 3] = [b"<first picture>", b"<second picture>", b"<third picture>"];
    let lengths: Vec<u32> = samples.iter().map(|it| u32::try_from(it.len()).unwrap_or_default()).collect();
    let start = atom(b"ftyp", &[b"qt  ", &[0; 4], b"qt  "]);
    let data = atom(b"mdat", &samples);
    let at = u32::try_from(start.len() + 8).unwrap_or_default();
    let mut fixed = vec![0; 78];
    fixed[25] = 64;
    fixed[27] = 64;
    let entry = atom(b"hvc1", &[&fixed, &atom(b"hvcC", &[b"decoder"])]);
    let tables = [
        full(b"stsd", &[&numbers(&[1]), &entry]),
        full(b"stts", &[&numbers(&[1, 3, seconds])]),
        full(b"stsc", &[&numbers(&[1, 1, 3, 1])]),
        full(b"stsz", &[&numbers(&[0, 3]), &numbers(&lengths)]),
        full(b"stco", &[&numbers(&[1, at])]),
    ];
    let handler = full(b"hdlr", &[b"mhlr", b"vide", &[0; 13]]);
    let clock = full(b"mdhd", &[&numbers(&[0, 0, 1, seconds * 3]), &[0; 4]]);
    let inner = atom(b"minf", &[&atom(b"stbl", &[&tables.concat()])]);
    let media = atom(b"mdia", &[&clock, &handler, &inner]);
    let track = atom(b"trak", &[&atom(b"tkhd", &[&[0, 0, 0, 1], &[0; 80]]), &media]);
    let header = full(b"mvhd", &[&numbers(&[0, 0, 1, seconds * 3]), &[0; 80]]);
    let about = atom(b"udta", &[&atom(b"\xa9xyz", &[place.as_bytes()])]);
    let film = atom(b"moov", &[&header, &track, &about]);
    Picture { content_type: "video/quicktime", bytes: [start, data, film].concat() }
}

fn atom(kind: &[u8; 4], parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    let length = u32::try_from(body.len() + 8).unwrap_or_default();
    [&length.to_be_bytes(), kind.as_slice(), &body].concat()
}

fn full(kind: &[u8; 4], parts: &[&[u8]]) -> Vec<u8> {
    atom(kind, &[&[0; 4], &parts.concat()])
}

fn numbers(values: &[u32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_be_bytes()).collect()
}
