//! The function `name_guardian`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::serve::<visage_intake::name_guardian::NameGuardian>().await
}
