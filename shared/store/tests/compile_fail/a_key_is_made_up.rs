//! A place in the table comes from a record's type, never from a text.

use visage_domain::clinic::Clinic;
use visage_store::records::Key;

pub fn key() -> Key<Clinic> {
    Key::new("C#another".into(), "CLINIC".into()) //~ E0624 E0277
}
