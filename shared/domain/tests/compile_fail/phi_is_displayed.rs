//! Health information has no `Display`: it can't get into a text by accident.

use visage_domain::phi::Phi;

pub fn line(name: &Phi<String>) -> String {
    format!("patient {name}") //~ E0277
}
