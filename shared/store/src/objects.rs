//! Objects: originals as they arrive, clean photos, reports. They leave only by [signed links](crate::signed_links) of
//! fifteen minutes.

use crate::aws::Aws;
use crate::error::StoreError;
use aws_sdk_s3::Client;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use visage_domain::ids::{ClinicId, DocumentId, IntakeId, PatientId, PhotoId, ReportId, UploadId};

const S3: &str = "S3";

/// A bucket.
#[derive(Clone, Debug)]
pub struct Bucket {
    client: Client,
    name: String,
}

/// What a read brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fetched {
    /// The bytes.
    Bytes(Vec<u8>),
    /// There is no such object or version.
    Missing,
    /// It is larger than was asked for at most.
    TooLarge,
}

impl Bucket {
    /// The bucket `name`.
    pub fn new(aws: &Aws, name: String) -> Self {
        // A custom endpoint has no host per bucket; AWS itself takes the virtual-hosted style.
        let path_style = aws.endpoint("S3").is_some();
        let config = aws_sdk_s3::config::Builder::from(aws.config()).force_path_style(path_style);
        Self { client: Client::from_conf(config.interceptor(aws.calls()).build()), name }
    }

    /// The bucket's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Reads one version of an object, of at most `max` bytes.
    ///
    /// # Errors
    /// If S3 doesn't answer or refuses.
    pub async fn fetch(&self, key: &str, version: &str, max: u64) -> Result<Fetched, StoreError> {
        let got = self.client.get_object().bucket(&self.name).key(key).version_id(version).send().await;
        let object = match got {
            Ok(object) => object,
            Err(SdkError::ServiceError(error))
                if error.err().is_no_such_key() || error.raw().status().as_u16() == 404 =>
            {
                return Ok(Fetched::Missing);
            }
            Err(error) => return Err(StoreError::from_sdk(S3, &error)),
        };
        if object.content_length.is_some_and(|length| u64::try_from(length).is_ok_and(|length| length > max))
        {
            return Ok(Fetched::TooLarge);
        }
        let body = object.body.collect().await;
        let unread = |_| StoreError::Unavailable { service: S3, code: "body".into() };
        Ok(Fetched::Bytes(body.map_err(unread)?.to_vec()))
    }

    /// Writes an object and returns its version.
    ///
    /// # Errors
    /// If S3 doesn't answer or refuses.
    pub async fn store(&self, key: &str, media_type: &str, bytes: Vec<u8>) -> Result<String, StoreError> {
        let put = self
            .client
            .put_object()
            .bucket(&self.name)
            .key(key)
            .content_type(media_type)
            .body(ByteStream::from(bytes))
            .send()
            .await
            .map_err(|error| StoreError::from_sdk(S3, &error))?;
        put.version_id.ok_or(StoreError::Corrupt { what: "S3 answer" })
    }

    /// Deletes every version of an object, and every delete marker.
    ///
    /// # Errors
    /// If S3 doesn't answer or refuses.
    pub async fn destroy(&self, key: &str) -> Result<(), StoreError> {
        self.destroy_where(key, |found| found == key).await
    }

    /// Deletes every version of every object of a folder, and every delete marker.
    ///
    /// # Errors
    /// If S3 doesn't answer or refuses.
    pub async fn destroy_folder(&self, folder: &Folder) -> Result<(), StoreError> {
        self.destroy_where(&folder.0, |_| true).await
    }

    async fn destroy_where(
        &self,
        prefix: &str,
        doomed: impl Fn(&str) -> bool + Sync,
    ) -> Result<(), StoreError> {
        loop {
            let listed = self
                .client
                .list_object_versions()
                .bucket(&self.name)
                .prefix(prefix)
                .send()
                .await
                .map_err(|error| StoreError::from_sdk(S3, &error))?;
            let objects = listed.versions().iter().map(|version| (version.key(), version.version_id()));
            let markers = listed.delete_markers().iter().map(|marker| (marker.key(), marker.version_id()));
            let versions = objects
                .chain(markers)
                .filter_map(|(found, version)| {
                    found.filter(|found| doomed(found)).map(|found| (found, version))
                })
                .map(|(found, version)| {
                    ObjectIdentifier::builder().key(found).set_version_id(version.map(Into::into)).build()
                })
                .collect::<Result<Vec<_>, _>>()
                .map_err(|_| StoreError::Corrupt { what: "object version" })?;
            if versions.is_empty() {
                return Ok(());
            }
            self.delete(versions).await?;
        }
    }

    /// The oldest version of an object that is still there.
    ///
    /// # Errors
    /// If S3 doesn't answer or refuses.
    pub async fn first_version(&self, key: &str) -> Result<Option<String>, StoreError> {
        let mut first = None;
        let mut from: Option<(String, String)> = None;
        loop {
            let (key_marker, version_marker) = from.take().unzip();
            let listed = self
                .client
                .list_object_versions()
                .bucket(&self.name)
                .prefix(key)
                .set_key_marker(key_marker)
                .set_version_id_marker(version_marker)
                .send()
                .await
                .map_err(|error| StoreError::from_sdk(S3, &error))?;
            // S3 lists the versions of a key from the newest to the oldest.
            let oldest = listed.versions().iter().rev().find(|version| version.key() == Some(key));
            first = oldest.and_then(|version| version.version_id()).map(ToOwned::to_owned).or(first);
            match (listed.next_key_marker(), listed.next_version_id_marker()) {
                (Some(next), Some(version)) if next == key => from = Some((next.into(), version.into())),
                _ => return Ok(first),
            }
        }
    }

    /// Deletes one version of an object.
    ///
    /// # Errors
    /// If S3 doesn't answer or refuses.
    pub async fn destroy_version(&self, key: &str, version: &str) -> Result<(), StoreError> {
        let doomed = ObjectIdentifier::builder().key(key).version_id(version).build();
        self.delete(vec![doomed.map_err(|_| StoreError::Corrupt { what: "object version" })?]).await
    }

    async fn delete(&self, doomed: Vec<ObjectIdentifier>) -> Result<(), StoreError> {
        let delete = Delete::builder().set_objects(Some(doomed)).quiet(true).build();
        let delete = delete.map_err(|_| StoreError::Corrupt { what: "object version" })?;
        let deleted = self
            .client
            .delete_objects()
            .bucket(&self.name)
            .delete(delete)
            .send()
            .await
            .map_err(|error| StoreError::from_sdk(S3, &error))?;
        match deleted.errors().first() {
            None => Ok(()),
            Some(error) => Err(StoreError::Unavailable {
                service: S3,
                code: error.code().unwrap_or("delete").to_owned(),
            }),
        }
    }
}

/// The key under which an original arrives. Names the clinic and the permission, and nothing of the patient.
pub fn incoming_key(clinic: ClinicId, upload: UploadId) -> String {
    format!("incoming/{clinic}/{upload}")
}

/// Reads what [`incoming_key`] wrote.
pub fn parse_incoming_key(key: &str) -> Option<(ClinicId, UploadId)> {
    let (clinic, upload) = key.strip_prefix("incoming/")?.split_once('/')?;
    Some((clinic.parse().ok()?, upload.parse().ok()?))
}

/// Where a clean photo lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PhotoKey {
    /// The clinic.
    pub clinic: ClinicId,
    /// Whose.
    pub patient: PatientId,
    /// Of which intake.
    pub intake: IntakeId,
    /// Which.
    pub photo: PhotoId,
}

impl PhotoKey {
    /// The object's key.
    pub fn encode(self) -> String {
        format!("photos/{}/{}/{}/{}.jpg", self.clinic, self.patient, self.intake, self.photo)
    }

    /// Reads what [`PhotoKey::encode`] wrote.
    pub fn decode(key: &str) -> Option<Self> {
        let mut parts = key.strip_prefix("photos/")?.strip_suffix(".jpg")?.split('/');
        let decoded = Self {
            clinic: parts.next()?.parse().ok()?,
            patient: parts.next()?.parse().ok()?,
            intake: parts.next()?.parse().ok()?,
            photo: parts.next()?.parse().ok()?,
        };
        parts.next().is_none().then_some(decoded)
    }
}

/// Where a clean document lies: beside the photos, where no event tells of it and no vendor is shown it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DocumentKey {
    /// The clinic.
    pub clinic: ClinicId,
    /// Whose.
    pub patient: PatientId,
    /// Of which intake.
    pub intake: IntakeId,
    /// Which.
    pub document: DocumentId,
}

impl DocumentKey {
    /// The object's key.
    pub fn encode(self) -> String {
        format!("documents/{}/{}/{}/{}", self.clinic, self.patient, self.intake, self.document)
    }
}

/// A folder of objects that belong together; ends with a slash, so that it is no beginning of another's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder(String);

impl Folder {
    /// The clean photos of an intake.
    pub fn photos(clinic: ClinicId, patient: PatientId, intake: IntakeId) -> Self {
        Self(format!("photos/{clinic}/{patient}/{intake}/"))
    }

    /// The clean documents of an intake.
    pub fn documents(clinic: ClinicId, patient: PatientId, intake: IntakeId) -> Self {
        Self(format!("documents/{clinic}/{patient}/{intake}/"))
    }
}

/// The key under which a report lies.
pub fn report_key(clinic: ClinicId, patient: PatientId, report: ReportId) -> String {
    format!("reports/{clinic}/{patient}/{report}.pdf")
}
