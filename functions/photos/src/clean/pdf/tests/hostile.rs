//! Files that are made to harm: what inflates without end, what is vast, nested or damaged.

use super::*;

/// A file of these objects, whose first is the catalog of one page.
fn file_of(objects: &[Vec<u8>]) -> Vec<u8> {
    let mut file = b"%PDF-1.7\n".to_vec();
    for (number, object) in (9..).zip(objects) {
        file.extend(format!("{number} 0 obj\n").into_bytes());
        file.extend(object);
        file.extend(b"\nendobj\n");
    }
    file.extend(b"1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n<</Type/Pages/Kids[3 0 R]/Count 1>>\nendobj\n");
    file.extend(b"3 0 obj\n<</Type/Page/Parent 2 0 R/Contents 9 0 R>>\nendobj\ntrailer\n<</Root 1 0 R/Size 99>>\n%%EOF\n");
    file
}

fn deflated(entries: &str, size: usize) -> Vec<u8> {
    let content = zeros_deflated(size);
    let head = format!("<<{entries}/Filter/FlateDecode/Length {}>>\nstream\n", content.len());
    [head.into_bytes(), content, b"\nendstream".to_vec()].concat()
}

#[test]
fn what_inflates_without_end_is_refused() {
    let bundle = |size| deflated("/Type/ObjStm/N 1/First 4", size);
    assert_eq!(refused(&file_of(&[bundle(200 << 20)])), Rejection::TooLarge, "one bundle");
    assert_eq!(refused(&file_of(&vec![bundle(3 << 20); 40])), Rejection::TooLarge, "many bundles");
    // What a page draws is inflated by whoever looks at it.
    assert_eq!(refused(&file_of(&[deflated("", 300 << 20)])), Rejection::TooLarge, "a drawing");
    assert!(clean_document(&file_of(&[deflated("", 1 << 20)]), &Limits::default()).is_ok());
    let twice = b"<</Filter[/FlateDecode/FlateDecode]/Length 1>>\nstream\n0\nendstream".to_vec();
    assert_eq!(refused(&file_of(&[twice])), Rejection::Unsupported);
    let numbers = [b"[".to_vec(), b"0 ".repeat(6 << 20), b"]".to_vec()].concat();
    assert_eq!(
        refused(&file_of(&[numbers])),
        Rejection::TooLarge,
        "as an array of objects it takes a gigabyte"
    );
}

#[test]
fn pictures_larger_than_anybody_can_draw_are_refused() {
    let picture = |width: Object, photo: Vec<u8>, filter: &str| {
        let entries = dictionary! {
            "Type" => "XObject", "Subtype" => "Image", "Width" => width, "Height" => 60_000,
            "ColorSpace" => "DeviceGray", "BitsPerComponent" => 8, "Filter" => filter,
        };
        written(document(|document, _, page| {
            let picture = document.add_object(Stream::new(entries, photo));
            page.set("Resources", dictionary! { "XObject" => dictionary! { "P" => picture } });
        }))
    };
    assert_eq!(refused(&picture(60_000.into(), vec![0], "JBIG2Decode")), Rejection::TooManyPixels);
    assert_eq!(refused(&picture(text("60000"), vec![0], "JBIG2Decode")), Rejection::Unsupported);
    let mut vast = jpeg_file(&corners(32, 24));
    let frame = vast.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    vast[frame + 5..frame + 9].fill(0xff);
    assert_eq!(refused(&picture(1.into(), vast, "DCTDecode")), Rejection::TooManyPixels);
}

#[test]
fn a_thousand_nested_lists_and_a_thousand_pages_end() {
    let nested = [b"[".repeat(100_000), b"]".repeat(100_000)].concat();
    let _ = clean_document(&file_of(&[nested]), &Limits::default());
    let book = written(document(|_, _, _| {}));
    let mut book = Document::load_mem(&book).unwrap();
    let pages = book.catalog().unwrap().get(b"Pages").unwrap().as_reference().unwrap();
    let kid = book.get_dictionary(pages).unwrap().get(b"Kids").unwrap().as_array().unwrap()[0].clone();
    let kids: Vec<Object> =
        (0..=MAX_PAGES).map(|_| book.add_object(book.dereference(&kid).unwrap().1.clone()).into()).collect();
    book.get_dictionary_mut(pages).unwrap().set("Kids", kids);
    assert_eq!(refused(&written(book)), Rejection::TooLarge);
}

#[test]
fn flipped_bits_never_panic() {
    let plain = written(document(|_, _, _| {}));
    for at in (0..plain.len()).step_by(7) {
        let mut flipped = plain.clone();
        flipped[at] ^= 1 << (at % 8);
        if let Ok(clean) = clean_document(&flipped, &Limits::default()) {
            assert!(begins(&clean.bytes));
        }
    }
}
