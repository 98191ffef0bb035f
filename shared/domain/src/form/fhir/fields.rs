//! Fields of an item that take more than reading.

use serde_json::Value;

use super::names;
use super::read::Object;
use crate::form::bound::Bound;
use crate::form::error::ErrorCode;
use crate::form::model::{Item, ItemType, Unit};
use crate::form::value::Quantity;

/// The type, if it is one of ours; `question` has been abstract since R4.
pub(super) fn kind(from: &Object<'_>) -> Option<ItemType> {
    let name: String = from.need("type")?;
    let kind = serde_json::from_value(Value::String(name.clone())).ok();
    if kind.is_none() {
        let known = ["dateTime", "time", "url", "reference", "question"].contains(&name.as_str());
        from.wrong("/type", if known { ErrorCode::FhirUnsupported } else { ErrorCode::FhirInvalid });
    }
    kind
}

/// A bound's unit is the question's: a form has no other place for it. Where the question names none, it is asked in the
/// unit of its bounds; a bound in another unit would be another bound here.
pub(super) fn unit_of_bound(item: &mut Item, url: &str, from: &Object<'_>) {
    let read = match url {
        names::MIN_VALUE | names::MIN_QUANTITY => item.min_value.is_some(),
        names::MAX_VALUE | names::MAX_QUANTITY => item.max_value.is_some(),
        _ => false,
    };
    if !read || !from.has("valueQuantity") {
        return;
    }
    let Some(quantity) = from.get::<Quantity>("valueQuantity") else { return };
    match &item.unit {
        _ if item.kind != ItemType::Quantity => from.wrong("/valueQuantity", ErrorCode::FhirUnsupported),
        None => item.unit = Some(Unit { display: quantity.code.clone(), code: quantity.code }),
        Some(unit) if unit.code == quantity.code => {}
        Some(_) => from.wrong("/valueQuantity/code", ErrorCode::WrongUnit),
    }
}

/// The least or the greatest value.
pub(super) fn bound(from: &Object<'_>) -> Option<Bound> {
    if from.has("valueQuantity") {
        let quantity: Quantity = from.need("valueQuantity")?;
        return Some(Bound::Number(quantity.value));
    }
    if from.has("valueDate") {
        return from.need("valueDate").map(Bound::Date);
    }
    let field = if from.has("valueInteger") { "valueInteger" } else { "valueDecimal" };
    from.need(field).map(Bound::Number)
}
