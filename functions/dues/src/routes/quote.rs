//! What somebody would owe, for anybody who asks.

use dues_records::{Class, Rules, Yuan};
use http_api::{Json, Problem, ProblemBody, Reply};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What somebody lives on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct DuesQuestion {
    class: Class,
    /// Income of a month that counts, in yuan; not for classes with a fixed sum.
    base: Option<Yuan>,
}

/// What somebody owes for a month, in yuan with two decimals.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DuesQuote {
    due: Yuan,
    /// The least that a branch may set: less than `due` where the rest is voluntary (over about 1000 yuan a month).
    least: Yuan,
    /// The most that a branch may set: more than `due` for farmers.
    most: Yuan,
    /// Where it is written.
    article: &'static str,
    /// The version of the rules.
    rules: &'static str,
}

/// What a member of this class owes for a month by the rules. The rate is on the whole base; upper bounds are inclusive.
#[utoipa::path(post, path = "/v1/dues/quote", tag = "dues", operation_id = "quoteDues", request_body = DuesQuestion,
    responses((status = 200, body = DuesQuote), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn quote(Json(DuesQuestion { class, base }): Json<DuesQuestion>) -> Result<Reply, Problem> {
    let rules = Rules::get()?;
    let quote = rules.quote(class, base.map(|Yuan(fen)| fen))?;
    let (due, least, most) = (Yuan(quote.due), Yuan(quote.least), Yuan(quote.most));
    Reply::ok(&DuesQuote { due, least, most, article: quote.article, rules: &rules.version })
}
