//! Where the time comes from.

use jiff::Timestamp;
use std::{fmt, sync::Arc};

/// A source of the current instant; cloned into everything that needs one.
///
/// Rules take `now` as an argument. Only handlers ask a clock, and tests hand them one that they can set.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// The clock of the machine, to the millisecond: finer says nothing to a reader and costs bytes in every record.
    #[must_use]
    pub fn system() -> Self {
        #[expect(clippy::disallowed_methods, reason = "the one place where the real clock enters")]
        Self(Arc::new(|| {
            let now = Timestamp::now();
            Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
        }))
    }

    /// A clock that answers what `read` says.
    pub fn new(read: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(read))
    }

    /// The current instant.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}
