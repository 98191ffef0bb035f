//! Names, addresses and numbers.

use super::super::{PhoneRegion, clean_name, normalise_email, normalise_phone};

#[test]
fn names_are_cleaned_not_judged() {
    for (typed, kept) in [
        ("  Maren   Holt ", "Maren Holt"),
        ("O\u{200b}’Neill\u{feff}", "O’Neill"),
        ("\u{202a}Holt\u{202c}", "Holt"),
        ("Nguyễn", "Nguyễn"),
        ("李", "李"),
        ("X Æ A-12", "X Æ A-12"),
        ("علی\u{200c}رضا", "علی\u{200c}رضا"),
        ("Ho\u{200d}lt", "Holt"),
        ("Holt\u{200d}", "Holt"),
        ("Zoë 🌷", "Zoë 🌷"),
    ] {
        assert_eq!(clean_name(typed).as_deref(), Some(kept));
    }
    for refused in ["", "  ", "123", "\u{200b}", "🌷", "a\nb", "a\u{0}", &"x".repeat(101)] {
        assert_eq!(clean_name(refused), None, "{refused:?}");
    }
}

#[test]
fn email_addresses_are_those_mail_can_reach() {
    for (typed, kept) in [
        (" maren.holt+visage@Mail.Example.COM ", "maren.holt+visage@mail.example.com"),
        ("\u{200e}m@example.org", "m@example.org"),
        ("o'neill@example.co.uk", "o'neill@example.co.uk"),
        ("m@xn--bcher-kva.example", "m@xn--bcher-kva.example"),
    ] {
        assert_eq!(normalise_email(typed).as_deref(), Some(kept));
    }
    for refused in [
        "",
        "maren",
        "maren@",
        "@example.com",
        "maren@localhost",
        "maren@example",
        "a b@example.com",
        "a@b@example.com",
        "maren@example..com",
        "maren@-example.com",
        "maren@example.com.",
        ".maren@example.com",
        "maren@[127.0.0.1]",
        "maren@127.0.0.1",
        "\"a b\"@example.com",
        "Maren <maren@example.com>",
        "a@example.com,b@example.com",
        "maren@exämple.com",
        "maren@example.com\r\nBcc: x@example.com",
        "maren@exa_mple.com",
        "maren@example.c",
        &format!("{}@example.com", "x".repeat(65)),
        &format!("m@{}.com", "x".repeat(64)),
    ] {
        assert_eq!(normalise_email(refused), None, "{refused:?}");
    }
}

#[test]
fn phone_numbers_become_e164() {
    for (typed, kept) in [
        ("(206) 555-0100", "+12065550100"),
        ("206.555.0100", "+12065550100"),
        ("1 206 555 0100", "+12065550100"),
        ("+1 206-555-0100", "+12065550100"),
        ("\u{202d}+1 (206) 555\u{a0}0100\u{202c}", "+12065550100"),
        ("+44 20 7946 0018", "+442079460018"),
        // A German number that begins as an American one with its national prefix does.
        ("+49 151 23456789", "+4915123456789"),
        ("+49 (0)151 23456789", "+4915123456789"),
        ("+52 55 5123 4567", "+525551234567"),
    ] {
        assert_eq!(normalise_phone(typed, PhoneRegion::US).as_deref(), Some(kept), "{typed}");
    }
    for refused in [
        "",
        "+",
        "12345",
        "555-0100",
        "(000) 000-0000",
        "123 456 7890",
        "+1 206 555 010",
        "206 555 0100 x12",
        "206-555-0100;ext=5",
        "tel:+12065550100",
        "+999 123456789",
        "call me",
        "++12065550100",
        "011 49 151 23456789",
        "206+5550100",
        "٢٠٦٥٥٥٠١٠٠",
        "206555010020655501002065550100",
    ] {
        assert_eq!(normalise_phone(refused, PhoneRegion::US), None, "{refused:?}");
    }
    let german: PhoneRegion = "DE".parse().unwrap();
    assert_eq!(normalise_phone("0151 23456789", german).as_deref(), Some("+4915123456789"));
    assert!("Germany".parse::<PhoneRegion>().is_err());
}
