//! Scores as bytes, narrow enough that those of a branch are one unit to write.
//!
//! ```text
//! 1   version, 1
//! 10  the five numbers of the branch, two bytes each, the higher one first
//! then of each member, by id
//!   16  id
//!   10  the five numbers
//! ```

use crate::{MemberScore, PackError, Scores, bytes::Reader};
use kernel::MemberId;

/// What packed scores begin with.
const VERSION: u8 = 1;

impl Scores {
    /// As bytes: of equal scores the same ones.
    #[must_use]
    pub fn pack(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(11 + 26 * self.members.len());
        out.push(VERSION);
        out.extend(self.branch.iter().flat_map(|points| points.to_be_bytes()));
        for MemberScore { member, points } in &self.members {
            out.extend_from_slice(member.as_bytes());
            out.extend(points.iter().flat_map(|points| points.to_be_bytes()));
        }
        out
    }

    /// The scores that were packed as `bytes`.
    ///
    /// # Errors
    /// [`PackError`] when they are none.
    pub fn unpack(bytes: &[u8]) -> Result<Self, PackError> {
        let mut from = Reader(bytes);
        match from.byte()? {
            VERSION => {}
            other => return Err(PackError::Version(other)),
        }
        let mut scores = Self { branch: from.five()?, members: Vec::with_capacity(from.0.len() / 26) };
        while !from.0.is_empty() {
            let (millis, random) = from.id()?;
            scores.members.push(MemberScore { member: MemberId::from_bytes(millis, random), points: from.five()? });
        }
        Ok(scores)
    }
}

impl Reader<'_> {
    fn five(&mut self) -> Result<[u16; 5], PackError> {
        let mut five = [0; 5];
        for points in &mut five {
            *points = u16::from_be_bytes(self.array()?);
        }
        Ok(five)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn scores_read_back(branch: [u16; 5], members in proptest::collection::vec(any::<([u8; 10], [u16; 5])>(), 0..25)) {
            let members = members.into_iter();
            let members = members.map(|(id, points)| MemberScore { member: MemberId::from_bytes(7, id), points }).collect();
            let scores = Scores { branch, members };
            let bytes = scores.pack();
            prop_assert_eq!(bytes.len(), 11 + 26 * scores.members.len());
            prop_assert_eq!(Scores::unpack(&bytes[..bytes.len() - 1]).ok(), None);
            prop_assert_eq!(Scores::unpack(&bytes), Ok(scores));
        }
    }

    #[test]
    fn other_versions_are_refused() {
        assert_eq!(Scores::unpack(&[9]), Err(PackError::Version(9)));
    }
}
