//! No key leaves its clinic, whatever a client wrote into what it is made of.

#![allow(clippy::unwrap_used)]

use super::super::entity::Entity;
use super::super::item::{Item, SealedPart, to_item};
use super::*;
use proptest::prelude::*;
use std::collections::HashSet;
use visage_domain::alert::AlertEvent;
use visage_domain::ids::{
    AccessReviewId, ClinicId, ConsentId, DocumentId, EvaluationId, IntakeId, NoteId, OutboxId, PhotoId,
    RetakeId, TallyId,
};
use visage_domain::outbox::Channel;
use visage_domain::staff::StaffStatus;

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

const AT: Timestamp = Timestamp::UNIX_EPOCH;

fn item<E: Entity>(clinic: ClinicId, record: &E) -> Item {
    to_item(clinic, record, 1, SealedPart::None).unwrap()
}

/// The items of records that hold `text` which their clinic or its clients chose, wherever there is room for one.
fn items(clinic: ClinicId, bits: [u8; 16], text: &str) -> Vec<Item> {
    let (patient, intake, staff) =
        (PatientId::from_bits(bits), IntakeId::from_bits(bits), StaffId::from_bits(bits));
    let agreement = AgreementKind::BusinessAssociate;
    vec![
        item(
            clinic,
            &Acceptance {
                agreement,
                version: text.into(),
                text_sha256: text.into(),
                accepted_by: staff,
                accepted_at: AT,
            },
        ),
        item(
            clinic,
            &ImportedIntake {
                reference_mac: text.into(),
                content_mac: text.into(),
                intake,
                patient,
                imported_at: AT,
            },
        ),
        item(
            clinic,
            &IdempotentRequest {
                request_mac: text.into(),
                body_mac: text.into(),
                created: vec![text.into()],
                at: AT,
            },
        ),
        item(
            clinic,
            &Staff {
                staff,
                subject: text.into(),
                roles: Vec::new(),
                licences: Vec::new(),
                status: StaffStatus::Active,
                since: AT,
                accepted_at: None,
                last_sign_in_at: None,
                signed_out_at: None,
                bulk: Vec::new(),
            },
        ),
        item(clinic, &Alert::pending(AlertId::from_bits(bits), AlertEvent::BreakGlass, AT)),
    ]
}

/// What tells of which kind a record is among those of its home: all up to the first `#`.
fn kind(sort: &str) -> &str {
    sort.split_inclusive('#').next().unwrap_or(sort)
}

/// The sort keys of a clinic's own records, of each kind one.
fn of_clinic(bits: [u8; 16], text: &str) -> Vec<String> {
    let (review, staff) = (AccessReviewId::from_bits(bits), StaffId::from_bits(bits));
    let day = Date::constant(2026, 11, 22);
    vec![
        acceptance(AgreementKind::BusinessAssociate, text).sort,
        imported_intake(text).sort,
        clinic().sort,
        branch_key(1).sort,
        form_version(1).sort,
        current_form().sort,
        form_standing(1).sort,
        form_draft().sort,
        invitation_count(day).sort,
        alert(AlertId::from_bits(bits)).sort,
        break_glass(BreakGlassId::from_bits(bits)).sort,
        destruction(AT, DestructionId::from_bits(bits)).sort,
        access_review(review).sort,
        newest_access_review().sort,
        access_review_line(review, staff).sort,
        access_review_tally(review, TallyId::from_bits(bits)).sort,
    ]
}

/// The same of a visit, after what all of its keys start with.
fn of_visit(bits: [u8; 16], text: &str) -> Vec<String> {
    let (id, intake) = (PatientId::from_bits(bits), IntakeId::from_bits(bits));
    let (visit, link) = (EvaluationId::from_bits(bits), LinkId::from_bits(bits));
    let all = [
        section(id, intake, text).sort,
        super::intake(id, intake).sort,
        consent(id, intake, ConsentId::from_bits(bits)).sort,
        guardian(id, intake).sort,
        note(id, intake, AT, NoteId::from_bits(bits)).sort,
        photo(id, intake, PhotoId::from_bits(bits)).sort,
        document(id, intake, DocumentId::from_bits(bits)).sort,
        retake(id, visit, RetakeId::from_bits(bits)).sort,
        upload_count(id, intake).sort,
        confirmed_channel(id, visit, Channel::Sms).sort,
        evaluation(id, visit).sort,
        assignment(id, visit, 1).sort,
        addendum(id, visit, 1).sort,
        withdrawal(id, visit).sort,
        report(id, visit, 1).sort,
        issued_link(id, visit, link).sort,
        sms_count(id, visit).sort,
        outbox(id, visit, OutboxId::from_bits(bits)).sort,
    ];
    let prefix = visit_prefix(intake);
    all.iter().map(|sort| sort.strip_prefix(&prefix).unwrap().to_owned()).collect()
}

proptest! {
    #[test]
    fn no_item_nor_its_place_in_an_index_leaves_its_clinic(
        clinic in any::<[u8; 16]>(), bits in any::<[u8; 16]>(), text in r"(\PC*|[CPSKUMIA#a-z_0-9]*)",
    ) {
        let clinic = ClinicId::from_bits(clinic);
        let own = format!("C#{clinic}");
        for item in items(clinic, bits, &text) {
            let mut partitions = item.iter().filter(|(name, _)| *name == "pk" || name.ends_with("_pk"));
            prop_assert!(partitions.clone().count() > 0);
            prop_assert!(partitions.all(|(_, value)| {
                let rest = value.as_s().ok().and_then(|it| it.strip_prefix(&own));
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('#'))
            }), "{:?}", item);
        }
    }

    #[test]
    fn no_text_makes_one_kind_of_record_another(bits in any::<[u8; 16]>(), text in r"(\PC*|[A-Z#]*)") {
        for (hostile, plain) in
            [(of_clinic(bits, &text), of_clinic(bits, "")), (of_visit(bits, &text), of_visit(bits, ""))]
        {
            let kinds: HashSet<&str> = plain.iter().map(|sort| kind(sort)).collect();
            prop_assert_eq!(kinds.len(), plain.len(), "two kinds are told apart by nothing: {:?}", plain);
            for (sort, plain) in hostile.iter().zip(&plain) {
                prop_assert_eq!(kind(sort), kind(plain));
            }
        }
    }
}
