//! Leave to hand a patient's data to a vendor.

use super::{Vendor, VendorName};
use crate::consent::{Consent, ConsentPurpose, holds};
use jiff::civil::Date;
use std::marker::PhantomData;

/// A vendor that an adapter calls.
pub trait Called {
    /// Which.
    const NAME: VendorName;
    /// What the patient must have consented to before it is called; none where the call is part of what the patient asked
    /// for. Advertising and profiling are never that: who would call for either names its consent, which nobody gave by
    /// default. To sell data or to train with it there is no purpose.
    const CONSENT: Option<ConsentPurpose>;
}

/// Amazon Rekognition.
#[derive(Debug)]
pub enum Rekognition {}

/// Amazon SNS.
#[derive(Debug)]
pub enum Sns {}

/// Amazon SES.
#[derive(Debug)]
pub enum Ses {}

impl Called for Rekognition {
    const NAME: VendorName = VendorName::Rekognition;
    const CONSENT: Option<ConsentPurpose> = Some(ConsentPurpose::FaceAnalysis);
}

impl Called for Sns {
    const NAME: VendorName = VendorName::Sns;
    const CONSENT: Option<ConsentPurpose> = Some(ConsentPurpose::Sms);
}

impl Called for Ses {
    const NAME: VendorName = VendorName::Ses;
    const CONSENT: Option<ConsentPurpose> = None;
}

/// Whether the patient consented to what vendor `V` is called for.
pub fn has_consent<V: Called>(consents: &[Consent]) -> bool {
    V::CONSENT.is_none_or(|purpose| holds(consents, purpose))
}

/// Leave to hand a patient's data to vendor `V`. Adapters ask for it, and only [`Clearance::of`] makes it.
#[derive(Debug)]
pub struct Clearance<V>(PhantomData<V>);

/// Leave to have vendor `V` carry what is about no patient: what those who answer for a clinic must hear of. It must not wait
/// for a review or an approval, which an operator may owe or withhold.
#[derive(Debug)]
pub struct OnRecord<V>(PhantomData<V>);

impl<V: Called> OnRecord<V> {
    /// By what is on record about the vendor: that it is, for nothing goes to one that the public list doesn't name.
    pub fn of(vendor: Option<&Vendor>) -> Option<Self> {
        vendor.filter(|vendor| vendor.vendor == V::NAME).map(|_| Self(PhantomData))
    }
}

/// Why there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotCleared {
    /// The patient didn't consent.
    NoConsent,
    /// The vendor lacks something; the operators know what.
    Vendor,
}

impl<V: Called> Clearance<V> {
    /// By what is on record about the vendor, and what the patient decided last.
    ///
    /// # Errors
    /// What is missing; the patient's consent before all else.
    pub fn of(vendor: Option<&Vendor>, consents: &[Consent], today: Date) -> Result<Self, NotCleared> {
        if !has_consent::<V>(consents) {
            return Err(NotCleared::NoConsent);
        }
        let is_cleared = |vendor: &Vendor| vendor.vendor == V::NAME && vendor.is_cleared(today);
        if vendor.is_some_and(is_cleared) { Ok(Self(PhantomData)) } else { Err(NotCleared::Vendor) }
    }
}
