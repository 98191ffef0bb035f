//! The function `import_form`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::serve::<visage_forms::import_form::ImportForm>().await
}
