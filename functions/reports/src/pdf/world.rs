//! The sealed world a report is typeset in: one template, one content, its
//! photos and the typefaces. No disk, no network, no packages, no clock.

use std::sync::OnceLock;

use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};

use super::RenderError;
use super::typefaces::Typefaces;

const TEMPLATE_NAME: &str = "report.typ";
const CONTENT_NAME: &str = "content.json";

/// What is the same for every report, made once per process.
struct Press {
    library: LazyHash<Library>,
    template: Source,
}

impl Press {
    fn shared() -> Result<&'static Self, RenderError> {
        static SHARED: OnceLock<Option<Press>> = OnceLock::new();
        let press = SHARED.get_or_init(Self::assemble);
        press.as_ref().ok_or(RenderError::Typeset { line: None })
    }

    fn assemble() -> Option<Self> {
        let path = VirtualPath::new(TEMPLATE_NAME).ok()?;
        let id = FileId::new(RootedPath::new(VirtualRoot::Project, path));
        Some(Self {
            library: LazyHash::new(Library::default()),
            template: Source::new(id, include_str!("report.typ").to_owned()),
        })
    }
}

/// The world of one report.
pub(super) struct ReportWorld {
    press: &'static Press,
    typefaces: &'static Typefaces,
    content: Bytes,
    photos: Vec<Bytes>,
}

impl ReportWorld {
    /// A world in which the template finds `content` (JSON) and the photos,
    /// named `photo-0.jpg` and so on in their order.
    pub(super) fn new(content: Vec<u8>, photos: Vec<Bytes>) -> Result<Self, RenderError> {
        Ok(Self {
            press: Press::shared()?,
            typefaces: Typefaces::shared(),
            content: Bytes::new(content),
            photos,
        })
    }

    fn photo(&self, name: &str) -> Option<&Bytes> {
        let position: usize = name.strip_prefix("photo-")?.strip_suffix(".jpg")?.parse().ok()?;
        self.photos.get(position)
    }
}

impl World for ReportWorld {
    fn library(&self) -> &LazyHash<Library> {
        &self.press.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        self.typefaces.book()
    }

    fn main(&self) -> FileId {
        self.press.template.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.press.template.id() {
            Ok(self.press.template.clone())
        } else {
            Err(FileError::AccessDenied)
        }
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        match id.get().vpath().get_without_slash() {
            CONTENT_NAME => Ok(self.content.clone()),
            name => self.photo(name).cloned().ok_or(FileError::AccessDenied),
        }
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.typefaces.get(index)
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        None
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn holds_nothing_but_the_report() {
        let world = ReportWorld::new(b"{}".to_vec(), vec![Bytes::new(*b"jpeg")]).unwrap();
        let named = |name: &str| {
            let path = VirtualPath::new(name).unwrap();
            world.file(FileId::new(RootedPath::new(VirtualRoot::Project, path)))
        };
        assert_eq!(named("content.json").unwrap().as_slice(), b"{}");
        assert_eq!(named("photo-0.jpg").unwrap().as_slice(), b"jpeg");
        for name in ["photo-1.jpg", "photo-.jpg", "report.typ", "etc/passwd"] {
            assert!(named(name).is_err());
        }
        assert!(world.today(None).is_none());
    }
}
