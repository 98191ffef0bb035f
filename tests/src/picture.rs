//! Pictures to upload.

use crate::visage::Visage;
use anyhow::{Context, Result};

/// A file and what it claims to be.
#[derive(Clone, Debug)]
pub struct Picture {
    /// The media type.
    pub content_type: &'static str,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl Picture {
    /// The portrait of an astronaut (NASA, public domain; no endorsement implied).
    ///
    /// # Errors
    /// If the stack's assets aren't there.
    pub fn portrait(visage: &Visage) -> Result<Self> {
        Self::asset(visage, "astronaut.png")
    }

    /// A PNG among the stack's photographs.
    ///
    /// # Errors
    /// If it isn't there.
    pub fn asset(visage: &Visage, name: &str) -> Result<Self> {
        let path = visage.stack.assets.join("photos").join(name);
        let bytes = std::fs::read(&path).with_context(|| format!("{} isn't there", path.display()))?;
        Ok(Self { content_type: "image/png", bytes })
    }
}
