//! Taking objects over from one document to another, key by key.

use super::keep::{Role, is_drawn};
use super::stream;
use crate::clean::Rejection;
use lopdf::{Dictionary, Document, Object, ObjectId, dictionary};
use std::collections::{HashMap, VecDeque};

/// The most objects of a clean document.
const MAX_OBJECTS: u32 = 100_000;

/// What a viewer may be asked for, all objects together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    /// Bytes that streams inflate to.
    pub(super) bytes: u64,
    /// Pixels of pictures.
    pub(super) pixels: u64,
}

/// Copies what pages lead to. Objects are numbered in the order in which they are met, so that a clean document is
/// copied to itself.
pub(super) struct Copier<'a> {
    pub(super) from: &'a Document,
    to: Document,
    /// Where what was met goes.
    placed: HashMap<(ObjectId, Role), ObjectId>,
    /// What was met and isn't copied yet. No recursion: references may lead on a hundred thousand times.
    waiting: VecDeque<(ObjectId, Role, ObjectId)>,
    budget: Budget,
}

impl<'a> Copier<'a> {
    pub(super) fn new(from: &'a Document) -> Self {
        let budget = Budget { bytes: 1 << 30, pixels: 1_000_000_000 };
        let to = Document::with_version("1.7");
        Self { from, to, placed: HashMap::new(), waiting: VecDeque::new(), budget }
    }

    /// A number for an object that is put there later.
    pub(super) fn reserve(&mut self) -> ObjectId {
        self.to.new_object_id()
    }

    pub(super) fn put(&mut self, id: ObjectId, object: impl Into<Object>) {
        self.to.objects.insert(id, object.into());
    }

    /// The old object that a value is or leads to.
    pub(super) fn follow<'o>(&self, object: &'o Object) -> Option<&'o Object>
    where
        'a: 'o,
    {
        self.from.dereference(object).ok().map(|(_, found)| found)
    }

    /// Takes a value over. What it refers to is copied later.
    pub(super) fn copy(&mut self, object: &Object, role: Role) -> Result<Object, Rejection> {
        Ok(match object {
            Object::Reference(id) => self.place(*id, role)?.into(),
            Object::Array(items) => {
                let items = items.iter().map(|item| self.copy(item, Role::Known));
                Object::Array(items.collect::<Result<_, _>>()?)
            }
            Object::Dictionary(entries) => self.dictionary(entries, role)?.into(),
            // Only an object of its own can be a stream.
            Object::Stream(_) => Object::Null,
            plain => plain.clone(),
        })
    }

    /// Takes over the keys that are kept.
    pub(super) fn dictionary(&mut self, entries: &Dictionary, of: Role) -> Result<Dictionary, Rejection> {
        let mut kept = Dictionary::new();
        for (key, value) in entries.iter() {
            let Some(how) = of.of_value(key) else { continue };
            let names_kind = of == Role::Known && matches!(key.as_slice(), b"Type" | b"Subtype" | b"S");
            if names_kind && !value.as_name().is_ok_and(is_drawn) {
                continue;
            }
            let value = self.copy(value, how)?;
            kept.set(key.clone(), value);
        }
        Ok(kept)
    }

    /// Where an object goes.
    pub(super) fn place(&mut self, id: ObjectId, role: Role) -> Result<ObjectId, Rejection> {
        if let Some(place) = self.placed.get(&(id, role)) {
            return Ok(*place);
        }
        let place = self.reserve();
        if place.0 > MAX_OBJECTS {
            return Err(Rejection::TooLarge);
        }
        self.placed.insert((id, role), place);
        self.waiting.push_back((id, role, place));
        Ok(place)
    }

    /// Copies everything that was met, and answers the document.
    pub(super) fn finish(mut self, tree: ObjectId, kids: Vec<Object>) -> Result<Document, Rejection> {
        while let Some((id, role, place)) = self.waiting.pop_front() {
            let from = self.from;
            let copied = match from.get_object(id) {
                Ok(Object::Stream(old)) => {
                    let entries = self.dictionary(&old.dict, Role::Known)?;
                    stream::copy(old, entries, &mut self.budget)?.into()
                }
                Ok(other) => self.copy(other, role)?,
                Err(_) => Object::Null,
            };
            self.put(place, copied);
        }
        let count = i64::try_from(kids.len()).unwrap_or(i64::MAX);
        self.put(tree, dictionary! { "Type" => "Pages", "Kids" => kids, "Count" => count });
        let catalog = self.reserve();
        self.put(catalog, dictionary! { "Type" => "Catalog", "Pages" => tree });
        self.to.trailer.set("Root", catalog);
        Ok(self.to)
    }
}
