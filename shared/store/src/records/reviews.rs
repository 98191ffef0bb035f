//! A clinic's access reviews and their lines.

use super::entity::Home;
use super::item::Stored;
use super::{Records, Transaction, keys};
use crate::error::StoreError;
use visage_domain::access_review::{AccessReview, NewestReview, ReviewLine, Tally};
use visage_domain::ids::AccessReviewId;
use visage_domain::retention::Record;
use visage_domain::scope::Scope;

impl Records {
    /// All access reviews of the scope's clinic, strongly consistent, in no particular order: some four a year.
    ///
    /// # Errors
    /// If the table can't be read.
    pub async fn access_reviews<P>(&self, scope: &Scope<P>) -> Result<Vec<Stored<AccessReview>>, StoreError> {
        let partition = Home::Clinic.partition(scope.clinic());
        self.under(partition, keys::ACCESS_REVIEWS.into()).await?.take_all()
    }

    /// The lines of an access review of the scope's clinic, strongly consistent: one for each user.
    ///
    /// # Errors
    /// If the table can't be read.
    pub async fn access_review_lines<P>(
        &self,
        scope: &Scope<P>,
        access_review: AccessReviewId,
    ) -> Result<Vec<Stored<ReviewLine>>, StoreError> {
        let partition = Home::Clinic.partition(scope.clinic());
        self.under(partition, keys::access_review_lines(access_review)).await?.take_all()
    }

    /// What pieces of the log told, for an access review of the scope's clinic; strongly consistent, in no particular order.
    ///
    /// # Errors
    /// If the table can't be read.
    pub async fn access_review_tallies<P>(
        &self,
        scope: &Scope<P>,
        access_review: AccessReviewId,
    ) -> Result<Vec<Tally>, StoreError> {
        let partition = Home::Clinic.partition(scope.clinic());
        let prefix = keys::access_review_tallies(access_review);
        let found = self.under(partition, prefix).await?.take_all::<Tally>()?;
        Ok(found.into_iter().map(|stored| stored.record).collect())
    }

    /// The access review that the scope's clinic started last, and which it is known by; strongly consistent.
    ///
    /// # Errors
    /// If the table can't be read.
    pub async fn newest_access_review<P>(
        &self,
        scope: &Scope<P>,
    ) -> Result<(Option<Stored<NewestReview>>, Option<AccessReview>), StoreError> {
        let newest = self.get(scope, keys::newest_access_review()).await?;
        let review = match &newest {
            Some(newest) => self.get(scope, keys::access_review(newest.record.access_review)).await?,
            None => None,
        };
        Ok((newest, review.map(|stored| stored.record)))
    }
}

impl<P> Transaction<'_, P> {
    /// Writes a review that starts, in place of the one that was started before it: of two at once one is in the way of the
    /// other.
    ///
    /// # Errors
    /// If it can't be written as an item.
    pub fn start_review(
        self,
        review: &AccessReview,
        before: Option<&Stored<NewestReview>>,
    ) -> Result<Self, StoreError> {
        let (this, newest) = (self.create(AccessReview::TYPE, review)?, NewestReview::of(review));
        match before {
            None => this.create(NewestReview::TYPE, &newest),
            Some(before) => this.replace(NewestReview::TYPE, before, &newest),
        }
    }
}
