//! Documents: PDF, pictures and short videos, told by their content.

use super::{Limits, Rejection, clean, container, pdf, video};
use visage_domain::document::DocumentKind;

/// A document safe to keep.
#[derive(Clone, PartialEq, Eq)]
pub struct CleanDocument {
    /// The file.
    pub bytes: Vec<u8>,
    /// What it is.
    pub kind: DocumentKind,
}

impl std::fmt::Debug for CleanDocument {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CleanDocument({:?})", self.kind)
    }
}

/// Cleans `original`.
///
/// # Errors
/// The [`Rejection`] that tells the patient why this file can't be used.
pub fn clean_document(original: &[u8], limits: &Limits) -> Result<CleanDocument, Rejection> {
    if original.is_empty() {
        return Err(Rejection::Empty);
    }
    if original.len() > limits.max_bytes {
        return Err(Rejection::TooLarge);
    }
    // By its first bytes: a PDF may begin later, and then is hidden in whatever stands before it.
    match container::sniff(original) {
        Ok(_) => {
            let picture = clean(original, limits)?;
            Ok(CleanDocument { bytes: picture.jpeg, kind: DocumentKind::Picture })
        }
        _ if video::begins(original) => {
            let (bytes, kind) = video::clean(original)?;
            Ok(CleanDocument { bytes, kind })
        }
        Err(Rejection::NotAnImage) if pdf::begins(original) => {
            let bytes = pdf::clean(original, limits.max_bytes)?;
            Ok(CleanDocument { bytes, kind: DocumentKind::Pdf })
        }
        Err(Rejection::NotAnImage) => Err(Rejection::Unsupported),
        Err(rejection) => Err(rejection),
    }
}
