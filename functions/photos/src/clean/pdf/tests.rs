#![allow(clippy::unwrap_used)]

mod hostile;

use super::*;
use crate::clean::fixtures::{SECRET, corners, exif, jpeg as jpeg_file, with_segment, zeros_deflated};
use crate::clean::{CleanDocument, Limits, clean_document};
use lopdf::{
    Dictionary, EncryptionState, EncryptionVersion, Object, Permissions, Stream, StringFormat, dictionary,
};

/// A document of one page with a photo on it, and whatever is added to its catalog, page and trailer.
fn document(change: impl FnOnce(&mut Document, &mut Dictionary, &mut Dictionary)) -> Document {
    let mut document = Document::with_version("1.7");
    let tagged = [b"Exif\0\0".as_slice(), &exif(1)].concat();
    let photo = with_segment(&jpeg_file(&corners(32, 24)), 0xe1, &tagged);
    let picture = dictionary! {
        "Type" => "XObject", "Subtype" => "Image", "Width" => 32, "Height" => 24,
        "ColorSpace" => "DeviceRGB", "BitsPerComponent" => 8, "Filter" => "DCTDecode",
    };
    let photo = document.add_object(Stream::new(picture, photo));
    let content = document.add_object(Stream::new(Dictionary::new(), b"q 32 0 0 24 9 9 cm /P Do Q".to_vec()));
    let pages = document.new_object_id();
    let mut page = dictionary! {
        "Type" => "Page", "Parent" => pages, "Contents" => content,
        "MediaBox" => vec![0.into(), 0.into(), 200.into(), 200.into()],
        "Resources" => dictionary! { "XObject" => dictionary! { "P" => photo } },
    };
    let mut catalog = dictionary! { "Type" => "Catalog", "Pages" => pages };
    change(&mut document, &mut catalog, &mut page);
    let page = document.add_object(page);
    let tree = dictionary! { "Type" => "Pages", "Kids" => vec![page.into()], "Count" => 1 };
    document.objects.insert(pages, tree.into());
    let catalog = document.add_object(catalog);
    document.trailer.set("Root", catalog);
    document
}

fn written(mut document: Document) -> Vec<u8> {
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).unwrap();
    bytes
}

fn cleaned(bytes: &[u8]) -> CleanDocument {
    clean_document(bytes, &Limits::default()).unwrap()
}

fn refused(bytes: &[u8]) -> Rejection {
    clean_document(bytes, &Limits::default()).unwrap_err()
}

fn has(bytes: &[u8], wanted: &str) -> bool {
    contains(bytes, wanted.as_bytes())
}

fn text(value: &str) -> Object {
    Object::String(value.as_bytes().to_vec(), StringFormat::Literal)
}

fn script() -> Dictionary {
    dictionary! { "S" => "JavaScript", "JS" => text("app.alert('hidden')") }
}

#[test]
fn pages_and_pictures_stay_and_the_place_of_a_photo_goes() {
    let original = written(document(|_, _, _| {}));
    assert!(has(&original, SECRET));
    let clean = cleaned(&original);
    assert!(!has(&clean.bytes, SECRET) && !has(&clean.bytes, "Exif"));
    let read = Document::load_mem(&clean.bytes).unwrap();
    let pages = read.get_pages();
    assert_eq!(pages.len(), 1);
    let [picture] = &read.get_page_images(pages[&1]).unwrap()[..] else { panic!("one picture") };
    let pixels = image::load_from_memory(picture.content).unwrap();
    assert_eq!((pixels.width(), pixels.height()), (32, 24));
    assert_eq!(read.get_page_content(pages[&1]).trim_ascii_end(), b"q 32 0 0 24 9 9 cm /P Do Q");
    assert_eq!(cleaned(&clean.bytes), clean, "what is clean stays as it is");
}

#[test]
fn whatever_acts_or_hides_is_left_behind() {
    let original = written(document(|document, catalog, page| {
        let file = Stream::new(dictionary! { "Type" => "EmbeddedFile" }, b"MZ hidden".to_vec());
        let file = document.add_object(file);
        let attached = dictionary! {
            "Type" => "Filespec", "F" => text("hidden.exe"), "EF" => dictionary! { "F" => file },
        };
        let attached = document.add_object(attached);
        let scripts = document.add_object(script());
        let launch = dictionary! { "S" => "Launch", "F" => text("hidden.exe") };
        let target = dictionary! { "S" => "URI", "URI" => text("http://hidden/") };
        let link = dictionary! { "Type" => "Annot", "Subtype" => "Link", "A" => target };
        let note = dictionary! { "Type" => "Annot", "Subtype" => "FileAttachment", "FS" => attached };
        let video = dictionary! { "Type" => "Annot", "Subtype" => "RichMedia", "T" => text("hidden") };
        let making =
            Stream::new(dictionary! { "Type" => "Metadata", "Subtype" => "XML" }, b"<hidden/>".to_vec());
        let making = document.add_object(making);
        catalog.set("OpenAction", scripts);
        catalog.set("AA", dictionary! { "WC" => launch });
        catalog.set("Metadata", making);
        catalog.set("AF", vec![attached.into()]);
        catalog.set("Later", text("hidden, by a version of PDF that is yet to come"));
        catalog.set("AcroForm", dictionary! { "XFA" => text("hidden"), "Fields" => Vec::<Object>::new() });
        let names = |key: &str, value| dictionary! { "Names" => vec![text(key), value] };
        catalog.set(
            "Names",
            dictionary! {
                "JavaScript" => names("hidden", Object::from(scripts)),
                "EmbeddedFiles" => names("hidden", Object::from(attached)),
            },
        );
        page.set("AA", dictionary! { "O" => script() });
        page.set("Annots", vec![link.into(), note.into(), video.into()]);
        page.set("PieceInfo", dictionary! { "Editor" => text("hidden") });
        // A resource that is something else than its place says, and a picture that lies elsewhere.
        let elsewhere = dictionary! {
            "Type" => "XObject", "Subtype" => "Image", "Width" => 1, "Height" => 1, "BitsPerComponent" => 8,
            "F" => attached, "FFilter" => "FlateDecode", "Alternates" => vec![attached.into()], "Metadata" => making,
        };
        let elsewhere = document.add_object(Stream::new(elsewhere, vec![0]));
        let program = dictionary! { "Type" => "XObject", "Subtype" => "PS" };
        let program = document.add_object(Stream::new(program, b"0 0 moveto".to_vec()));
        let drawn = dictionary! { "A" => attached, "B" => scripts, "C" => elsewhere, "D" => program };
        page.set(
            "Resources",
            dictionary! { "XObject" => drawn, "Properties" => dictionary! { "M" => making } },
        );
        let info = document.add_object(dictionary! { "Author" => text("hidden") });
        document.trailer.set("Info", info);
    }));
    assert!(has(&original, "hidden"));
    let clean = cleaned(&original).bytes;
    let words = [
        "hidden",
        "JavaScript",
        "/JS",
        "Launch",
        "EmbeddedFile",
        "Filespec",
        "RichMedia",
        "XFA",
        "/AA",
        "URI",
        "FFilter",
        "Metadata",
        "OpenAction",
        "/PS",
        "Properties",
    ];
    for word in words {
        assert!(!has(&clean, word), "{word} is left");
    }
}

#[test]
fn what_a_field_shows_is_kept_as_a_drawing() {
    let original = written(document(|document, _, page| {
        let drawing = |document: &mut Document, words: &str| {
            let entries =
                dictionary! { "Subtype" => "Form", "BBox" => vec![0.into(), 0.into(), 9.into(), 9.into()] };
            document.add_object(Stream::new(entries, words.as_bytes().to_vec()))
        };
        let (value, ticked) = (drawing(document, "(penicillin) Tj"), drawing(document, "(ticked) Tj"));
        let (open, hidden) = (drawing(document, "(open) Tj"), drawing(document, "(hidden) Tj"));
        let field = |looks: Object, flags: i64| {
            dictionary! {
                "Type" => "Annot", "Subtype" => "Widget", "Rect" => vec![1.into(), 1.into(), 9.into(), 9.into()],
                "T" => text("name of the field"), "V" => text("value"), "AS" => "Yes", "F" => flags,
                "A" => script(), "AP" => dictionary! { "N" => looks },
            }
        };
        let states = dictionary! { "Yes" => ticked, "Off" => open };
        page.set(
            "Annots",
            vec![
                field(value.into(), 4).into(),
                field(states.into(), 4).into(),
                field(hidden.into(), 2).into(),
            ],
        );
    }));
    let clean = cleaned(&original);
    let read = Document::load_mem(&clean.bytes).unwrap();
    let page = read.get_dictionary(read.get_pages()[&1]).unwrap();
    assert_eq!(page.get(b"Annots").unwrap().as_array().unwrap().len(), 2);
    for word in ["penicillin", "ticked", "Stamp"] {
        assert!(has(&clean.bytes, word), "{word} isn't shown");
    }
    for word in ["name of the field", "Widget", "open", "hidden", "JavaScript"] {
        assert!(!has(&clean.bytes, word), "{word} is left");
    }
    assert_eq!(cleaned(&clean.bytes), clean);
}

#[test]
fn what_a_page_inherits_and_circles_do_no_harm() {
    let original = written(document(|document, _, page| {
        let circle = document.new_object_id();
        let entries = dictionary! {
            "Type" => "XObject", "Subtype" => "Form", "BBox" => vec![0.into(), 0.into(), 9.into(), 9.into()],
            "Resources" => dictionary! { "XObject" => dictionary! { "Me" => circle } },
        };
        document.objects.insert(circle, Stream::new(entries, b"/Me Do".to_vec()).into());
        let above = document.new_object_id();
        let around = dictionary! {
            "Type" => "Pages", "Parent" => above, "Rotate" => 90,
            "Resources" => dictionary! { "XObject" => dictionary! { "Me" => circle } },
        };
        document.objects.insert(above, around.into());
        page.set("Parent", above);
        page.remove(b"Resources");
    }));
    let clean = cleaned(&original);
    let read = Document::load_mem(&clean.bytes).unwrap();
    let page = read.get_dictionary(read.get_pages()[&1]).unwrap();
    assert_eq!(page.get(b"Rotate").unwrap().as_i64().unwrap(), 90);
    assert!(page.has(b"Resources") && has(&clean.bytes, "/Me Do"));
}

#[test]
fn earlier_revisions_and_what_lies_around_the_document_are_gone() {
    let plain = written(document(|_, _, _| {}));
    let around = [b"\0 hidden archive ".as_slice(), &plain, b"\n% hidden page <script>\n%%EOF\n"].concat();
    assert!(!has(&cleaned(&around).bytes, "hidden"));
    assert!(cleaned(&around).bytes.starts_with(b"%PDF-"));
    let unreachable = written(document(|document, _, _| {
        document.add_object(dictionary! { "Old" => text("hidden") });
    }));
    assert!(!has(&cleaned(&unreachable).bytes, "hidden"));
}

#[test]
fn what_is_no_usable_document_is_named() {
    let plain = written(document(|_, _, _| {}));
    assert_eq!(refused(b""), Rejection::Empty);
    assert_eq!(refused(b"MZ"), Rejection::Unsupported);
    assert_eq!(refused(b"PK\x03\x04 a spreadsheet"), Rejection::Unsupported);
    assert_eq!(refused(&plain[..plain.len() / 2]), Rejection::Truncated);
    assert_eq!(refused(b"%PDF-1.7\n%%EOF"), Rejection::Damaged);
    let small = Limits { max_bytes: 100, ..Limits::default() };
    assert_eq!(clean_document(&plain, &small).unwrap_err(), Rejection::TooLarge);
    let empty = document(|_, catalog, _| {
        catalog.remove(b"Pages");
    });
    assert_eq!(refused(&written(empty)), Rejection::Damaged);
}

#[test]
fn what_is_locked_is_refused_with_and_without_a_password_to_open_it() {
    for user_password in ["", "open sesame"] {
        let mut locked = document(|_, _, _| {});
        locked.trailer.set("ID", vec![text("0123456789abcdef"), text("0123456789abcdef")]);
        let version = EncryptionVersion::V2 {
            document: &locked,
            owner_password: "owner",
            user_password,
            key_length: 128,
            permissions: Permissions::all(),
        };
        let state = EncryptionState::try_from(version).unwrap();
        locked.encrypt(&state).unwrap();
        assert_eq!(refused(&written(locked)), Rejection::Encrypted);
    }
}
