//! The function `save_section`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::serve::<visage_intake::save_section::SaveSection>().await
}
