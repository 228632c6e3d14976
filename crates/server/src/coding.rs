//! Content codings: gzip, Brotli and Zstandard, of answers and of bodies that come in.
//! Spec: RFC 9110 §8.4, §12.5.3.
//!
//! Answers are whole in memory, so they are compressed whole, and only where it pays. A body that
//! comes in is decompressed up to the limit that holds for bodies and no further.

use std::io::Read as _;

use axum::body::{Body, Bytes, HttpBody as _, to_bytes};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use interactions::heavy;

/// A content coding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    Zstd,
    Brotli,
    Gzip,
}

/// Those that are known, in the order that we like them: by speed.
const CODINGS: [Coding; 3] = [Coding::Zstd, Coding::Brotli, Coding::Gzip];

/// For `Accept-Encoding` of a refusal.
pub(crate) const NAMES: &str = "zstd, br, gzip";

/// What fits in one packet anyway is left as it is.
const BYTES_MIN: u64 = 1_400;

/// A Zstandard window of 8 MiB at the most (RFC 8878 §3.1.1.1.2), whatever the frame asks for.
const WINDOW_LOG_MAX: u32 = 23;

impl Coding {
    fn name(self) -> &'static str {
        match self {
            Coding::Zstd => "zstd",
            Coding::Brotli => "br",
            Coding::Gzip => "gzip",
        }
    }

    /// The coding of this name.
    pub(crate) fn named(name: &str) -> Option<Coding> {
        let name = name.trim().to_ascii_lowercase();
        let name = name.strip_prefix("x-").unwrap_or(&name);
        CODINGS.into_iter().find(|coding| coding.name() == name)
    }

    /// The coding that a client wants most; `None` where it wants none that is known.
    pub(crate) fn accepted(headers: &HeaderMap) -> Option<Coding> {
        let mut best: Option<(f32, Coding)> = None;
        for value in headers.get_all(header::ACCEPT_ENCODING) {
            for part in value.to_str().unwrap_or("").split(',') {
                let (name, parameters) = part.split_once(';').unwrap_or((part, ""));
                let weight =
                    parameters.trim().strip_prefix("q=").map_or(Some(1.0), |q| q.parse().ok());
                let weight = weight.filter(|q| (0.0..=1.0).contains(q)).unwrap_or(0.0);
                let coding = match name.trim() {
                    "*" => Some(Coding::Gzip),
                    name => Coding::named(name),
                };
                let Some(coding) = coding.filter(|_| weight > 0.0) else { continue };
                let place = |coding| CODINGS.iter().position(|known| *known == coding);
                let is_better = best.is_none_or(|(known_weight, known)| {
                    weight > known_weight
                        || (weight >= known_weight && place(coding) < place(known))
                });
                if is_better {
                    best = Some((weight, coding));
                }
            }
        }
        best.map(|(_, coding)| coding)
    }

    fn compress(self, bytes: &[u8]) -> std::io::Result<Vec<u8>> {
        match self {
            Coding::Zstd => zstd::bulk::compress(bytes, 1),
            Coding::Brotli => {
                let mut out = Vec::with_capacity(bytes.len() / 4);
                let parameters = brotli::enc::BrotliEncoderParams {
                    quality: 4,
                    size_hint: bytes.len(),
                    ..Default::default()
                };
                brotli::BrotliCompress(&mut &*bytes, &mut out, &parameters)?;
                Ok(out)
            }
            Coding::Gzip => {
                let mut out = Vec::with_capacity(bytes.len() / 4);
                let level = flate2::Compression::new(4);
                flate2::bufread::GzEncoder::new(bytes, level).read_to_end(&mut out)?;
                Ok(out)
            }
        }
    }

    /// The bytes behind the coding, if they are no more than `bytes_max`.
    pub(crate) fn decompress(self, bytes: &[u8], bytes_max: usize) -> Result<Vec<u8>, Unreadable> {
        let mut out = Vec::new();
        let limit = bytes_max as u64 + 1;
        let read = match self {
            Coding::Zstd => zstd::Decoder::with_buffer(bytes).and_then(|mut decoder| {
                decoder.window_log_max(WINDOW_LOG_MAX)?;
                decoder.take(limit).read_to_end(&mut out)
            }),
            Coding::Brotli => {
                brotli::Decompressor::new(bytes, 4096).take(limit).read_to_end(&mut out)
            }
            Coding::Gzip => {
                flate2::bufread::MultiGzDecoder::new(bytes).take(limit).read_to_end(&mut out)
            }
        };
        match read {
            Err(_) => Err(Unreadable::Damaged),
            Ok(_) if out.len() > bytes_max => Err(Unreadable::TooLong),
            Ok(_) => Ok(out),
        }
    }
}

/// Why a body could not be decompressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// It is not in that coding, or cut off.
    Damaged,
    /// What is behind it is longer than a body may be.
    TooLong,
}

/// The answer compressed, where that pays; a stream, whose length is not known, stays as it is.
pub(crate) async fn compressed(response: Response, coding: Coding) -> Response {
    let (mut parts, body) = response.into_parts();
    parts.headers.append(header::VARY, HeaderValue::from_static("accept-encoding"));
    let length = body.size_hint().exact().unwrap_or(0);
    let is_text = parts
        .headers
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok())
        .is_some_and(|text| ["json", "xml", "text/"].iter().any(|part| text.contains(part)));
    if length < BYTES_MIN || !is_text || parts.headers.contains_key(header::CONTENT_ENCODING) {
        return Response::from_parts(parts, body);
    }
    let Ok(bytes) = to_bytes(body, usize::MAX).await else {
        return Response::from_parts(parts, Body::empty());
    };
    match heavy(bytes.len(), || coding.compress(&bytes)) {
        Ok(small) if small.len() < bytes.len() => {
            parts.headers.remove(header::CONTENT_LENGTH);
            let name = HeaderValue::from_static(coding.name());
            parts.headers.insert(header::CONTENT_ENCODING, name);
            Response::from_parts(parts, Body::from(small))
        }
        _ => Response::from_parts(parts, Body::from(Bytes::clone(&bytes))),
    }
}

#[cfg(test)]
mod tests {
    use super::{CODINGS, Coding, Unreadable};
    use axum::http::{HeaderMap, header};

    #[test]
    fn what_clients_accept() {
        let cases = [
            ("gzip", Some(Coding::Gzip)),
            ("gzip, deflate, br, zstd", Some(Coding::Zstd)),
            ("gzip;q=1.0, br;q=0.8", Some(Coding::Gzip)),
            ("br;q=0.5, gzip;q=0.5", Some(Coding::Brotli)),
            ("x-gzip", Some(Coding::Gzip)),
            ("*", Some(Coding::Gzip)),
            ("gzip;q=0", None),
            ("gzip;q=much", None),
            ("identity", None),
            ("", None),
        ];
        for (text, coding) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, text.parse().unwrap());
            assert_eq!(Coding::accepted(&headers), coding, "{text}");
        }
        assert_eq!(Coding::accepted(&HeaderMap::new()), None);
    }

    #[test]
    fn there_and_back() {
        let text = "a patient with a long record; ".repeat(5_000).into_bytes();
        for coding in CODINGS {
            let small = coding.compress(&text).unwrap();
            assert!(small.len() < text.len() / 10, "{coding:?}: {}", small.len());
            assert_eq!(coding.decompress(&small, text.len()), Ok(text.clone()), "{coding:?}");
            let short = coding.decompress(&small, text.len() - 1);
            assert_eq!(short, Err(Unreadable::TooLong), "{coding:?}");
            let cut = coding.decompress(&small[..small.len() / 2], text.len());
            assert_eq!(cut, Err(Unreadable::Damaged), "{coding:?}");
            let other = coding.decompress(b"this is not compressed at all", 1000);
            assert_eq!(other, Err(Unreadable::Damaged), "{coding:?}");
        }
    }

    #[test]
    fn a_bomb_is_bounded() {
        let zeros = vec![0_u8; 64 << 20];
        for coding in CODINGS {
            let bomb = coding.compress(&zeros).unwrap();
            assert_eq!(coding.decompress(&bomb, 1 << 20), Err(Unreadable::TooLong), "{coding:?}");
        }
    }
}
