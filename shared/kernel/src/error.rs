//! The closed table of everything a client can be refused for, and how it is said.

use serde::Serialize;
use std::{borrow::Cow, fmt};
use utoipa::ToSchema;

/// A language that messages are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lang {
    /// zh-CN, unless the client asks otherwise.
    #[default]
    Zh,
    /// English.
    En,
}

impl Lang {
    /// The language an `Accept-Language` header asks for: English when it names `en` before any `zh`.
    #[must_use]
    pub fn accepted(header: Option<&str>) -> Self {
        let wanted = header.unwrap_or("").split(',').map(|range| range.trim().to_ascii_lowercase());
        match wanted.into_iter().find(|range| range.starts_with("zh") || range.starts_with("en")) {
            Some(range) if range.starts_with("en") => Self::En,
            _ => Self::Zh,
        }
    }
}

/// A message in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// Chinese.
    pub zh: Cow<'static, str>,
    /// English.
    pub en: Cow<'static, str>,
}

impl Text {
    /// Both wordings.
    pub fn of(zh: impl Into<Cow<'static, str>>, en: impl Into<Cow<'static, str>>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }

    /// The wording in `lang`.
    #[must_use]
    pub fn in_lang(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        }
    }

    /// Reads a message out of an error's `Display`: `中文\u{1f}English` as the parsers of this crate write it, or serde's
    /// own English, for which the Chinese names the kind of mistake.
    #[must_use]
    pub fn from_display(error: &dyn fmt::Display) -> Self {
        let shown = error.to_string();
        let shown = shown.split(" at line ").next().unwrap_or_default();
        if let Some((zh, en)) = shown.split_once('\u{1f}') {
            return Self::of(zh.to_owned(), en.to_owned());
        }
        let zh = [
            ("unknown field", "有不认识的字段"),
            ("missing field", "缺少必填字段"),
            ("duplicate field", "字段重复"),
            ("unknown variant", "不是可选的值"),
            ("invalid type", "值的类型不对"),
            ("invalid length", "长度不对"),
            ("recursion limit", "嵌套过深"),
        ];
        let zh = zh.iter().find(|(start, _)| shown.starts_with(start)).map_or("格式不正确", |(_, zh)| zh);
        Self::of(zh, shown.to_owned())
    }
}

macro_rules! error_codes {
    ($($(#[doc = $doc:literal])* $name:ident = $status:literal $slug:literal $zh:literal $en:literal),+ $(,)?) => {
        /// A failure that a client may act on. Adding a variant is an API change.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, ToSchema)]
        pub enum ErrorCode { $(
            $(#[doc = $doc])*
            #[serde(rename = $slug)]
            $name
        ),+ }

        impl ErrorCode {
            /// Every code, for the reference page and its snapshot.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The HTTP status it is sent with.
            #[must_use]
            pub const fn status(self) -> u16 { match self { $(Self::$name => $status),+ } }

            /// The stable name in the `code` member of a problem body.
            #[must_use]
            pub const fn slug(self) -> &'static str { match self { $(Self::$name => $slug),+ } }

            /// What is said when there is nothing more precise to say.
            #[must_use]
            pub const fn title(self) -> Text {
                match self { $(Self::$name => Text { zh: Cow::Borrowed($zh), en: Cow::Borrowed($en) }),+ }
            }

            /// What the code stands for, for the reference page.
            #[must_use]
            pub const fn meaning(self) -> &'static str { match self { $(Self::$name => concat!($($doc),*)),+ } }
        }
    };
}

error_codes! {
    /// The body is not JSON, or a header or query cannot be read.
    Malformed = 400 "malformed" "请求无法读取" "The request cannot be read",
    /// The cursor is not one that this list gave out.
    BadCursor = 400 "bad-cursor" "翻页标记无效，请从第一页重新读取" "The cursor is not valid here; start from the first page",
    /// No caller could be established from the token.
    Unauthenticated = 401 "unauthenticated" "请先登录" "Sign in first",
    /// The access token has run out; exchange the refresh token for a new one.
    TokenExpired = 401 "token-expired" "登录凭证已过期，请刷新" "The access token has expired; refresh it",
    /// The session was ended by its owner, by an administrator or because its refresh token was used twice.
    SessionEnded = 401 "session-ended" "登录已失效，请重新登录" "The session has ended; sign in again",
    /// Phone, password, one-time code or second factor do not fit. Which of them is not said.
    WrongCredentials = 401 "wrong-credentials" "手机号、密码或验证码不正确" "Phone, password or code is not right",
    /// The account has a second factor; send its code with the sign-in.
    SecondFactorRequired = 401 "second-factor-required" "请输入动态口令" "Send the code of the second factor",
    /// The caller may not do this here.
    Forbidden = 403 "forbidden" "您没有进行此操作的权限" "You may not do this",
    /// The account is suspended.
    AccountSuspended = 403 "account-suspended" "账号已停用，请联系上级管理员" "The account is suspended",
    /// Nobody decides in their own case.
    OwnCase = 403 "own-case" "本人事项须由他人办理" "Somebody else has to decide in your own case",
    /// There is nothing under that id that the caller may see.
    NotFound = 404 "not-found" "没有找到，或不在您的管理范围内" "There is nothing here that you may see",
    /// The route exists, but not with this method.
    MethodNotAllowed = 405 "method-not-allowed" "不支持该请求方法" "This method is not supported here",
    /// Somebody holds this ID-card number already.
    IdCardTaken = 409 "id-card-taken" "该身份证号已登记" "This ID-card number is registered already",
    /// Somebody holds this phone number already.
    PhoneTaken = 409 "phone-taken" "该手机号已登记" "This phone number is registered already",
    /// An organisation of this name stands under the same parent already.
    NameTaken = 409 "name-taken" "同一上级下已有同名组织" "The parent has an organisation of this name already",
    /// The step is not possible from the present state.
    IllegalTransition = 409 "illegal-transition" "当前状态不能进行此操作" "The present state does not allow this step",
    /// The record changed while the request was on its way; read it again and repeat.
    Conflict = 409 "conflict" "记录刚刚被他人修改，请刷新后重试" "The record has just changed; read it again and repeat",
    /// The organisation would come to stand below itself.
    Cycle = 409 "cycle" "不能把组织移到它自己的下级" "An organisation cannot stand below itself",
    /// The tree would get deeper than ten levels.
    TooDeep = 409 "too-deep" "组织层级过深" "The tree would get too deep",
    /// Such an organisation cannot stand under this parent.
    WrongParent = 409 "wrong-parent" "该类组织不能设在此上级之下" "Such an organisation cannot stand under this parent",
    /// The move takes more organisations along than one step can carry; move the parts one by one.
    MoveTooLarge = 409 "move-too-large" "一次移动的组织过多，请分批移动" "The move is too large; move its parts one by one",
    /// The organisation is dissolved or merged.
    OrganizationClosed = 409 "organization-closed" "该组织已撤销或合并" "The organisation is dissolved",
    /// Persons or organisations still belong to it.
    NotEmpty = 409 "not-empty" "该组织下仍有党员或下级组织" "Members or organisations still belong to it",
    /// A branch needs three full members; fewer form a joint branch.
    BranchTooSmall = 409 "branch-too-small" "正式党员不足 3 人，不能单独成立党支部" "A branch needs three full members",
    /// A project branch needs a project of six months or more.
    ProjectTooShort = 409 "project-too-short" "项目不满 6 个月，不宜成立项目党支部" "The project is shorter than six months",
    /// A temporary branch does not elect, develop members or collect dues.
    TemporaryBranch = 409 "temporary-branch" "临时党支部不进行此项工作" "A temporary branch does not do this",
    /// The committee would be larger than the number of full members allows.
    CommitteeSize = 409 "committee-size" "支部委员会人数不符合规定" "The committee would not have a size that the rule allows",
    /// Somebody holds this office on that day already.
    OfficeTaken = 409 "office-taken" "该职务已有人担任" "Somebody holds this office already",
    /// System, security and audit administrators are three persons.
    IncompatibleOffices = 409 "incompatible-offices" "系统、安全、审计管理员不得由一人兼任" "These offices exclude each other",
    /// Only full members can hold an office.
    NotAFullMember = 409 "not-a-full-member" "只有正式党员可以任职" "Only a full member can hold an office",
    /// Whoever leaves is relieved of their offices first.
    HoldsOffice = 409 "holds-office" "该党员仍担任职务，请先办理免职" "Relieve the person of their offices first",
    /// An election may be brought forward or put off by one year at most.
    TermShiftTooLong = 409 "term-shift-too-long" "提前或延期换届不得超过 1 年" "An election may be shifted by a year at most",
    /// The request has been decided already.
    AlreadyDecided = 409 "already-decided" "该申请已经办结" "This has been decided already",
    /// There is an open request about the same field.
    AlreadyOpen = 409 "already-open" "同一事项已有未办结的申请" "There is an open request about this already",
    /// A transfer of this person's affiliation is under way.
    TransferOpen = 409 "transfer-open" "该党员已有未办结的组织关系转接" "A transfer of this person is under way",
    /// The object was not uploaded yet, or its upload was not completed.
    NotUploaded = 409 "not-uploaded" "文件尚未上传完成" "The file has not been uploaded",
    /// What was uploaded is not what was declared: another length or checksum. Upload the declared file and repeat.
    UploadMismatch = 409 "upload-mismatch" "上传的文件与申报的大小或校验值不一致" "What was uploaded is not what was declared",
    /// The upload was not completed in time; declare it again.
    UploadExpired = 409 "upload-expired" "上传已过期，请重新申报" "The upload was not completed in time; declare it again",
    /// The person's uploads would take more room, or be more in number, than one person may have.
    QuotaExceeded = 409 "quota-exceeded" "个人上传空间或文件数已达上限" "The quota of uploads is used up",
    /// The day of this activity is not sealed yet; it is in the night after it ends.
    NotSealedYet = 409 "not-sealed-yet" "该日留痕尚未封存，请次日再查" "The day of this activity is not sealed yet; ask again tomorrow",
    /// The activity is not the one that was sealed with its day: tell the auditor.
    SealBroken = 409 "seal-broken" "该条留痕与封存不符，请报告审计管理员" "The activity differs from what was sealed; tell the auditor",
    /// The ranking of this board is off, which it is unless a manager turned it on, or its time is over.
    RankingOff = 409 "ranking-off" "该看板未开启排名" "The ranking of this board is off",
    /// The tree of a task would get more tasks than one may have.
    TaskTreeFull = 409 "task-tree-full" "该任务分解的子任务总数已达上限" "The tree of this task would get too large",
    /// `If-Match` names a version that is not the present one.
    Stale = 412 "stale" "记录已被他人修改，请刷新后再改" "The record has changed since you read it",
    /// The body is larger than the route accepts.
    TooLarge = 413 "too-large" "内容过大" "The body is too large",
    /// The body is not `application/json`.
    UnsupportedMediaType = 415 "unsupported-media-type" "请以 JSON 格式提交" "Send application/json",
    /// A field breaks a rule; `fields` says which.
    InvalidField = 422 "invalid-field" "填写的内容不符合要求" "A field breaks a rule",
    /// The content of the file is not what may be kept: another type than declared, damaged, too many pixels.
    ContentRefused = 422 "content-refused" "文件内容不符合要求" "The content of the file cannot be kept",
    /// The `Idempotency-Key` was used with another request.
    KeyReused = 422 "key-reused" "重复提交标识已用于另一请求" "The idempotency key was used for another request",
    /// An update has to name the version it is based on in `If-Match`.
    VersionRequired = 428 "version-required" "修改时须带上所读记录的版本" "Name the version in If-Match",
    /// Too many attempts; `Retry-After` says when to try again.
    TooManyAttempts = 429 "too-many-attempts" "尝试次数过多，请稍后再试" "Too many attempts; try again later",
    /// Our fault; the request id finds the cause in the log.
    Internal = 500 "internal" "系统出错，请稍后重试" "Something went wrong on our side",
    /// A dependency is over its limit; `Retry-After` says when to try again.
    Unavailable = 503 "unavailable" "系统繁忙，请稍后重试" "The service is busy; try again shortly",
    /// One-time codes cannot be sent in this deployment; sign in by password.
    CodesUnavailable = 503 "codes-unavailable" "暂不支持验证码登录，请使用密码" "One-time codes are not available; use a password",
}

/// One field that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// Where in the body, as a JSON pointer (`/phone`); query parameters look the same.
    pub pointer: String,
    /// What is wrong with it.
    pub text: Text,
}

/// Why a request is not done: what a rule, a scope or a parser says no with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The stable code.
    pub code: ErrorCode,
    /// More than the code's title, where there is more to say.
    pub detail: Option<Text>,
    /// The article of the regulation that refuses, such as `支部条例 §4`.
    pub article: Option<&'static str>,
    /// The fields that break a rule.
    pub fields: Vec<FieldError>,
    /// After how many seconds a retry makes sense.
    pub retry_after: Option<u32>,
}

impl Refusal {
    /// A refusal that says no more than its code.
    #[must_use]
    pub const fn new(code: ErrorCode) -> Self {
        Self { code, detail: None, article: None, fields: Vec::new(), retry_after: None }
    }

    /// A field that breaks a rule; `pointer` as in [`FieldError`].
    pub fn field(pointer: impl Into<String>, text: Text) -> Self {
        Self { fields: vec![FieldError { pointer: pointer.into(), text }], ..Self::new(ErrorCode::InvalidField) }
    }

    /// The same about a part of the input: its fields are those of what is at `pointer`.
    #[must_use]
    pub fn within(mut self, pointer: &str) -> Self {
        for field in &mut self.fields {
            field.pointer.insert_str(0, pointer);
        }
        self
    }

    /// The same with a more precise message.
    #[must_use]
    pub fn because(mut self, detail: Text) -> Self {
        self.detail = Some(detail);
        self
    }

    /// The same with the article that says so.
    #[must_use]
    pub const fn by(mut self, article: &'static str) -> Self {
        self.article = Some(article);
        self
    }

    /// The same with a time, in seconds, after which to try again.
    #[must_use]
    pub const fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.slug())
    }
}

impl std::error::Error for Refusal {}

impl From<ErrorCode> for Refusal {
    fn from(code: ErrorCode) -> Self {
        Self::new(code)
    }
}

/// A field that breaks a rule, in both languages; `pointer` as in [`FieldError`].
pub fn field(
    pointer: impl Into<String>,
    zh: impl Into<Cow<'static, str>>,
    en: impl Into<Cow<'static, str>>,
) -> Refusal {
    Refusal::field(pointer, Text::of(zh, en))
}

/// Refuses a step that the present state does not allow.
pub fn illegal(zh: impl Into<Cow<'static, str>>, en: impl Into<Cow<'static, str>>) -> Refusal {
    Refusal::new(ErrorCode::IllegalTransition).because(Text::of(zh, en))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_kebab_case_and_errors() {
        let mut slugs: Vec<_> = ErrorCode::ALL.iter().map(|code| code.slug()).collect();
        assert!(slugs.iter().all(|slug| slug.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')));
        slugs.sort_unstable();
        slugs.dedup();
        assert_eq!(slugs.len(), ErrorCode::ALL.len());
        assert!(ErrorCode::ALL.iter().all(|code| (400..600).contains(&code.status())));
    }

    #[test]
    fn serialised_codes_are_their_slugs() {
        for code in ErrorCode::ALL {
            assert_eq!(serde_json::to_value(code).unwrap(), code.slug());
        }
    }

    #[test]
    fn chinese_unless_english_is_asked_for_first() {
        for (header, lang) in [
            (None, Lang::Zh),
            (Some("en-GB,en;q=0.9"), Lang::En),
            (Some("zh-CN,en"), Lang::Zh),
            (Some("fr, EN"), Lang::En),
            (Some("fr"), Lang::Zh),
        ] {
            assert_eq!(Lang::accepted(header), lang, "{header:?}");
        }
    }

    #[test]
    fn parser_messages_keep_both_languages() {
        let text = Text::from_display(&"手机号码不正确\u{1f}not a phone at line 1 column 2");
        assert_eq!(text, Text::of("手机号码不正确", "not a phone"));
        assert_eq!(Text::from_display(&"unknown field `x`, expected `y` at line 1 column 9").zh, "有不认识的字段");
    }
}
