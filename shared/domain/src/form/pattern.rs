//! Regular expressions of questions: linear in the answer, bounded in size.
//!
//! The owner writes the pattern, the patient the answer, and neither may buy time with it: the engine never goes back
//! over what it read, a pattern compiles to a bounded program, and answers are bounded by `maxLength`.

use regex::{Regex, RegexBuilder};

use super::limits;

/// The pattern, to be held against all of an answer; `None` if it is too long or too large, or none at all.
pub(super) fn compile(pattern: &str) -> Option<Regex> {
    if pattern.trim().is_empty() || pattern.chars().count() > limits::PATTERN {
        return None;
    }
    // Alone first: what isn't a pattern by itself must not become one by what is put around it.
    build(pattern)?;
    build(&format!("^(?:{pattern})$"))
}

fn build(pattern: &str) -> Option<Regex> {
    RegexBuilder::new(pattern)
        .size_limit(limits::PATTERN_PROGRAM)
        .dfa_size_limit(limits::PATTERN_PROGRAM)
        .nest_limit(limits::PATTERN_NESTING)
        .build()
        .ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn all_of_an_answer_is_matched() {
        let plate = compile("[A-Z]{2}|[0-9]{3}").unwrap();
        assert!(plate.is_match("AB") && plate.is_match("123"));
        assert!(!plate.is_match("ABC") && !plate.is_match("x123") && !plate.is_match("AB\n"));
    }

    #[test]
    fn what_could_take_long_is_no_pattern() {
        for refused in
            ["(a", "a)(b", "(?=a)b", r"(a)\1", "((a{1,100}){1,100}){1,100}", "\\p{L}{9999}", " ", ""]
        {
            assert!(compile(refused).is_none(), "{refused}");
        }
        assert!(compile(&"a".repeat(limits::PATTERN + 1)).is_none());
        assert!(compile(&format!("{}a{}", "(".repeat(100), ")".repeat(100))).is_none());
    }

    #[test]
    fn an_answer_that_halts_other_engines_is_judged_at_once() {
        let answer = format!("{}!", "a".repeat(limits::TEXT_ANSWER.1 - 1));
        for pattern in
            ["(a+)+", "(a|a)*", "(a|aa)+", "(.*)*x", "([a-z]+)*[0-9]", "(a?){60}a{60}", "[A-Za-z ]{1,60}"]
        {
            let pattern = compile(pattern).unwrap_or_else(|| panic!("{pattern} is a pattern"));
            // An engine that goes back would not be done with the first of them before the sun is cold.
            assert!(!pattern.is_match(&answer));
        }
    }
}
