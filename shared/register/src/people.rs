//! Reading the register of persons.
//!
//! | pattern | request | units |
//! |--|--|--|
//! | a person | `GetItem` `MBR#id`/`MBR` | 0.5, consistent 1 |
//! | whose phone it is, whose ID card | `GetItem` `PHONE#hash`/`TAKEN`, `ID#hash`/`TAKEN`, consistent | 1 |
//! | full members of a branch | `Query` index `place`, filtered | 0.5 per 4 KB |

use crate::{Member, MemberRow, MemberState, TakenRow};
use cloud::Environment;
use dynamo::{Change, Filter, Key, Read, StoreError, Table};
use kernel::{ErrorCode, IdCard, MemberId, MissingSetting, OrgPath, Phone, Refusal};
use vault::{Place, Sealed, Vault};

/// The table of persons, as other functions read it.
#[derive(Debug, Clone)]
pub struct People {
    table: Table,
}

impl People {
    /// Over the table that `MEMBERS_TABLE` names.
    ///
    /// # Errors
    /// When the setting is missing.
    pub fn open(env: &Environment) -> Result<Self, MissingSetting> {
        Ok(Self { table: Table::open(env, "MEMBERS_TABLE")? })
    }

    /// The table itself, for the function that owns it.
    #[must_use]
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// The record of `id`.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`] when there is none; or when the call fails.
    pub async fn person(&self, id: MemberId, read: Read) -> Result<Member, StoreError> {
        let row: Option<MemberRow> = self.table.get(Key::new(MemberRow::partition(id), "MBR"), read).await?;
        row.map(|row| row.member).ok_or_else(|| Refusal::new(ErrorCode::NotFound).into())
    }

    /// Adds `member`, if nobody holds their numbers; `taken` says so when somebody does.
    #[must_use]
    pub fn enter(&self, change: Change, member: &Member, taken: impl Fn(ErrorCode) -> Refusal) -> Change {
        let (id_card, phone) = (&member.id_card_index, &member.phone_index);
        change
            .insert(&self.table, &TakenRow::id_card(id_card, member.id), taken(ErrorCode::IdCardTaken))
            .insert(&self.table, &TakenRow::phone(phone, member.id), taken(ErrorCode::PhoneTaken))
            .insert(&self.table, &MemberRow::new(member.clone()), ErrorCode::Conflict)
    }

    /// The change that turns `old` into `new`: the record if nobody changed it since, and the numbers it holds.
    ///
    /// An ID-card number is its person's for good, so that who was transferred out and comes back is the same; a phone number only as long as they are on the rolls, because operators
    /// give numbers out again.
    #[must_use]
    pub fn change(&self, old: &Member, new: &Member) -> Change {
        let table = &self.table;
        let mut change = Change::new().replace(table, &MemberRow::new(new.clone()), old.version);
        let release = |row: TakenRow| Key::new(row.pk, row.sk);
        if old.id_card_index != new.id_card_index {
            let claim = TakenRow::id_card(&new.id_card_index, new.id);
            let held = TakenRow::id_card(&old.id_card_index, old.id);
            change = change.insert(table, &claim, ErrorCode::IdCardTaken).discard(table, release(held));
        }
        let (held, holds) = (old.state.is_current(), new.state.is_current());
        let same = old.phone_index == new.phone_index;
        if holds && !(held && same) {
            change = change.insert(table, &TakenRow::phone(&new.phone_index, new.id), ErrorCode::PhoneTaken);
        }
        if held && !(holds && same) {
            change = change.discard(table, release(TakenRow::phone(&old.phone_index, old.id)));
        }
        change
    }

    /// Lets `change` happen only as long as the record is as `member` says.
    #[must_use]
    pub fn while_unchanged(&self, change: Change, member: &Member) -> Change {
        change.unchanged(&self.table, Key::new(MemberRow::partition(member.id), "MBR"), member.version)
    }

    /// Whose phone number it is.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn by_phone(&self, vault: &Vault, phone: &Phone) -> Result<Option<MemberId>, StoreError> {
        self.holder(format!("PHONE#{}", vault.index("phone", phone.reveal()))).await
    }

    /// Whose ID-card number it is, whether or not they are on the rolls.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn by_id_card(&self, vault: &Vault, card: &IdCard) -> Result<Option<MemberId>, StoreError> {
        self.holder(format!("ID#{}", vault.index("idCard", card.reveal()))).await
    }

    async fn holder(&self, number: String) -> Result<Option<MemberId>, StoreError> {
        let row: Option<TakenRow> = self.table.get(Key::new(number, "TAKEN"), Read::Consistent).await?;
        Ok(row.map(|row| row.member))
    }

    /// How many full members the organisation at `path` and those below it have.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn full_members(&self, path: &OrgPath) -> Result<usize, StoreError> {
        let full = Filter::default().equals("state", MemberState::Full.slug());
        self.table.count(&MemberRow::below(path, true).only(full)).await
    }

    /// Whether anybody is on the rolls of the organisation at `path` or below it.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn any_member(&self, path: &OrgPath) -> Result<bool, StoreError> {
        let found = self.table.page::<serde_json::Value>(&MemberRow::below(path, true), None, 1).await?;
        Ok(!found.items.is_empty())
    }
}

/// Where a person's number is sealed for: it opens nowhere else.
fn place<'a>(id: &'a str, field: &'a str) -> Place<'a> {
    Place { table: "members", record: id, field }
}

impl Member {
    /// Encrypts an ID-card number for the record of `id`: the number, its mask, its keyed hash.
    ///
    /// # Errors
    /// When the key is not usable.
    pub fn seal_id_card(
        vault: &Vault,
        id: MemberId,
        card: &IdCard,
    ) -> Result<(Sealed, String, String), vault::SealError> {
        let sealed = vault.seal(&place(&id.to_string(), "idCard"), card.reveal())?;
        Ok((sealed, card.masked(), vault.index("idCard", card.reveal())))
    }

    /// Encrypts a phone number for the record of `id`: the number, its mask, its keyed hash.
    ///
    /// # Errors
    /// When the key is not usable.
    pub fn seal_phone(
        vault: &Vault,
        id: MemberId,
        phone: &Phone,
    ) -> Result<(Sealed, String, String), vault::SealError> {
        let sealed = vault.seal(&place(&id.to_string(), "phone"), phone.reveal())?;
        Ok((sealed, phone.masked(), vault.index("phone", phone.reveal())))
    }

    /// The ID-card number in full.
    ///
    /// # Errors
    /// When it was not sealed for this record, or the key is gone.
    pub fn open_id_card(&self, vault: &Vault) -> Result<String, vault::OpenError> {
        vault.unseal(&place(&self.id.to_string(), "idCard"), &self.id_card)
    }

    /// The phone number in full.
    ///
    /// # Errors
    /// When it was not sealed for this record, or the key is gone.
    pub fn open_phone(&self, vault: &Vault) -> Result<String, vault::OpenError> {
        vault.unseal(&place(&self.id.to_string(), "phone"), &self.phone)
    }
}
