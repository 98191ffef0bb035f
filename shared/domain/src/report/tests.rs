use super::*;
use crate::clock::until_next_day;
use crate::staff::tests::member;

fn link(tries: u32, revoked_at: Option<Timestamp>) -> ReportLink {
    ReportLink {
        link: LinkId::from_bits([1; 16]),
        secret_hash: String::new(),
        patient: PatientId::from_bits([2; 16]),
        evaluation: EvaluationId::from_bits([3; 16]),
        channel: LinkChannel::Email,
        issued_by: None,
        second_factor: SecondFactor::BirthDate,
        created_at: Timestamp::UNIX_EPOCH,
        expires_at: Timestamp::UNIX_EPOCH + LINK_LIFETIME,
        revoked_at,
        renewal: None,
        tries,
    }
}

#[test]
fn five_tries_then_locked() {
    let now = Timestamp::UNIX_EPOCH;
    assert_eq!(link(4, None).state(now), LinkState::Usable);
    assert_eq!(link(5, None).state(now), LinkState::Locked);
}

#[test]
fn gone_beats_locked_and_the_last_instant_is_out() {
    let now = Timestamp::UNIX_EPOCH;
    assert_eq!(link(5, Some(now)).state(now), LinkState::Gone);
    assert_eq!(link(0, None).state(now + LINK_LIFETIME), LinkState::Gone);
}

#[test]
fn a_link_that_opens_by_what_stands_in_the_chart_ends_with_who_handed_it_over() {
    let issued_by = Some(StaffId::from_bits([4; 16]));
    let handed = ReportLink { channel: LinkChannel::Hand, issued_by, ..link(0, None) };
    assert_eq!(handed.rests_on(), issued_by);
    let made = handed.created_at;
    let after = made + jiff::SignedDuration::from_nanos(1);
    for (status, since, ends) in [
        (StaffStatus::Active, made, false),
        (StaffStatus::Suspended, made, false),
        (StaffStatus::Terminated, made, true),
        // Who comes back doesn't bring it back.
        (StaffStatus::Active, after, true),
    ] {
        let issuer = Staff { status, since, ..member() };
        assert_eq!(handed.is_left_behind(Some(&issuer)), ends, "{status:?} {since}");
    }
    assert!(handed.is_left_behind(None), "nobody vouches for it");
    let by_code = ReportLink { second_factor: SecondFactor::OneTimeCode, ..handed };
    for other in [by_code, link(0, None)] {
        assert_eq!(other.rests_on(), None);
        assert!(
            !other.is_left_behind(None)
                && !other.is_left_behind(Some(&Staff { status: StaffStatus::Terminated, ..member() }))
        );
    }
}

#[test]
fn tries_count_for_the_day_they_are_made_on() -> Result<(), jiff::Error> {
    let last: Timestamp = "2026-03-08T23:59:59.9Z".parse()?;
    let first: Timestamp = "2026-03-09T00:00:00Z".parse()?;
    assert_ne!(utc_day(last), utc_day(first));
    assert_eq!((until_next_day(last), until_next_day(first)), (1, 86_400));
    Ok(())
}
