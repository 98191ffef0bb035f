//! What must not compile: each program beside this test breaks one rule that the types keep.

use std::path::Path;

#[test]
fn what_must_not_compile_does_not() -> Result<(), String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compile_fail");
    visage_testkit::must_not_compile(&folder, &["visage_domain", "jiff", "serde", "serde_json"])
}
