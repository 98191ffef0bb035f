//! What a clinic admits, by where it stands, and its calendar.

use super::*;
use crate::agreement::offered;
use jiff::civil::date;

fn clinic(time_zone: &str, state: &str) -> Clinic {
    Clinic {
        clinic: ClinicId::from_bits([1; 16]),
        slug: "glow".into(),
        name: "Glow".into(),
        time_zone: time_zone.into(),
        state: state.into(),
        contact: ClinicContact { email: "desk@clinic.example".into(), phone: "+12065550100".into() },
        hipaa_covered: true,
        status: ClinicStatus::Active,
        status_since: Timestamp::UNIX_EPOCH,
        verified: true,
        withheld: false,
        agreements: Accepted::default(),
        settings: ClinicSettings::default(),
        key: WrappedKey { branch: 1, wrapped: String::new() },
        registered_at: Timestamp::UNIX_EPOCH,
    }
}

/// A clinic that has agreed to all that is offered on November 2, 2026.
pub(crate) fn agreed() -> Clinic {
    let offered_then = |kind| offered(kind, date(2026, 11, 2)).unwrap().version.to_owned();
    let agreements = AgreementKind::ALL.into_iter().map(|kind| (kind, offered_then(kind))).collect();
    Clinic { agreements, ..clinic("UTC", "AL") }
}

#[test]
fn where_it_stands_decides_what_it_admits() {
    use NotAdmitted::{Closed, NoAgreement, ReadOnly};
    let now: Timestamp = "2026-11-02T15:00:00Z".parse().unwrap();
    let asked = |phi, changes, acts| Asked { phi, changes, acts };
    // What reads, what does something to an account, what changes, and reading and changing where patients are concerned.
    let all = [
        asked(false, false, false),
        asked(false, false, true),
        asked(false, true, true),
        asked(true, false, false),
        asked(true, true, true),
    ];
    let expected = [
        (ClinicStatus::Pending, [Ok(()), Ok(()), Ok(()), Err(NoAgreement), Err(NoAgreement)]),
        (ClinicStatus::Active, [Ok(()); 5]),
        (ClinicStatus::PastDue, [Ok(()), Ok(()), Err(ReadOnly), Ok(()), Err(ReadOnly)]),
        (ClinicStatus::Suspended, [Ok(()), Err(Closed), Err(Closed), Err(Closed), Err(Closed)]),
        (ClinicStatus::Terminated, [Ok(()), Ok(()), Err(ReadOnly), Ok(()), Err(ReadOnly)]),
        (ClinicStatus::Purged, [Ok(()), Err(Closed), Err(Closed), Err(Closed), Err(Closed)]),
    ];
    assert_eq!(expected.map(|(status, _)| status), ClinicStatus::ALL);
    for (status, answers) in expected {
        let clinic = Clinic { status, ..agreed() };
        for (asked, answer) in all.into_iter().zip(answers) {
            assert_eq!(clinic.admits(asked, now), answer, "{status:?} {asked:?}");
        }
        assert_eq!(clinic.is_closed(), answers[0..2] == [Ok(()), Err(Closed)], "{status:?}");
    }
    let never_agreed = clinic("UTC", "AL");
    assert_eq!(never_agreed.admits(asked(true, false, false), now), Err(NoAgreement));
    assert_eq!(never_agreed.admits(asked(false, true, true), now), Ok(()));
}

#[test]
fn a_clinic_begins_once_it_has_signed_and_is_verified() {
    let now: Timestamp = "2026-11-02T15:00:00Z".parse().unwrap();
    let (phi, other) = (Asked { phi: true, ..Asked::default() }, Asked { changes: true, ..Asked::default() });
    let signed = Clinic { status: ClinicStatus::Pending, verified: false, ..agreed() };
    let unsigned = Clinic { agreements: Accepted::default(), ..signed.clone() };
    for (clinic, why) in [(&signed, NotAdmitted::NotVerified), (&unsigned, NotAdmitted::NoAgreement)] {
        assert_eq!(clinic.admits(phi, now), Err(why));
        assert_eq!(clinic.admits(other, now), Ok(()));
        assert_eq!(&clinic.clone().begun(now), clinic);
    }
    let verified = Clinic { verified: true, ..signed.clone() };
    let begun = verified.clone().begun(now);
    assert_eq!((begun.status, begun.status_since), (ClinicStatus::Active, now));
    assert_eq!(begun.admits(phi, now), Ok(()));
    let still = Clinic { verified: true, ..unsigned };
    assert_eq!(still.clone().begun(now), still);
    let ended = Clinic { status: ClinicStatus::Terminated, ..verified };
    assert_eq!(ended.clone().begun(now), ended);
}

#[test]
fn the_end_lets_nobody_in_again_who_was_closed_out_before_it_is_resolved() {
    use ChangeReason::{ClinicsRequest, Resolved, Security};
    use ClinicStatus::{PastDue, Suspended, Terminated};
    let now: Timestamp = "2026-11-02T15:00:00Z".parse().unwrap();
    let later = now + jiff::SignedDuration::from_hours(1);
    let (phi, sign_in) = (Asked { phi: true, ..Asked::default() }, Asked::default());
    let closed = agreed().decided(Suspended, Security, now);
    assert!(!closed.withheld);

    let ended = closed.clone().decided(Terminated, ClinicsRequest, now);
    assert_eq!((ended.status, ended.admits(phi, now)), (Terminated, Err(NotAdmitted::Closed)));
    assert_eq!(ended.admits(sign_in, now), Ok(()));
    assert!(!ended.admits_work(now));
    let resolved = ended.clone().decided(Terminated, Resolved, later);
    assert_eq!((resolved.status, resolved.status_since), (Terminated, now), "it ended when it ended");
    assert_eq!(resolved.admits(phi, later), Ok(()));
    let changes = Asked { phi: true, changes: true, acts: true };
    assert_eq!(resolved.admits(changes, later), Err(NotAdmitted::ReadOnly));
    assert_eq!(resolved.clone().decided(Terminated, Resolved, later), resolved);
    let again = resolved.decided(Terminated, Security, later);
    assert_eq!((again.status_since, again.admits(phi, later)), (now, Err(NotAdmitted::Closed)));

    let unpaid = closed.clone().decided(PastDue, Resolved, later);
    assert_eq!((unpaid.status, unpaid.status_since, unpaid.withheld), (PastDue, later, false));
    let ended = unpaid.decided(Terminated, ClinicsRequest, later);
    assert_eq!((ended.withheld, ended.admits(phi, later)), (false, Ok(())));
}

#[test]
fn one_comes_of_age_at_midnight_of_the_clinic() {
    let born = date(2008, 11, 1);
    let (seattle, guam) = (clinic("America/Los_Angeles", "WA"), clinic("Pacific/Guam", "GU"));
    // In Seattle it is midnight at seven o'clock UTC, in the last night of daylight saving time.
    let before: Timestamp = "2026-11-01T06:59:59Z".parse().unwrap();
    assert!(seattle.is_minor(born, before));
    assert!(!guam.is_minor(born, before));
    assert!(!seattle.is_minor(born, "2026-11-01T07:00:00Z".parse().unwrap()));
    // The night in which the clocks go back has one midnight, an hour that comes twice is after it.
    assert!(!seattle.is_minor(born, "2026-11-01T09:30:00Z".parse().unwrap()));
}

#[test]
fn what_was_registered_before_there_were_settings_or_agreements_is_read() {
    let mut stored = serde_json::to_value(clinic("UTC", "AL")).unwrap();
    for later in ["settings", "agreements", "status_since", "verified", "withheld"] {
        stored.as_object_mut().unwrap().remove(later);
    }
    let read: Clinic = serde_json::from_value(stored).unwrap();
    assert_eq!(read.settings.minors, MinorsPolicy::Refused);
    assert!(read.agreements.is_empty() && !read.verified && !read.withheld);
    assert_eq!(read.settings.report_second_factor, SecondFactor::BirthDate);
}

#[test]
fn slugs_are_plain() {
    for good in ["glow", "glow-clinic-2"] {
        assert!(is_slug(good));
    }
    for bad in ["", "ab", "Glow", "glow_clinic", "-glow", "glow-", "glöw", "glow clinic"] {
        assert!(!is_slug(bad), "{bad}");
    }
}

#[test]
fn a_line_has_something_in_it_and_no_end() {
    assert!(is_line("Belle Époque", 120));
    for bad in ["", "  ", "Glow\r\nBcc: a@b.example", "Glow\0", "Gloww"] {
        assert!(!is_line(bad, 4), "{bad:?}");
    }
}

#[test]
fn states_are_two_letters_that_exist() {
    assert!(is_state("WA") && is_state("DC"));
    assert!(!is_state("ZZ") && !is_state("wa") && !is_state("A ") && !is_state("AL AK"));
}
