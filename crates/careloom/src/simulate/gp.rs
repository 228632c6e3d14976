//! The practices' system: FHIR Bundles posted over one kept-alive HTTP connection.

use std::net::SocketAddr;

use anyhow::Context;
use axum::http::{Request, header};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use testkit::{Area, Site, System};
use tokio::net::TcpStream;

use super::Progress;
use crate::command::demo::FEED_KEY;

pub(super) async fn run(
    area: &Area,
    site: Site,
    address: SocketAddr,
    feed: &str,
    progress: &Progress,
) -> anyhow::Result<()> {
    let stream = TcpStream::connect(address).await.context("connect by HTTP")?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);
    for delivery in area.deliveries(site, System::Gp) {
        let request = Request::post(format!("/feeds/{feed}"))
            .header(header::HOST, address.to_string())
            .header(header::AUTHORIZATION, format!("Bearer {FEED_KEY}"))
            .header(header::CONTENT_TYPE, "application/fhir+json")
            .body(Full::new(Bytes::from(delivery.payload)))?;
        sender.ready().await?;
        let response = sender.send_request(request).await?;
        let is_accepted = response.status().is_success();
        // The body must be read before the connection takes the next request.
        response.into_body().collect().await?;
        progress.count(is_accepted);
    }
    drop(sender);
    let _ = connection.await;
    Ok(())
}
