//! The one crate that speaks S3.
//!
//! Clients put and get objects themselves, by links that [`Bucket::presign_put`] and [`Bucket::presign_get`] sign: what
//! is signed (type, length, checksum, that nothing is there yet; disposition and type of the answer) cannot be changed by
//! whoever holds the link. Functions read and write objects of bounded size. Keys are made by functions, never by
//! clients, and are flat.
//!
//! | pattern | request |
//! |--|--|
//! | a link | none |
//! | length, type and checksum of an object | `HeadObject` |
//! | an object, or its first bytes | `GetObject` |
//! | a new or replaced object, one that is locked until a day | `PutObject` |
//! | the same object under another key | `CopyObject` |
//! | an object less | `DeleteObject` |
//! | a page of keys | `ListObjectsV2` |

mod bucket;
mod links;

pub use bucket::{Bucket, Head, Listed, Listing};
pub use cloud::CallError as BlobError;
pub use links::{Show, Signed, Upload};
