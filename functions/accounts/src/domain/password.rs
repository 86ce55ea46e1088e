//! Passwords: what is accepted as a new one.

use kernel::{NameKey, Refusal, Text};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, fmt, sync::LazyLock};
use utoipa::ToSchema;

/// Characters of a new password at least and at most.
const LENGTH: std::ops::RangeInclusive<usize> = 10..=128;
/// Different characters in it at least.
const DIFFERENT: usize = 5;
/// What is left at least when names, numbers and words that everybody tries are taken out of it.
const LEFT: usize = 8;

/// A password as somebody typed it, 1 to 128 characters. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(try_from = "String")]
#[schema(value_type = String, format = Password, min_length = 1, max_length = 128)]
pub(crate) struct Password(String);

impl Password {
    /// What was typed. What it is passed to must not log it.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Password {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match text.chars().count() {
            0 => Err("不能为空\u{1f}must not be empty"),
            n if n > *LENGTH.end() => Err("最多 128 个字符\u{1f}must be at most 128 characters"),
            _ => Ok(Self(text)),
        }
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(**)")
    }
}

/// The hash of a password, a PHC string. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Phc(String);

impl Phc {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Phc {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Phc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phc(**)")
    }
}

/// Passwords of ten characters and more that lists of stolen ones are full of.
static COMMON: LazyLock<BTreeSet<&str>> = LazyLock::new(|| include_str!("passwords.txt").lines().collect());

/// What people put around their name when a rule asks for more.
const WORDS: [&str; 20] = [
    "password",
    "passw0rd",
    "p@ssw0rd",
    "qwerty",
    "admin",
    "welcome",
    "letmein",
    "iloveyou",
    "woaini",
    "zhongguo",
    "china",
    "dangyuan",
    "dangzhibu",
    "zhibu",
    "fuzhou",
    "1qaz2wsx",
    "123456789",
    "12345678",
    "123456",
    "5201314",
];

/// Whether `new` will do as the password of the person with this name and this phone number.
///
/// # Errors
/// [`kernel::ErrorCode::InvalidField`] for `/new` with the rule that it breaks.
pub(crate) fn check(new: &Password, name: &str, phone: &str) -> Result<(), Refusal> {
    let refuse = |zh: &'static str, en: &'static str| Err(Refusal::field("/new", Text::of(zh, en)));
    let text = new.reveal().to_lowercase();
    if !LENGTH.contains(&new.reveal().chars().count()) {
        return refuse("密码应为 10 至 128 个字符", "a password has 10 to 128 characters");
    }
    if text.chars().collect::<BTreeSet<_>>().len() < DIFFERENT {
        return refuse("密码重复字符过多", "the password repeats too few characters");
    }
    if COMMON.contains(text.as_str()) || is_run(&text) {
        return refuse("该密码过于常见，请换一个", "this password is too common");
    }
    let NameKey { pinyin, .. } = NameKey::of(name);
    let phone = phone.trim_start_matches("+86");
    let last = phone.get(3..).unwrap_or_default();
    let own = [name.to_lowercase(), pinyin, phone.to_owned(), last.to_owned()];
    let words = own.iter().map(String::as_str).chain(WORDS).filter(|word| !word.is_empty());
    let left = words.fold(text.clone(), |left, word| left.replace(word, ""));
    if left != text && left.chars().count() < LEFT {
        return refuse(
            "密码与姓名、手机号或常见词太接近",
            "the password is too close to your name, your phone or a common word",
        );
    }
    Ok(())
}

/// Whether every character is the one after, or before, its neighbour.
fn is_run(text: &str) -> bool {
    let codes: Vec<u32> = text.chars().map(u32::from).collect();
    let each = |step: fn(u32) -> u32| codes.windows(2).all(|pair| matches!(pair, [a, b] if step(*a) == *b));
    each(|code| code + 1) || each(|code| code.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn accepts(text: &str) -> bool {
        let Ok(password) = Password::try_from(text.to_owned()) else { return false };
        check(&password, "张伟", "+8613812345678").is_ok()
    }

    #[test]
    fn long_and_unguessable_passwords_are_accepted() {
        for text in [
            "correct horse battery",
            "一二三四五六七八九十",
            "zhangwei likes jasmine tea",
            "k7#mQ2vLpx",
            &"长风破浪会有时".repeat(18),
        ] {
            assert!(accepts(text), "{text}");
        }
    }

    #[test]
    fn short_common_and_personal_passwords_are_refused() {
        for text in [
            "",
            "short",
            "九个字符的密码不行",
            "aaaaaaaaaaaa",
            "abababababab",
            "1234567890",
            "QWERTYUIOP",
            "1qaz2wsx3edc",
            "abcdefghijkl",
            "lkjihgfedcba",
            "zhangwei123",
            "ZhangWei1990!",
            "张伟张伟张伟1990",
            "13812345678",
            "13812345678abc",
            "zw12345678!",
            "Password123!",
            "dangyuan2026",
            &"x1y2z".repeat(26),
        ] {
            assert!(!accepts(text), "{text}");
        }
    }

    #[test]
    fn each_rule_begins_where_it_says() {
        for (refused, accepted) in [
            ("x7q!x7q!x7q!", "x7q!mx7q!m"),
            ("ghijklmnopqr", "ghijklmnoprq"),
            ("rqponmlkjihg", "rqponmlkjigh"),
            ("zhangweik7#mq2v", "zhangweik7#mq2vl"),
        ] {
            assert_eq!((accepts(refused), accepts(accepted)), (false, true), "{refused}, {accepted}");
        }
    }

    #[test]
    fn what_is_typed_has_one_to_128_characters_and_no_secret_is_shown() {
        for (characters, typed) in [(0, false), (1, true), (128, true), (129, false)] {
            assert_eq!(Password::try_from("密".repeat(characters)).is_ok(), typed, "{characters}");
        }
        assert_eq!(format!("{:?}", Phc::from("$argon2id$".to_owned())), "Phc(**)");
    }

    #[test]
    fn the_list_is_lower_case_and_none_of_it_is_too_short_to_matter() {
        assert!(COMMON.len() >= 100);
        for password in COMMON.iter() {
            assert!(password.chars().count() >= *LENGTH.start() && *password == password.to_lowercase(), "{password}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_check_panic(text in "\\PC{0,140}", name in "\\PC{0,9}", phone in "\\PC{0,14}") {
            if let Ok(password) = Password::try_from(text) {
                let _ = check(&password, &name, &phone);
                let shown = format!("{password:?}");
                prop_assert_eq!(shown, "Password(**)");
            }
        }
    }
}
