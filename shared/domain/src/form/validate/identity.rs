//! The questions that tell who the patient is.
//!
//! Given name, family name and birth date are each asked exactly once, of everyone, and must be answered: the birth
//! date is also the second factor of the report link. E-mail and phone are each asked at most once; one of them must
//! be answered by everyone, so that the patient can be reached.

use super::Errors;
use crate::form::error::{ErrorCode, FieldError};
use crate::form::model::PatientField;
use crate::form::outline::Node;

pub(super) fn check(nodes: &[Node<'_>], errors: &mut Errors) {
    for field in PatientField::ALL {
        let mut mapped = nodes.iter().filter(|node| node.item.maps_to == Some(field));
        let first = mapped.next();
        for again in mapped {
            errors.at(again, "/mapsTo", ErrorCode::IdentifierDuplicate);
        }
        if let Some(node) = first
            && node.item.kind != field.item_type()
        {
            errors.at(node, "/mapsTo", ErrorCode::IdentifierType);
        }
        if !matches!(field, PatientField::Email | PatientField::Phone) {
            check_certain(field, first, nodes, errors);
        }
    }
    check_contact(nodes, errors);
}

/// Checks that a question is there, required and asked of everyone.
fn check_certain(field: PatientField, node: Option<&Node<'_>>, nodes: &[Node<'_>], errors: &mut Errors) {
    let Some(node) = node else {
        errors.add(missing(field.as_str()));
        return;
    };
    if !node.item.required {
        errors.at(node, "/required", ErrorCode::IdentifierNotRequired);
    }
    if is_conditional(node, nodes) {
        errors.at(node, "/enableWhen", ErrorCode::IdentifierConditional);
    }
}

fn check_contact(nodes: &[Node<'_>], errors: &mut Errors) {
    let contact =
        |node: &&Node<'_>| matches!(node.item.maps_to, Some(PatientField::Email | PatientField::Phone));
    let mut contacts = nodes.iter().filter(contact).peekable();
    let Some(first) = contacts.peek().copied() else {
        errors.add(missing("email or phone"));
        return;
    };
    let mut required = contacts.filter(|node| node.item.required).peekable();
    if required.peek().is_none() {
        errors.at(first, "/required", ErrorCode::IdentifierNotRequired);
    } else if required.all(|node| is_conditional(node, nodes)) {
        errors.at(first, "/enableWhen", ErrorCode::IdentifierConditional);
    }
}

fn missing(field: &str) -> FieldError {
    FieldError::new("/item", ErrorCode::IdentifierMissing)
        .saying(format!("a question must be mapped to {field}"))
}

/// Whether the item or a group around it has conditions.
fn is_conditional(node: &Node<'_>, nodes: &[Node<'_>]) -> bool {
    !node.item.enable_when.is_empty()
        || node.parent.is_some_and(|parent| is_conditional(&nodes[parent], nodes))
}
