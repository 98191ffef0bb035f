//! People who don't exist.

use serde_json::{Value, json};

/// Somebody invented, and what they would answer.
#[derive(Clone, Debug)]
pub struct Person {
    /// Given name.
    pub given_name: String,
    /// Family name.
    pub family_name: String,
    /// Date of birth, `YYYY-MM-DD`.
    pub birth_date: String,
    /// E-mail address.
    pub email: String,
    /// Phone number, E.164; one of those set aside for fiction.
    pub phone: String,
    /// A word that nobody else's answers contain.
    pub mark: String,
}

const GIVEN: [&str; 8] = ["Zoë", "Máire 🌻", "Đức", "Ñusta", "Anneliese", "Þóra", "ʻAlohi", "Jean-François"];
const FAMILY: [&str; 8] =
    ["O’Brien-Ñandú", "Müller", "Nguyễn", "Sørensen", "Kowalczyk", "İnan", "van der Berg", "Peña"];
/// Areas in which 555-0100 to 555-0199 are set aside for fiction.
const AREAS: [u16; 16] = [206, 212, 213, 214, 305, 312, 404, 415, 503, 512, 602, 617, 702, 713, 808, 907];

impl Person {
    /// Somebody new.
    pub fn invented() -> Self {
        let id = uuid::Uuid::new_v4();
        let dice = id.as_bytes().map(usize::from);
        let mark = id.simple().to_string()[..12].to_owned();
        let area = AREAS[dice[0] % AREAS.len()];
        Self {
            given_name: GIVEN[dice[1] % GIVEN.len()].to_owned(),
            family_name: format!("{} {}", FAMILY[dice[2] % FAMILY.len()], word(&mark)),
            birth_date: format!("19{:02}-{:02}-{:02}", 40 + dice[3] % 60, 1 + dice[4] % 12, 1 + dice[5] % 28),
            email: format!("patient.{mark}@mail.example"),
            phone: format!("+1{area}55501{:02}", dice[7] % 100),
            mark,
        }
    }

    /// Somebody new whose number is of an area to which the local SNS takes every other message only, beginning with the
    /// second.
    pub fn throttled() -> Self {
        let person = Self::invented();
        Self { phone: format!("+120155501{}", &person.phone[person.phone.len() - 2..]), ..person }
    }

    /// Given and family name.
    pub fn full_name(&self) -> String {
        format!("{} {}", self.given_name, self.family_name)
    }

    /// Another day than the date of birth.
    pub fn wrong_birth_date(&self) -> &'static str {
        if self.birth_date == "1937-02-11" { "1937-02-12" } else { "1937-02-11" }
    }

    /// What they answer to the default form, by section.
    pub fn answers(&self) -> Vec<(&'static str, Value)> {
        vec![
            ("about-you", self.about()),
            ("history", self.history()),
            ("allergies", self.allergies()),
            ("medications", self.medications()),
            ("goals", self.goals()),
        ]
    }

    /// Everything they enter that must not be seen by anyone without leave.
    pub fn secrets(&self) -> Vec<String> {
        let (year, month, day) = (&self.birth_date[..4], &self.birth_date[5..7], &self.birth_date[8..]);
        vec![
            self.mark.clone(),
            word(&self.mark),
            self.family_name.clone(),
            self.email.clone(),
            self.phone.clone(),
            self.phone[2..].to_owned(),
            self.birth_date.clone(),
            format!("{month}/{day}/{year}"),
        ]
    }

    fn about(&self) -> Value {
        json!({
            "given-name": { "valueString": self.given_name },
            "family-name": { "valueString": self.family_name },
            "birth-date": { "valueDate": self.birth_date },
            "email": { "valueString": self.email },
            "phone": { "valueString": self.phone },
        })
    }

    fn history(&self) -> Value {
        json!({
            "has-conditions": { "valueBoolean": true },
            "conditions": [{ "valueCoding": { "code": "cold-sores" } }, { "valueCoding": { "code": "other" } }],
            "conditions-other": { "valueString": format!("A rare one 🧬 {}", self.mark) },
            "pregnancy": { "valueCoding": { "code": "no" } },
            "had-treatments": { "valueBoolean": true },
            "treatments": { "valueString": format!("Peeling at the café, 2023; nothing went wrong. {}", self.mark) },
        })
    }

    fn allergies(&self) -> Value {
        json!({
            "has-allergies": { "valueBoolean": true },
            "allergic-to": [{ "valueCoding": { "code": "latex" } }],
            "allergy-details": { "valueString": format!("Latex gloves: hives – {}", self.mark) },
        })
    }

    fn medications(&self) -> Value {
        json!({
            "takes-medications": { "valueBoolean": true },
            "medication-list": { "valueString": format!("Vitamin D₃ 1000 IU daily {}", self.mark) },
            "blood-thinners": { "valueBoolean": false },
            "isotretinoin": { "valueBoolean": false },
        })
    }

    fn goals(&self) -> Value {
        json!({
            "goal-areas": [{ "valueCoding": { "code": "lips" } }, { "valueCoding": { "code": "forehead" } }],
            "goal-lips": { "valueString": format!("A little more volume 😊 {}", self.mark) },
            "goal-forehead": { "valueString": format!("Fewer lines, still able to frown {}", self.mark) },
            "anything-else": { "valueString": format!("I faint at needles {}", self.mark) },
        })
    }
}

/// A name-like word made of a mark: its digits as letters, so that it can stand in a name.
fn word(mark: &str) -> String {
    let letters: String = mark
        .chars()
        .map(|c| c.to_digit(16).map_or(c, |d| char::from(b"abcdefghkmnprstv"[d as usize])))
        .collect();
    let mut chars = letters.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + chars.as_str())
}
