//! What functions cost: read from what the running stack logged, from its processes, and from what would be deployed.

pub mod figures;
pub mod price;
pub mod sizes;
pub mod table;
pub mod usual;

/// The middle one of some figures; none of none.
pub fn median(mut figures: Vec<f64>) -> Option<f64> {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_one_is_found_in_any_order() {
        assert_eq!(median(vec![5.0, 1.0, 3.0]), Some(3.0));
        assert_eq!(median(vec![]), None);
    }
}
