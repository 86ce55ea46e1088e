//! Writing: a change, its activities and the request's answer in one transaction.

use crate::{Activity, ActivityRow, Answer, Change, Key, Once, Read, StoreError, Table, once::OnceRow};
use aws_sdk_dynamodb::{operation::transact_write_items::TransactWriteItemsError, types::TransactWriteItem};
use cloud::{Environment, StartError};
use kernel::{Clock, ErrorCode, Refusal};
use std::time::Duration;

/// Writes changes together with their trace and their answers.
#[derive(Debug, Clone)]
pub struct Ledger {
    activities: Table,
    /// Absent for a job, which answers nobody.
    answers: Option<Table>,
    clock: Clock,
}

impl Ledger {
    /// Tries of a transaction that meets another one on the same item.
    const TRIES: u32 = 8;

    /// Over the tables that `ACTIVITIES_TABLE` and `IDEMPOTENCY_TABLE` name.
    ///
    /// # Errors
    /// When a setting is missing.
    pub fn open(env: &Environment) -> Result<Self, StartError> {
        Ok(Self {
            activities: Table::open(env, "ACTIVITIES_TABLE")?,
            answers: Some(Table::open(env, "IDEMPOTENCY_TABLE")?),
            clock: env.clock.clone(),
        })
    }

    /// Of a job, over the table that `ACTIVITIES_TABLE` names: what it commits has no identity, and no answer is kept.
    ///
    /// # Errors
    /// When the setting is missing.
    pub fn of_job(env: &Environment) -> Result<Self, StartError> {
        let activities = Table::open(env, "ACTIVITIES_TABLE")?;
        Ok(Self { activities, answers: None, clock: env.clock.clone() })
    }

    /// Makes the change, writes its activities and keeps the answer under the request's identity, all or nothing.
    ///
    /// A request whose identity was seen before has no effect: it gets the first answer again.
    ///
    /// # Errors
    /// [`StoreError::Refused`] with what the first failing condition says, or [`ErrorCode::KeyReused`] when the
    /// identity belongs to another request; [`StoreError::Busy`] when the outcome is unknown or the store is over its
    /// limit: the same request may be sent again.
    pub async fn commit(
        &self,
        change: Change,
        activities: impl IntoIterator<Item = Activity>,
        once: Option<&Once>,
        answer: Answer,
    ) -> Result<Answer, StoreError> {
        let mut whole = Change::new();
        if let (Some(Once { pk, hash }), Some(answers)) = (once, &self.answers) {
            let now = self.clock.now().as_second();
            let ttl = now + Once::KEPT;
            let row = OnceRow { pk: pk.clone(), hash: hash.clone(), answer: answer.clone(), ttl };
            whole = whole.insert_kept(answers, &row, now, ErrorCode::KeyReused);
        }
        for activity in activities {
            whole = whole.insert(&self.activities, &ActivityRow::from(activity), ErrorCode::Conflict);
        }
        let mut actions = whole.into_actions()?;
        actions.extend(change.into_actions()?);
        let (actions, refusals): (Vec<_>, Vec<_>) = actions.into_iter().unzip();

        let mut attempt = 1;
        loop {
            match self.send(actions.clone(), &refusals).await {
                Ok(()) => return Ok(answer),
                Err(Outcome::Contended(_)) if attempt < Self::TRIES => pause(attempt).await,
                Err(Outcome::Contended(cause) | Outcome::Failed(cause)) => return Err(cause),
                Err(Outcome::Refused(at, refusal)) => {
                    // The first action keeps the answer: when it fails, the request was seen before.
                    let seen = once.filter(|_| at == 0);
                    let kept = if let Some(once) = seen { self.recall(once).await? } else { None };
                    return kept.ok_or(StoreError::Refused(refusal));
                }
            }
            attempt += 1;
        }
    }

    /// Makes a change that is no answer to a request, and writes its activities, all or nothing.
    ///
    /// # Errors
    /// As [`Self::commit`].
    pub async fn carry_out(
        &self,
        change: Change,
        activities: impl IntoIterator<Item = Activity>,
    ) -> Result<(), StoreError> {
        let nothing = Answer { status: 204, location: None, etag: None, body: String::new(), replayed: false };
        self.commit(change, activities, None, nothing).await.map(drop)
    }

    /// The same where somebody else may have been faster: `false` when a condition did not hold.
    ///
    /// # Errors
    /// As [`Self::commit`], but for refusals.
    pub async fn attempt(
        &self,
        change: Change,
        activities: impl IntoIterator<Item = Activity>,
    ) -> Result<bool, StoreError> {
        match self.carry_out(change, activities).await {
            Ok(()) => Ok(true),
            Err(StoreError::Refused(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The answer that was kept for a request, if it was seen before.
    ///
    /// # Errors
    /// [`ErrorCode::KeyReused`] when the key belongs to another request; or when the call fails.
    pub async fn recall(&self, once: &Once) -> Result<Option<Answer>, StoreError> {
        let Some(answers) = &self.answers else { return Ok(None) };
        let row: Option<OnceRow> = answers.get(Key::new(&once.pk, ""), Read::Consistent).await?;
        match row.filter(|row| row.ttl > self.clock.now().as_second()) {
            None => Ok(None),
            Some(row) if row.hash != once.hash => Err(Refusal::new(ErrorCode::KeyReused).into()),
            Some(row) => Ok(Some(Answer { replayed: true, ..row.answer })),
        }
    }

    async fn send(&self, actions: Vec<TransactWriteItem>, refusals: &[Refusal]) -> Result<(), Outcome> {
        let call = self.activities.client().transact_write_items().set_transact_items(Some(actions));
        let Err(error) = call.send().await else { return Ok(()) };
        let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = error.as_service_error() else {
            return Err(Outcome::Failed(StoreError::of_call(error)));
        };
        let codes = cancelled.cancellation_reasons().iter().map(|reason| reason.code().unwrap_or("None"));
        let codes: Vec<_> = codes.map(str::to_owned).collect();
        if let Some(at) = codes.iter().position(|code| code == "ConditionalCheckFailed") {
            let refusal = refusals.get(at).cloned().unwrap_or_else(|| ErrorCode::Conflict.into());
            return Err(Outcome::Refused(at, refusal));
        }
        let later = ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"];
        if codes.iter().any(|code| later.contains(&code.as_str())) {
            return Err(Outcome::Contended(StoreError::Busy(Box::new(error))));
        }
        Err(Outcome::Failed(StoreError::Call(Box::new(error))))
    }
}

/// How a transaction did not happen.
enum Outcome {
    /// The condition of the action at this place failed.
    Refused(usize, Refusal),
    /// Another transaction was at the same item.
    Contended(StoreError),
    /// Anything else.
    Failed(StoreError),
}

/// Waits before the next try: up to 20, 40, 80 … 640 ms, by chance, so that those who met do not meet again.
pub(crate) async fn pause(attempt: u32) {
    let most = 10_u64 << attempt.min(6);
    tokio::time::sleep(Duration::from_millis(fastrand::u64(0..=most))).await;
}
