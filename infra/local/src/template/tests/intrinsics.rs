//! Every intrinsic function, in both spellings where there are two.

use super::*;

#[test]
fn references_have_local_meanings() {
    for (value, expected) in [
        ("!Ref Stage", "dev"),
        ("!Ref Sender", "log"),
        ("{ Ref: Stage }", "dev"),
        ("!Ref AccessLogTable", "access-log"),
        ("!GetAtt AccessLogTable.Arn", "access-log"),
        ("!Ref NamedTable", "zhibu-named"),
        ("{ Fn::GetAtt: [NamedTable, Arn] }", "zhibu-named"),
        ("!Ref MediaBucket", "media-bucket"),
        ("!GetAtt MediaBucket.Arn", "arn:aws:s3:::media-bucket"),
        ("!Ref DataKey", "file:/data/keys/DataKey"),
        ("!GetAtt DataKey.Arn", "file:/data/keys/DataKey"),
        ("!Ref Alias", "file:/data/keys/DataKey"),
        ("!Ref Queue", "http://127.0.0.1:9324/000000000000/Queue"),
        ("!GetAtt Queue.Arn", "arn:aws:sqs:local:000000000000:Queue"),
        ("!GetAtt ToldTable.StreamArn", "arn:aws:dynamodb:local:000000000000:table/told/stream/local"),
        ("!Ref Accounts", "Accounts"),
        ("!GetAtt Accounts.Arn", "arn:aws:lambda:local:000000000000:function:Accounts"),
        ("!Ref Accounts.Alias", "arn:aws:lambda:local:000000000000:function:Accounts"),
    ] {
        assert_eq!(setting(value).as_deref(), Some(expected), "{value}");
    }
}

#[test]
fn pseudo_parameters_are_this_machine() {
    for (value, expected) in [
        ("!Ref AWS::AccountId", "000000000000"),
        ("!Ref AWS::Partition", "aws"),
        ("!Ref AWS::Region", "local"),
        ("!Ref AWS::StackName", "zhibu"),
        ("!Ref AWS::URLSuffix", "amazonaws.com"),
        ("!Sub 'arn:${AWS::Partition}:x:${AWS::Region}:${AWS::AccountId}:y'", "arn:aws:x:local:000000000000:y"),
    ] {
        assert_eq!(setting(value).as_deref(), Some(expected), "{value}");
    }
}

#[test]
fn text_is_put_together() {
    for (value, expected) in [
        ("!Sub urn:zhibu:${Stage}", "urn:zhibu:dev"),
        ("!Sub '${AccessLogTable.Arn}/index/*'", "access-log/index/*"),
        ("!Sub ['${A}-${Stage}-${!Literal}', { A: !Ref Sender }]", "log-dev-${Literal}"),
        ("!Sub ''", ""),
        ("{ Fn::Sub: 'x${Stage}' }", "xdev"),
        ("!Join ['/', [a, !Ref Stage, !Ref AWS::NoValue, b]]", "a/dev/b"),
        ("!Select [1, [a, !Ref Stage]]", "dev"),
        ("!FindInMap [Sizes, !Ref Stage, large]", "9"),
    ] {
        assert_eq!(setting(value).as_deref(), Some(expected), "{value}");
    }
}

#[test]
fn conditions_decide() {
    for (value, expected) in [
        ("!If [IsChina, a, b]", Some("b")),
        ("!If [Logs, !Ref Stage, b]", Some("dev")),
        ("!If [Both, a, b]", Some("a")),
        ("!If [Either, a, b]", Some("a")),
        ("{ Fn::If: [Logs, !If [IsChina, a, b], c] }", Some("b")),
        ("!If [IsChina, a, !Ref AWS::NoValue]", None),
        ("!Ref AWS::NoValue", None),
    ] {
        assert_eq!(setting(value).as_deref(), expected, "{value}");
    }
}

#[test]
fn scalars_are_text() {
    for (value, expected) in [("5", "5"), ("true", "true"), ("'007'", "007"), ("2012-10-17", "2012-10-17"), ("", "")] {
        assert_eq!(setting(value).as_deref(), Some(expected), "{value}");
    }
}

#[test]
fn a_resource_whose_condition_fails_does_not_exist() {
    let text = "Conditions: { No: !Equals [a, b] }\nResources:\n  B: { Type: AWS::S3::Bucket, Condition: No }\n  C: { Type: \
                AWS::S3::Bucket }";
    let names: Vec<_> = parse(text).unwrap().buckets.into_iter().map(|bucket| bucket.name).collect();
    assert_eq!(names, ["c"]);
}

#[test]
fn what_means_nothing_is_said_with_its_place() {
    for (value, expected) in [
        ("!Ref Nobody", "there is no parameter or resource named Nobody"),
        ("!Ref Open", "parameter Open has no default, and the local runner has no value for it"),
        ("!Ref Topic", "!Ref Topic (a AWS::SNS::Topic) means nothing to the local runner"),
        ("!GetAtt DataKey.KeyId", "!GetAtt DataKey.KeyId (a AWS::KMS::Key) means nothing to the local runner"),
        ("!GetAtt NamedTable.StreamArn", "NamedTable has no StreamSpecification"),
        ("!GetAtt DataKey", "!GetAtt needs a resource and an attribute"),
        ("!ImportValue x", "!ImportValue means nothing to the local runner"),
        ("!Sub 'a${Stage'", "!Sub has a ${ without }"),
        ("!Sub '${Nobody}'", "there is no parameter or resource named Nobody"),
        ("!If [Nothing, a, b]", "there is no condition named Nothing"),
        ("!If [Circle, a, b]", "Circle refers to itself"),
        ("!If [Logs, a]", "an intrinsic function takes 3 arguments here"),
        ("!Join ['', x]", "!Join needs a list"),
        ("!Select [2, [a]]", "!Select needs an index inside its list"),
        ("!FindInMap [Sizes, prod, small]", "!FindInMap finds nothing there"),
        ("[a]", "expected text"),
    ] {
        let said = refusal(&with_setting(value));
        let (place, problem) = said.split_once(": Environment.Variables.X: ").unwrap_or(("", &said));
        assert!(place.starts_with("template.yaml, line ") && place.ends_with(", Accounts"), "{value}: {said}");
        assert_eq!(problem, expected, "{value}");
    }
}
