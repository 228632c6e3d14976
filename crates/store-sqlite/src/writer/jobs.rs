//! Writing jobs.

use store::Job;

use super::group::Writer;

impl Writer {
    /// Writes a job, or takes the one with this id away.
    pub(super) fn write_job(&self, job: &Result<Job, Box<str>>) -> rusqlite::Result<()> {
        match job {
            Ok(job) => self
                .db
                .prepare_cached(
                    "INSERT INTO job (id, kind, done, created, updated, state) \
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (id) DO UPDATE SET \
                     kind = ?2, done = ?3, created = ?4, updated = ?5, state = ?6",
                )?
                .execute((&job.id, &job.kind, job.done, job.created, job.updated, &job.state)),
            Err(id) => self.db.prepare_cached("DELETE FROM job WHERE id = ?1")?.execute([id]),
        }
        .map(|_| ())
    }

    /// Notes that no rows of these parameters are missing.
    pub(super) fn complete(&self, parameters: &[(i64, i64)]) -> rusqlite::Result<()> {
        let mut statement = self.db.prepare_cached(
            "UPDATE parameter SET building = NULL WHERE p = ?1 AND building = ?2",
        )?;
        parameters.iter().try_for_each(|state| statement.execute(*state).map(|_| ()))
    }

    /// Notes that these types have no rows any more of parameters that went out of force by then.
    pub(super) fn clear(&self, types: &[(i64, i64)]) -> rusqlite::Result<()> {
        let mut statement = self.db.prepare_cached(
            "UPDATE parameter SET building = NULL \
             WHERE t = ?1 AND building <= ?2 AND in_force = 0",
        )?;
        types.iter().try_for_each(|state| statement.execute(*state).map(|_| ()))
    }
}
