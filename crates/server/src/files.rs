//! A file of a job, whole or in parts: GET, HEAD, Range.
//! Spec: <https://www.rfc-editor.org/rfc/rfc9110#section-14>.

use std::io::SeekFrom;

use axum::body::Body;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use fhir::{EntityTags, IssueCode};
use futures_util::stream;
use interactions::{Category, Failure, JobFile};
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};

use crate::base::answer;
use crate::{Extract, State};

/// Bytes that are read at once.
const PART: usize = 128 * 1024;

/// What a Range header means for a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    /// All of it: no range, one that is not understood, or several.
    Whole,
    /// From the first to the last byte.
    Part(u64, u64),
    /// Nothing that the file has.
    Nothing,
}

pub(crate) async fn serve(
    Extract(shared): State,
    Path((id, name)): Path<(String, String)>,
    method: Method,
    headers: HeaderMap,
) -> Response {
    answer(&shared, &headers, None, async |_| {
        let file = shared.app.job_file(&id, &name).await?;
        respond(file, &method, &headers).await
    })
    .await
}

async fn respond(file: JobFile, method: &Method, headers: &HeaderMap) -> Result<Response, Failure> {
    let tag = format!("\"{}\"", file.tag);
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let is_known = text(header::IF_NONE_MATCH)
        .is_some_and(|tags| EntityTags::parse_or_none(tags).name_text(&file.tag));
    if is_known {
        return Ok(headed(StatusCode::NOT_MODIFIED, &tag, Body::empty()));
    }
    // A part of another file than the client has would not fit what it has.
    let fits = text(header::IF_RANGE).is_none_or(|known| known == tag);
    let range = text(header::RANGE).filter(|_| fits && method == Method::GET);
    let wanted = range.map_or(Wanted::Whole, |range| wanted(range, file.length));
    let (status, first, length) = match wanted {
        Wanted::Whole => (StatusCode::OK, 0, file.length),
        Wanted::Part(first, last) => (StatusCode::PARTIAL_CONTENT, first, last - first + 1),
        Wanted::Nothing => {
            let mut response = headed(StatusCode::RANGE_NOT_SATISFIABLE, &tag, Body::empty());
            put(&mut response, header::CONTENT_RANGE, &format!("bytes */{}", file.length));
            return Ok(response);
        }
    };
    let body =
        if method == Method::HEAD { Body::empty() } else { read(&file, first, length).await? };
    let mut response = headed(status, &tag, body);
    put(&mut response, header::CONTENT_LENGTH, &length.to_string());
    if status == StatusCode::PARTIAL_CONTENT {
        let range = format!("bytes {first}-{}/{}", first + length - 1, file.length);
        put(&mut response, header::CONTENT_RANGE, &range);
    }
    Ok(response)
}

fn headed(status: StatusCode, tag: &str, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    put(&mut response, header::CONTENT_TYPE, "application/fhir+ndjson");
    put(&mut response, header::ACCEPT_RANGES, "bytes");
    put(&mut response, header::ETAG, tag);
    response
}

fn put(response: &mut Response, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// The bytes of a file from `first` on, as they are read.
async fn read(file: &JobFile, first: u64, length: u64) -> Result<Body, Failure> {
    let wrong = |_| {
        Failure::plain(
            Category::Fault,
            IssueCode::Exception,
            "the file of the job cannot be read; begin the job again",
        )
    };
    let mut open = File::open(&file.path).await.map_err(wrong)?;
    open.seek(SeekFrom::Start(first)).await.map_err(wrong)?;
    let parts = stream::try_unfold(open.take(length), async |mut open| {
        let mut part = Vec::with_capacity(PART.min(open.limit() as usize));
        let read = (&mut open).take(PART as u64).read_to_end(&mut part).await?;
        std::io::Result::Ok((read > 0).then_some((part, open)))
    });
    Ok(Body::from_stream(parts))
}

/// One range of bytes; several are answered with the whole file, which RFC 9110 allows.
fn wanted(range: &str, length: u64) -> Wanted {
    let Some(range) = range.trim().strip_prefix("bytes=") else { return Wanted::Whole };
    let Some((first, last)) = range.trim().split_once('-') else { return Wanted::Whole };
    let number = |text: &str| {
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| text.parse::<u64>().unwrap_or(u64::MAX))
    };
    let end = length.saturating_sub(1);
    match (first, number(first), number(last)) {
        (_, Some(first), last) if last.is_some() || range.ends_with('-') => {
            let last = last.unwrap_or(u64::MAX);
            match (first > last, first >= length) {
                (true, _) => Wanted::Whole,
                (_, true) => Wanted::Nothing,
                _ => Wanted::Part(first, last.min(end)),
            }
        }
        ("", _, Some(0)) => Wanted::Nothing,
        ("", _, Some(_)) if length == 0 => Wanted::Nothing,
        ("", _, Some(suffix)) => Wanted::Part(length.saturating_sub(suffix), end),
        _ => Wanted::Whole,
    }
}

#[cfg(test)]
mod tests {
    use super::{Wanted, wanted};

    #[test]
    fn ranges() {
        let cases = [
            ("bytes=0-3", Wanted::Part(0, 3)),
            ("bytes=4-", Wanted::Part(4, 9)),
            ("bytes=4-99", Wanted::Part(4, 9)),
            ("bytes=-3", Wanted::Part(7, 9)),
            ("bytes=-99", Wanted::Part(0, 9)),
            ("bytes=9-9", Wanted::Part(9, 9)),
            ("bytes=10-", Wanted::Nothing),
            ("bytes=-0", Wanted::Nothing),
            ("bytes=99999999999999999999-", Wanted::Nothing),
            ("bytes=5-4", Wanted::Whole),
            ("bytes=0-1,4-5", Wanted::Whole),
            ("bytes=", Wanted::Whole),
            ("bytes=-", Wanted::Whole),
            ("bytes=a-b", Wanted::Whole),
            ("lines=0-3", Wanted::Whole),
            ("", Wanted::Whole),
        ];
        for (range, expected) in cases {
            assert_eq!(wanted(range, 10), expected, "{range}");
        }
        assert_eq!(wanted("bytes=0-", 0), Wanted::Nothing);
        assert_eq!(wanted("bytes=-1", 0), Wanted::Nothing);
    }
}
