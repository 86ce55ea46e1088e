//! Template, routers, API document, examples and tables say the same.

#![expect(clippy::unwrap_used, reason = "tests")]

use kernel::ErrorCode;
use local::template::{Access, Locals, Projection, Template};
use std::{collections::BTreeSet, fmt::Write, path::PathBuf};
use system::{
    FUNCTIONS, Scene, checked_in,
    tour::{For, tour},
};
use testkit::TABLES;
use utoipa::openapi::OpenApi;

fn root(path: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).join(path)
}

fn template() -> Template {
    Template::read(&root("template.yaml"), &Locals::default()).unwrap()
}

#[tokio::test]
async fn template_routers_document_and_examples_list_the_same_routes() {
    let scene = Scene::set().await;
    let declared: BTreeSet<(String, String, String, bool)> = template()
        .functions
        .iter()
        .flat_map(|function| {
            function.routes.iter().map(|route| {
                let public = matches!(route.access, Access::Public);
                (function.name.clone(), route.method.to_string(), route.path.clone(), public)
            })
        })
        .collect();
    let documented: BTreeSet<_> = FUNCTIONS
        .iter()
        .flat_map(|name| {
            let paths = serde_json::to_value(&scene.document(name).paths).unwrap();
            let paths = paths.as_object().unwrap().clone();
            paths.into_iter().flat_map(move |(path, methods)| {
                let methods = methods.as_object().unwrap().clone();
                methods.into_iter().map(move |(method, operation)| {
                    ((*name).to_owned(), method.to_uppercase(), path.clone(), operation.get("security").is_none())
                })
            })
        })
        .collect();
    let shown: BTreeSet<_> = tour()
        .iter()
        .map(|step| {
            (step.function.to_owned(), step.method.to_owned(), step.route.to_owned(), step.whom == For::Everybody)
        })
        .collect();
    assert_eq!(declared, documented, "template and API document differ");
    assert_eq!(declared, shown, "template and examples differ");
}

#[tokio::test]
async fn every_example_is_answered_as_documented() {
    let mut wrong = Vec::new();
    let scene = Scene::set().await;
    let fresh = scene.bench.image();
    for step in tour() {
        scene.bench.restore(&fresh);
        let ask = (step.ask)(&scene).await;
        let reply = ask.send(step.method, &step.client(&scene)).await;
        let document = serde_json::to_value(scene.document(step.function)).unwrap();
        let (path, method) = (step.route.replace('/', "~1"), step.method.to_lowercase());
        let documented = document.pointer(&format!("/paths/{path}/{method}/responses/{}", step.status)).is_some();
        if reply.status != step.status || !documented {
            wrong.push(format!("{} {}: {reply:?}", step.method, step.route));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn the_api_document_is_checked_in() {
    let scene = Scene::set().await;
    let mut whole: Option<OpenApi> = None;
    for name in FUNCTIONS {
        let part = scene.document(name).clone();
        match &mut whole {
            None => whole = Some(part),
            Some(whole) => {
                let tags = part.tags.clone().unwrap_or_default();
                whole.merge(part);
                whole.tags.get_or_insert_default().extend(tags);
            }
        }
    }
    let mut whole = whole.unwrap();
    let mut seen = BTreeSet::new();
    if let Some(tags) = &mut whole.tags {
        tags.retain(|tag| seen.insert(tag.name.clone()));
    }
    let paths = serde_json::to_value(&whole.paths).unwrap();
    let operations = paths.as_object().unwrap().values().flat_map(|methods| methods.as_object().unwrap().values());
    let mut names = BTreeSet::new();
    for name in operations.filter_map(|operation| operation["operationId"].as_str()) {
        assert!(
            names.insert(name.to_owned()),
            "two operations are called {name}: generated clients need one name each"
        );
    }
    checked_in("docs/openapi.json", &format!("{}\n", serde_json::to_string_pretty(&whole).unwrap()));
}

#[test]
fn the_page_of_error_codes_is_checked_in() {
    let mut page = String::from(
        "# Error codes\n\nGenerated from the table in `shared/kernel/src/error.rs`; a test compares the two.\n\n\
         A refused request is answered with `application/problem+json` (RFC 9457): `type`, `title`, `status`, `code`,\n\
         and where there is more to say `detail`, `article` (the regulation that refuses), `fields` (each with a JSON\n\
         pointer) and `requestId`. Messages are Chinese, or English by `Accept-Language`.\n\n\
         | status | code | 中文 | English | when |\n|--|--|--|--|--|\n",
    );
    for code in ErrorCode::ALL {
        let title = code.title();
        let row = (code.status(), code.slug(), title.zh, title.en, code.meaning().trim());
        writeln!(page, "| {} | `{}` | {} | {} | {} |", row.0, row.1, row.2, row.3, row.4).unwrap();
    }
    checked_in("docs/ERRORS.md", &page);
}

#[test]
fn the_tables_of_tests_are_those_of_the_template() {
    let template = template();
    let settings: BTreeSet<_> = template.functions.iter().flat_map(|function| function.environment.clone()).collect();
    for shape in TABLES {
        let (_, name) = settings.iter().find(|(setting, _)| setting == shape.setting).unwrap();
        let table = template.tables.iter().find(|table| table.name == *name).unwrap();
        let keys: Vec<_> = table.key.iter().map(|key| key.name.as_str()).collect();
        assert_eq!(keys, shape.keys, "{name}");
        let declared: BTreeSet<_> = table
            .indexes
            .iter()
            .map(|index| {
                let keys: Vec<_> = index.key.iter().map(|key| key.name.clone()).collect();
                let carried: BTreeSet<String> = match &index.projection {
                    Projection::Include(carried) => carried.iter().cloned().collect(),
                    _ => BTreeSet::new(),
                };
                (index.name.clone(), keys, carried)
            })
            .collect();
        let known: BTreeSet<_> = shape
            .indexes
            .iter()
            .map(|(name, pk, sk, carried)| {
                let carried = carried.iter().map(|name| (*name).to_owned()).collect();
                ((*name).to_owned(), vec![(*pk).to_owned(), (*sk).to_owned()], carried)
            })
            .collect();
        assert_eq!(declared, known, "{name}");
    }
    assert_eq!(template.tables.len(), TABLES.len());
}
