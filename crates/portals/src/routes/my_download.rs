//! A person's record to take away: as FHIR, or printed.

use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::stream;
use interactions::record::Record;
use interactions::{Download, Withholding};
use printout::{Block, Fonts, Printout, print};
use tokio::sync::Semaphore;

use super::answer::{Answer, Refusal};
use super::gate::State;
use super::mine::{citizen, entries, groups, read, withheld};
use super::portal::Portal;
use super::show::banner;
use crate::assets;
use crate::components::nhs_number::NhsNumber;
use crate::layout::Area;
use crate::patient::download::DownloadPage;
use crate::patient::record::{Line, PARTS};
use crate::patient::when;
use crate::problem::Problem;

/// Pages of a printed record at the most.
const PAGES_MAX: usize = 3_000;
/// How long printing may take.
const PRINT_TIME: Duration = Duration::from_secs(30);
/// Records that are printed at one time: each takes a processor for itself.
static PRINTING: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(2));

/// The pages.
pub(super) fn routes() -> Router<Arc<Portal>> {
    Router::new()
        .route("/me/record/download", get(choose))
        .route("/me/record/download/fhir", get(fhir))
        .route("/me/record/download/pdf", get(pdf))
}

async fn choose(State(portal): State<Arc<Portal>>) -> Answer {
    let citizen = citizen(&portal)?;
    if !citizen.may_read {
        return Err(Portal::elsewhere("/me/step-up"));
    }
    portal.page(&DownloadPage {
        layout: portal.layout(Area::MyRecord, "Download your record"),
        withheld: withheld(&portal, &Withholding::of(&citizen)),
    })
}

/// The record as a Bundle, sent while it is read: what fails on the way breaks the connection off, so that
/// half a record is not taken for a whole one.
async fn fhir(State(portal): State<Arc<Portal>>) -> Answer {
    if !citizen(&portal)?.may_read {
        return Err(Portal::elsewhere("/me/step-up"));
    }
    let download = portal.app.own_download().map_err(|failure| portal.failure(&failure))?;
    let next = async |mut download: Download| match download.next().await {
        Ok(Some(piece)) => Ok(Some((Bytes::from(piece), download))),
        Ok(None) => Ok(None),
        Err(failure) => {
            tracing::warn!(%failure, "a download was broken off");
            Err(std::io::Error::other("the record could not be read to its end"))
        }
    };
    let body = Body::from_stream(stream::try_unfold(download, next));
    Ok(as_file(body, "application/fhir+json", "health-record.json"))
}

async fn pdf(State(portal): State<Arc<Portal>>) -> Answer {
    let record = match read(&portal).await? {
        Ok(record) => record,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let told = withheld(&portal, &Withholding::of(&*citizen(&portal)?));
    let Ok(_printing) = PRINTING.acquire().await else {
        return Err(portal.problem(Problem::Unavailable));
    };
    let shared = Arc::clone(&portal);
    let work = tokio::task::spawn_blocking(move || {
        let until = Instant::now() + PRINT_TIME;
        let fonts = Fonts {
            regular: assets::font("DejaVuSans.ttf"),
            bold: assets::font("DejaVuSans-Bold.ttf"),
        };
        print(&printout(&shared, &record, told), fonts, PAGES_MAX, &|| Instant::now() < until)
    });
    match work.await {
        Ok(Ok(pdf)) => Ok(as_file(Body::from(pdf.bytes), "application/pdf", "health-record.pdf")),
        Ok(Err(error)) => Err(not_printed(&portal, &error)),
        Err(error) => {
            tracing::error!(%error, "printing a record ended early");
            Err(portal.problem(Problem::ServerError))
        }
    }
}

fn not_printed(portal: &Portal, error: &printout::PrintError) -> Refusal {
    tracing::error!(%error, "a record could not be printed");
    portal.problem(match error {
        printout::PrintError::TooLong | printout::PrintError::TooSlow => Problem::Unavailable,
        _ => Problem::ServerError,
    })
}

/// A file to be kept, whose name names nobody.
fn as_file(body: Body, media_type: &'static str, name: &'static str) -> Response {
    let how = format!(r#"attachment; filename="{name}""#);
    let how = HeaderValue::from_str(&how).unwrap_or(HeaderValue::from_static("attachment"));
    let headers: [(HeaderName, HeaderValue); 3] = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (header::CONTENT_DISPOSITION, how),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (headers, body).into_response()
}

/// The record in the words of the person's pages.
fn printout(portal: &Portal, record: &Record, withheld: Vec<String>) -> Printout {
    let zone = &portal.options.zone;
    let now = portal.app.clock.now();
    let at = jiff::Timestamp::from_microsecond(now).unwrap_or_default();
    let utc = at.to_zoned(jiff::tz::TimeZone::UTC);
    let part = |number: i8| u16::try_from(number).unwrap_or(0);
    let name = banner::name(&record.face.name).formal();
    let born = record.face.born.as_ref().map(|(_, born)| when::words(&born.text, zone));
    let number = record.face.nhs_number.as_ref();
    let number =
        number.map(|n| NhsNumber::new(n.said.text.as_str(), record.face.nhs_number_verified));
    let mut about = name.clone();
    if let Some(born) = &born {
        about.push_str(&format!(" · born {born}"));
    }
    if let Some(number) = &number {
        about.push_str(&format!(" · NHS number {}", number.grouped()));
    }
    let printed = when::words(&at.to_string(), zone);
    let mut blocks = who(portal, record, &name, born, number);
    if record.cut {
        let words = "This record is very long, and some of it is not printed here.";
        blocks.push(Block::Paragraph(words.to_owned()));
    }
    blocks.push(Block::Heading("What is not shown".to_owned()));
    if withheld.is_empty() {
        blocks.push(Block::Paragraph("Nothing is hidden from you here.".to_owned()));
    }
    blocks.extend(withheld.into_iter().map(Block::Paragraph));
    for part in PARTS {
        blocks.push(Block::Heading(part.words.to_owned()));
        let groups = groups(portal, entries(record, part).collect());
        if groups.is_empty() {
            blocks.push(Block::Paragraph("Nothing is recorded.".to_owned()));
        }
        if groups.is_empty() && part.segment == "allergies" {
            let words = "This does not mean that you have no allergies.";
            blocks.push(Block::Paragraph(words.to_owned()));
        }
        for group in groups {
            if !group.heading.is_empty() {
                blocks.push(Block::Subheading(group.heading));
            }
            blocks.extend(group.lines.into_iter().map(entry));
        }
    }
    Printout {
        title: "Your health record".to_owned(),
        language: "en-GB",
        about,
        printed: format!("Printed on {printed} from Careloom"),
        at: [
            u16::try_from(utc.year()).unwrap_or(1970),
            part(utc.month()),
            part(utc.day()),
            part(utc.hour()),
            part(utc.minute()),
            part(utc.second()),
        ],
        blocks,
    }
}

/// Who the record is about, by each source.
fn who(
    portal: &Portal,
    record: &Record,
    name: &str,
    born: Option<String>,
    number: Option<NhsNumber>,
) -> Vec<Block> {
    let mut facts = vec![("Name".to_owned(), name.to_owned())];
    facts.extend(born.map(|born| ("Born".to_owned(), born)));
    facts.extend(number.map(|number| ("NHS number".to_owned(), number.grouped())));
    let mut blocks = vec![
        Block::Heading("About you".to_owned()),
        Block::Entry { title: name.to_owned(), facts, source: String::new() },
    ];
    for identity in &record.identities {
        let mut facts = Vec::new();
        if !identity.address.is_empty() {
            facts.push(("Address".to_owned(), identity.address.join(", ")));
        }
        let contacts = identity.contacts.iter();
        facts.extend(contacts.map(|one| (one.label.to_owned(), one.value.clone())));
        facts.extend(
            identity.practice.iter().map(|one| ("GP surgery".to_owned(), one.text.clone())),
        );
        if !facts.is_empty() {
            let title = portal.source_in_plain_words(&identity.source.feed);
            blocks.push(Block::Entry { title, facts, source: String::new() });
        }
    }
    blocks
}

fn entry(line: Line) -> Block {
    let mut facts = Vec::new();
    if !line.when.is_empty() {
        facts.push((String::new(), line.when));
    }
    facts.extend(line.facts);
    Block::Entry { title: line.title, facts, source: format!("From: {}", line.source) }
}
