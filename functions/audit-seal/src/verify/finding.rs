//! What can be wrong.

use jiff::civil::Date;
use seal::Seals;
use std::fmt;

/// An object of a seal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Object {
    /// The head of a day.
    Head(Date),
    /// A part of a day.
    Part(Date, u32),
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Head(day) => f.write_str(&Seals::head_key(*day)),
            Self::Part(day, part) => f.write_str(&Seals::part_key(*day, *part)),
        }
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// An activity says something else than when it was sealed.
    Altered {
        /// Its id.
        activity: String,
        /// Its group.
        group: String,
    },
    /// An activity says what was sealed, and the hash in its row is another.
    Mislabelled {
        /// Its id.
        activity: String,
        /// Its group.
        group: String,
    },
    /// An activity of the seal is not there any more.
    Removed {
        /// Its id.
        activity: String,
        /// Its group.
        group: String,
    },
    /// An activity of a sealed day is not in its seal.
    Inserted {
        /// Its id.
        activity: String,
        /// Its group, or where it lies when it does not say.
        group: String,
    },
    /// An object of a seal is not there.
    Missing(Object),
    /// An object of a seal is not the one that was written; the records that it covers cannot be checked.
    Rewritten(Object),
    /// A day is not chained to the day before.
    Unchained(Date),
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Altered { activity, group } => write!(f, "ALTERED   {activity} of {group}: not what was sealed"),
            Self::Mislabelled { activity, group } => {
                write!(f, "ALTERED   {activity} of {group}: as it was sealed, but the hash in its row is another")
            }
            Self::Removed { activity, group } => write!(f, "REMOVED   {activity} of {group}: sealed and not there"),
            Self::Inserted { activity, group } => write!(f, "INSERTED  {activity} of {group}: there and not sealed"),
            Self::Missing(object) => write!(f, "MISSING   {object}: an object of the seal is not there"),
            Self::Rewritten(object) => {
                write!(f, "REWRITTEN {object}: an object of the seal is not as it was; what it covers is unchecked")
            }
            Self::Unchained(day) => write!(f, "UNCHAINED {}: does not follow from the day before", Object::Head(*day)),
        }
    }
}
