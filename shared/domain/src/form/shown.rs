//! What is shown of a form and of answers as they were sent.

use super::model::Form;
use super::value::AnswerValue;
use crate::fields::{Field, shown};

impl Form {
    /// What is shown of it.
    pub const FIELDS: &'static [Field] = &[
        shown("title"),
        shown("language"),
        shown("item").of(ITEM),
        shown("views").of(&[shown("view"), shown("required"), shown("instructions")]),
        shown("consents").of(&[shown("purpose"), shown("text")]),
        shown("translations").by_key().of(TRANSLATION),
    ];
}

impl AnswerValue {
    /// What is shown of it.
    pub const FIELDS: &'static [Field] = &[
        shown("valueString"),
        shown("valueBoolean"),
        shown("valueDate"),
        shown("valueCoding").of(CHOSEN),
        shown("valueDecimal"),
        shown("valueInteger"),
        shown("valueQuantity").of(QUANTITY),
        shown("valueAttachment").of(&[shown("url"), shown("contentType"), shown("title")]),
    ];
}

const ITEM: &[Field] = &[
    shown("linkId"),
    shown("prefix"),
    shown("text"),
    shown("type"),
    shown("purpose"),
    shown("required"),
    shown("enableWhen").of(ENABLE_WHEN),
    shown("enableBehavior"),
    shown("answerOption").of(&[
        shown("valueCoding").of(&[shown("system"), shown("code"), shown("display")]),
        shown("initialSelected"),
    ]),
    shown("repeats"),
    shown("maxOccurs"),
    shown("minLength"),
    shown("maxLength"),
    shown("regex"),
    shown("initial").of(AnswerValue::FIELDS),
    shown("unit").of(&[shown("code"), shown("display")]),
    shown("minValue"),
    shown("maxValue"),
    shown("mapsTo"),
    shown("item").again(),
];

const ENABLE_WHEN: &[Field] = &[
    shown("question"),
    shown("operator"),
    shown("answerBoolean"),
    shown("answerDecimal"),
    shown("answerInteger"),
    shown("answerString"),
    shown("answerDate"),
    shown("answerCoding").of(CHOSEN),
    shown("answerQuantity").of(QUANTITY),
];

const CHOSEN: &[Field] = &[shown("code")];

const QUANTITY: &[Field] = &[shown("value"), shown("system"), shown("code")];

const TRANSLATION: &[Field] = &[
    shown("title"),
    shown("item").by_key().of(&[
        shown("prefix"),
        shown("text"),
        shown("purpose"),
        shown("option").by_key(),
        shown("unit"),
    ]),
    shown("views").by_key(),
    shown("consents").by_key(),
];
