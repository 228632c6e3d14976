//! The rows of contained resources, which come and go with their container.

use super::group::Writer;
use crate::prepare::{PreparedContained, PreparedFound};
use crate::row::{ContainedKeys, Keys};

use store::sql::derived;

impl Writer {
    /// The keys of a resource: its own rows, and those of what it contains, whose numbers are not
    /// given yet.
    pub(super) fn keys_of(
        &mut self,
        found: &PreparedFound,
        contained: &[PreparedContained],
    ) -> rusqlite::Result<Keys> {
        let mut keys = Keys { rows: self.rows_of(found, 0)?, contained: Vec::new() };
        for each in contained {
            let rows = self.rows_of(&each.found, derived::CONTAINED)?;
            let (t, local) = (each.t, each.local.clone());
            keys.contained.push(ContainedKeys { rid: 0, t, local, rows });
        }
        Ok(keys)
    }

    /// Gives what is contained the numbers that the old keys have for the same type and id, else new
    /// ones, which are told.
    pub(super) fn number_contained(&mut self, keys: &mut Keys, old: &Keys) -> Vec<i64> {
        let (mut taken, mut made) = (Vec::new(), Vec::new());
        for each in &mut keys.contained {
            let known = old.contained.iter().find(|known| {
                known.t == each.t && known.local == each.local && !taken.contains(&known.rid)
            });
            each.rid = known.map_or(self.last_contained + 1, |known| known.rid);
            taken.push(each.rid);
            if each.rid > self.last_contained {
                self.last_contained = each.rid;
                made.push(each.rid);
            }
        }
        made
    }

    /// Notes the index rows that differ, and writes which resources are contained.
    pub(super) fn change_rows(
        &mut self,
        rid: i64,
        old: Keys,
        new: Keys,
        made: &[i64],
    ) -> rusqlite::Result<()> {
        self.rows.change(rid, old.rows, new.rows);
        let mut gone = old.contained;
        for each in new.contained {
            let before = gone.iter().position(|other| other.rid == each.rid);
            let before = before.map_or_else(Vec::new, |index| gone.swap_remove(index).rows);
            if made.contains(&each.rid) {
                self.db
                    .prepare_cached(
                        "INSERT INTO contained (rid, container, t, local) VALUES (?1, ?2, ?3, ?4)",
                    )?
                    .execute((each.rid, rid, each.t, &each.local))?;
            }
            self.rows.change(each.rid, before, each.rows);
        }
        for each in gone {
            self.db.prepare_cached("DELETE FROM contained WHERE rid = ?1")?.execute([each.rid])?;
            self.rows.change(each.rid, each.rows, Vec::new());
        }
        Ok(())
    }
}
