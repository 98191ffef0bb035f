//! The addresses of extensions.

/// A text in another language.
pub(super) const TRANSLATION: &str = "http://hl7.org/fhir/StructureDefinition/translation";
pub(super) const UNIT: &str = "http://hl7.org/fhir/StructureDefinition/questionnaire-unit";
pub(super) const MAX_OCCURS: &str = "http://hl7.org/fhir/StructureDefinition/questionnaire-maxOccurs";
pub(super) const MIN_VALUE: &str = "http://hl7.org/fhir/StructureDefinition/minValue";
pub(super) const MAX_VALUE: &str = "http://hl7.org/fhir/StructureDefinition/maxValue";
pub(super) const MIN_QUANTITY: &str =
    "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-minQuantity";
pub(super) const MAX_QUANTITY: &str =
    "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-maxQuantity";
pub(super) const MIN_LENGTH: &str = "http://hl7.org/fhir/StructureDefinition/minLength";
pub(super) const REGEX: &str = "http://hl7.org/fhir/StructureDefinition/regex";
/// The system of intakes' ids.
pub(super) const INTAKE: &str = "urn:visage:intake";
/// The system of patients' ids.
pub(super) const PATIENT: &str = "urn:visage:patient";
/// Why a question is asked.
pub(super) const PURPOSE: &str = "urn:visage:fhir:purpose";
/// The field of the patient that an answer fills.
pub(super) const MAPS_TO: &str = "urn:visage:fhir:maps-to";
/// A photograph that is asked for.
pub(super) const VIEW: &str = "urn:visage:fhir:view";
/// The text of a consent.
pub(super) const CONSENT: &str = "urn:visage:fhir:consent";
