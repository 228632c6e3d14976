//! Single creates over kept-alive connections, each durable before its answer.

use std::time::{Duration, Instant};

use anyhow::ensure;

use crate::Options;
use crate::http::Connection;
use crate::server::Server;

pub(crate) async fn run(options: &Options) -> anyhow::Result<()> {
    let server = Server::start(options).await?;
    let until = Instant::now() + Duration::from_secs(options.seconds);
    let (started, cpu) = (Instant::now(), server.cpu_seconds());
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..options.connections {
        let address = server.http.clone();
        tasks.spawn(async move {
            let mut connection = Connection::open(&address).await?;
            let mut done = 0_u32;
            while Instant::now() < until {
                let body = observation(done);
                let answer =
                    connection.send("POST", "/fhir/Observation", Some(body.as_bytes())).await?;
                ensure!(answer.status == 201, "status {}", answer.status);
                done += 1;
            }
            Ok::<u32, anyhow::Error>(done)
        });
    }
    let mut creates = 0;
    while let Some(done) = tasks.join_next().await {
        creates += done??;
    }
    let rate = f64::from(creates) / started.elapsed().as_secs_f64();
    let each = (server.cpu_seconds() - cpu) * 1e6 / f64::from(creates);
    println!(
        "single creates: {rate:.0}/s over {} connections, {each:.0} µs of server processor each",
        options.connections
    );
    Ok(())
}

/// A typical laboratory Observation, about 900 bytes.
pub(crate) fn observation(number: u32) -> String {
    let value = 3.5 + f64::from(number % 40) / 10.0;
    let (day, patient) = (1 + number % 28, number % 500);
    format!(
        r#"{{"resourceType":"Observation","status":"final","category":[{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory","display":"Laboratory"}}]}}],"code":{{"coding":[{{"system":"http://loinc.org","code":"2823-3","display":"Potassium [Moles/volume] in Serum or Plasma"}}],"text":"Potassium"}},"subject":{{"reference":"Patient/bench-{patient}"}},"effectiveDateTime":"2026-03-{day:02}T09:30:00+00:00","issued":"2026-03-{day:02}T11:02:10.000+00:00","performer":[{{"reference":"Organization/bench-lab","display":"Bench laboratory"}}],"valueQuantity":{{"value":{value:.1},"unit":"mmol/L","system":"http://unitsofmeasure.org","code":"mmol/L"}},"referenceRange":[{{"low":{{"value":3.5,"unit":"mmol/L"}},"high":{{"value":5.3,"unit":"mmol/L"}}}}]}}"#
    )
}
