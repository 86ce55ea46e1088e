//! What a log writes, kept.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Where a log goes that a test reads; clones write to the same place.
#[derive(Debug, Clone, Default)]
pub struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    /// All of it so far.
    ///
    /// # Panics
    /// When it is no UTF-8.
    #[must_use]
    #[expect(clippy::expect_used, reason = "a log that does not read fails the test")]
    pub fn text(&self) -> String {
        String::from_utf8(self.bytes().clone()).expect("a log is UTF-8")
    }

    fn bytes(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
