// Shows the results of one person, and that nothing else can be had.

import { FHIR_BASE } from "./config.js";
import { Refused, begin, fhir, finish } from "./smart.js";

const main = document.querySelector("main");

function element(name, text, parent = main) {
  const made = document.createElement(name);
  if (text !== undefined) {
    made.textContent = text;
  }
  parent.append(made);
  return made;
}

function table(caption, headings) {
  const made = element("table");
  element("caption", caption, made);
  const head = element("tr", undefined, element("thead", undefined, made));
  for (const heading of headings) {
    element("th", heading, head).scope = "col";
  }
  const body = element("tbody", undefined, made);
  return (cells) => {
    const row = element("tr", undefined, body);
    cells.forEach((cell) => element("td", cell, row));
    return row;
  };
}

function valueOf(observation) {
  const quantity = observation.valueQuantity;
  if (quantity) {
    return `${quantity.comparator ?? ""}${quantity.value} ${quantity.unit ?? quantity.code ?? ""}`;
  }
  const parts = (observation.component ?? []).map((each) => `${nameOf(each)}: ${valueOf(each)}`);
  return observation.valueString ?? observation.valueCodeableConcept?.text ?? parts.join("; ");
}

function nameOf(observation) {
  const code = observation.code ?? {};
  return code.text ?? code.coding?.[0]?.display ?? code.coding?.[0]?.code ?? "no name";
}

async function results(token) {
  const found = await fhir(token, "Observation?category=laboratory&_sort=-date&_count=20");
  const row = table("Newest laboratory results", ["When", "Test", "Result"]);
  for (const { resource } of found.entry ?? []) {
    row([(resource.effectiveDateTime ?? resource.issued ?? "").slice(0, 10), nameOf(resource), valueOf(resource)]);
  }
  if (!found.entry?.length) {
    row(["", "There are none.", ""]);
  }
}

function isResult(resource) {
  const codes = (resource.category ?? []).flatMap((each) => each.coding ?? []);
  return resource.resourceType === "Observation" && codes.some((coding) => coding.code === "laboratory");
}

/** What the app was not granted, each with how it tries. */
function attempts(patient) {
  return [
    ["The person's name and address", `Patient/${patient}`],
    ["Their health conditions", "Condition"],
    ["Their medicines", "MedicationRequest"],
    ["Their blood pressure", "Observation?category=vital-signs"],
    ["Whatever a result refers to", "Observation?_include=*"],
    ["Whatever refers to a result", "Observation?_revinclude=*"],
    ["Everybody's results", "Observation?patient:not=" + patient],
    ["All people", "Patient"],
    ["The history of everything", "_history"],
    ["Everything about the person", `Patient/${patient}/$everything`],
    ["Who looked at records", "AuditEvent"],
    ["Writing a result", "Observation", { method: "POST", body: JSON.stringify({ resourceType: "Observation" }), headers: { "content-type": "application/fhir+json" } }],
  ];
}

async function others(token, patient) {
  element("h2", "What the app was not granted");
  const row = table("Each of these must fail", ["What it asks for", "Answer"]);
  for (const [what, path, options] of attempts(patient)) {
    let answer;
    let isHeld = true;
    try {
      const body = await fhir(token, path, options);
      const seen = (body.entry ?? []).map((entry) => entry.resource);
      const more = body.resourceType === "Bundle" ? seen.filter((each) => each && !isResult(each) && each.resourceType !== "OperationOutcome") : [body];
      isHeld = more.length === 0;
      answer = isHeld ? `nothing but the results (${seen.length})` : `LEAKED: ${more.length}`;
    } catch (error) {
      if (!(error instanceof Refused)) {
        throw error;
      }
      answer = `refused: ${error.status}`;
    }
    const made = row([what, answer]);
    made.className = isHeld ? "held" : "leaked";
    element("code", `${options?.method ?? "GET"} ${path}`, made.firstChild);
  }
}

async function start() {
  const tokens = await finish();
  if (!tokens) {
    element("p", "See your laboratory results. You sign in at the record's own site, which asks you first.");
    element("button", "See my results").addEventListener("click", () => begin(FHIR_BASE).catch(say));
    return;
  }
  element("p", `Granted: ${tokens.scope}`).id = "granted";
  await results(tokens.access_token);
  await others(tokens.access_token, tokens.patient);
  element("p", "Done.").id = "done";
}

function say(error) {
  const said = element("p", error.message);
  said.className = "leaked";
  said.setAttribute("role", "alert");
}

start().catch(say);
