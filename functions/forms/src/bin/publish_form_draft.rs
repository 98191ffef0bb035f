//! The function `publish_form_draft`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::serve::<visage_forms::publish_form_draft::PublishFormDraft>().await
}
