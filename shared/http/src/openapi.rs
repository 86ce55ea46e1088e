//! The parts of the API document that every function's share has.

use utoipa::openapi::{
    InfoBuilder, OpenApi, OpenApiBuilder,
    security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    tag::TagBuilder,
};

/// An empty document for one function: its name as the tag, and the bearer token.
#[must_use]
pub fn document(tag: &str, purpose: &str) -> OpenApi {
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
    let mut document = OpenApiBuilder::new()
        .info(InfoBuilder::new().title("Zhibu 支部").version(env!("CARGO_PKG_VERSION")))
        .tags(Some([TagBuilder::new().name(tag).description(Some(purpose)).build()]))
        .build();
    document.components.get_or_insert_default().add_security_scheme("token", SecurityScheme::Http(bearer));
    document
}
