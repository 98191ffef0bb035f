//! Notes that staff write about an intake: at the desk, on the phone. Appended, never changed.

use crate::fields::{Field, shown};
use crate::ids::{IntakeId, NoteId, PatientId, StaffId};
use crate::phi::Phi;
use crate::retention::{Record, RecordClass};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Longest note, in characters.
pub const MAX_NOTE: usize = 4_000;

/// What a note is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoteKind {
    /// Something seen or said at the desk.
    Desk,
    /// A call.
    Call,
}

/// A note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// The note.
    pub note: NoteId,
    /// Whose.
    pub patient: PatientId,
    /// The intake it is about.
    pub intake: IntakeId,
    /// What it is of.
    pub kind: NoteKind,
    /// Who wrote it.
    pub written_by: StaffId,
    /// When.
    pub written_at: Timestamp,
}

/// What a note says: lines of text, without blanks around them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct NoteText(#[schemars(length(max = MAX_NOTE))] Phi<String>);

impl NoteText {
    /// Tidies and checks a text.
    ///
    /// # Errors
    /// A stable code: `required`, `too_long` or `control_character`.
    pub fn new(text: &str) -> Result<Self, &'static str> {
        let text = text.trim();
        match text.chars().count() {
            0 => Err("required"),
            length if length > MAX_NOTE => Err("too_long"),
            _ if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')) => {
                Err("control_character")
            }
            _ => Ok(Self(Phi::new(text.to_owned()))),
        }
    }
}

impl Record for Note {
    const TYPE: &'static str = "note";
    const CLASS: RecordClass = RecordClass::Medical;
    type Sealed = NoteText;

    fn anchor(&self) -> Timestamp {
        self.written_at
    }
}

/// A note, as those who may see it are shown it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Written {
    /// The note.
    pub note: NoteId,
    /// What it is of.
    pub kind: NoteKind,
    /// What it says.
    pub text: NoteText,
    /// Who wrote it.
    pub written_by: StaffId,
    /// When.
    pub written_at: Timestamp,
}

impl Written {
    /// What is shown of it.
    pub const FIELDS: &'static [Field] =
        &[shown("note"), shown("kind"), shown("text"), shown("writtenBy"), shown("writtenAt")];

    /// A note with its text.
    pub fn new(note: &Note, text: NoteText) -> Self {
        let Note { note, kind, written_by, written_at, .. } = *note;
        Self { note, kind, text, written_by, written_at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_text_of_a_sensible_length() {
        assert_eq!(NoteText::new(" \n\t "), Err("required"));
        assert_eq!(NoteText::new(&"é".repeat(MAX_NOTE + 1)), Err("too_long"));
        assert_eq!(NoteText::new("a\u{0}b"), Err("control_character"));
        let note = NoteText::new(" Called back 📞\nCan't lie flat. ");
        assert_eq!(note.map(|note| note.0.into_exposed()), Ok("Called back 📞\nCan't lie flat.".to_owned()));
    }
}
