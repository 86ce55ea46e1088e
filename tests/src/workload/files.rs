//! Files: what the client does about them, and what it knows of them.

use super::{By, model::Model, steps::Sending};
use crate::tour::{
    Ask,
    media::{PDF, PDF_CHECKSUM},
};
use fastrand::Rng;
use register::MediaState;
use serde_json::json;
use testkit::Reply;

/// How far a file is, as far as it was acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Declared,
    Kept,
    Removed,
}

impl State {
    /// What the record says; `None` where there is none.
    pub(super) const fn stored(self) -> Option<MediaState> {
        match self {
            Self::Declared => Some(MediaState::Pending),
            Self::Kept => Some(MediaState::Ready),
            Self::Removed => None,
        }
    }
}

#[derive(Debug, Clone)]
pub(super) struct File {
    pub(super) id: String,
    pub(super) state: State,
}

#[derive(Debug, Clone)]
pub(super) enum Op {
    Declare { place: usize },
    Complete { file: usize },
    Remove { file: usize },
}

impl Op {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Declare { .. } => "declare a file",
            Self::Complete { .. } => "complete an upload",
            Self::Remove { .. } => "remove a file",
        }
    }

    pub(super) fn any(model: &Model, dice: &mut Rng) -> Option<Self> {
        let there: Vec<_> = (0..model.files.len()).filter(|at| model.files[*at].state != State::Removed).collect();
        if there.is_empty() || dice.u32(..5) < 2 {
            return model.place(dice, |_, place| place.open).map(|place| Self::Declare { place });
        }
        let file = there[dice.usize(..there.len())];
        Some(match model.files[file].state {
            State::Declared if dice.u32(..5) > 0 => Self::Complete { file },
            _ => Self::Remove { file },
        })
    }

    /// The file that has to be in the bucket before this is sent.
    pub(super) fn uploads<'a>(&self, model: &'a Model) -> Option<&'a str> {
        if let Self::Complete { file } = self { Some(&model.files[*file].id) } else { None }
    }

    pub(super) fn sending(&self, model: &Model) -> Sending {
        let (method, ask) = match self {
            Self::Declare { place } => {
                let body = json!({
                    "organization": model.places[*place].id, "fileName": "决议.pdf", "mediaType": "application/pdf",
                    "bytes": PDF.len(), "sha256": PDF_CHECKSUM,
                });
                ("POST", Ask::with("/v1/media", body))
            }
            Self::Complete { file } => ("POST", Ask::get(format!("/v1/media/{}/completion", model.files[*file].id))),
            Self::Remove { file } => ("DELETE", Ask::get(format!("/v1/media/{}", model.files[*file].id))),
        };
        Sending { function: "media", method, ask, by: By::Officer }
    }

    /// Takes in what `reply` acknowledges.
    pub(super) fn done(&self, model: &mut Model, reply: &Reply) {
        let (file, state, kind) = match self {
            Self::Declare { .. } => {
                model.files.push(File { id: reply.text("/id"), state: State::Declared });
                return model.told("media.declared", 1);
            }
            Self::Complete { file } => (*file, State::Kept, "media.completed"),
            Self::Remove { file } => (*file, State::Removed, "media.removed"),
        };
        model.files[file].state = state;
        model.told(kind, 1);
    }
}
