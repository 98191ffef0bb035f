//! Quarters of a year, as a clinic's calendar has them.

use crate::clinic::Clinic;
use jiff::Timestamp;
use jiff::civil::Date;

/// A quarter of a year; the earlier one is the lesser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quarter {
    year: i16,
    /// From 1 to 4.
    number: i8,
}

impl Quarter {
    /// The one that a day lies in.
    pub fn of(day: Date) -> Self {
        Self { year: day.year(), number: (day.month() + 2) / 3 }
    }

    /// The one whose review a clinic owes at `now`: that of its calendar, unless the clinic came only since that began, or nobody
    /// there can see anything of patients.
    pub fn owed_by(clinic: &Clinic, now: Timestamp) -> Option<Self> {
        let [came, quarter] = [clinic.registered_at, now].map(|at| Self::of(clinic.today(at)));
        (came < quarter && clinic.admits_work(now)).then_some(quarter)
    }

    /// Its name, such as `2026Q4`.
    pub fn name(self) -> String {
        format!("{}Q{}", self.year, self.number)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::clinic::ClinicStatus;
    use crate::clinic::tests::agreed;
    use jiff::civil::date;

    #[test]
    fn a_quarter_begins_in_january_april_july_and_october() {
        let name = |month, day| Quarter::of(date(2026, month, day)).name();
        assert_eq!([name(1, 1), name(3, 31)], ["2026Q1", "2026Q1"]);
        assert_eq!([name(4, 1), name(6, 30)], ["2026Q2", "2026Q2"]);
        assert_eq!([name(7, 1), name(9, 30)], ["2026Q3", "2026Q3"]);
        assert_eq!([name(10, 1), name(12, 31)], ["2026Q4", "2026Q4"]);
    }

    #[test]
    fn the_earlier_one_is_the_lesser() {
        let of = |year, month| Quarter::of(date(year, month, 15));
        assert!(of(2026, 12) < of(2027, 1) && of(2026, 3) < of(2026, 4) && of(2026, 4) == of(2026, 6));
    }

    #[test]
    fn a_clinic_owes_its_review_from_midnight_of_its_own_calendar() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let registered_at = at("2026-11-20T12:00:00Z");
        let seattle = Clinic { time_zone: "America/Los_Angeles".into(), registered_at, ..agreed() };
        let owed = |clinic: &Clinic, now| Quarter::owed_by(clinic, at(now)).map(Quarter::name);
        assert_eq!(owed(&seattle, "2026-12-31T12:00:00Z"), None, "it came since the quarter began");
        assert_eq!(owed(&seattle, "2027-01-01T07:59:59Z"), None);
        assert_eq!(owed(&seattle, "2027-01-01T08:00:00Z").as_deref(), Some("2027Q1"));
        assert_eq!(owed(&seattle, "2027-04-01T06:59:59Z").as_deref(), Some("2027Q1"));
        assert_eq!(owed(&seattle, "2027-04-01T07:00:00Z").as_deref(), Some("2027Q2"));
    }

    #[test]
    fn where_nobody_can_see_anything_nothing_is_owed() {
        let now: Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
        for status in ClinicStatus::ALL {
            let closed =
                matches!(status, ClinicStatus::Pending | ClinicStatus::Suspended | ClinicStatus::Purged);
            assert_eq!(Quarter::owed_by(&Clinic { status, ..agreed() }, now).is_none(), closed, "{status:?}");
        }
    }
}
