//! The first persons, and whether an order can be.

use super::{Invalid, KINDS, Order, both, said};
use authz::Role;
use jiff::civil::Date;
use kernel::{IdCard, Line, PersonName, Phone, Text};
use register::Category;
use serde::Deserialize;
use serde_json::Value;

/// The first offices. The administrators appoint everybody else of their kind and look after accounts; the organisation
/// department founds and registers. Administrators exclude each other, so these are three persons.
pub const ROLES: [Role; 3] = [Role::SystemAdministrator, Role::SecurityAdministrator, Role::OrganizationDepartment];

/// One of the first persons, a full member of the branch of the office.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Person {
    /// Name.
    pub name: PersonName,
    /// ID-card number.
    pub id_card: IdCard,
    /// Phone number, to sign in with.
    pub phone: Phone,
    /// 民族
    pub ethnicity: Line<20>,
    /// What they live on.
    pub category: Category,
    /// 入党日期
    pub joined_on: Date,
    /// 转正日期: only a full member holds an office (党章 §7).
    pub full_since: Date,
    /// Their office, one of [`ROLES`].
    pub role: Role,
}

/// Reads persons out of a JSON list.
///
/// # Errors
/// [`Invalid`] with the first thing that is wrong with each of them. Numbers are not repeated in it.
pub fn read_people(json: &[u8]) -> Result<Vec<Person>, Invalid> {
    let entries: Vec<Value> = serde_json::from_slice(json).map_err(|error| {
        Invalid(vec![format!("the persons: not a list in JSON at line {}, column {}", error.line(), error.column())])
    })?;
    let (mut people, mut problems) = (Vec::new(), Vec::new());
    for (entry, n) in entries.into_iter().zip(1..) {
        let role = entry.get("role").and_then(|role| Role::deserialize(role).ok());
        match serde_path_to_error::deserialize(entry) {
            Ok(person) => people.push(person),
            Err(error) => {
                let (field, inner) = (error.path().to_string(), error.inner());
                // Missing and unknown fields are named by the message.
                let named = if field == "." || inner.to_string().contains(" field `") { None } else { Some(field) };
                let message = without_numbers(&both(&Text::from_display(inner)));
                problems.push(format!("{}: {message}", place(n, role, named.as_deref())));
            }
        }
    }
    Invalid::unless_none(problems).map(|()| people)
}

/// Which person, and which field.
pub(super) fn place(n: usize, role: Option<Role>, field: Option<&str>) -> String {
    let role = role.map(|role| format!(" ({})", role.slug())).unwrap_or_default();
    let field = field.map(|field| format!(", {field}")).unwrap_or_default();
    format!("person {n}{role}{field}")
}

/// The text without what may be somebody's number.
fn without_numbers(text: &str) -> String {
    let part = |part: &str| {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit());
        if part.len() - rest.len() < 7 { part.to_owned() } else { format!("…{rest}") }
    };
    text.split_inclusive(|c: char| !c.is_ascii_digit()).map(part).collect()
}

impl Order {
    /// Whether it can be, as seen on the day `today`.
    ///
    /// # Errors
    /// [`Invalid`] with everything that is wrong.
    pub(super) fn check(&self, today: Date) -> Result<(), Invalid> {
        let mut problems = Vec::new();
        if !KINDS.contains(&self.kind) {
            problems.push(format!("--kind: a {} cannot be the root", self.kind.slug()));
        }
        for (name, day) in [("--founded-on", self.founded_on), ("--branch-founded-on", self.branch_founded_on)] {
            if day > today {
                problems.push(format!("{name}: {day} is later than today"));
            }
        }
        for role in ROLES {
            let count = self.people.iter().filter(|person| person.role == role).count();
            if count != 1 {
                problems.push(format!("the persons: one has to be {} ({}), and {count} are", role.slug(), role.zh()));
            }
        }
        for (at, person) in self.people.iter().enumerate() {
            problems.extend(person.problems(at + 1, self.people.get(..at).unwrap_or_default(), today));
        }
        Invalid::unless_none(problems)
    }
}

impl Person {
    /// What is wrong with person `n`, after those `before` in the list.
    fn problems(&self, n: usize, before: &[Self], today: Date) -> Vec<String> {
        let at = |field: &str| place(n, Some(self.role), Some(field));
        let mut problems = Vec::new();
        if !ROLES.contains(&self.role) {
            problems.push(format!("{}: is not one of the first offices", at("role")));
        }
        let born = self.id_card.born().unwrap_or(today);
        if let Err(refusal) = register::membership_days(born, self.joined_on, Some(self.full_since), today) {
            let wrong = refusal.fields.iter().map(|wrong| (wrong.pointer.trim_start_matches('/'), both(&wrong.text)));
            problems.extend(wrong.map(|(field, text)| format!("{}: {text}", at(field))));
            if refusal.fields.is_empty() {
                problems.push(format!("{}: {}", place(n, Some(self.role), None), said(&refusal)));
            }
        }
        let same = |field: &str, is: &dyn Fn(&Self) -> bool| {
            let other = before.iter().position(is)? + 1;
            Some(format!("{}: is that of person {other} too", at(field)))
        };
        problems.extend(same("idCard", &|other| other.id_card == self.id_card));
        problems.extend(same("phone", &|other| other.phone == self.phone));
        problems
    }
}
