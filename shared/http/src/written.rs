//! Answers that are a table as well: as JSON, or as a file for a spreadsheet.

use axum::response::{IntoResponse, Response};
use lambda_http::http::{
    HeaderMap, HeaderValue,
    header::{ACCEPT, CONTENT_DISPOSITION, CONTENT_TYPE},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How a table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = TableFormat)]
pub enum Written {
    /// As JSON.
    Json,
    /// As comma-separated values, for a spreadsheet.
    Csv,
}

impl Written {
    /// How it is asked for: by `format`, and without that `Accept: text/csv` asks for a file.
    #[must_use]
    pub fn asked(format: Option<Self>, headers: &HeaderMap) -> Self {
        let accepted = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let wants =
            || accepted.split(',').any(|range| range.split(';').next().unwrap_or_default().trim() == "text/csv");
        format.unwrap_or_else(|| if wants() { Self::Csv } else { Self::Json })
    }

    /// The answer that is a file of comma-separated values, called `name` and `.csv`.
    #[must_use]
    pub fn file(name: &str, bytes: Vec<u8>) -> Response {
        let mut response = ([(CONTENT_TYPE, "text/csv; charset=utf-8")], bytes).into_response();
        if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}.csv\"")) {
            response.headers_mut().insert(CONTENT_DISPOSITION, value);
        }
        response
    }
}
