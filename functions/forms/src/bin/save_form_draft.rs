//! The function `save_form_draft`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::serve::<visage_forms::save_form_draft::SaveFormDraft>().await
}
