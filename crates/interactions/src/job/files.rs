//! The files of jobs: a folder a job, with NDJSON that can be cut back to what its state knows.
//! Spec: <https://hl7.org/fhir/R4/nd-json.html>.
//!
//! Everything here blocks, so it is called where that does not hold up other requests.

use std::borrow::Cow;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use fhir::IssueCode;
use serde::{Deserialize, Serialize};

use super::options::JobOptions;
use super::{no_folder, no_job};
use crate::app::App;
use crate::failure::{Category, Failure};

/// The file by whose lock a folder has one writer at a time.
const LOCK: &str = ".lock";

/// A file that a client may fetch.
#[derive(Debug)]
pub struct JobFile {
    /// Where it is.
    pub path: PathBuf,
    /// Its length in bytes.
    pub length: u64,
    /// Something that differs between files, for an ETag.
    pub tag: String,
}

/// A part of an output: what the manifest lists, and what a resumed job cuts its file back to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Part {
    /// The file's name.
    pub(crate) name: String,
    /// The type of the resources in it.
    pub(crate) resource_type: String,
    /// Lines.
    pub(crate) count: u64,
    /// Bytes.
    pub(crate) bytes: u64,
}

/// The folder of a job.
pub(crate) fn folder(options: &JobOptions, id: &str) -> Result<PathBuf, Failure> {
    // An id comes from a URL, so it must not lead out of the folder.
    if !fhir::ResourceId::is_valid(id) || id.starts_with('.') {
        return Err(no_job(id));
    }
    Ok(options.folder.as_deref().ok_or_else(no_folder)?.join(id))
}

/// Takes a job's folder away, where it has one.
pub(crate) fn remove(options: &JobOptions, id: &str) {
    let Ok(folder) = folder(options, id) else { return };
    if let Err(error) = std::fs::remove_dir_all(&folder)
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(job = id, %error, "the files of a job could not be removed");
    }
}

/// The failure for a file that cannot be written or read.
pub(crate) fn broken(what: &str, error: &io::Error) -> Failure {
    tracing::error!(%error, what, "a file of a job failed");
    let (category, code) = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            (Category::TooLarge, IssueCode::Throttled)
        }
        _ => (Category::Fault, IssueCode::Exception),
    };
    Failure::plain(category, code, format!("cannot {what}: {}", error.kind()))
}

/// Writes the parts of one output.
///
/// It holds the folder's lock, so a runner that begins anew waits for the last write of one that
/// was dropped.
#[derive(Debug)]
pub(crate) struct PartWriter {
    folder: PathBuf,
    file_bytes_max: u64,
    open: Option<(String, BufWriter<File>)>,
    _lock: File,
}

impl PartWriter {
    /// Opens a folder, making it where there is none, and cuts its files back to `parts`.
    pub(crate) fn open(
        folder: PathBuf,
        parts: &[Part],
        file_bytes_max: u64,
    ) -> io::Result<PartWriter> {
        std::fs::create_dir_all(&folder)?;
        let lock = File::create(folder.join(LOCK))?;
        lock.lock()?;
        for entry in std::fs::read_dir(&folder)? {
            let entry = entry?;
            let name = entry.file_name();
            if !name.to_str().is_some_and(|name| name.ends_with(".ndjson")) {
                continue;
            }
            match parts.iter().find(|part| *part.name == *name) {
                Some(part) => {
                    let file = OpenOptions::new().write(true).open(entry.path())?;
                    if file.metadata()?.len() < part.bytes {
                        let shorter = "a file is shorter than was written; delete the job";
                        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, shorter));
                    }
                    file.set_len(part.bytes)?;
                }
                None => std::fs::remove_file(entry.path())?,
            }
        }
        Ok(PartWriter { folder, file_bytes_max, open: None, _lock: lock })
    }

    /// Where the files are.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Appends a line to the last part of `label`, or to a new one where that is full.
    pub(crate) fn line(
        &mut self,
        parts: &mut Vec<Part>,
        label: &str,
        resource_type: &str,
        line: &[u8],
    ) -> io::Result<()> {
        // A resource is kept without white space between its values, so a line break can only
        // stand there if somebody wrote it past this server; then it would end the line early.
        let kept: Cow<'_, [u8]> = match memchr::memchr2(b'\n', b'\r', line) {
            None => line.into(),
            Some(_) => line.iter().copied().filter(|b| !matches!(b, b'\n' | b'\r')).collect(),
        };
        let length = kept.len() as u64 + 1;
        let of_label = |part: &Part| part.name.rsplit_once('-').is_some_and(|(l, _)| l == label);
        let last = parts.iter().rposition(of_label);
        let max = self.file_bytes_max;
        let fits = |part: &Part| part.bytes == 0 || part.bytes.saturating_add(length) <= max;
        let at = match last {
            Some(at) if fits(&parts[at]) => at,
            _ => {
                let number = parts.iter().filter(|part| of_label(part)).count() + 1;
                parts.push(Part {
                    name: format!("{label}-{number}.ndjson"),
                    resource_type: resource_type.to_owned(),
                    count: 0,
                    bytes: 0,
                });
                parts.len() - 1
            }
        };
        let file = self.file(&parts[at])?;
        file.write_all(&kept)?;
        file.write_all(b"\n")?;
        parts[at].count += 1;
        parts[at].bytes += length;
        Ok(())
    }

    fn file(&mut self, part: &Part) -> io::Result<&mut BufWriter<File>> {
        if self.open.as_ref().is_none_or(|(name, _)| *name != part.name) {
            self.flush()?;
            let path = self.folder.join(&part.name);
            let mut file =
                OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
            file.seek(SeekFrom::Start(part.bytes))?;
            let writer = BufWriter::with_capacity(256 * 1024, file);
            self.open = Some((part.name.clone(), writer));
        }
        match &mut self.open {
            Some((_, writer)) => Ok(writer),
            None => Err(io::Error::other("no open file")),
        }
    }

    /// Brings all that was written to the disk.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        if let Some((_, mut writer)) = self.open.take() {
            writer.flush()?;
            writer.get_ref().sync_data()?;
        }
        Ok(())
    }
}

/// A body that is written to disk as it comes.
#[derive(Debug)]
pub struct Upload {
    /// The id of the job that it is for.
    pub(crate) id: Box<str>,
    file: Option<tokio::fs::File>,
    folder: PathBuf,
    bytes: u64,
    bytes_max: u64,
}

/// The name of an upload in its job's folder.
pub(crate) const UPLOAD: &str = "upload";

impl Upload {
    /// Appends bytes; more than is allowed is a failure.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        use tokio::io::AsyncWriteExt as _;
        self.bytes += bytes.len() as u64;
        if self.bytes > self.bytes_max {
            let max = self.bytes_max;
            return Err(Failure::plain(
                Category::TooLarge,
                IssueCode::TooLong,
                format!(
                    "the body is longer than {max} bytes; send it in parts, or put it below the import folder and name it by a file: URL"
                ),
            ));
        }
        let Some(file) = &mut self.file else { return Ok(()) };
        file.write_all(bytes).await.map_err(|error| broken("keep the body", &error))
    }

    /// Brings it to the disk; gives its length.
    pub(crate) async fn finish(&mut self) -> Result<u64, Failure> {
        let wrong = |error| broken("keep the body", &error);
        if let Some(mut file) = self.file.take() {
            tokio::io::AsyncWriteExt::flush(&mut file).await.map_err(wrong)?;
            file.sync_all().await.map_err(wrong)?;
        }
        Ok(self.bytes)
    }

    /// Leaves the folder to the job, which is kept by now.
    pub(crate) fn hand_over(mut self) {
        self.folder = PathBuf::new();
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        // A body that broke off leaves nothing behind.
        if self.folder != Path::new("") {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

impl App {
    /// Begins to keep a body for a job.
    pub async fn begin_upload(&self) -> Result<Upload, Failure> {
        let id = self.job_id();
        let folder = folder(&self.options.jobs, &id)?;
        let wrong = |error| broken("make a folder for the job", &error);
        tokio::fs::create_dir_all(&folder).await.map_err(wrong)?;
        let file = tokio::fs::File::create(folder.join(UPLOAD)).await.map_err(wrong)?;
        let bytes_max = self.options.jobs.upload_bytes_max;
        Ok(Upload { id, file: Some(file), folder, bytes: 0, bytes_max })
    }
}

#[cfg(test)]
mod tests {
    use super::PartWriter;

    #[test]
    fn parts_fill_up_and_can_be_cut_back() {
        let folder = tempfile::tempdir().unwrap();
        let at = || folder.path().join("job");
        let mut parts = Vec::new();
        let mut writer = PartWriter::open(at(), &parts, 10).unwrap();
        for line in ["1234", "5678", "a line of more than ten", "9"] {
            writer.line(&mut parts, "Patient", "Patient", line.as_bytes()).unwrap();
        }
        writer.line(&mut parts, "Group", "Group", b"x\ny").unwrap();
        writer.flush().unwrap();
        let listed: Vec<_> = parts.iter().map(|p| (p.name.as_str(), p.count, p.bytes)).collect();
        assert_eq!(
            listed,
            [
                ("Patient-1.ndjson", 2, 10),
                ("Patient-2.ndjson", 1, 24),
                ("Patient-3.ndjson", 1, 2),
                ("Group-1.ndjson", 1, 3)
            ]
        );
        let read = |name: &str| std::fs::read_to_string(at().join(name)).unwrap();
        assert_eq!(read("Group-1.ndjson"), "xy\n");
        // The state knows less than was written: the rest goes.
        let mut known = parts[..1].to_vec();
        known[0].bytes = 5;
        known[0].count = 1;
        drop(writer);
        let mut writer = PartWriter::open(at(), &known, 10).unwrap();
        writer.line(&mut known, "Patient", "Patient", b"new").unwrap();
        writer.flush().unwrap();
        assert_eq!(read("Patient-1.ndjson"), "1234\nnew\n");
        assert!(!at().join("Patient-2.ndjson").exists());
        // A file that lost what the state knows of is no file to go on with.
        drop(writer);
        std::fs::write(at().join("Patient-1.ndjson"), "").unwrap();
        assert!(PartWriter::open(at(), &known, 10).is_err());
    }
}
