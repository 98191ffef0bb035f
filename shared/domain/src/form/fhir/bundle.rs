//! Responses of many intakes as a `Bundle`.

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::export::Element;
use crate::ids::IntakeId;

/// One page of `QuestionnaireResponse`s as a FHIR R4 `Bundle` of the type `collection`, made at `at`; `next` is the address
/// of the next page, where there is one. Each response stands under an address made of its intake, the same in every
/// bundle: who meets it twice knows it again.
pub fn bundle(responses: Vec<(IntakeId, Value)>, at: Timestamp, next: Option<&str>) -> Value {
    let mut out = Element::default();
    out.set("resourceType", json!("Bundle"));
    out.set("type", json!("collection"));
    out.set("timestamp", json!(at.to_string()));
    out.set_some("link", next.map(|url| json!([{"relation": "next", "url": url}])));
    let entries: Vec<Value> = responses.into_iter().map(entry).collect();
    // FHIR has no empty lists.
    if !entries.is_empty() {
        out.set("entry", Value::Array(entries));
    }
    out.done()
}

fn entry((intake, response): (IntakeId, Value)) -> Value {
    let mut out = Element::default();
    out.set("fullUrl", json!(address(intake)));
    out.set("resource", response);
    out.done()
}

/// An intake as a UUID of one's own making (RFC 9562, version 8): 122 of its 128 random bits.
fn address(intake: IntakeId) -> String {
    let mut bits = intake.bits();
    bits[6] = 0x80 | (bits[6] & 0x0f);
    bits[8] = 0x80 | (bits[8] & 0x3f);
    let hex = HEXLOWER.encode(&bits);
    let parts = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
    format!("urn:uuid:{}", parts.join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_its_responses_and_where_the_next_one_is() {
        let response = json!({"resourceType": "QuestionnaireResponse"});
        let page = bundle(
            vec![(IntakeId::from_bits([0xff; 16]), response.clone())],
            Timestamp::UNIX_EPOCH,
            Some("/next"),
        );
        let expected = json!({
            "resourceType": "Bundle", "type": "collection", "timestamp": "1970-01-01T00:00:00Z",
            "link": [{"relation": "next", "url": "/next"}],
            "entry": [{"fullUrl": "urn:uuid:ffffffff-ffff-8fff-bfff-ffffffffffff", "resource": response}],
        });
        assert_eq!(page, expected);
    }

    #[test]
    fn the_last_page_leads_nowhere_and_an_empty_one_has_no_list() {
        let page = bundle(Vec::new(), Timestamp::UNIX_EPOCH, None);
        assert_eq!(page.get("link"), None);
        assert_eq!(page.get("entry"), None);
    }
}
