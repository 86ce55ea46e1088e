//! The stars of branches, as `ratings` keeps them.
//!
//! | pattern | request | units |
//! |--|--|--|
//! | the star of a branch in a year | `GetItem` `ORG#id`/`STA#year`, and of the application that it names | 0.5, 0.5 per 4 KB |

use cloud::Environment;
use dynamo::{Key, Read, StoreError, Table};
use jiff::{Timestamp, civil::Date};
use kernel::{MissingSetting, OrgId, StarApplicationId, shanghai_day};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The star that a branch was awarded in a year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StarAward {
    /// The application that was decided about.
    pub application: StarApplicationId,
    /// How many; 0 for none.
    pub star: u8,
    /// By what score, in hundredths of a point.
    pub score: u32,
    /// The day of the award in Shanghai.
    #[schema(value_type = String, format = Date)]
    pub awarded_on: Date,
}

/// That a branch applied.
#[derive(Deserialize)]
struct Applied {
    application: StarApplicationId,
}

/// What of an application is read.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Application {
    id: StarApplicationId,
    star: Option<u8>,
    score: Option<u32>,
    awarded_at: Option<Timestamp>,
}

/// The table of star reviews, as other functions read it.
#[derive(Debug, Clone)]
pub struct StarAwards {
    table: Table,
}

impl StarAwards {
    /// Over the table that `RATINGS_TABLE` names.
    ///
    /// # Errors
    /// When the setting is missing.
    pub fn open(env: &Environment) -> Result<Self, MissingSetting> {
        Ok(Self { table: Table::open(env, "RATINGS_TABLE")? })
    }

    /// The star that `branch` was awarded in the review of `year`; `None` where it did not apply, or was not awarded one yet.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn of(&self, branch: OrgId, year: i16) -> Result<Option<StarAward>, StoreError> {
        let key = Key::new(format!("ORG#{branch}"), format!("STA#{year}"));
        let Some(Applied { application }) = self.table.get(key, Read::Eventual).await? else { return Ok(None) };
        let key = Key::new(format!("STA#{application}"), "STA");
        let found: Option<Application> = self.table.get(key, Read::Eventual).await?;
        let award = |Application { id, star, score, awarded_at }: Application| {
            Some(StarAward { application: id, star: star?, score: score?, awarded_on: shanghai_day(awarded_at?) })
        };
        Ok(found.and_then(award))
    }
}
