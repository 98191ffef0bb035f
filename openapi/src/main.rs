//! Writes the description of the API to where it is kept.

fn main() -> anyhow::Result<()> {
    Ok(std::fs::write(visage_openapi::root().join(visage_openapi::DOCUMENT), visage_openapi::text()?)?)
}
