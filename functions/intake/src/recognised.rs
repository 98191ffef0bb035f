//! What of an import was imported before: recognised by keyed hashes, so that what is stored tells nobody anything.

use jiff::civil::Date;
use serde::Deserialize;
use serde_json::Value;
use visage_domain::ids::{AlertId, StaffId};
use visage_domain::intake_import::{ImportedIntake, MAX_IMPORTED_BYTES, is_reference};
use visage_platform::Problem;
use visage_platform::problem::FieldProblem;
use visage_store::vault::{DataKey, Mac};

/// An intake of a request, as it is recognised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sent {
    /// HMAC over the clinic's reference, hexadecimal.
    pub(crate) reference_mac: String,
    /// HMAC over all that was sent of it, hexadecimal.
    pub(crate) content_mac: String,
    is_reference: bool,
    is_too_large: bool,
}

impl Sent {
    /// The intakes of a body that was read already, in its order; `key` is the clinic's.
    ///
    /// # Errors
    /// If it is no such body after all.
    pub(crate) fn all_of(body: &[u8], key: &DataKey) -> Result<Vec<Self>, Problem> {
        #[derive(Deserialize)]
        struct Body {
            intakes: Vec<Value>,
        }
        let body: Body = serde_json::from_slice(body).map_err(|_| Problem::internal())?;
        Ok(body.intakes.iter().map(|intake| Self::of(intake, key)).collect())
    }

    /// By what was sent and not by what is made of it: a later version of this function recognises it too.
    fn of(intake: &Value, key: &DataKey) -> Self {
        let (reference, content) = (intake["reference"].as_str().unwrap_or_default(), intake.to_string());
        let mac = |label: &[u8], text: &str| Mac::of(key, &[label, text.as_bytes()]).hex().to_owned();
        Self {
            reference_mac: mac(b"visage/import-reference/1", reference),
            content_mac: mac(b"visage/import-content/1", &content),
            is_reference: is_reference(reference),
            is_too_large: content.len() > MAX_IMPORTED_BYTES,
        }
    }

    /// What it became, if its reference is among those that were imported before.
    pub(crate) fn among<'k>(&self, known: &'k [ImportedIntake]) -> Option<&'k ImportedIntake> {
        known.iter().find(|earlier| earlier.reference_mac == self.reference_mac)
    }

    /// Whether `earlier` was sent as it is.
    pub(crate) fn is_again(&self, earlier: &ImportedIntake) -> bool {
        self.content_mac == earlier.content_mac
    }
}

/// What is wrong with the intakes before anybody looks into them: references that are none, that stand twice or that were
/// another intake's, and what is too large to be kept.
pub(crate) fn wrong_references(sent: &[Sent], known: &[ImportedIntake]) -> Vec<FieldProblem> {
    let mut errors = Vec::new();
    for (index, intake) in sent.iter().enumerate() {
        let stands_before = sent[..index].iter().any(|other| other.reference_mac == intake.reference_mac);
        let is_anothers = intake.among(known).is_some_and(|earlier| !intake.is_again(earlier));
        let wrong = match () {
            () if !intake.is_reference => Some("invalid_reference"),
            () if stands_before => Some("given_twice"),
            () if is_anothers => Some("reference_reused"),
            () => None,
        };
        errors.extend(wrong.map(|code| FieldProblem::new(format!("/intakes/{index}/reference"), code)));
        if intake.is_too_large {
            errors.push(FieldProblem::new(format!("/intakes/{index}"), "too_large"));
        }
    }
    errors
}

/// The alert of an import that somebody makes on a day of the clinic's calendar: always the same one for the same references, in
/// whatever order.
pub(crate) fn alert_of(sent: &[Sent], staff: StaffId, day: Date, key: &DataKey) -> AlertId {
    let (staff, day) = (staff.bits(), day.to_string());
    let mut references: Vec<_> = sent.iter().map(|it| it.reference_mac.as_bytes()).collect();
    references.sort_unstable();
    let said = [b"visage/import-alert/1".as_slice(), &staff, day.as_bytes()];
    AlertId::from_bits(Mac::of(key, &[said.as_slice(), references.as_slice()].concat()).bits())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use serde_json::json;
    use visage_domain::ids::{IntakeId, PatientId};

    fn key() -> DataKey {
        DataKey::new(&[7_u8; 32].into()).unwrap()
    }

    fn sent(intakes: &Value) -> Vec<Sent> {
        let body = json!({ "formVersion": 1, "intakes": intakes }).to_string();
        Sent::all_of(body.as_bytes(), &key()).unwrap()
    }

    fn imported(sent: &Sent) -> ImportedIntake {
        ImportedIntake {
            reference_mac: sent.reference_mac.clone(),
            content_mac: sent.content_mac.clone(),
            intake: IntakeId::from_bits([1; 16]),
            patient: PatientId::from_bits([2; 16]),
            imported_at: Timestamp::UNIX_EPOCH,
        }
    }

    fn named(errors: &[FieldProblem]) -> Vec<(&str, &str)> {
        errors.iter().map(|error| (error.pointer.as_str(), &*error.code)).collect()
    }

    #[test]
    fn what_is_sent_again_is_recognised_and_what_is_another_is_named() {
        let first = sent(&json!([{ "reference": "a", "source": "desk" }]));
        let known = [imported(&first[0])];
        assert_eq!(first[0].among(&known), Some(&known[0]));
        assert_eq!(named(&wrong_references(&first, &known)), []);
        let other =
            sent(&json!([{ "reference": "b", "source": "desk" }, { "reference": "a", "source": "phone" }]));
        assert_eq!(other[0].among(&known), None);
        let expected = [("/intakes/1/reference", "reference_reused")];
        assert_eq!(named(&wrong_references(&other, &known)), expected);
    }

    #[test]
    fn each_reference_that_is_none_or_stands_twice_is_named_once() {
        let all = sent(&json!([
            { "reference": "a" }, { "reference": "🧬" }, { "reference": "a" }, { "reference": "🧬" },
        ]));
        let expected = [
            ("/intakes/1/reference", "invalid_reference"),
            ("/intakes/2/reference", "given_twice"),
            ("/intakes/3/reference", "invalid_reference"),
        ];
        assert_eq!(named(&wrong_references(&all, &[])), expected);
    }

    #[test]
    fn what_is_too_large_to_be_kept_is_named() {
        let large = "x".repeat(MAX_IMPORTED_BYTES);
        let all = sent(&json!([{ "reference": "a" }, { "reference": "b", "sections": large }]));
        assert_eq!(named(&wrong_references(&all, &[])), [("/intakes/1", "too_large")]);
    }

    #[test]
    fn one_import_has_one_alert_a_day() {
        let [two, turned, one] = [json!(["a", "b"]), json!(["b", "a"]), json!(["a"])].map(|references| {
            let references = references.as_array().cloned().unwrap_or_default();
            sent(&references.into_iter().map(|it| json!({ "reference": it })).collect())
        });
        let (staff, day) = (StaffId::from_bits([1; 16]), Date::constant(2026, 11, 2));
        let of = |sent: &[Sent], staff, day| alert_of(sent, staff, day, &key());
        assert_eq!(of(&two, staff, day), of(&turned, staff, day));
        assert_ne!(of(&two, staff, day), of(&one, staff, day));
        assert_ne!(of(&two, staff, day), of(&two, StaffId::from_bits([2; 16]), day));
        assert_ne!(of(&two, staff, day), of(&two, staff, Date::constant(2026, 11, 3)));
    }
}
