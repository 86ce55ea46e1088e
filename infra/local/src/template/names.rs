//! Local names of what the template does not name itself.

/// `AccessLogTable` is the table `access-log`.
pub(super) fn table_name(logical_id: &str) -> String {
    kebab(logical_id.strip_suffix("Table").filter(|rest| !rest.is_empty()).unwrap_or(logical_id))
}

/// `MediaBucket` is the bucket `media-bucket`: bucket names have at least three characters.
pub(super) fn bucket_name(logical_id: &str) -> String {
    kebab(logical_id)
}

fn kebab(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 4);
    let mut after_lower = false;
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && after_lower {
            text.push('-');
        }
        after_lower = !letter.is_ascii_uppercase();
        text.push(letter.to_ascii_lowercase());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_logical_ids() {
        assert_eq!(table_name("AccessLogTable"), "access-log");
        assert_eq!(table_name("Accounts"), "accounts");
        assert_eq!(table_name("Table"), "table");
        assert_eq!(bucket_name("MediaBucket"), "media-bucket");
        assert_eq!(bucket_name("S3Logs"), "s3-logs");
    }
}
