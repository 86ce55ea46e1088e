//! Granted = used: the DynamoDB and S3 actions that the template grants a function are those that its calls need, as the wire
//! between SDK and store wrote them down on a tour of every route. Too little would fail after deployment, too much is a
//! risk that nobody asked for.

mod jobs;

use super::{Template, list, texts};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use system::{Scene, tour::tour};
use testkit::Call;

type Grants = BTreeSet<(String, String)>;

/// `MembersTable` → `MEMBERS_TABLE`, as the tests name the table.
fn setting(logical_id: &str) -> String {
    let mut name = String::new();
    for (at, c) in logical_id.char_indices() {
        if c.is_uppercase() && at > 0 {
            name.push('_');
        }
        name.extend(c.to_uppercase());
    }
    name
}

/// The ARN of a table, an index, a bucket or the objects of a bucket, as `TABLE`, `TABLE/index`, `BUCKET` or
/// `BUCKET/folder`.
fn resource(node: &Value) -> Option<String> {
    let text = match (&node["Fn::GetAtt"], &node["Fn::Sub"]) {
        (Value::String(attribute), _) => attribute.clone(),
        (_, Value::String(pattern)) => pattern.replace(['$', '{', '}'], ""),
        _ => return None,
    };
    let (name, rest) = text.split_once(".Arn")?;
    if name.ends_with("Bucket") {
        let folder = rest.trim_start_matches('/').split('/').next().filter(|folder| !folder.is_empty());
        return Some(folder.map_or(setting(name), |folder| format!("{}/{folder}", setting(name))));
    }
    name.ends_with("Table").then(|| format!("{}{}", setting(name), rest.replace("/index/", "/")))
}

fn granted() -> BTreeMap<String, Grants> {
    let template = Template::load();
    let functions = template.functions().into_iter().map(|function| {
        let mut grants = Grants::new();
        for statement in function.statements() {
            let single = [statement["Resource"].clone()];
            let resources = if statement["Resource"].is_array() { list(&statement["Resource"]) } else { &single };
            for action in texts(&statement["Action"]) {
                if !(action.starts_with("dynamodb:") || action.starts_with("s3:")) {
                    continue;
                }
                grants.extend(resources.iter().filter_map(resource).map(|resource| (action.clone(), resource)));
            }
        }
        (function.crate_name().to_owned(), grants)
    });
    functions.collect()
}

/// What a function needs once to unwrap its data key (`shared/vault`, whose own tests run it against a KMS).
fn unwrapping(function: &str) -> Grants {
    let template = Template::load();
    let sealed = template.functions().into_iter().any(|declared| {
        declared.crate_name() == function && !declared.property("Environment")["Variables"]["DATA_KEY"].is_null()
    });
    let needed = ["dynamodb:GetItem", "dynamodb:PutItem"].map(|action| (action.to_owned(), "MEMBERS_TABLE".to_owned()));
    if sealed { needed.into() } else { Grants::new() }
}

fn collect(used: &mut BTreeMap<String, Grants>, function: &str, calls: Vec<Call>) {
    used.entry(function.to_owned()).or_default().extend(calls.into_iter().flat_map(|call| call.actions));
}

#[tokio::test]
async fn what_is_granted_is_what_is_used() {
    let mut used: BTreeMap<String, Grants> = BTreeMap::new();
    let functions = Template::load();
    for function in functions.functions() {
        used.insert(function.crate_name().to_owned(), unwrapping(function.crate_name()));
    }
    // What a function remembers it has read at its first step.
    let scene = Scene::set().await;
    let fresh = scene.bench.image();
    for step in tour() {
        scene.bench.restore(&fresh);
        let ask = (step.ask)(&scene).await;
        let _ = scene.wire(step.function).take();
        // Twice, so that a kept answer is looked up.
        for _ in 0..2 {
            ask.send(step.method, &step.client(&scene).idempotency("granted-and-used")).await;
        }
        collect(&mut used, step.function, scene.wire(step.function).take());
        for (function, calls) in jobs::after(&scene, step.route, &ask).await {
            collect(&mut used, function, calls);
        }
    }
    for (function, calls) in Box::pin(jobs::left_over()).await {
        collect(&mut used, function, calls);
    }
    // What clients do by the links that it signs; and without the last, an object that is not there would be forbidden.
    let links = [
        ("media", "s3:PutObject", "MEDIA_BUCKET/incoming"),
        ("media", "s3:GetObject", "MEDIA_BUCKET/media"),
        ("media", "s3:ListBucket", "MEDIA_BUCKET"),
        ("learning", "s3:GetObject", "MEDIA_BUCKET/media"),
        ("imports", "s3:PutObject", "MEDIA_BUCKET/incoming"),
        ("imports", "s3:GetObject", "MEDIA_BUCKET/exports"),
        ("imports", "s3:ListBucket", "MEDIA_BUCKET"),
        ("import-jobs", "s3:ListBucket", "MEDIA_BUCKET"),
    ];
    for (function, action, place) in links {
        used.entry(function.to_owned()).or_default().insert((action.to_owned(), place.to_owned()));
    }
    // What the one example of a route does not show: search by name, districts of a city, the trace of one record.
    let scene = Scene::set().await;
    let (city, branch) = (scene.town.city.id, scene.town.branch.id);
    for (function, path) in [
        ("members", format!("/v1/members?organization={city}&q=cy")),
        ("audit", format!("/v1/audit?organization={branch}&subject={}", scene.member.id)),
        ("transfers", format!("/v1/transfers?organization={city}&direction=in")),
        ("tasks", format!("/v1/tasks?organization={city}")),
        ("findings", format!("/v1/findings?organization={city}")),
        ("ratings", format!("/v1/star-applications?organization={city}")),
        ("tasks", format!("/v1/tasks?organization={branch}&called=true")),
    ] {
        let _ = scene.wire(function).take();
        assert_eq!(scene.chief(function).get(&path).await.status, 200, "{path}");
        collect(&mut used, function, scene.wire(function).take());
    }
    // Whoever sends up everything is asked whether anybody is left.
    let _ = scene.wire("dues").take();
    let body = json!({ "organization": branch, "everything": true });
    assert_eq!(scene.chief("dues").post("/v1/dues/remittances", body).await.status, 409);
    collect(&mut used, "dues", scene.wire("dues").take());
    // Needed only when somebody writes a record while it is being corrected; relocation's own tests do that.
    for action in ["dynamodb:GetItem", "dynamodb:UpdateItem"] {
        for table in ["ORGANIZATIONS", "MEMBERS", "TRANSFERS", "TASKS", "FINDINGS", "RATINGS"] {
            used.entry("relocation".to_owned()).or_default().insert((action.to_owned(), format!("{table}_TABLE")));
        }
    }
    let granted = granted();
    let mut differences = Vec::new();
    for (function, used) in &used {
        let granted = &granted[function];
        for (action, resource) in used.difference(granted) {
            differences.push(format!("{function} uses {action} on {resource} and is not granted it"));
        }
        for (action, resource) in granted.difference(used) {
            differences.push(format!("{function} is granted {action} on {resource} and does not use it"));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
