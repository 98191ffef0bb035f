//! A form as an owner writes it: nothing checked yet beyond its shape.

use std::collections::BTreeMap;
use std::ops::Not;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::asks::{ConsentText, ViewRequest};
use super::bound::Bound;
use super::enable_when::{EnableBehavior, EnableWhen};
use super::translation::Translation;
use super::value::AnswerValue;

/// A draft of a form. [`Form::validate`] makes it publishable or says all that is wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Form {
    /// What the patient sees at the top.
    pub title: String,
    /// The language of every text here, a BCP 47 tag such as `en` or `es-US`.
    pub language: String,
    /// The sections: groups.
    pub item: Vec<Item>,
    /// The photographs asked for, at most one request per view.
    #[serde(default)]
    pub views: Vec<ViewRequest>,
    /// The text of every consent.
    #[serde(default)]
    pub consents: Vec<ConsentText>,
    /// The same texts in other languages, by BCP 47 tag.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub translations: BTreeMap<String, Translation>,
}

/// A group or a question; the fields are those of FHIR R4 `Questionnaire.item` and a few of ours.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Item {
    /// The item's name, unique in the form: `[A-Za-z0-9][A-Za-z0-9._-]{0,63}`, since a section's stands in a path.
    pub link_id: String,
    /// What stands before the text, such as `1.` or `A)`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// The heading or the question.
    pub text: String,
    /// What kind of item it is.
    #[serde(rename = "type")]
    pub kind: ItemType,
    /// Ours: why the question is asked, in words a patient understands. Needed on every question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// Whether an enabled question must be answered.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub required: bool,
    /// When the item is asked; always if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub enable_when: Vec<EnableWhen>,
    /// Whether all or any of several conditions must hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enable_behavior: Option<EnableBehavior>,
    /// The options of a choice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answer_option: Vec<AnswerOption>,
    /// Whether a question takes several answers.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub repeats: bool,
    /// Ours (FHIR: extension `questionnaire-maxOccurs`): the most answers of a question that repeats.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_occurs: Option<u32>,
    /// Ours (FHIR: extension `minLength`): the least length of a string or text, in characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_length: Option<u32>,
    /// The greatest length of a string or text, in characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_length: Option<u32>,
    /// Ours (FHIR: extension `regex`): what all of a string or text must match, without look-around or references
    /// back, so that matching takes time linear in the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regex: Option<String>,
    /// What is filled in before the patient answers; a choice's stand with its options.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub initial: Vec<AnswerValue>,
    /// Ours (FHIR: extension `questionnaire-unit`): the unit a quantity is asked in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<Unit>,
    /// Ours (FHIR: extension `minValue`): the least number, the first day, or the least quantity in `unit`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_value: Option<Bound>,
    /// Ours (FHIR: extension `maxValue`): the greatest number, the last day, or the greatest quantity in `unit`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_value: Option<Bound>,
    /// Ours: the field of the patient that the answer fills.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maps_to: Option<PatientField>,
    /// The items of a group.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub item: Vec<Item>,
}

/// The types of items we ask, named as in FHIR R4 `item-type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ItemType {
    /// A heading over other items.
    Group,
    /// Words to read, and nothing to answer.
    Display,
    /// One line.
    String,
    /// Several lines.
    Text,
    /// One of several options, or some of them with `repeats`.
    Choice,
    /// One of several options, or words of one's own; some of either with `repeats`.
    OpenChoice,
    /// Yes or no.
    Boolean,
    /// A number.
    Decimal,
    /// A whole number.
    Integer,
    /// A day.
    Date,
    /// A number in a unit.
    Quantity,
    /// A document that is uploaded beside the form.
    Attachment,
}

impl ItemType {
    /// Whether an item of this type can be answered.
    pub const fn is_question(self) -> bool {
        !matches!(self, Self::Group | Self::Display)
    }

    /// Whether its answers are picked from options, at least for a part.
    pub const fn has_options(self) -> bool {
        matches!(self, Self::Choice | Self::OpenChoice)
    }
}

/// One option of a choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AnswerOption {
    /// Its code and what the patient sees.
    pub value_coding: Coding,
    /// Whether it is chosen before the patient answers.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub initial_selected: bool,
}

/// A code, unique in its question, and what it stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Coding {
    /// The system that defines the code, as a URI; the form itself if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    /// The code, unique in its question.
    pub code: String,
    /// What the patient sees.
    pub display: String,
}

/// The unit of a quantity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Unit {
    /// The UCUM code (<https://ucum.org>), such as `[in_i]`, `kg` or `a`.
    pub code: String,
    /// What the patient sees.
    pub display: String,
}

/// A field of the patient that an answer fills.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum PatientField {
    /// The given name.
    GivenName,
    /// The family name.
    FamilyName,
    /// The e-mail address.
    Email,
    /// The phone number.
    Phone,
    /// The date of birth.
    BirthDate,
}

impl PatientField {
    /// Every field.
    pub const ALL: [Self; 5] = [Self::GivenName, Self::FamilyName, Self::Email, Self::Phone, Self::BirthDate];

    /// The name used in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::GivenName => "givenName",
            Self::FamilyName => "familyName",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::BirthDate => "birthDate",
        }
    }

    /// The type of the question that may fill it.
    pub const fn item_type(self) -> ItemType {
        match self {
            Self::BirthDate => ItemType::Date,
            _ => ItemType::String,
        }
    }
}

impl Item {
    /// The question's options have this code.
    pub(super) fn option(&self, code: &str) -> Option<&Coding> {
        self.answer_option.iter().map(|option| &option.value_coding).find(|coding| coding.code == code)
    }

    /// The most answers the question takes.
    pub fn max_answers(&self) -> usize {
        use super::limits::REPEATS;
        if !self.repeats {
            return 1;
        }
        // No option may be chosen twice, so there can't be more.
        let unset = if self.kind == ItemType::Choice { self.answer_option.len() } else { REPEATS.0 };
        self.max_occurs
            .map_or(unset, |most| usize::try_from(most).unwrap_or(REPEATS.1).min(REPEATS.1.max(unset)))
    }

    /// The most characters an answer in words has; 0 for types that have none.
    pub fn max_chars(&self) -> usize {
        use super::limits;
        let (default, most) = match self.kind {
            ItemType::String | ItemType::OpenChoice => limits::STRING_ANSWER,
            ItemType::Text => limits::TEXT_ANSWER,
            _ => return 0,
        };
        let most = match self.maps_to {
            Some(PatientField::GivenName | PatientField::FamilyName) => limits::NAME,
            Some(PatientField::Email) => limits::EMAIL,
            Some(PatientField::Phone) => limits::PHONE,
            _ => most,
        };
        let unset = if self.maps_to.is_some() { most } else { default };
        self.max_length.map_or(unset, |length| usize::try_from(length).unwrap_or(most).min(most))
    }
}
