//! Media: pictures, videos and documents that belong to an organisation.
//!
//! A client declares a file (type, length, checksum) and gets a link by which it puts exactly this file into the bucket,
//! where nobody finds it. Then it asks for completion: the file is read, compared with what was declared, looked at for
//! what it really is, and cleaned (`content`); what comes out is kept under a key that the server made. Pictures are
//! decoded and encoded again, which leaves neither the position of the camera nor anything that hides behind the
//! picture; videos lose all boxes that are not needed to play them. Whoever may see a file gets a link to it that expires.
//!
//! What a person uploaded counts towards a quota, which is taken in the transaction that declares and given back in the
//! one that removes. `media-sweep` clears up what was declared and never completed.

mod content;
mod demo;
mod domain;
mod routes;
mod store;

pub use demo::demo_picture;
pub use routes::{api, router};

use cloud::{Environment, StartError};
use kernel::Clock;
use register::{Organizations, People};
use store::MediaStore;

/// What a handler works with; made once per execution environment.
#[derive(Debug, Clone)]
pub struct App {
    media: MediaStore,
    organizations: Organizations,
    people: People,
    clock: Clock,
}

impl App {
    /// Connects to tables and bucket.
    ///
    /// # Errors
    /// When a setting is missing.
    pub async fn connect(env: &Environment) -> Result<Self, StartError> {
        let app = Self {
            media: MediaStore::open(env)?,
            organizations: Organizations::open(env)?,
            people: People::open(env)?,
            clock: env.clock.clone(),
        };
        app.organizations.table().prime().await;
        Ok(app)
    }
}
