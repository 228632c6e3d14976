//! What an `$import` asks for, and its check.

use std::path::{Path, PathBuf};

use fhir::{IssueCode, Kind, Tree, Value};

use super::open;
use super::work::{BODY, Import, Input};
use crate::app::App;
use crate::failure::{Category, Failure};
use crate::job::files::{UPLOAD, Upload, broken, folder};
use crate::job::no_folder;
use crate::job::record::{Record, Work};
use crate::job::runner::blocking;

/// Files of one import at the most.
const INPUTS_MAX: usize = 1_000;

/// An import that was asked for.
#[derive(Debug)]
pub enum ImportRequest<'r> {
    /// By a Parameters resource that names files.
    Named(&'r Tree),
    /// By a body, which is kept already.
    Body(Upload),
}

fn wrong(expression: impl Into<String>, message: impl Into<String>) -> Failure {
    Failure::new(Category::Invalid, IssueCode::Value, expression, message)
}

impl App {
    /// Begins an import; gives the job's id.
    pub async fn start_import(
        &self,
        request: ImportRequest<'_>,
        url: &str,
    ) -> Result<Box<str>, Failure> {
        if self.options.jobs.folder.is_none() {
            return Err(no_folder());
        }
        let (id, inputs, upload) = match request {
            ImportRequest::Named(tree) => (self.job_id(), self.named_inputs(tree).await?, None),
            ImportRequest::Body(mut upload) => {
                let id = upload.id.clone();
                let path = folder(&self.options.jobs, &id)?.join(UPLOAD);
                let bytes = upload.finish().await?;
                if bytes == 0 {
                    return Err(wrong("body", "the body is empty; send a resource a line"));
                }
                (id, vec![Input::of(path, BODY.to_owned(), None, bytes)], Some(upload))
            }
        };
        let import = Import::of(inputs, self.clock.now());
        let record = Record::new(Work::Import(import), url.to_owned(), self.clock.now());
        self.start_job(id.clone(), &record).await?;
        if let Some(upload) = upload {
            upload.hand_over();
        }
        Ok(id)
    }

    async fn named_inputs(&self, tree: &Tree) -> Result<Vec<Input>, Failure> {
        let root = tree.root();
        if tree.resource_type() != Some("Parameters") {
            return Err(wrong(
                "resourceType",
                "an import is asked for by a Parameters resource, or by a body of application/fhir+ndjson",
            ));
        }
        self.check_resource(root, self.resource_type("Parameters")?)?;
        let mut inputs = Vec::new();
        for parameter in root.all("parameter") {
            let name = parameter.text_of("name").unwrap_or("");
            let place = parameter.expression();
            match name {
                "inputFormat" => check_format(value_of(parameter), &place)?,
                // Where the data comes from is for the record; nothing is fetched from it.
                "inputSource" => {}
                "storageDetail" | "mode" => check_detail(parameter, &place)?,
                "input" => inputs.push(self.input(parameter, &place).await?),
                _ => {
                    return Err(wrong(
                        format!("{place}.name"),
                        "an import takes inputFormat, inputSource and input (type and url)",
                    ));
                }
            }
        }
        if inputs.is_empty() || inputs.len() > INPUTS_MAX {
            return Err(wrong(
                "Parameters.parameter",
                format!("an import names 1 to {INPUTS_MAX} inputs; this one has {}", inputs.len()),
            ));
        }
        Ok(inputs)
    }

    async fn input(&self, parameter: Value<'_>, place: &str) -> Result<Input, Failure> {
        let (mut type_name, mut url) = (None, None);
        for part in parameter.all("part") {
            let place = part.expression();
            match part.text_of("name") {
                Some("type") => {
                    let name = value_of(part).unwrap_or("");
                    let known = self.definitions().resource_type(name);
                    let known = known.ok_or_else(|| {
                        wrong(place, "the type of an input is a resource type, such as Patient")
                    })?;
                    type_name = Some(known.as_str().to_owned());
                }
                Some("url") => url = value_of(part).map(|url| (url, place)),
                _ => return Err(wrong(place, "an input has the parts type and url")),
            }
        }
        let (url, place) = url.ok_or_else(|| wrong(place, "an input needs a url"))?;
        let path = self.import_path(url, &place).await?;
        let opened = tokio::fs::metadata(&path).await;
        let bytes = opened.map_err(|error| broken("read an input", &error))?.len();
        Ok(Input::of(path, url.to_owned(), type_name, bytes))
    }

    /// The file of a `file:` URL, which must lie in the import folder.
    async fn import_path(&self, url: &str, place: &str) -> Result<PathBuf, Failure> {
        let Some(rest) = url.strip_prefix("file:") else {
            return Err(Failure::new(
                Category::NotSupported,
                IssueCode::NotSupported,
                place,
                "nothing is fetched over the network; name a file below the import folder (file:patients.ndjson), or send the lines as the body",
            ));
        };
        let root = self.options.jobs.import_folder.as_deref().ok_or_else(|| {
            Failure::new(
                Category::NotSupported,
                IssueCode::NotSupported,
                place,
                "this server has no import folder; set one in its configuration, or send the lines as the body",
            )
        })?;
        let absent = || wrong(place, "there is no such file below the import folder");
        let path = decode_path(rest).ok_or_else(absent)?;
        let root = root.to_owned();
        let found = blocking("look for an input", move || open::find(&root, &path));
        found.await?.ok_or_else(absent)
    }
}

fn value_of(parameter: Value<'_>) -> Option<&str> {
    let value = parameter.members().find(|member| member.name().starts_with("value"))?;
    value.as_str()
}

fn check_format(format: Option<&str>, place: &str) -> Result<(), Failure> {
    match format {
        Some("application/fhir+ndjson" | "application/ndjson" | "ndjson") => Ok(()),
        _ => Err(Failure::new(
            Category::Invalid,
            IssueCode::NotSupported,
            place,
            "imports are read as application/fhir+ndjson",
        )),
    }
}

/// Peers' details that change nothing here are taken; those that would are told of.
fn check_detail(parameter: Value<'_>, place: &str) -> Result<(), Failure> {
    let is_plain = parameter.all("part").all(|part| {
        let name = part.text_of("name");
        name != Some("contentEncoding") || matches!(value_of(part), None | Some("" | "identity"))
    });
    let has_parts = parameter.get("part").is_none_or(|parts| parts.kind() == Kind::Array);
    if is_plain && has_parts {
        Ok(())
    } else {
        Err(wrong(place, "files are read as they are; unpack them first"))
    }
}

/// The path of what follows `file:`; with an authority only where that is empty or `localhost`.
fn decode_path(rest: &str) -> Option<PathBuf> {
    let path = match rest.strip_prefix("//") {
        Some(with_authority) => {
            let (authority, path) = with_authority.split_at(with_authority.find('/')?);
            if !matches!(authority, "" | "localhost") {
                return None;
            }
            path
        }
        None => rest,
    };
    let mut bytes = Vec::with_capacity(path.len());
    let mut input = path.bytes();
    while let Some(byte) = input.next() {
        if byte == b'%' {
            let digit = |byte: u8| char::from(byte).to_digit(16);
            let (high, low) = (digit(input.next()?)?, digit(input.next()?)?);
            bytes.push((high * 16 + low) as u8);
        } else {
            bytes.push(byte);
        }
    }
    let text = String::from_utf8(bytes).ok().filter(|text| !text.is_empty())?;
    (!text.contains('\0')).then(|| Path::new(&text).to_owned())
}

#[cfg(test)]
mod tests {
    use super::decode_path;

    #[test]
    fn file_urls() {
        let cases = [
            ("a.ndjson", Some("a.ndjson")),
            ("/in/a.ndjson", Some("/in/a.ndjson")),
            ("///in/a%20b.ndjson", Some("/in/a b.ndjson")),
            ("//localhost/in/a", Some("/in/a")),
            ("//elsewhere/in/a", None),
            ("//elsewhere", None),
            ("a%2", None),
            ("a%zz", None),
            ("a%00b", None),
            ("a%ff", None),
            ("", None),
        ];
        for (rest, path) in cases {
            let found = decode_path(rest);
            assert_eq!(found.as_deref().and_then(std::path::Path::to_str), path, "{rest}");
        }
    }
}
