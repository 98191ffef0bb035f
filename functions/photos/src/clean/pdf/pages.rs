//! A page: what is drawn on it, and what its fields and stamps show.

use super::copy::Copier;
use super::keep::Role;
use crate::clean::Rejection;
use lopdf::{Dictionary, Object, ObjectId, dictionary};

/// How far up a page inherits at most. Real trees have two or three levels; a circle has none.
const MAX_LEVELS: usize = 32;
/// The most fields and stamps of a page.
const MAX_ANNOTATIONS: usize = 2_000;
/// Flags of annotations: not drawn at all, or not on the screen.
const HIDDEN: i64 = 1 << 1 | 1 << 5;
/// Flags of what is kept: printed, read only, locked.
const FIXED: i64 = 1 << 2 | 1 << 6 | 1 << 7;

/// Takes a page over.
pub(super) fn page(copier: &mut Copier<'_>, page: ObjectId, tree: ObjectId) -> Result<ObjectId, Rejection> {
    let place = copier.reserve();
    let from = copier.from;
    let old = from.get_dictionary(page).map_err(|_| Rejection::Damaged)?;
    let mut new = dictionary! { "Type" => "Page", "Parent" => tree };
    for key in ["MediaBox", "CropBox", "Rotate", "Resources"] {
        let role = if key == "Resources" { Role::Resources } else { Role::Known };
        if let Some(value) = inherited(copier, old, key.as_bytes()) {
            new.set(key, copier.copy(value, role)?);
        }
    }
    for key in ["UserUnit", "Group", "Contents"] {
        if let Ok(value) = old.get(key.as_bytes()) {
            new.set(key, copier.copy(value, Role::Known)?);
        }
    }
    let shown = annotations(copier, old)?;
    if !shown.is_empty() {
        new.set("Annots", shown);
    }
    copier.put(place, new);
    Ok(place)
}

/// The page's value of a key, or that of the nearest node above it.
fn inherited<'a>(copier: &Copier<'a>, page: &'a Dictionary, key: &[u8]) -> Option<&'a Object> {
    let mut node = page;
    for _ in 0..MAX_LEVELS {
        if let Ok(value) = node.get(key) {
            return Some(value);
        }
        node = copier.follow(node.get(b"Parent").ok()?)?.as_dict().ok()?;
    }
    None
}

/// What the page's annotations show, each as a stamp: a drawing in its place that does nothing.
fn annotations(copier: &mut Copier<'_>, page: &Dictionary) -> Result<Vec<Object>, Rejection> {
    let from = copier.from;
    let list = page.get(b"Annots").ok().and_then(|list| from.dereference(list).ok());
    let Some((_, Object::Array(list))) = list else { return Ok(Vec::new()) };
    let mut shown = Vec::new();
    for annotation in list.iter().take(MAX_ANNOTATIONS) {
        let annotation = from.dereference(annotation).ok().and_then(|(_, found)| found.as_dict().ok());
        let Some(annotation) = annotation else { continue };
        let Some(drawing) = appearance(copier, annotation) else { continue };
        let Some(place) = annotation.get(b"Rect").ok().filter(|place| is_place(copier, place)) else {
            continue;
        };
        let place = copier.copy(place, Role::Known)?;
        let drawing = copier.place(drawing, Role::Known)?;
        let stamp = dictionary! {
            "Type" => "Annot", "Subtype" => "Stamp", "F" => FIXED, "Rect" => place,
            "AP" => dictionary! { "N" => drawing },
        };
        shown.push(stamp.into());
    }
    Ok(shown)
}

fn is_place(copier: &Copier<'_>, place: &Object) -> bool {
    let numbers = copier.follow(place).and_then(|place| place.as_array().ok());
    numbers.is_some_and(|numbers| numbers.len() == 4)
}

/// The drawing that shows an annotation as it stands, if it is shown.
fn appearance(copier: &Copier<'_>, annotation: &Dictionary) -> Option<ObjectId> {
    let flags = annotation.get(b"F").and_then(Object::as_i64).unwrap_or_default();
    let is_popup = annotation.get(b"Subtype").and_then(Object::as_name).is_ok_and(|name| name == b"Popup");
    if flags & HIDDEN != 0 || is_popup {
        return None;
    }
    let from = copier.from;
    let looks = from.dereference(annotation.get(b"AP").ok()?).ok()?.1.as_dict().ok()?;
    let normal = looks.get(b"N").ok()?;
    let drawing = match from.dereference(normal).ok()? {
        // One drawing for each state, such as of a box to be ticked.
        (_, Object::Dictionary(states)) => states.get(annotation.get(b"AS").ok()?.as_name().ok()?).ok()?,
        _ => normal,
    };
    let (id, found) = from.dereference(drawing).ok()?;
    found.as_stream().ok().and(id)
}
