//! What may be set from outside for jobs; `docs/configuration.md` says the same in words.

use std::path::PathBuf;
use std::time::Duration;

/// Settings of jobs.
#[derive(Clone, Debug)]
pub struct JobOptions {
    /// Where the files of jobs are kept, a folder a job; without one, no job with files is taken.
    pub folder: Option<PathBuf>,
    /// The folder that `$import` may read `file:` URLs from; without one, it reads none.
    pub import_folder: Option<PathBuf>,
    /// The part of the time, 0.01 to 1, that a job takes while requests are being served.
    pub share: f64,
    /// How long a job that is done is kept, with its files.
    pub keep: Duration,
    /// Jobs of a kind that are kept at the most, done or not.
    pub kept_max: usize,
    /// Bytes of one file of an export; what is more goes into the next file.
    pub export_file_bytes: u64,
    /// Bytes of a result of `Prefer: respond-async` at the most.
    pub result_bytes_max: usize,
    /// Bytes of a body of `$import` at the most.
    pub upload_bytes_max: u64,
    /// Bytes of one line of an import at the most.
    pub line_bytes_max: usize,
    /// Lines with errors after which an import ends.
    pub import_errors_max: u64,
    /// Resources that a step handles at the most.
    pub step_resources: usize,
    /// How long a step goes on to take further parts; each takes at least one.
    pub step_time: Duration,
    /// How long a cancelled job may take to stop before it is taken away under it.
    pub cancel_wait: Duration,
}

impl Default for JobOptions {
    fn default() -> JobOptions {
        JobOptions {
            folder: None,
            import_folder: None,
            share: 0.3,
            keep: Duration::from_secs(24 * 60 * 60),
            kept_max: 50,
            export_file_bytes: 1 << 30,
            result_bytes_max: 256 << 20,
            upload_bytes_max: 16 << 30,
            line_bytes_max: 16 << 20,
            import_errors_max: 100_000,
            step_resources: 1_000,
            step_time: Duration::from_millis(150),
            cancel_wait: Duration::from_secs(10),
        }
    }
}
