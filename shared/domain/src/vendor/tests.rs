//! What a vendor lacks, from when on, and what of it is news.

#![allow(clippy::unwrap_used)]

use super::*;
use jiff::civil::date;

const TODAY: Date = date(2026, 3, 1);

/// One with all it needs until the end of 2026, reviewed a year ago.
fn cleared() -> Vendor {
    Vendor {
        vendor: VendorName::Rekognition,
        baa_signed_on: Some(date(2025, 1, 1)),
        phi_approved: true,
        reviewed_on: Some(date(2025, 3, 1)),
        learning_opt_out_on: Some(date(2025, 1, 1)),
        attestations: vec![
            Attestation { standard: Standard::Soc2, valid_until: date(2025, 12, 31) },
            Attestation { standard: Standard::Soc2, valid_until: date(2026, 12, 31) },
        ],
        recorded_by: OperatorId::from_bits([1; 16]),
        recorded_at: Timestamp::UNIX_EPOCH,
        changed_at: Timestamp::UNIX_EPOCH,
        announced_at: None,
    }
}

#[test]
fn what_is_recorded_once_more_is_no_news_and_what_changed_is() {
    let now = Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_hours(1);
    let told = Vendor { announced_at: Some(Timestamp::UNIX_EPOCH), ..cleared() };
    assert!(cleared().is_news() && !told.is_news());
    let again = Vendor { recorded_at: now, changed_at: now, ..cleared() };
    let once_more = again.clone().following(Some(&told));
    assert!(!once_more.is_news());
    assert_eq!((once_more.recorded_at, once_more.changed_at), (now, Timestamp::UNIX_EPOCH));
    let changed = Vendor { phi_approved: false, ..again.clone() }.following(Some(&told));
    assert!(changed.is_news() && changed.changed_at == now);
    assert!(again.following(None).is_news());
}

#[test]
fn a_review_counts_for_a_year_to_the_day() {
    assert_eq!(cleared().lacks(TODAY), []);
    assert_eq!(cleared().lacks(date(2026, 3, 2)), [Lack::Review]);
    let leap = Vendor { reviewed_on: Some(date(2024, 2, 29)), ..cleared() };
    assert_eq!(leap.lacks(date(2025, 2, 28)), []);
    assert_eq!(leap.lacks(TODAY), [Lack::Review]);
    let ahead = Vendor { reviewed_on: Some(date(2026, 3, 2)), ..cleared() };
    assert_eq!(ahead.lacks(TODAY), [Lack::Review]);
}

#[test]
fn each_thing_that_is_missing_is_named() {
    let lacks = |vendor: Vendor| vendor.lacks(TODAY);
    assert_eq!(lacks(Vendor { baa_signed_on: None, ..cleared() }), [Lack::Agreement]);
    assert_eq!(lacks(Vendor { baa_signed_on: Some(date(2026, 3, 2)), ..cleared() }), [Lack::Agreement]);
    assert_eq!(lacks(Vendor { phi_approved: false, ..cleared() }), [Lack::Approval]);
    assert_eq!(lacks(Vendor { learning_opt_out_on: None, ..cleared() }), [Lack::LearningOptOut]);
    let past = Attestation { standard: Standard::Soc2, valid_until: date(2026, 2, 28) };
    let other = Attestation { standard: Standard::Iso27001, valid_until: date(2027, 1, 1) };
    assert_eq!(lacks(Vendor { attestations: vec![past, other], ..cleared() }), [Lack::Attestation]);
    let nothing = Vendor {
        baa_signed_on: None,
        phi_approved: false,
        reviewed_on: None,
        learning_opt_out_on: None,
        attestations: Vec::new(),
        ..cleared()
    };
    let all = [Lack::Agreement, Lack::Approval, Lack::Review, Lack::Attestation, Lack::LearningOptOut];
    assert_eq!(lacks(nothing.clone()), all);
    // A vendor that learns from nothing needn't be kept from it.
    assert_eq!(lacks(Vendor { vendor: VendorName::Sns, ..nothing }), all[..4]);
}

#[test]
fn what_ends_within_thirty_days_is_due_and_what_ended_is_not() {
    assert_eq!(cleared().cleared_until(), Some(TODAY));
    assert!(cleared().is_due(TODAY) && !cleared().is_due(date(2026, 3, 2)));
    let reviewed = Vendor { reviewed_on: Some(date(2026, 2, 1)), ..cleared() };
    assert_eq!(reviewed.cleared_until(), Some(date(2026, 12, 31)));
    assert!(!reviewed.is_due(date(2026, 12, 1)) && reviewed.is_due(date(2026, 12, 2)));
}

#[test]
fn every_vendor_is_known_by_its_code_and_described() {
    for vendor in VendorName::ALL {
        assert_eq!(VendorName::from_code(vendor.code()), Some(vendor));
        assert_eq!(serde_json::to_value(vendor).unwrap(), vendor.code());
        assert!(!vendor.profile().data.is_empty());
    }
}
