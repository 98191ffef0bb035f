//! Items that no answers lead to.
//!
//! What must hold for an item to be asked is gathered: its own conditions, those of the groups around it, and those of
//! every question that must be answered for them. Then each question is tried with the answers that matter to what is
//! asked of it. Alternatives (`any`) are tried one at a time beside what must hold anyway; so nothing is called
//! unreachable that isn't, while a form made to deceive may hide something from this look.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::Errors;
use super::circles::places;
use crate::form::bound::Bound;
use crate::form::enable_when::{EnableBehavior, EnableWhen, Operator};
use crate::form::error::ErrorCode;
use crate::form::limits;
use crate::form::model::{Item, ItemType};
use crate::form::outline::Node;
use crate::form::value::{AnswerValue, Quantity};

/// `faulty` conditions, by item and number, are taken as holding: they have an error of their own.
pub(super) fn check_all(nodes: &[Node<'_>], faulty: &HashSet<(usize, usize)>, errors: &mut Errors) {
    let look = Look { nodes, faulty, places: places(nodes) };
    let mut lost = vec![false; nodes.len()];
    for (index, node) in nodes.iter().enumerate() {
        // Once is enough: what a lost group holds is lost with it.
        let within = node.parent.is_some_and(|parent| lost[parent]);
        lost[index] = within || look.is_lost(index);
        if lost[index] && !within {
            errors.at(node, "/enableWhen", ErrorCode::Unreachable);
        }
    }
}

struct Look<'n, 'f> {
    nodes: &'n [Node<'f>],
    faulty: &'n HashSet<(usize, usize)>,
    places: HashMap<&'f str, usize>,
}

/// What must hold: the conditions on each question, and the alternatives of which one must.
#[derive(Clone, Default)]
struct Needs<'n> {
    on: BTreeMap<usize, Vec<&'n EnableWhen>>,
    alternatives: Vec<&'n [EnableWhen]>,
    asked: BTreeSet<usize>,
}

impl<'n, 'f> Look<'n, 'f> {
    fn is_lost(&self, index: usize) -> bool {
        let mut needs = Needs::default();
        self.ask(index, &mut needs);
        if !self.can_hold(&needs) {
            return true;
        }
        let alternatives = needs.alternatives.clone();
        alternatives.iter().any(|conditions| {
            !conditions.iter().any(|condition| {
                let mut needs = needs.clone();
                self.need(condition, &mut needs);
                self.can_hold(&needs)
            })
        })
    }

    /// Adds what it takes that an item is asked.
    fn ask(&self, index: usize, needs: &mut Needs<'n>) {
        if !needs.asked.insert(index) {
            return;
        }
        let node = &self.nodes[index];
        if let Some(parent) = node.parent {
            self.ask(parent, needs);
        }
        let conditions = &node.item.enable_when;
        let is_sound = |number: &usize| !self.faulty.contains(&(index, *number));
        let any = node.item.enable_behavior == Some(EnableBehavior::Any) && conditions.len() > 1;
        if any {
            if (0..conditions.len()).all(|number| is_sound(&number)) {
                needs.alternatives.push(conditions);
            }
        } else {
            (0..conditions.len()).filter(is_sound).for_each(|number| self.need(&conditions[number], needs));
        }
    }

    fn need(&self, condition: &'n EnableWhen, needs: &mut Needs<'n>) {
        let Some(place) = self.places.get(condition.question.as_str()).copied() else { return };
        needs.on.entry(place).or_default().push(condition);
        // Only an answer can fulfil it, and only what is asked has one.
        if !condition.holds(&[]) {
            self.ask(place, needs);
        }
    }

    fn can_hold(&self, needs: &Needs<'n>) -> bool {
        needs.on.iter().all(|(place, conditions)| can_be_answered(self.nodes[*place].item, conditions))
    }
}

/// Whether a question has answers, or none, with which all the conditions hold.
fn can_be_answered(question: &Item, conditions: &[&EnableWhen]) -> bool {
    let all_hold = |given: &[AnswerValue]| conditions.iter().all(|condition| condition.holds(given));
    if all_hold(&[]) {
        return true;
    }
    let values = values_that_matter(question, conditions);
    if !question.repeats {
        return values.iter().any(|value| all_hold(std::slice::from_ref(value)));
    }
    // Of several answers, more can only help; but for those that one condition forbids.
    let allowed = |value: &AnswerValue| {
        let forbids = |condition: &&&EnableWhen| condition.operator == Operator::NotEqual;
        conditions.iter().filter(forbids).all(|condition| condition.holds(std::slice::from_ref(value)))
    };
    let most: Vec<_> = values.into_iter().filter(allowed).collect();
    all_hold(&most)
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
