//! What is wrong with one field of a form or of its answers.

use std::borrow::Cow;

use serde::Serialize;

/// Defines the codes, each with its stable name and what it says to a reader.
macro_rules! error_codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $message:literal;)*) => {
        /// Why a field is refused. The snake_case name is part of the API and never changes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        pub enum ErrorCode {
            $($(#[$doc])* #[doc = $message] #[serde(rename = $code)] $name,)*
        }

        impl ErrorCode {
            /// Every code, for documentation and tests.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The stable snake_case name.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// What the code means, in plain words, without any entered value.
            pub const fn message(self) -> &'static str {
                match self { $(Self::$name => $message,)* }
            }
        }
    };
}

error_codes! {
    // Of a form as a whole
    FormTooLarge = "form_too_large", "the form is larger than 300 KB";
    TooManySections = "too_many_sections", "a form has at most 30 sections";
    TooManyItems = "too_many_items", "a form has at most 300 items";
    NoSections = "no_sections", "a form has at least one section";
    InvalidLanguage = "invalid_language", "must be a language tag such as en, es-US or zh-Hant-TW";
    AnswersTooLarge = "answers_too_large", "the longest possible answers do not fit: set maxLength, or ask less";
    // Of any text
    Blank = "blank", "must not be empty";
    TooLong = "too_long", "is too long";
    TooShort = "too_short", "is too short";
    ForbiddenCharacter = "forbidden_character", "contains a character that cannot be shown safely";
    // Of an item
    SectionExpected = "section_expected", "a top-level item must be a group";
    InvalidLinkId = "invalid_link_id", "must be 1 to 64 letters, digits, '.', '_' or '-', and begin with a letter or digit";
    DuplicateLinkId = "duplicate_link_id", "another item has the same linkId";
    TooDeep = "too_deep", "items nest at most 5 deep";
    EmptyGroup = "empty_group", "a group holds at least one item";
    NotForType = "not_for_type", "cannot be set on an item of this type";
    PurposeMissing = "purpose_missing", "every question states why it is asked";
    InvalidMaxLength = "invalid_max_length", "must be 1 to 500 for a string, 1 to 4000 for a text";
    InvalidMinLength = "invalid_min_length", "must be at least 1 and not above the greatest length";
    InvalidPattern = "invalid_pattern", "must be a regular expression of at most 200 characters, without look-around, references back or large repetitions";
    InvalidMaxOccurs = "invalid_max_occurs", "must be 1 to 50, on a question that repeats";
    InvalidInitial = "invalid_initial", "must be an answer that the question takes";
    InitialNotAlone = "initial_not_alone", "a question that does not repeat has one initial answer";
    InitialBesideOptions = "initial_beside_options", "options have initialSelected instead";
    InvalidSystem = "invalid_system", "must be a URI of 1 to 200 printable characters";
    OptionsMissing = "options_missing", "a choice needs at least one option";
    TooManyOptions = "too_many_options", "a choice has at most 100 options";
    InvalidOptionCode = "invalid_option_code", "must be 1 to 64 letters, digits, '.', '_' or '-'";
    DuplicateOption = "duplicate_option", "the same option is there twice";
    UnitMissing = "unit_missing", "a quantity needs its unit";
    InvalidUnit = "invalid_unit", "must be a UCUM code of 1 to 64 printable characters without spaces";
    InvalidRange = "invalid_range", "minValue and maxValue must be values that the question takes, the first not above the second";
    // Of a condition
    TooManyConditions = "too_many_conditions", "an item has at most 10 conditions";
    EnableBehaviorMissing = "enable_behavior_missing", "with several conditions, say whether all or any must hold";
    ConditionUnknownQuestion = "condition_unknown_question", "no item has this linkId";
    ConditionCycle = "condition_cycle", "whether the item is asked would depend on itself";
    ConditionOnGroup = "condition_on_group", "a group or a text to read has no answer to refer to";
    ConditionOperator = "condition_operator", "this operator cannot be used with a question of this type";
    ConditionAnswerType = "condition_answer_type", "the answer's type does not fit the question";
    ConditionUnknownOption = "condition_unknown_option", "the question has no such option";
    Unreachable = "unreachable", "no answers lead to this item: its conditions exclude each other";
    ConditionsTooEntangled = "conditions_too_entangled", "the conditions refer to each other in more ways than can be followed: use fewer of them";
    // Of a translation
    TooManyLanguages = "too_many_languages", "a form has at most 10 languages beside its own";
    LanguageDuplicate = "language_duplicate", "the form has this language already";
    TranslationMissing = "translation_missing", "this text is not translated";
    TranslationUnknown = "translation_unknown", "the form has nothing that this would translate";
    // Of a FHIR Questionnaire
    FhirInvalid = "fhir_invalid", "is not what FHIR R4 has here";
    FhirUnsupported = "fhir_unsupported", "forms here cannot do this part of FHIR";
    // Of the patient's identifiers, consents and views
    IdentifierMissing = "identifier_missing", "a question for this must be there";
    IdentifierDuplicate = "identifier_duplicate", "another question is mapped to the same field";
    IdentifierType = "identifier_type", "birthDate is mapped from a date, all others from a string";
    IdentifierNotRequired = "identifier_not_required", "this question must be required";
    IdentifierConditional = "identifier_conditional", "this question must be asked of everyone";
    ConsentMissing = "consent_missing", "a text for this consent must be there";
    ConsentDuplicate = "consent_duplicate", "there is another text for this consent";
    SmsTextIncomplete = "sms_text_incomplete", "must say how to stop (STOP) and how to get help (HELP)";
    ViewDuplicate = "view_duplicate", "this view is already asked for";
    // Of an answer
    UnknownSection = "unknown_section", "the form has no such section";
    UnknownLinkId = "unknown_link_id", "the section has no such question";
    AnswerUnreadable = "answer_unreadable", "must be one FHIR value, such as {\"valueString\": …}, or a list of them";
    OneAnswerExpected = "one_answer_expected", "takes one answer, not a list";
    ListExpected = "list_expected", "takes a list of answers";
    WrongType = "wrong_type", "the answer's type does not fit the question";
    TooManyAnswers = "too_many_answers", "has more answers than the question takes";
    PatternMismatch = "pattern_mismatch", "is not written as the question asks";
    InvalidAttachment = "invalid_attachment", "must name a document that was uploaded with this form";
    UnknownOption = "unknown_option", "is not one of the options";
    InvalidDate = "invalid_date", "must be a real date, as YYYY-MM-DD";
    DateOutOfRange = "date_out_of_range", "must lie between the years 1900 and 2199";
    WrongUnit = "wrong_unit", "must be in the unit the question asks for";
    OutOfRange = "out_of_range", "is outside the range the question allows";
    Required = "required", "must be answered";
    InvalidName = "invalid_name", "must contain at least one letter";
    InvalidEmail = "invalid_email", "must be an e-mail address such as name@example.com";
    InvalidPhone = "invalid_phone", "must be a phone number; one from abroad begins with + and its country code";
    BirthDateInFuture = "birth_date_in_future", "must not be in the future";
}

/// One field and what is wrong with it. Never holds what was entered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FieldError {
    /// The item, if it is one and its name is well formed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link_id: Option<String>,
    /// JSON pointer (RFC 6901), relative to what was checked; see [`FieldError::under`].
    pub pointer: String,
    /// Why it is refused.
    pub code: ErrorCode,
    /// The reason in plain words.
    pub message: Cow<'static, str>,
}

impl FieldError {
    /// An error at a place, with the code's own message and no item.
    pub(super) fn new(pointer: impl Into<String>, code: ErrorCode) -> Self {
        Self { link_id: None, pointer: pointer.into(), code, message: Cow::Borrowed(code.message()) }
    }

    /// The same error, of this item. A malformed name is left out rather than echoed.
    pub(super) fn of(mut self, link_id: &str) -> Self {
        self.link_id = super::text::is_code(link_id).then(|| link_id.to_owned());
        self
    }

    /// The same error with a message that says more.
    pub(super) fn saying(mut self, message: impl Into<String>) -> Self {
        self.message = Cow::Owned(message.into());
        self
    }

    /// The same error with its pointer below `prefix`: where in the request the checked value stands.
    ///
    /// `prefix` is itself a JSON pointer, such as `/answers`.
    #[must_use]
    pub fn under(mut self, prefix: &str) -> Self {
        self.pointer.insert_str(0, prefix);
        self
    }
}
