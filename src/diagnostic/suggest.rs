//! "Did you mean": the nearest known name.

/// The candidate nearest to `name`, if one is near enough to be a likely slip.
///
/// Near enough is at most a third of the letters changed, or a name that contains the other.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = name.to_lowercase();
    let limit = (wanted.chars().count() / 3).max(1);
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let lowered = candidate.to_lowercase();
        let mut distance = strsim::damerau_levenshtein(&wanted, &lowered);
        if distance > limit {
            let contained =
                wanted.len() >= 4 && lowered.len() >= 4 && (lowered.contains(&wanted) || wanted.contains(&lowered));
            if !contained {
                continue;
            }
            distance = limit + 1;
        }
        if best.is_none_or(|(so_far, _)| distance < so_far) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn finds_slips_and_nothing_else() {
        let names = ["stg_orders", "stg_customers", "orders"];
        assert_eq!(nearest("stg_order", names), Some("stg_orders"));
        assert_eq!(nearest("ordres", names), Some("orders"));
        assert_eq!(nearest("payments", names), None);
    }
}
