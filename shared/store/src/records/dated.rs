//! Instants in sort keys: text order is time order.

use jiff::Timestamp;
use std::fmt::Display;
use std::str::FromStr;

/// An instant as sort keys have it: fixed width, so that text order is time order.
pub(crate) fn sortable(at: Timestamp) -> String {
    format!("{at:.6}")
}

/// The sort key of what stands somewhere by its instant: that, and which it is.
pub(crate) fn dated(at: Timestamp, id: impl Display) -> String {
    format!("{}#{id}", sortable(at))
}

/// Reads such a sort key; none if it isn't one.
pub(crate) fn read_dated<I: FromStr>(sort: &str) -> Option<(Timestamp, I)> {
    let (at, id) = sort.split_once('#')?;
    Some((at.parse().ok()?, id.parse().ok()?))
}

/// What comes right behind all that is dated `at`: what follows an instant starts with `#`, and `$` is the next character.
pub(crate) fn behind(at: Timestamp) -> String {
    format!("{}$", sortable(at))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use visage_domain::ids::AlertId;

    #[test]
    fn what_is_dated_reads_back_and_rubbish_does_not() {
        let (at, id) = (Timestamp::UNIX_EPOCH, AlertId::from_bits([0xff; 16]));
        assert_eq!(read_dated::<AlertId>(&dated(at, id)), Some((at, id)));
        for rubbish in ["", "1970-01-01T00:00:00Z", &format!("today#{id}"), "1970-01-01T00:00:00Z#somebody"] {
            assert_eq!(read_dated::<AlertId>(rubbish), None, "{rubbish}");
        }
    }

    #[test]
    fn an_instant_itself_lies_before_what_is_behind_it() {
        let (at, id) = ("2026-11-22T03:00:00.5Z".parse().unwrap(), AlertId::from_bits([0xff; 16]));
        let later = "2026-11-22T03:00:00.500001Z".parse().unwrap();
        assert!(dated(at, id) < behind(at) && behind(at) < dated(later, id));
    }
}
