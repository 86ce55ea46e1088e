//! Merkle trees as in RFC 6962, section 2.1, over texts.

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use kernel::hex;
use sha2::{Digest, Sha256};

/// A tree over texts, SHA-256.
pub(crate) struct Tree(MemoryBackedTree<Sha256, String>);

impl FromIterator<String> for Tree {
    fn from_iter<I: IntoIterator<Item = String>>(leaves: I) -> Self {
        let mut tree = MemoryBackedTree::new();
        leaves.into_iter().for_each(|leaf| tree.push(leaf));
        Self(tree)
    }
}

impl Tree {
    /// Its root, in hexadecimal digits.
    pub(crate) fn root(&self) -> String {
        hex(self.0.root().as_bytes())
    }

    /// What has to be hashed together with the leaf at `index`, from the leaf to the root; `None` beyond the last leaf.
    pub(crate) fn path(&self, index: usize) -> Option<Vec<String>> {
        self.0.get(index)?;
        Some(self.0.prove_inclusion(index).as_bytes().chunks(32).map(hex).collect())
    }
}

/// SHA-256 of a text, in hexadecimal digits.
pub(crate) fn sha256(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_tree_and_a_single_leaf_are_as_the_standard_says() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(Tree::from_iter([]).root(), empty);
        assert_eq!(sha256(""), empty);
        assert_eq!(Tree::from_iter(["x".to_owned()]).root(), sha256("\0x"));
        assert_eq!(Tree::from_iter(["x".to_owned()]).path(0), Some(Vec::new()));
        assert_eq!(Tree::from_iter(["x".to_owned()]).path(1), None);
    }
}
