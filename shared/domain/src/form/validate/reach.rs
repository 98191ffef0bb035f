//! Items that no answers lead to.
//!
//! What must hold for an item to be asked is gathered: its own conditions, those of the groups around it, and those of
//! every question that must be answered for them. Then each question is tried with the answers that matter to what is
//! asked of it. Alternatives (`any`) are tried one at a time beside what must hold anyway; so nothing is called
//! unreachable that isn't, while a form made to deceive may hide something from this look.
//!
//! Conditions on conditions multiply, so the look has a budget: a form made to keep a function busy is told that it is too
//! entangled.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::Errors;
use super::circles::places;
use crate::form::bound::Bound;
use crate::form::enable_when::{EnableBehavior, EnableWhen, Operator};
use crate::form::error::{ErrorCode, FieldError};
use crate::form::limits;
use crate::form::model::{Item, ItemType};
use crate::form::outline::Node;
use crate::form::value::{AnswerValue, Quantity};

/// `faulty` conditions, by item and number, are taken as holding: they have an error of their own.
pub(super) fn check_all(nodes: &[Node<'_>], faulty: &HashSet<(usize, usize)>, errors: &mut Errors) {
    let look = Look { nodes, faulty, places: places(nodes), steps: Cell::new(limits::REACH_STEPS) };
    let mut lost = vec![false; nodes.len()];
    for (index, node) in nodes.iter().enumerate() {
        // Once is enough: what a lost group holds is lost with it.
        let within = node.parent.is_some_and(|parent| lost[parent]);
        let Ok(is_lost) = (if within { Ok(true) } else { look.is_lost(index) }) else {
            return errors.add(FieldError::new("/item", ErrorCode::ConditionsTooEntangled));
        };
        lost[index] = is_lost;
        if is_lost && !within {
            errors.at(node, "/enableWhen", ErrorCode::Unreachable);
        }
    }
}

/// No steps are left.
struct Spent;

struct Look<'n, 'f> {
    nodes: &'n [Node<'f>],
    faulty: &'n HashSet<(usize, usize)>,
    places: HashMap<&'f str, usize>,
    /// How many steps are left.
    steps: Cell<usize>,
}

/// What must hold: the conditions on each question, and the alternatives of which one must.
#[derive(Clone, Default)]
struct Needs<'n> {
    on: BTreeMap<usize, Vec<&'n EnableWhen>>,
    alternatives: Vec<&'n [EnableWhen]>,
    asked: BTreeSet<usize>,
}

impl<'n, 'f> Look<'n, 'f> {
    fn spend(&self, steps: usize) -> Result<(), Spent> {
        self.steps.set(self.steps.get().checked_sub(steps).ok_or(Spent)?);
        Ok(())
    }

    fn is_lost(&self, index: usize) -> Result<bool, Spent> {
        let mut needs = Needs::default();
        self.ask(index, &mut needs)?;
        if !self.can_hold(&needs)? {
            return Ok(true);
        }
        for &conditions in &needs.alternatives {
            if !self.one_can_hold(conditions, &needs)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether one of several alternatives can hold beside what must hold anyway.
    fn one_can_hold(&self, conditions: &'n [EnableWhen], needs: &Needs<'n>) -> Result<bool, Spent> {
        for condition in conditions {
            self.spend(needs.size())?;
            let mut needs = needs.clone();
            self.need(condition, &mut needs)?;
            if self.can_hold(&needs)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Adds what it takes that an item is asked.
    fn ask(&self, index: usize, needs: &mut Needs<'n>) -> Result<(), Spent> {
        if !needs.asked.insert(index) {
            return Ok(());
        }
        let node = &self.nodes[index];
        if let Some(parent) = node.parent {
            self.ask(parent, needs)?;
        }
        let conditions = &node.item.enable_when;
        let is_sound = |number: usize| !self.faulty.contains(&(index, number));
        if node.item.enable_behavior == Some(EnableBehavior::Any) && conditions.len() > 1 {
            if (0..conditions.len()).all(is_sound) {
                needs.alternatives.push(conditions);
            }
            return Ok(());
        }
        for (number, condition) in conditions.iter().enumerate() {
            if is_sound(number) {
                self.need(condition, needs)?;
            }
        }
        Ok(())
    }

    fn need(&self, condition: &'n EnableWhen, needs: &mut Needs<'n>) -> Result<(), Spent> {
        self.spend(1)?;
        let Some(place) = self.places.get(condition.question.as_str()).copied() else { return Ok(()) };
        needs.on.entry(place).or_default().push(condition);
        // Only an answer can fulfil it, and only what is asked has one.
        if condition.holds(&[]) { Ok(()) } else { self.ask(place, needs) }
    }

    fn can_hold(&self, needs: &Needs<'n>) -> Result<bool, Spent> {
        for (place, conditions) in &needs.on {
            if !self.can_be_answered(self.nodes[*place].item, conditions)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether a question has answers, or none, with which all the conditions hold.
    fn can_be_answered(&self, question: &Item, conditions: &[&EnableWhen]) -> Result<bool, Spent> {
        let all_hold = |given: &[AnswerValue]| conditions.iter().all(|condition| condition.holds(given));
        self.spend(conditions.len())?;
        if all_hold(&[]) {
            return Ok(true);
        }
        let values = values_that_matter(question, conditions);
        let each: usize = conditions.iter().map(|condition| weight(&condition.answer)).sum();
        self.spend(values.len().saturating_mul(each))?;
        if !question.repeats {
            return Ok(values.iter().any(|value| all_hold(std::slice::from_ref(value))));
        }
        // Of several answers, more can only help; but for those that one condition forbids.
        let allowed = |value: &AnswerValue| {
            let forbids = |condition: &&&EnableWhen| condition.operator == Operator::NotEqual;
            conditions.iter().filter(forbids).all(|condition| condition.holds(std::slice::from_ref(value)))
        };
        let most: Vec<_> = values.into_iter().filter(allowed).collect();
        Ok(all_hold(&most))
    }
}

impl Needs<'_> {
    /// About how much there is to copy.
    fn size(&self) -> usize {
        self.asked.len() + self.alternatives.len() + self.on.values().map(Vec::len).sum::<usize>()
    }
}

/// How many steps comparing with an answer takes: long texts are compared letter by letter.
fn weight(answer: &AnswerValue) -> usize {
    match answer {
        AnswerValue::String(text) => 1 + text.len() / 64,
        _ => 1,
    }
}

/// Answers of which one fulfils the conditions if any answer does: what they name, what lies between, and the ends.
fn values_that_matter(question: &Item, conditions: &[&EnableWhen]) -> Vec<AnswerValue> {
    let named = || conditions.iter().map(|condition| &condition.answer);
    let codes =
        question.answer_option.iter().map(|option| AnswerValue::Coding(option.value_coding.code.clone()));
    let words = || {
        let other = AnswerValue::String("\u{1}".to_owned());
        named().filter(|answer| matches!(answer, AnswerValue::String(_))).cloned().chain([other])
    };
    match question.kind {
        ItemType::Group | ItemType::Display => Vec::new(),
        ItemType::Boolean => vec![AnswerValue::Boolean(true), AnswerValue::Boolean(false)],
        ItemType::Choice => codes.collect(),
        ItemType::OpenChoice => codes.chain(words()).collect(),
        // A pattern or a length may forbid what is named; that is not looked into.
        ItemType::String | ItemType::Text => words().collect(),
        ItemType::Attachment => vec![AnswerValue::String(String::new())],
        ItemType::Date => days(question, conditions),
        ItemType::Integer | ItemType::Decimal | ItemType::Quantity => numbers(question, conditions),
    }
}

fn days(question: &Item, conditions: &[&EnableWhen]) -> Vec<AnswerValue> {
    let named = conditions.iter().filter_map(|condition| match &condition.answer {
        AnswerValue::Date(day) => Bound::Date(day.clone()).day(),
        _ => None,
    });
    let first = question.min_value.as_ref().and_then(Bound::day);
    let last = question.max_value.as_ref().and_then(Bound::day);
    let ends = (jiff::civil::date(limits::YEARS.0, 1, 1), jiff::civil::date(limits::YEARS.1, 12, 31));
    let (first, last) = (first.unwrap_or(ends.0), last.unwrap_or(ends.1));
    let around = named.flat_map(|day| [day.yesterday().ok(), Some(day), day.tomorrow().ok()]);
    let days = around.flatten().chain([first, last]).filter(|day| (first..=last).contains(day));
    days.map(|day| AnswerValue::Date(day.to_string())).collect()
}

fn numbers(question: &Item, conditions: &[&EnableWhen]) -> Vec<AnswerValue> {
    let named = conditions.iter().filter_map(|condition| match &condition.answer {
        AnswerValue::Integer(number) => Some(f64::from(*number)),
        AnswerValue::Decimal(number) => Some(*number),
        AnswerValue::Quantity(quantity) => Some(quantity.value),
        _ => None,
    });
    let least = question.min_value.as_ref().and_then(Bound::number);
    let most = question.max_value.as_ref().and_then(Bound::number);
    let most_of_all =
        if question.kind == ItemType::Integer { f64::from(i32::MAX) } else { limits::QUANTITY.1 };
    let (least, most) = (least.unwrap_or(-most_of_all), most.unwrap_or(most_of_all));
    let mut numbers: Vec<f64> = named.chain([least, most]).collect();
    if question.kind == ItemType::Integer {
        numbers = numbers.iter().flat_map(|number| [number - 1.0, *number, number + 1.0]).collect();
    } else {
        numbers.sort_by(f64::total_cmp);
        let between: Vec<f64> = numbers.windows(2).map(|pair| f64::midpoint(pair[0], pair[1])).collect();
        numbers.extend(between);
    }
    numbers.retain(|number| (least..=most).contains(number));
    let value = |number: f64| match question.kind {
        #[expect(clippy::cast_possible_truncation, reason = "whole and within the range of i32")]
        ItemType::Integer => AnswerValue::Integer(number as i32),
        ItemType::Decimal => AnswerValue::Decimal(number),
        _ => {
            let code = question.unit.as_ref().map(|unit| unit.code.clone()).unwrap_or_default();
            AnswerValue::Quantity(Quantity { value: number, code })
        }
    };
    numbers.into_iter().map(value).collect()
}
