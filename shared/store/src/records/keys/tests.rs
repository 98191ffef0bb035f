//! No key leaves its clinic, whatever a client wrote into what it is made of.

use super::*;
use proptest::prelude::*;
use visage_domain::ids::{ClinicId, IntakeId};

/// Every kind of place, those with `text` in them among them.
fn homes(bits: [u8; 16], text: &str) -> [Home; 10] {
    let (patient, intake) = (PatientId::from_bits(bits), IntakeId::from_bits(bits));
    [
        acceptance(AgreementKind::BusinessAssociate, text).home,
        imported_intake(text).home,
        idempotent_request(text).home,
        section(patient, intake, text).home,
        Home::Staff(StaffId::from_bits(bits)),
        Home::Capability(LinkId::from_bits(bits)),
        Home::Upload(UploadId::from_bits(bits)),
        Home::Match(MatchId::from_bits(bits)),
        Home::Starts(AddressId::from_bits(bits)),
        Home::Clinic,
    ]
}

proptest! {
    #[test]
    fn no_key_leaves_its_clinic(clinic: [u8; 16], other: [u8; 16], bits: [u8; 16], text: String) {
        prop_assume!(clinic != other);
        let [own, others] = [clinic, other].map(|it| format!("C#{}", ClinicId::from_bits(it)));
        for home in homes(bits, &text) {
            let partition = home.partition(ClinicId::from_bits(clinic));
            let rest = partition.strip_prefix(&own);
            prop_assert!(rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('#')), "{}", partition);
            prop_assert!(!partition.starts_with(&others), "{}", partition);
        }
    }

    #[test]
    fn what_is_read_as_an_identifier_has_nothing_in_it_that_parts_a_key(text in "(cli|pat|stf)_[0-9a-zA-Z#]{26}") {
        for id in [
            text.parse::<ClinicId>().map(|id| id.to_string()),
            text.parse::<PatientId>().map(|id| id.to_string()),
            text.parse::<StaffId>().map(|id| id.to_string()),
        ].into_iter().flatten() {
            prop_assert!(id.len() == 30 && !id.contains('#'), "{}", id);
        }
    }
}
