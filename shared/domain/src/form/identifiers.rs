//! The patient's identifiers: how names, addresses and numbers are checked and written.

use std::fmt;
use std::str::FromStr;

use email_address::{EmailAddress, Options};
use phonenumber::country;

use super::limits;
use super::text::{Lines, clean_identifier, has_forbidden};

/// The region in which a phone number without country code is understood.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PhoneRegion(country::Id);

impl PhoneRegion {
    /// The United States.
    pub const US: Self = Self(country::Id::US);
}

impl FromStr for PhoneRegion {
    type Err = UnknownRegion;

    /// Reads an ISO 3166-1 alpha-2 code in capitals, such as `US`.
    fn from_str(code: &str) -> Result<Self, Self::Err> {
        code.parse().map(Self).map_err(|_| UnknownRegion)
    }
}

impl fmt::Debug for PhoneRegion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PhoneRegion({})", self.0.as_ref())
    }
}

/// There is no region with this code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an ISO 3166-1 alpha-2 code of a region")]
pub struct UnknownRegion;

/// A name without invisible characters and superfluous white space; `None` if no letter is in it, it is longer than
/// [`limits::NAME`] or holds control characters.
pub fn clean_name(name: &str) -> Option<String> {
    let name = clean_identifier(name);
    let is_good = name.chars().any(char::is_alphabetic)
        && name.chars().count() <= limits::NAME
        && !has_forbidden(&name, Lines::One);
    is_good.then_some(name)
}

/// An e-mail address with its domain in lower case; `None` if mail can't be sent to it.
///
/// Plain ASCII only, as the mail service takes it: an internationalised domain in its `xn--` form. Quoted local parts,
/// comments and address literals, which RFC 5322 knows and nobody's address has, are typing errors here.
pub fn normalise_email(address: &str) -> Option<String> {
    let address = clean_identifier(address);
    let plain = |byte: u8| {
        byte.is_ascii_graphic() && !matches!(byte, b'"' | b'(' | b')' | b'<' | b'>' | b',' | b'[' | b']')
    };
    if address.len() > limits::EMAIL || !address.bytes().all(plain) {
        return None;
    }
    let options = Options::default().with_required_tld().without_display_text().without_domain_literal();
    let parsed = EmailAddress::parse_with_options(&address, options).ok()?;
    let domain = parsed.domain().to_ascii_lowercase();
    is_host_name(&domain).then(|| format!("{}@{domain}", parsed.local_part()))
}

/// Labels of letters, digits and inner hyphens (RFC 1123, section 2.1), the last not all digits.
fn is_host_name(domain: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last = domain.rsplit('.').next().unwrap_or_default();
    domain.split('.').all(label) && last.len() > 1 && !last.bytes().all(|byte| byte.is_ascii_digit())
}

/// A phone number as E.164, such as `+12065550100`; `None` if there is no such number, it has an extension or is
/// dialled with a prefix for abroad, such as 011.
///
/// A number that begins with `+` is taken as international, every other as one of `region`.
pub fn normalise_phone(number: &str, region: PhoneRegion) -> Option<String> {
    let number = clean_identifier(number);
    let typed = |c: char| c.is_ascii_digit() || matches!(c, '+' | ' ' | '-' | '(' | ')' | '.' | '/');
    let digits = number.bytes().filter(u8::is_ascii_digit).count();
    // E.164 numbers have at most 15 digits; among them may stand a national prefix, as in +49 (0)151.
    let one_plus = number.rfind('+').is_none_or(|at| at == 0);
    let is_plausible = number.len() <= limits::PHONE && number.chars().all(typed) && one_plus;
    if !is_plausible || !(5..=16).contains(&digits) {
        return None;
    }
    // Given a region, the parser strips that region's national prefix from foreign numbers too: so none is given for
    // a number with `+`, and one with the region's prefix for abroad is refused.
    let region = (!number.starts_with('+')).then_some(region.0);
    let parsed = phonenumber::parse(region, &number).ok()?;
    let is_good =
        parsed.is_valid() && parsed.extension().is_none() && parsed.code().source() != country::Source::Idd;
    is_good.then(|| parsed.format().mode(phonenumber::Mode::E164).to_string())
}
