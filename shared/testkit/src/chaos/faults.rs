//! What can go wrong, and how often.

use super::{Call, Service};

macro_rules! faults {
    ($($(#[$doc:meta])* $name:ident $share:ident $text:literal),+ $(,)?) => {
        /// A kind of fault.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Fault { $($(#[$doc])* $name),+ }

        impl Fault {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// In words.
            #[must_use]
            pub const fn text(self) -> &'static str { match self { $(Self::$name => $text),+ } }
        }

        /// How often each kind of fault happens to the calls that it can happen to, from 0 to 1.
        #[derive(Debug, Clone, Default, PartialEq)]
        pub struct Faults {
            $($(#[$doc])* pub $share: f64,)+
            /// What slow calls take longer by, on average.
            pub slow_by_millis: u64,
        }

        impl Faults {
            /// The share of calls that `fault` happens to.
            #[must_use]
            pub const fn share(&self, fault: Fault) -> f64 { match fault { $(Fault::$name => self.$share),+ } }
        }
    };
}

faults! {
    /// The store is over its limit and says so (`SlowDown` of S3).
    Throttled throttled "throttled",
    /// The store fails with a 500.
    Failed failed "failed with a 500",
    /// The connection is gone before the store sees the call.
    Reset reset "reset before it was applied",
    /// No answer comes, and the store never sees the call.
    Hung hung "hung",
    /// Another transaction is at the same item.
    Conflict conflict "met another transaction",
    /// The store does what the call says, and the answer is lost.
    Lost lost "answer lost after it was applied",
    /// The answer takes its time.
    Slow slow "slow",
    /// A batch is done in part.
    Unprocessed unprocessed "done in part",
    /// A page ends early.
    ShortPage short_page "page ended early",
    /// An index (a list of S3) does not know of the last writes yet.
    StaleIndex stale_index "index behind",
    /// An object comes in part.
    Truncated truncated "object truncated",
}

impl Fault {
    /// Instead of passing the call on.
    pub(super) const BEFORE: [Self; 5] = [Self::Throttled, Self::Failed, Self::Reset, Self::Hung, Self::Conflict];
    /// Beside passing the call on.
    pub(super) const AFTER: [Self; 6] =
        [Self::Lost, Self::Slow, Self::Unprocessed, Self::ShortPage, Self::StaleIndex, Self::Truncated];

    /// Whether it can happen to `call`.
    pub(super) fn concerns(self, call: &Call) -> bool {
        let records = call.service == Service::Records;
        match self {
            Self::Throttled | Self::Failed | Self::Reset | Self::Hung | Self::Lost | Self::Slow => true,
            Self::Conflict => {
                records && matches!(&*call.operation, "TransactWriteItems" | "PutItem" | "UpdateItem" | "DeleteItem")
            }
            Self::Unprocessed => records && call.operation.starts_with("Batch"),
            Self::ShortPage => records && call.operation == "Query",
            Self::StaleIndex => call.index && matches!(&*call.operation, "Query" | "LIST"),
            Self::Truncated => call.service == Service::Objects && call.operation == "GET",
        }
    }
}

impl Faults {
    /// None.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Everything at once, more often than in the worst hour of a real store.
    #[must_use]
    pub fn mixed() -> Self {
        Self {
            throttled: 0.10,
            failed: 0.05,
            reset: 0.05,
            hung: 0.0005,
            conflict: 0.20,
            lost: 0.10,
            slow: 0.02,
            unprocessed: 0.20,
            short_page: 0.20,
            stale_index: 0.50,
            truncated: 0.05,
            slow_by_millis: 200,
        }
    }
}
