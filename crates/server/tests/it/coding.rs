//! Compressed answers and bodies, and requests that take too long.

use axum::body::Body;
use axum::http::Request;
use flate2::read::{GzDecoder, GzEncoder};
use std::io::Read as _;

use crate::setup::Server;

fn patient(bytes: usize) -> String {
    let family = "Shah ".repeat(bytes / 5);
    format!(r#"{{"resourceType":"Patient","id":"a","name":[{{"text":"{family}x"}}]}}"#)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    GzEncoder::new(bytes, flate2::Compression::fast()).read_to_end(&mut out).expect("compressed");
    out
}

fn decoded(coding: &str, bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    match coding {
        "gzip" => _ = GzDecoder::new(bytes).read_to_end(&mut out).expect("gzip"),
        "zstd" => out = zstd::decode_all(bytes).expect("zstd"),
        "br" => _ = brotli::Decompressor::new(bytes, 4096).read_to_end(&mut out).expect("brotli"),
        _ => out.extend_from_slice(bytes),
    }
    out
}

/// What a client accepts, the size of the resource, and what it is sent in.
const ANSWERS: &[(&str, usize, &str)] = &[
    ("", 50_000, ""),
    ("identity", 50_000, ""),
    ("gzip", 50_000, "gzip"),
    ("br", 50_000, "br"),
    ("zstd", 50_000, "zstd"),
    ("gzip, deflate, br, zstd", 50_000, "zstd"),
    ("gzip;q=1.0, zstd;q=0.5", 50_000, "gzip"),
    ("gzip;q=0", 50_000, ""),
    ("deflate", 50_000, ""),
    // Small ones are not worth it.
    ("gzip, br, zstd", 100, ""),
];

#[tokio::test]
async fn answers_are_compressed_where_it_pays() {
    for (accepted, bytes, coding) in ANSWERS {
        let server = Server::start();
        server.put("/Patient/a", &patient(*bytes)).await;
        let plain = server.get("/Patient/a").await.text;
        for format in ["json", "xml"] {
            let request = Request::get(format!("/fhir/Patient/a?_format={format}"))
                .header("accept-encoding", *accepted)
                .body(Body::empty())
                .unwrap();
            let (parts, bytes) = server.send_for_bytes(request).await;
            let named = parts.headers.get("content-encoding").map_or("", |v| v.to_str().unwrap());
            assert_eq!(named, *coding, "{accepted} {format}");
            let text = String::from_utf8(decoded(coding, &bytes)).unwrap();
            if format == "json" {
                assert_eq!(text, plain, "{accepted}");
            } else {
                assert!(text.contains("<Patient"), "{accepted}");
            }
            assert!(
                coding.is_empty() || bytes.len() * 5 < text.len(),
                "{accepted}: {}",
                bytes.len()
            );
            assert_eq!(parts.headers.get("etag").unwrap(), "W/\"1\"");
        }
    }
}

#[tokio::test]
async fn bodies_come_in_compressed() {
    let server = Server::start();
    let text = patient(10_000);
    let brotli = {
        let parameters = brotli::enc::BrotliEncoderParams::default();
        let mut out = Vec::new();
        brotli::BrotliCompress(&mut text.as_bytes(), &mut out, &parameters).unwrap();
        out
    };
    // The limit of the test server is 4 MiB.
    let bomb = gzip(patient(40 << 20).as_bytes());
    assert!(bomb.len() < 4 << 20);
    let cases: [(&str, Vec<u8>, u16, &str); 11] = [
        ("gzip", gzip(text.as_bytes()), 201, ""),
        ("x-gzip", gzip(text.as_bytes()), 200, ""),
        ("zstd", zstd::encode_all(text.as_bytes(), 1).unwrap(), 200, ""),
        ("br", brotli, 200, ""),
        ("identity", text.clone().into_bytes(), 200, ""),
        ("deflate", text.clone().into_bytes(), 415, "Content-Encoding"),
        ("gzip, gzip", gzip(&gzip(text.as_bytes())), 415, "Content-Encoding"),
        ("gzip", text.clone().into_bytes(), 400, "body"),
        ("gzip", gzip(text.as_bytes())[..40].to_vec(), 400, "body"),
        ("zstd", vec![0x28, 0xB5, 0x2F, 0xFD, 0xFF], 400, "body"),
        ("gzip", bomb, 413, "Content-Length"),
    ];
    for (coding, body, status, expression) in cases {
        let request = Request::put("/fhir/Patient/a")
            .header("content-type", "application/fhir+json")
            .header("content-encoding", coding)
            .body(Body::from(body));
        let answer = server.send(request.unwrap()).await;
        assert_eq!(answer.status, status, "{coding}: {}", answer.text);
        if status >= 400 {
            assert_eq!(answer.issue().1, expression, "{coding}");
        }
        if status == 415 {
            assert!(answer.header("accept-encoding").contains("gzip"), "{coding}");
        }
    }
    assert_eq!(server.get("/Patient/a").await.header("etag"), "W/\"5\"");
}

/// A body that never comes is not waited for without end.
#[tokio::test]
async fn a_request_that_takes_too_long_is_given_up() {
    let timeout = std::time::Duration::from_millis(20);
    let server = Server::with_options(|_| {}, |options| options.request_timeout = timeout);
    let never = Body::new(NeverEnding);
    let request = Request::put("/fhir/Patient/a").header("content-type", "application/fhir+json");
    let answer = server.send(request.body(never).unwrap()).await;
    assert_eq!((answer.status.as_u16(), answer.issue().0.as_str()), (408, "timeout"));
    assert_eq!((answer.issue().1.as_str(), answer.header("connection")), ("body", "close"));
    assert_eq!(server.get("/Patient/a").await.status, 404, "nothing was written");
}

/// A request that arrived and is not done in time is another matter: it can be sent again.
#[tokio::test]
async fn work_that_takes_too_long_is_given_up() {
    let none = std::time::Duration::ZERO;
    let server = Server::with_options(|_| {}, |options| options.request_timeout = none);
    // A write waits for its commit, but now and then that is faster than the first look at the time.
    let mut given_up = 0;
    for number in 0..50 {
        let body = format!(r#"{{"resourceType":"Patient","id":"a{number}"}}"#);
        let answer = server.call("PUT", &format!("/Patient/a{number}"), &[], &body).await;
        if answer.status == 201 {
            continue;
        }
        assert_eq!((answer.status.as_u16(), answer.issue().0.as_str()), (503, "timeout"));
        assert_eq!(answer.header("retry-after"), "1");
        given_up += 1;
    }
    assert!(given_up > 0, "no write was given up");
}

/// Whatever breaks here, the client is told in FHIR's way, and the next request finds a server.
#[tokio::test]
async fn a_fault_of_the_server_is_told() {
    let server = Server::start();
    let body = r#"{"resourceType":"Patient"}"#;
    for headers in [&[][..], &[("accept-encoding", "gzip")]] {
        server.break_ids(true);
        let answer = server.call("POST", "/Patient", headers, body).await;
        assert_eq!(answer.status, 500, "{}", answer.text);
        assert_eq!(answer.issue().0, "exception");
        assert_eq!(answer.json()["issue"][0]["severity"], "fatal");
        assert_eq!(answer.header("cache-control"), "private, no-cache");
        assert!(!answer.text.contains("no ids"), "what broke is for the log: {}", answer.text);
        server.break_ids(false);
        assert_eq!(server.call("POST", "/Patient", headers, body).await.status, 201);
    }
}

/// A body of which nothing arrives.
struct NeverEnding;

impl http_body::Body for NeverEnding {
    type Data = axum::body::Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Self::Data>, Self::Error>>> {
        std::task::Poll::Pending
    }
}

/// A body that breaks off is a fault of the request, whatever it was.
#[tokio::test]
async fn a_body_that_breaks_off() {
    let server = Server::start();
    for (method, path) in
        [("PUT", "/Patient/a"), ("PATCH", "/Patient/a"), ("POST", "/Patient"), ("POST", "")]
    {
        for coding in ["", "gzip"] {
            let broken = Body::new(BreakingOff);
            let mut request = Request::builder().method(method).uri(format!("/fhir{path}"));
            if !coding.is_empty() {
                request = request.header("content-encoding", coding);
            }
            let answer = server.send(request.body(broken).unwrap()).await;
            assert_eq!(answer.status, 400, "{method} {path}: {}", answer.text);
            assert_eq!(answer.issue().1, "body", "{method} {path}");
        }
    }
}

/// A body that fails as it is read.
struct BreakingOff;

impl http_body::Body for BreakingOff {
    type Data = axum::body::Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Self::Data>, Self::Error>>> {
        std::task::Poll::Ready(Some(Err(std::io::Error::other("the peer went away"))))
    }
}
