//! Handing in: everything is answered and everything is good.

use jiff::civil::Date;

use crate::patient::Identity;
use crate::phi::Phi;

use super::answers::{Answer, Answers, AnswersBySection};
use super::check::{Fault, check_answer, parse_date};
use super::error::{ErrorCode, FieldError};
use super::identifiers::{PhoneRegion, clean_name, normalise_email, normalise_phone};
use super::model::{Item, PatientField};
use super::outline::{Node, asked, outline};
use super::publishable::PublishableForm;
use super::render::AskedAnswer;
use super::section::{fault_error, strangers};
use super::text::is_code;
use super::value::AnswerValue;

/// A complete and good set of answers.
///
/// Health data: `Debug` shows the number of sections.
#[derive(Debug, Clone, PartialEq)]
pub struct Submission {
    /// Who the patient is, from the answers to the mapped questions, cleaned: the e-mail's domain in lower case, the
    /// phone number as E.164.
    pub identity: Identity,
    /// The answers kept, by section, tidied: none to questions that were not asked, no blank ones.
    pub answers: AnswersBySection,
}

impl Submission {
    /// The answers as they were asked, in the order of the form; see [`PublishableForm::render`].
    pub fn render(&self, form: &PublishableForm) -> Vec<AskedAnswer> {
        form.render(&self.answers)
    }
}

impl PublishableForm {
    /// Checks the answers of all sections for handing in: as [`check_section`](Self::check_section) does, and that
    /// every required question that is asked has an answer, that names, e-mail address and phone number are good, and
    /// that the birth date is not after `today`. Answers to questions that are not asked are dropped unseen, as FHIR
    /// has it.
    ///
    /// `region` is where phone numbers without country code are from.
    ///
    /// # Errors
    /// Every fault in the order of the form, then what belongs to no question. Pointers are
    /// `/<section>/<linkId>`, and an index in a list.
    pub fn check_submission(
        &self,
        answers: &AnswersBySection,
        today: Date,
        region: PhoneRegion,
    ) -> Result<Submission, Vec<FieldError>> {
        let nodes = outline(self.form());
        let checked: Vec<Checked> = nodes.iter().map(|node| check(node, answers)).collect();
        let given: Vec<_> = checked.iter().map(|checked| checked.clone().unwrap_or_default()).collect();
        let asked = asked(&nodes, &given);
        let mut reading = Reading { today, region, found: Found::default(), errors: Vec::new() };
        for ((node, checked), _) in nodes.iter().zip(checked).zip(&asked).filter(|(_, asked)| **asked) {
            reading.read(node, checked);
        }
        let Reading { found, mut errors, .. } = reading;
        errors.extend(misplaced(self, &nodes, answers));
        match found.into_identity() {
            Some(identity) if errors.is_empty() => {
                Ok(Submission { identity, answers: keep(&nodes, &asked, given) })
            }
            // A form that was published asks for all of it, so that a gap has its error already.
            None if errors.is_empty() => Err(vec![FieldError::new("", ErrorCode::IdentifierMissing)]),
            _ => Err(errors),
        }
    }
}

/// The values of an answer, none if it is blank or missing; or its faults.
type Checked = Result<Vec<AnswerValue>, Vec<Fault>>;

/// Checks the answer to one item by itself.
pub(super) fn check(node: &Node<'_>, answers: &AnswersBySection) -> Checked {
    if !node.is_question() {
        return Ok(Vec::new());
    }
    let answer = answers.get(&node.section.link_id).and_then(|answers| answers.get(&node.item.link_id));
    answer.map_or(Ok(Vec::new()), |answer| check_answer(node.item, answer))
}

/// Reading the answers to what is asked, in the order of the form.
struct Reading {
    today: Date,
    region: PhoneRegion,
    found: Found,
    errors: Vec<FieldError>,
}

impl Reading {
    fn read(&mut self, node: &Node<'_>, checked: Checked) {
        let (item, base) = (node.item, format!("/{}", node.section.link_id));
        let values = match checked {
            Ok(values) => values,
            Err(faults) => {
                self.errors.extend(faults.into_iter().map(|fault| fault_error(item, &base, fault)));
                return;
            }
        };
        let fault = match values.first() {
            None => (item.required && node.is_question()).then_some(ErrorCode::Required),
            Some(value) => self.identify(item, value).err(),
        };
        self.errors.extend(fault.map(|code| fault_error(item, &base, (String::new(), code))));
    }

    /// Takes the identifier from an answer whose question is mapped to one.
    fn identify(&mut self, item: &Item, value: &AnswerValue) -> Result<(), ErrorCode> {
        let found = &mut self.found;
        match (item.maps_to, value) {
            (Some(PatientField::GivenName), AnswerValue::String(text)) => {
                found.given_name = Some(clean_name(text).ok_or(ErrorCode::InvalidName)?);
            }
            (Some(PatientField::FamilyName), AnswerValue::String(text)) => {
                found.family_name = Some(clean_name(text).ok_or(ErrorCode::InvalidName)?);
            }
            (Some(PatientField::Email), AnswerValue::String(text)) => {
                found.email = Some(normalise_email(text).ok_or(ErrorCode::InvalidEmail)?);
            }
            (Some(PatientField::Phone), AnswerValue::String(text)) => {
                found.phone = Some(normalise_phone(text, self.region).ok_or(ErrorCode::InvalidPhone)?);
            }
            (Some(PatientField::BirthDate), AnswerValue::Date(text)) => {
                let day = parse_date(text)?;
                if day > self.today {
                    return Err(ErrorCode::BirthDateInFuture);
                }
                found.birth_date = Some(day);
            }
            _ => {}
        }
        Ok(())
    }
}

/// The identifiers found so far.
#[derive(Default)]
struct Found {
    given_name: Option<String>,
    family_name: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    birth_date: Option<Date>,
}

impl Found {
    fn into_identity(self) -> Option<Identity> {
        Some(Identity {
            given_name: Phi::new(self.given_name?),
            family_name: Phi::new(self.family_name?),
            birth_date: Phi::new(self.birth_date?),
            email: self.email.map(Phi::new),
            phone: self.phone.map(Phi::new),
        })
    }
}

/// Errors for sections and answers that the form has no place for.
fn misplaced(form: &PublishableForm, nodes: &[Node<'_>], answers: &AnswersBySection) -> Vec<FieldError> {
    let mut errors = Vec::new();
    for (section, answers) in answers {
        let base = if is_code(section) { format!("/{section}") } else { String::new() };
        if form.section(section).is_none() {
            errors.push(FieldError::new(base, ErrorCode::UnknownSection).of(section));
            continue;
        }
        let within = nodes.iter().filter(|node| node.section.link_id == *section && node.is_question());
        errors.extend(strangers(within.map(|node| node.item), answers, &base));
    }
    errors
}

/// The answers to what is asked.
fn keep(nodes: &[Node<'_>], asked: &[bool], given: Vec<Vec<AnswerValue>>) -> AnswersBySection {
    let mut kept = AnswersBySection::new();
    for ((node, mut values), _) in nodes.iter().zip(given).zip(asked).filter(|(_, asked)| **asked) {
        let answer = match (node.item.repeats, values.len()) {
            (_, 0) => continue,
            (true, _) => Answer::Many(values),
            (false, _) => Answer::One(values.swap_remove(0)),
        };
        let section: &mut Answers = kept.entry(node.section.link_id.clone()).or_default();
        section.insert(node.item.link_id.clone(), answer);
    }
    kept
}
