//! The API document as one page of HTML: no script, no font, no picture from elsewhere.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde_json::Value;

const STYLE: &str = "
:root{color-scheme:light dark;--line:#8884;--red:#b3261e}
body{font:15px/1.6 system-ui,'PingFang SC','Noto Sans CJK SC','Microsoft YaHei',sans-serif;max-width:60rem;margin:0 auto;padding:1rem}
h1{border-bottom:3px solid var(--red);padding-bottom:.3rem}h2{margin-top:2.5rem}
details{border:1px solid var(--line);border-radius:.4rem;margin:.4rem 0;padding:.2rem .8rem}
summary{cursor:pointer;overflow-wrap:anywhere}summary b{display:inline-block;min-width:4.2rem;font-family:ui-monospace,monospace}
code{font-family:ui-monospace,monospace;overflow-wrap:anywhere}table{border-collapse:collapse;width:100%}
td,th{border-bottom:1px solid var(--line);padding:.2rem .5rem;text-align:left;vertical-align:top}
.mark{color:var(--red);font-size:.85em}nav a{margin-right:1rem}";

/// Renders an OpenAPI document.
///
/// # Errors
/// When it is not JSON.
pub(crate) fn render(document: &str) -> Result<String, serde_json::Error> {
    let document: Value = serde_json::from_str(document)?;
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object);
    let tags: Vec<&Value> = list(&document, "tags").collect();
    let page = html! {
        (DOCTYPE)
        html lang="zh-CN" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (text(&document, "/info/title")) " API" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { (text(&document, "/info/title")) " API " small { (text(&document, "/info/version")) } }
                p { "机器可读版本：" a href="/openapi.json" { "openapi.json" } "。标“登录”的接口须带 " code { "Authorization: Bearer <accessToken>" } "。" }
                nav {
                    @for tag in &tags { a href={ "#" (text(tag, "/name")) } { (text(tag, "/name")) } }
                    a href="#schemas" { "schemas" }
                }
                @for tag in &tags {
                    h2 id=(text(tag, "/name")) { (text(tag, "/name")) }
                    p { (text(tag, "/description")) }
                    @for (path, method, operation) in operations(&document, text(tag, "/name")) {
                        (one(path, method, operation))
                    }
                }
                h2 id="schemas" { "schemas" }
                @for (name, schema) in schemas.into_iter().flatten() {
                    details id={ "schema-" (name) } { summary { code { (name) } } (shape(schema)) }
                }
            }
        }
    };
    Ok(page.into_string())
}

/// The text at a JSON pointer; empty when there is none.
fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The elements of a member that is a list.
fn list<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    value.get(name).and_then(Value::as_array).into_iter().flatten()
}

/// The members of a member that is an object.
fn fields<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = (&'a String, &'a Value)> + use<'a> {
    value.get(name).and_then(Value::as_object).into_iter().flatten()
}

fn operations<'a>(document: &'a Value, tag: &'a str) -> impl Iterator<Item = (&'a str, &'a str, &'a Value)> {
    fields(document, "paths")
        .flat_map(|(path, methods)| {
            let methods = methods.as_object().into_iter().flatten();
            methods.map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
        })
        .filter(move |(_, _, operation)| list(operation, "tags").any(|name| name == tag))
}

fn one(path: &str, method: &str, operation: &Value) -> Markup {
    let signed_in = list(operation, "security").next().is_some();
    html! {
        details {
            summary {
                b { (method.to_uppercase()) } " " code { (path) }
                @if signed_in { " " span.mark { "登录" } }
                " — " (text(operation, "/summary"))
            }
            p { (text(operation, "/description")) }
            table {
                @for parameter in list(operation, "parameters") {
                    tr {
                        td { code { (text(parameter, "/name")) } @if parameter.get("required") == Some(&Value::Bool(true)) { " *" } }
                        td { (text(parameter, "/in")) }
                        td { @if let Some(schema) = parameter.get("schema") { (kind(schema)) } }
                        td { (text(parameter, "/description")) }
                    }
                }
            }
            @if let Some(body) = operation.pointer("/requestBody/content/application~1json/schema") {
                p { "请求：" (kind(body)) }
            }
            @for (status, response) in fields(operation, "responses") {
                p {
                    code { (status) } " "
                    @for schema in fields(response, "content").filter_map(|(_, content)| content.get("schema")) { (kind(schema)) }
                    " " (text(response, "/description"))
                }
            }
        }
    }
}

/// A type in a few words, linked where it has a name.
fn kind(schema: &Value) -> Markup {
    if let Some(name) = text(schema, "/$ref").rsplit('/').next().filter(|name| !name.is_empty()) {
        return html! { a href={ "#schema-" (name) } { code { (name) } } };
    }
    if let Some(items) = schema.get("items") {
        return html! { (kind(items)) "[]" };
    }
    for key in ["oneOf", "anyOf", "allOf"] {
        if schema.get(key).is_some() {
            return html! { @for (at, part) in list(schema, key).enumerate() { @if at > 0 { " | " } (kind(part)) } };
        }
    }
    if schema.get("enum").is_some() {
        return html! { @for (at, value) in list(schema, "enum").enumerate() { @if at > 0 { " | " } code { (value) } } };
    }
    let names: Vec<&str> = match schema.get("type") {
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ => vec![text(schema, "/type")],
    };
    let format = text(schema, "/format");
    html! { (names.join(" | ")) @if !format.is_empty() { " (" (format) ")" } }
}

/// A named type with its members.
fn shape(schema: &Value) -> Markup {
    let required: Vec<&Value> = list(schema, "required").collect();
    html! {
        p { (text(schema, "/description")) }
        @if schema.get("properties").is_none() { p { (kind(schema)) } }
        table {
            @for (name, property) in fields(schema, "properties") {
                tr {
                    td { code { (name) } @if required.iter().any(|needed| *needed == name) { " *" } }
                    td { (kind(property)) }
                    td { (text(property, "/description")) }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_and_schema_of_the_document_is_on_the_page_and_nothing_runs_there() {
        let page = render(crate::DOCUMENT).unwrap();
        let document: Value = serde_json::from_str(crate::DOCUMENT).unwrap();
        for (path, methods) in document["paths"].as_object().unwrap() {
            for method in methods.as_object().unwrap().keys() {
                assert!(
                    page.contains(&format!("<b>{}</b> <code>{path}</code>", method.to_uppercase())),
                    "{method} {path}"
                );
            }
        }
        for name in document.pointer("/components/schemas").and_then(Value::as_object).unwrap().keys() {
            assert!(page.contains(&format!("id=\"schema-{name}\"")), "{name}");
        }
        assert!(!page.contains("<script") && !page.contains("http://") && !page.contains("https://"));
    }

    #[test]
    fn what_the_document_says_is_escaped() {
        let page = render(r#"{"info":{"title":"<script>"},"tags":[]}"#).unwrap();
        assert!(!page.contains("<script>"));
    }
}
