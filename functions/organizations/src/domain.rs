//! The rules of organisations. Pure: days, records and numbers are arguments.

mod founding;
mod offices;
mod places;
mod rules;
mod terms;

pub use founding::Founding;
pub(crate) use founding::{Edit, closing};
pub(crate) use offices::{Nomination, Offices, appoint, end, ended};
pub(crate) use places::{Relocation, is_on_the_way, places, relocate};
pub use rules::Rules;
pub(crate) use terms::{elected, shifted};

use jiff::civil::Date;
use kernel::{Refusal, field};
use serde::Serialize;
use utoipa::ToSchema;

/// Something that a rule calls unusual and does not forbid: people decide.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Warning {
    /// Stable name.
    #[schema(value_type = String, example = "many-members")]
    pub code: &'static str,
    /// The article of the regulation.
    #[schema(value_type = String, example = "支部条例 §4")]
    pub article: &'static str,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

impl Warning {
    fn new(code: &'static str, article: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { code, article, zh: zh.into(), en: en.into() }
    }
}

/// Refuses the day `on` of a decision that lies in the future or before `since`.
fn decided(pointer: &str, on: Date, since: Date, today: Date) -> Result<(), Refusal> {
    if on > today {
        return Err(field(pointer, "日期不能晚于今天", "cannot be later than today"));
    }
    if on < since {
        return Err(field(pointer, "日期不能早于组织成立之日", "cannot be earlier than the day of founding"));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
