//! Organisations as a file names them: by their names from the top down, `街道工委/东社区党支部`.

use kernel::{OrgId, Text};
use register::Node;
use std::collections::{HashMap, hash_map::Entry};

/// An organisation with all below it, found by what people call them.
#[derive(Debug, Clone)]
pub(crate) struct Places {
    nodes: HashMap<OrgId, Node>,
    /// What a text names; `None` for one that names several.
    by_text: HashMap<String, Option<OrgId>>,
    /// How each is written.
    texts: HashMap<OrgId, String>,
}

impl Places {
    /// `root` and those below it.
    pub(crate) fn new(root: &Node, below: Vec<Node>) -> Self {
        let nodes: HashMap<OrgId, Node> = below.into_iter().chain([root.clone()]).map(|node| (node.id, node)).collect();
        let mut by_text = HashMap::new();
        let mut texts = HashMap::new();
        let mut name = |text: String, id: OrgId| match by_text.entry(text) {
            Entry::Vacant(free) => drop(free.insert(Some(id))),
            Entry::Occupied(mut taken) if *taken.get() != Some(id) => drop(taken.insert(None)),
            Entry::Occupied(_) => {}
        };
        for node in nodes.values() {
            let names: Vec<&str> =
                node.path.ids().filter_map(|id| nodes.get(&id)).map(|above| above.name.as_str()).collect();
            let path = names.join("/");
            name(path.clone(), node.id);
            if path != node.name.as_str() {
                name(node.name.to_string(), node.id);
            }
            name(node.id.to_string(), node.id);
            texts.insert(node.id, path);
        }
        // A path that names several is no way to write one of them.
        for (id, text) in &mut texts {
            if by_text.get(text.as_str()) != Some(&Some(*id)) {
                *text = id.to_string();
            }
        }
        Self { nodes, by_text, texts }
    }

    /// The organisation that a text names: its path from the top of these, its name if no other has it, or its id.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub(crate) fn find(&self, text: &str) -> Result<&Node, Text> {
        match self.by_text.get(text) {
            Some(Some(id)) => self.nodes.get(id).ok_or_else(Self::unknown),
            Some(None) => {
                Err(Text::of("有多个同名组织，请写全路径或编号", "several are called so; write the path or the id"))
            }
            None => Err(Self::unknown()),
        }
    }

    fn unknown() -> Text {
        Text::of("本组织及下级中没有该组织", "there is no such organisation here")
    }

    /// Those below the top, superiors first.
    pub(crate) fn below(&self) -> Vec<&Node> {
        let top = self.nodes.values().map(|node| node.path.depth()).min();
        let mut below: Vec<&Node> = self.nodes.values().filter(|node| Some(node.path.depth()) != top).collect();
        below.sort_by_key(|node| (node.path.depth(), node.path.clone()));
        below
    }

    /// An organisation by its id.
    pub(crate) fn node(&self, id: OrgId) -> Option<&Node> {
        self.nodes.get(&id)
    }

    /// How an organisation is written, so that [`Self::find`] finds it.
    pub(crate) fn text(&self, id: OrgId) -> String {
        self.texts.get(&id).cloned().unwrap_or_else(|| id.to_string())
    }
}
