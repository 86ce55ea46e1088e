//! Tables and buckets: what is in them survives mistakes and strangers.

use super::{Template, attribute, list, texts};
use std::collections::BTreeSet;

#[test]
fn every_table_survives_mistakes() {
    for table in Template::load().all("AWS::DynamoDB::Table") {
        assert!(table.is_kept(), "{} is deleted with the stack", table.id);
        assert_eq!(table.property("DeletionProtectionEnabled"), true, "{}", table.id);
        assert_eq!(
            table.property("PointInTimeRecoverySpecification")["PointInTimeRecoveryEnabled"],
            true,
            "{}",
            table.id
        );
        assert_eq!(table.property("BillingMode"), "PAY_PER_REQUEST", "{}", table.id);
        assert!(table.property("TableName").is_null(), "{}: a named table cannot be replaced", table.id);
    }
}

#[test]
fn every_table_is_encrypted_with_our_key_and_says_what_is_in_it() {
    for table in Template::load().all("AWS::DynamoDB::Table") {
        let encryption = table.property("SSESpecification");
        assert_eq!(encryption["SSEEnabled"], true, "{}", table.id);
        assert_eq!(attribute(&encryption["KMSMasterKeyId"]), Some("DataKey.Arn"), "{}", table.id);
        let tags: BTreeSet<&str> = list(table.property("Tags")).iter().filter_map(|tag| tag["Key"].as_str()).collect();
        assert_eq!(tags, ["application", "data", "stage"].into(), "{}", table.id);
    }
}

#[test]
fn the_indexes_of_a_table_name_a_hundred_attributes_at_most() {
    for table in Template::load().all("AWS::DynamoDB::Table") {
        let indexes = list(table.property("GlobalSecondaryIndexes"));
        let named: usize = indexes.iter().map(|index| list(&index["Projection"]["NonKeyAttributes"]).len()).sum();
        // DynamoDB counts them over all indexes, the same one in each of them again.
        assert!(named <= 100, "{}: {named}", table.id);
    }
}

#[test]
fn items_that_expire_do_so_by_one_attribute() {
    let template = Template::load();
    let tables = template.all("AWS::DynamoDB::Table");
    let expiring = tables.iter().filter(|table| !table.property("TimeToLiveSpecification").is_null());
    for table in expiring {
        assert_eq!(table.property("TimeToLiveSpecification")["AttributeName"], "ttl", "{}", table.id);
        assert_eq!(table.property("TimeToLiveSpecification")["Enabled"], true, "{}", table.id);
    }
}

#[test]
fn the_attributes_of_keys_are_declared_and_no_others() {
    for table in Template::load().all("AWS::DynamoDB::Table") {
        let names = |schema| list(schema).iter().flat_map(|part: &serde_json::Value| texts(&part["AttributeName"]));
        let declared: BTreeSet<String> = names(table.property("AttributeDefinitions")).collect();
        let indexes = list(table.property("GlobalSecondaryIndexes"));
        let of_indexes = indexes.iter().flat_map(|index| names(&index["KeySchema"]));
        let used: BTreeSet<String> = names(table.property("KeySchema")).chain(of_indexes).collect();
        assert_eq!(declared, used, "{}", table.id);
    }
}

#[test]
fn buckets_are_private_encrypted_versioned_and_cleaned() {
    let template = Template::load();
    for bucket in template.all("AWS::S3::Bucket") {
        assert!(bucket.is_kept(), "{} is deleted with the stack", bucket.id);
        for door in ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"] {
            assert_eq!(bucket.property("PublicAccessBlockConfiguration")[door], true, "{}: {door}", bucket.id);
        }
        let ownership = &bucket.property("OwnershipControls")["Rules"][0]["ObjectOwnership"];
        assert_eq!(ownership, "BucketOwnerEnforced", "{}", bucket.id);
        assert_eq!(bucket.property("VersioningConfiguration")["Status"], "Enabled", "{}", bucket.id);
        let encryption = &bucket.property("BucketEncryption")["ServerSideEncryptionConfiguration"][0];
        let key = &encryption["ServerSideEncryptionByDefault"]["KMSMasterKeyID"];
        assert_eq!(attribute(key), Some("DataKey.Arn"), "{}", bucket.id);
        let rules = list(&bucket.property("LifecycleConfiguration")["Rules"]);
        // What is put into a bucket of seals is complete, and is kept.
        let is_locked = bucket.property("ObjectLockEnabled") == true;
        let incoming = rules.iter().any(|rule| rule["Prefix"] == "incoming/" && rule["ExpirationInDays"] == 1);
        assert!(incoming != is_locked, "{} keeps uploads that nobody completed", bucket.id);
        let multipart = |rule: &serde_json::Value| !rule["AbortIncompleteMultipartUpload"].is_null();
        assert!(rules.iter().any(multipart), "{}", bucket.id);

        let policies = template.all("AWS::S3::BucketPolicy");
        let policy = policies.iter().find(|policy| policy.property("Bucket")["Ref"] == bucket.id).unwrap();
        let statement = &policy.property("PolicyDocument")["Statement"][0];
        assert_eq!(statement["Effect"], "Deny", "{}", bucket.id);
        assert_eq!(statement["Condition"]["Bool"]["aws:SecureTransport"], "false", "{}", bucket.id);
    }
}

#[test]
fn seals_are_locked_written_once_and_never_hidden() {
    let template = Template::load();
    let bucket = template.get("SealBucket").unwrap();
    assert_eq!(bucket.property("ObjectLockEnabled"), true);
    let lock = bucket.property("ObjectLockConfiguration");
    assert_eq!(lock["ObjectLockEnabled"], "Enabled");
    let retention = &lock["Rule"]["DefaultRetention"];
    assert_eq!(
        (retention["Mode"].as_str(), retention["Days"]["Ref"].as_str()),
        (Some("COMPLIANCE"), Some("SealRetentionDays"))
    );
    assert!(
        list(&bucket.property("LifecycleConfiguration")["Rules"]).iter().all(|rule| rule["ExpirationInDays"].is_null())
    );

    let policy = template.get("SealBucketPolicy").unwrap();
    let statements = list(&policy.property("PolicyDocument")["Statement"]);
    let denied = |action: &str, condition: &serde_json::Value| {
        statements.iter().any(|statement| {
            statement["Effect"] == "Deny"
                && statement["Principal"] == "*"
                && texts(&statement["Action"]).iter().any(|denied| denied == action)
                && statement["Condition"] == *condition
        })
    };
    assert!(denied("s3:PutObject", &serde_json::json!({ "Null": { "s3:if-none-match": "true" } })));
    for action in ["s3:DeleteObject", "s3:DeleteObjectVersion"] {
        assert!(denied(action, &serde_json::Value::Null), "{action}");
    }
}
