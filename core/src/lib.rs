//! The store's logic, without Node-API and without AWS: the conditional verbs, what answers mean, attempts and
//! their repetition, connections, and bodies that can be taken up again where they broke off.
//!
//! A [`Store`] drives a [`wire::Wire`], which sends one attempt of one verb. Everything a caller is told comes from
//! here as data: an output or a [`Failure`].

mod attempts;
mod backoff;
mod body;
mod checksum;
mod connections;
mod copy;
mod delete_objects;
mod failure;
mod fate;
mod files;
mod head;
mod inner;
mod list_versions;
mod memory;
mod object;
mod off_thread;
mod operation;
mod outcome;
mod own_keys;
mod parts;
mod precondition;
mod presign;
mod probe;
mod range;
mod recovery;
mod seen;
mod small_body;
mod store;
mod tags;
mod until;
mod upload;
mod verification;
mod versions;
pub mod wire;
mod write_id;

pub use attempts::Policy;
pub use body::{ObjectBody, SMALL_BODY};
pub use checksum::{Algorithm, Checksum, Checksums};
pub use copy::Copy;
pub use failure::{Failure, Kind, Seen};
pub use files::{DownloadOutput, FileTransfer};
pub use head::HeadOutput;
pub use off_thread::off_thread;
pub use operation::Operation;
pub use outcome::{MEANINGS, Meaning};
pub use parts::{PartWriter, Parts};
pub use precondition::{ETag, Precondition};
pub use presign::PresignOutput;
pub use probe::{AbsentDelete, ETagForm, ETags, Evidence, Finding, ProbeReport, Verdict};
pub use range::{ByteRange, NoRange};
pub use seen::{Observer, Progress, SeenAttempt, Stats};
pub use store::{
    Body, Delete, GetOutput, ListOutput, Put, ReadBack, Resolution, Store, StoreConfig, Warn,
    WriteOutput,
};
pub use until::{Abort, Control};
pub use write_id::{WRITE_ID, WriteId};
