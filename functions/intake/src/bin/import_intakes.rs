//! The function `import_intakes`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::serve::<visage_intake::import_intakes::ImportIntakes>().await
}
