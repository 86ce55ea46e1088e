//! Pages of lists.

use kernel::{Cursor, Limit, Page, Refusal};

/// The page of a list that a request asks for, and what the answer says of the one after it.
///
/// ```text
/// let page = Paging::of("transfers", wanted.limit, wanted.cursor.as_deref())?;
/// let found = store.list(organization, page.place()).await?;
/// Reply::ok(&page.holding(found.items, found.after))
/// ```
#[derive(Debug)]
pub struct Paging {
    list: &'static str,
    after: Option<String>,
    size: u16,
}

impl Paging {
    /// The page of `list` that `limit` and `cursor` of the request name. The cursor of another list is none of this one.
    ///
    /// # Errors
    /// [`kernel::ErrorCode::InvalidField`] for a limit that is not from 1 to 200; [`kernel::ErrorCode::BadCursor`].
    pub fn of(list: &'static str, limit: Option<u16>, cursor: Option<&str>) -> Result<Self, Refusal> {
        let size = Limit::size(limit)?;
        let cursor = cursor.map(|text| Cursor::decode(text, list)).transpose()?;
        Ok(Self { list, after: cursor.map(|at| at.after), size })
    }

    /// The sort key after which it begins, and the number of items that it holds at most, as a table is asked for them.
    #[must_use]
    pub fn place(&self) -> (Option<&str>, u16) {
        (self.after.as_deref(), self.size)
    }

    /// The cursor of the page after it, which begins after the sort key `after`.
    #[must_use]
    pub fn next(&self, after: Option<String>) -> Option<String> {
        after.map(|after| Cursor { after }.encode(self.list))
    }

    /// The page with `items` on it; there is more after the sort key `after`.
    #[must_use]
    pub fn holding<T>(&self, items: Vec<T>, after: Option<String>) -> Page<T> {
        Page { items, next: self.next(after) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::ErrorCode;

    #[test]
    fn a_page_begins_where_the_one_before_ended() {
        let first = Paging::of("members", Some(2), None).unwrap();
        assert_eq!(first.place(), (None, 2));
        let page = first.holding(vec!["a", "b"], Some("b".to_owned()));

        let second = Paging::of("members", None, page.next.as_deref()).unwrap();
        assert_eq!(second.place(), (Some("b"), 50));
        assert_eq!(second.holding(vec!["c"], None).next, None);

        assert_eq!(Paging::of("audit", None, page.next.as_deref()).unwrap_err().code, ErrorCode::BadCursor);
        assert_eq!(Paging::of("members", Some(0), None).unwrap_err().code, ErrorCode::InvalidField);
    }
}
