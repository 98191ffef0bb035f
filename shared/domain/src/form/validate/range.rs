//! The rules of `minValue` and `maxValue`.

use super::Errors;
use crate::form::bound::Bound;
use crate::form::error::ErrorCode;
use crate::form::limits;
use crate::form::model::{Item, ItemType};
use crate::form::outline::Node;

pub(super) fn check(node: &Node<'_>, errors: &mut Errors) {
    let item = node.item;
    let bounds = [("/minValue", &item.min_value), ("/maxValue", &item.max_value)];
    let mut sound = true;
    for (field, bound) in bounds {
        if bound.as_ref().is_some_and(|bound| !is_sensible(item, bound)) {
            errors.at(node, field, ErrorCode::InvalidRange);
            sound = false;
        }
    }
    if sound && is_crossed(item) {
        errors.at(node, "/maxValue", ErrorCode::InvalidRange);
    }
}

/// Whether the bound is a value that the question could take; of types that have none, another rule speaks.
fn is_sensible(item: &Item, bound: &Bound) -> bool {
    match (item.kind, bound) {
        (ItemType::Date, bound) => bound.day().is_some(),
        (ItemType::Integer, Bound::Number(number)) => {
            number.fract() == 0.0 && (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(number)
        }
        (ItemType::Decimal | ItemType::Quantity, Bound::Number(number)) => number.abs() <= limits::QUANTITY.1,
        (ItemType::Integer | ItemType::Decimal | ItemType::Quantity, Bound::Date(_)) => false,
        _ => true,
    }
}

fn is_crossed(item: &Item) -> bool {
    let (Some(least), Some(most)) = (&item.min_value, &item.max_value) else { return false };
    let numbers = least.number().zip(most.number()).is_some_and(|(least, most)| least > most);
    let days = least.day().zip(most.day()).is_some_and(|(first, last)| first > last);
    numbers || days
}
