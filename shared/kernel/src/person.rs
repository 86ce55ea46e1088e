//! Names and numbers of persons. None of them prints itself in full by accident.

use crate::line::is_deceptive;
use jiff::civil::Date;
use pinyin::ToPinyin;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use utoipa::ToSchema;

/// A name or number that is not one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPersonal {
    /// Not 18 characters of the right form, an impossible date of birth, or a wrong check character.
    #[error("身份证号码不正确，请逐位核对\u{1f}not a valid ID-card number (GB 11643)")]
    IdCard,
    /// Not a mainland mobile number.
    #[error("手机号码不正确，应为 11 位大陆手机号\u{1f}not a mainland mobile number")]
    Phone,
    /// Empty, too long, or with characters that no name has.
    #[error("姓名应为 2 至 50 个字，不含符号\u{1f}a name has 2 to 50 letters")]
    Name,
}

macro_rules! text_value {
    ($name:ident, $why:expr) => {
        impl TryFrom<String> for $name {
            type Error = InvalidPersonal;

            fn try_from(text: String) -> Result<Self, InvalidPersonal> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }

        impl $name {
            /// In full. What it is passed to must not log it.
            #[must_use]
            pub fn reveal(&self) -> &str {
                &self.0
            }
        }
    };
}

/// Sex as entered in the register.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Sex {
    /// 男
    Male,
    /// 女
    Female,
}

/// A citizen's number of 18 characters (GB 11643): region, date of birth, sequence, check character.
///
/// `Debug` shows the mask. Serialising gives the number in full, so only encrypted fields hold it.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(into = "String", try_from = "String")]
#[schema(value_type = String, pattern = "^[0-9]{17}[0-9X]$")]
pub struct IdCard(String);

text_value!(IdCard, IdCard);

impl IdCard {
    /// Completes seventeen digits by their check character; `None` when they are not seventeen digits.
    #[must_use]
    pub fn check_character(first17: &str) -> Option<char> {
        const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
        let digits: Vec<u32> = first17.chars().map(|c| c.to_digit(10)).collect::<Option<_>>()?;
        (digits.len() == WEIGHTS.len()).then_some(())?;
        let sum: u32 = digits.iter().zip(WEIGHTS).map(|(digit, weight)| digit * weight).sum();
        "10X98765432".chars().nth(usize::try_from(sum % 11).ok()?)
    }

    /// The date of birth.
    #[must_use]
    pub fn born(&self) -> Option<Date> {
        let part = |range: std::ops::Range<usize>| self.0.get(range)?.parse::<i16>().ok();
        let (year, month, day) = (part(6..10)?, part(10..12)?, part(12..14)?);
        Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
    }

    /// Sex by the parity of the seventeenth digit.
    #[must_use]
    pub fn sex(&self) -> Sex {
        match self.0.as_bytes().get(16) {
            Some(digit) if digit % 2 == 1 => Sex::Male,
            _ => Sex::Female,
        }
    }

    /// `3****************4`: the date of birth stands beside it in the record, so more of the number would be all of it.
    #[must_use]
    pub fn masked(&self) -> String {
        format!("{}****************{}", self.0.get(..1).unwrap_or(""), self.0.get(17..).unwrap_or(""))
    }
}

impl FromStr for IdCard {
    type Err = InvalidPersonal;

    /// A lower-case `x` is accepted and stored as `X`.
    fn from_str(text: &str) -> Result<Self, InvalidPersonal> {
        let card = Self(text.trim().to_ascii_uppercase());
        let wrong = InvalidPersonal::IdCard;
        let first17 = card.0.get(..17).ok_or(wrong)?;
        let given = card.0.get(17..).ok_or(wrong)?;
        let check = Self::check_character(first17).ok_or(wrong)?;
        let century = matches!(card.0.get(6..8), Some("18" | "19" | "20"));
        let real = given.chars().eq([check]) && !first17.starts_with('0') && century && card.born().is_some();
        if real { Ok(card) } else { Err(wrong) }
    }
}

impl fmt::Debug for IdCard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdCard(********)")
    }
}

/// A mainland mobile number, kept as `+86` and eleven digits (E.164).
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(into = "String", try_from = "String")]
#[schema(value_type = String, example = "13800000000")]
pub struct Phone(String);

text_value!(Phone, Phone);

impl Phone {
    /// `138****1234`
    #[must_use]
    pub fn masked(&self) -> String {
        format!("{}****{}", self.0.get(3..6).unwrap_or(""), self.0.get(10..).unwrap_or(""))
    }
}

impl FromStr for Phone {
    type Err = InvalidPersonal;

    /// With or without `+86`/`0086`, spaces and hyphens.
    fn from_str(text: &str) -> Result<Self, InvalidPersonal> {
        if text.len() > 32 {
            return Err(InvalidPersonal::Phone);
        }
        let digits: String = text.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
        let local = ["+86", "0086"].iter().find_map(|prefix| digits.strip_prefix(prefix)).unwrap_or(&digits);
        let mobile = local.len() == 11
            && local.bytes().all(|b| b.is_ascii_digit())
            && matches!(local.as_bytes(), [b'1', b'3'..=b'9', ..]);
        if mobile { Ok(Self(format!("+86{local}"))) } else { Err(InvalidPersonal::Phone) }
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phone(********)")
    }
}

/// A person's name: 2 to 50 letters, with the dots and spaces that minority and foreign names have.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(into = "String", try_from = "String")]
#[schema(value_type = String, min_length = 2, max_length = 50)]
pub struct PersonName(String);

text_value!(PersonName, Name);

/// How a name is looked up: in pinyin and by initials, lower-case, without tones or spaces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameKey {
    /// `zhangwei`
    pub pinyin: String,
    /// `zw`
    pub initials: String,
}

impl NameKey {
    /// The keys of any text: Han characters in their most usual reading, Latin letters as they are, the rest dropped.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let mut key = Self { pinyin: String::new(), initials: String::new() };
        for c in text.chars() {
            if let Some(syllable) = c.to_pinyin() {
                key.pinyin.push_str(syllable.plain());
                key.initials.extend(syllable.plain().chars().next());
            } else if c.is_ascii_alphanumeric() {
                key.pinyin.push(c.to_ascii_lowercase());
                key.initials.push(c.to_ascii_lowercase());
            }
        }
        key
    }
}

impl PersonName {
    /// What the name is looked up by.
    #[must_use]
    pub fn key(&self) -> NameKey {
        NameKey::of(&self.0)
    }
}

impl FromStr for PersonName {
    type Err = InvalidPersonal;

    fn from_str(text: &str) -> Result<Self, InvalidPersonal> {
        let name = text.trim();
        let letters = name.chars().filter(|c| c.is_alphabetic()).count();
        let plain =
            name.chars().all(|c| (c.is_alphabetic() || matches!(c, '·' | ' ' | '-' | '\'')) && !is_deceptive(c));
        if (2..=50).contains(&letters) && name.chars().count() <= 50 && plain {
            Ok(Self(name.to_owned()))
        } else {
            Err(InvalidPersonal::Name)
        }
    }
}

impl fmt::Debug for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonName(**)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_completed_number_is_valid_and_one_changed_digit_is_not(
            region in 110_000_u32..=659_999, year in 1900_i16..2020, month in 1_i8..=12, day in 1_i8..=28,
            sequence in 0_u32..=999, at in 0_usize..17, step in 1_u8..=9,
        ) {
            let first17 = format!("{region}{year:04}{month:02}{day:02}{sequence:03}");
            let text = format!("{first17}{}", IdCard::check_character(&first17).unwrap());
            let card: IdCard = text.parse().unwrap();
            prop_assert_eq!(card.born(), Date::new(year, month, day).ok());
            prop_assert_eq!(card.sex() == Sex::Male, sequence % 2 == 1);
            prop_assert_eq!(text.to_lowercase().parse::<IdCard>(), Ok(card.clone()));
            prop_assert_eq!(card.masked(), format!("{}****************{}", &text[..1], &text[17..]));
            let shown = format!("{card:?}");
            prop_assert!(!shown.contains(&text[14..]));

            let mut wrong = text.into_bytes();
            wrong[at] = b'0' + (wrong[at] - b'0' + step) % 10;
            prop_assert_eq!(String::from_utf8(wrong).unwrap().parse::<IdCard>(), Err(InvalidPersonal::IdCard));
        }

        #[test]
        fn a_phone_number_has_one_stored_form(second in 3_u8..=9, rest in 0_u32..1_000_000_000) {
            let local = format!("1{second}{rest:09}");
            let stored: Phone = local.parse().unwrap();
            for spelling in [format!("+86{local}"), format!("+86 {} {}", &local[..3], &local[3..]), format!("0086{local}")] {
                prop_assert_eq!(spelling.parse::<Phone>(), Ok(stored.clone()));
            }
            prop_assert_eq!(stored.masked(), format!("{}****{}", &local[..3], &local[7..]));
        }

        #[test]
        fn no_text_makes_parsing_panic(text in "\\PC{0,40}") {
            let _ = (text.parse::<IdCard>(), text.parse::<Phone>(), text.parse::<PersonName>(), NameKey::of(&text));
        }
    }

    #[test]
    fn numbers_that_are_not_persons() {
        for text in [
            "",
            "110101190002301234",
            "11010119900307123",
            "1101011990030712345",
            "０10101199003071234",
            "110101199013011234",
        ] {
            assert_eq!(text.parse::<IdCard>(), Err(InvalidPersonal::IdCard), "{text}");
        }
        for text in ["", "12800000000", "1380000000", "138000000000", "+8513800000000", "1380000000x", "１3800000000"]
        {
            assert_eq!(text.parse::<Phone>(), Err(InvalidPersonal::Phone), "{text}");
        }
    }

    #[test]
    fn names_are_found_by_pinyin_and_initials() {
        let key = "张伟".parse::<PersonName>().unwrap().key();
        assert_eq!((key.pinyin.as_str(), key.initials.as_str()), ("zhangwei", "zw"));
        assert_eq!("阿依古丽·买买提".parse::<PersonName>().unwrap().key().initials, "ayglmmt");
        for text in ["", "张", "张伟\u{202e}", "<b>", "张 1"] {
            assert_eq!(text.parse::<PersonName>(), Err(InvalidPersonal::Name), "{text}");
        }
    }
}
