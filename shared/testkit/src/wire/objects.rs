//! Calls of S3, which has no header that names the operation: what a request is follows from its method and path.

use aws_smithy_runtime_api::http::Headers;

/// The operation of a request to a store with the bucket in the path, and the IAM actions it needs, each on the bucket's
/// setting and the first part of the key: `s3:PutObject` on `MEDIA_BUCKET/media`.
pub(super) fn call(method: &str, uri: &str, headers: &Headers) -> (String, Vec<(String, String)>) {
    let path = uri.split_once("://").map_or(uri, |(_, rest)| rest).split_once('/').map_or("", |(_, path)| path);
    let (path, _) = path.split_once('?').unwrap_or((path, ""));
    let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
    let place = |bucket: &str, key: &str| {
        let setting = bucket.to_uppercase().replace('-', "_");
        match key.split_once('/') {
            Some((first, _)) => format!("{setting}/{first}"),
            None => setting,
        }
    };
    let here = place(bucket, key);
    let (operation, mut actions) = match (method, headers.get("x-amz-copy-source")) {
        ("GET", _) if key.is_empty() => ("ListObjectsV2", vec![("s3:ListBucket", here.clone())]),
        ("GET", _) => ("GetObject", vec![("s3:GetObject", here.clone())]),
        ("HEAD", _) => ("HeadObject", vec![("s3:GetObject", here.clone())]),
        ("PUT", Some(source)) => {
            let (bucket, key) = source.trim_start_matches('/').split_once('/').unwrap_or((source, ""));
            ("CopyObject", vec![("s3:GetObject", place(bucket, key)), ("s3:PutObject", here.clone())])
        }
        ("PUT", None) => ("PutObject", vec![("s3:PutObject", here.clone())]),
        ("DELETE", _) => ("DeleteObject", vec![("s3:DeleteObject", here.clone())]),
        _ => (method, Vec::new()),
    };
    if headers.get("x-amz-object-lock-mode").is_some() {
        actions.push(("s3:PutObjectRetention", here));
    }
    (operation.to_owned(), actions.into_iter().map(|(action, place)| (action.to_owned(), place)).collect())
}
