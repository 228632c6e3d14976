// The sample app of examples/smart-app, as it stands there but for the server's address: started by a person
// and opened from a record, each with its narrow scope; what it was not granted is refused, a tampered answer
// and a "no" end in words, and an app that is stopped has nothing any more.

import { execFileSync } from "node:child_process";
import { createServer } from "node:http";
import { readFileSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect, text } from "./browser.mjs";

const FOLDER = fileURLToPath(new URL("../../examples/smart-app/", import.meta.url));
const FILES = ["index.html", "launch.html", "app.js", "launch.js", "smart.js", "config.js", "style.css"];
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css" };
const SCOPE = "launch launch/patient patient/Observation.rs?category=laboratory";
/** A person of the demonstration whom no other walk signs in. */
const NOT_YET_SIGNED_IN = "margaret.oconnor@example.test";
/** Not asked by the app itself: other people, and ways round. */
const OTHERS = ["Patient?_count=1", "Observation?category=laboratory&_include=Observation:subject", "AllergyIntolerance", "Person", "$export", "Observation/$lastn", "metadata?x", "Condition/_history"];

/** The app's files on a port of its own, for the server at `base`. */
async function served(base) {
  const server = createServer((request, response) => {
    const name = new URL(request.url, "http://x").pathname.slice(1) || "index.html";
    if (!FILES.includes(name)) {
      response.writeHead(404).end();
      return;
    }
    const file = readFileSync(join(FOLDER, name), "utf8").replaceAll("http://127.0.0.1:8080", base);
    response.writeHead(200, { "content-type": TYPES[extname(name)] }).end(file);
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  // A walk that fails before it closes this ends all the same.
  server.unref();
  return { origin: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

/** Registers the app as its README says, in the store of the running demonstration. */
function register(origin, { binary, folder }) {
  const config = join(folder, "e2e-client.toml");
  writeFileSync(config, `[server]\ndata = ${JSON.stringify(join(folder, "data"))}\n`);
  const told = ["client", "add", "Results viewer", "--id", "results-viewer", "--scope", SCOPE, "--redirect", `${origin}/index.html`, "--launch", `${origin}/launch.html`, "--config", config];
  execFileSync(binary, told, { stdio: ["ignore", "ignore", "inherit"] });
}

/** A tab beside a page that has signed in; what the app fetches, and the token that it gets. */
async function tab(walk, page, origin) {
  const app = await page.context().newPage();
  const got = {};
  app.on("request", (request) => {
    const at = new URL(request.url()).origin;
    if (at !== walk.base && at !== origin) walk.complaints.push(`the app asked ${request.url()}`);
  });
  app.on("pageerror", (error) => walk.complaints.push(`the app: ${error.message}`));
  app.on("response", async (response) => {
    if (response.url().endsWith("/oauth/token") && response.ok()) got.token = (await response.json()).access_token;
  });
  return { app, got };
}

/** The app has come back with a token: the results are shown, everything else is held. */
async function shows(walk, app, name) {
  await app.locator("#done, main .leaked").first().waitFor();
  const all = await text(app);
  expect((await app.locator(".leaked").count()) === 0, `the app got more than it was granted: ${all}`);
  expect((await app.locator("tr.held").count()) >= 12, `the app tried too little: ${all}`);
  expect((await app.locator("table").first().locator("tbody tr").count()) > 1, `the app shows no results: ${all}`);
  const granted = await app.locator("#granted").innerText();
  expect(/patient\/Observation\.rs\?category=/.test(granted) && !/\*|Patient\./.test(granted), `granted: ${granted}`);
  await walk.look(app, name, { isOurs: false });
}

/** With the token that the app got: its results, and nothing else by any way. */
async function isNarrow(walk, token) {
  const ask = (path, options = {}) => fetch(`${walk.base}/fhir/${path}`, { ...options, headers: { authorization: `Bearer ${token}`, "content-type": "application/fhir+json", ...options.headers } });
  const own = await ask("Observation?category=laboratory&_count=1");
  expect(own.status === 200, `the token is worth nothing: ${own.status}`);
  const foreign = (bundle) => (bundle.entry ?? []).filter((each) => !["Observation", "OperationOutcome"].includes(each.resource?.resourceType));
  for (const path of OTHERS.filter((path) => !path.startsWith("metadata"))) {
    const answer = await ask(path, path.startsWith("$export") ? { headers: { prefer: "respond-async" } } : {});
    const body = answer.ok ? await answer.json() : {};
    expect(!answer.ok || foreign(body).length === 0, `${path} answered ${answer.status} with more`);
  }
  const batch = { resourceType: "Bundle", type: "batch", entry: OTHERS.map((url) => ({ request: { method: "GET", url } })) };
  const answer = await ask("", { method: "POST", body: JSON.stringify(batch) });
  if (answer.ok) {
    const inner = (await answer.json()).entry.map((each) => each.resource).filter((each) => each?.resourceType === "Bundle");
    expect(inner.every((bundle) => foreign(bundle).length === 0), "a batch answered more");
  }
  const graphql = await ask("$graphql", { method: "POST", body: JSON.stringify({ query: "{PatientList{id name{family}}}" }) });
  expect(!graphql.ok || !/family/.test(await graphql.text()), "GraphQL answered more");
  return ask;
}

/** Somebody who has not signed in yet is led through every step and back to the app's question; says no. */
async function notYetSignedIn(walk, name, origin) {
  const { app } = await tab(walk, await walk.page(), origin);
  await app.goto(`${origin}/index.html`);
  await walk.look(app, "app", { isOurs: false });
  await app.click("text=See my results");
  await app.waitForURL(`${walk.base}/sign-in?**`);
  await app.fill("#name", name);
  await app.fill("#password", await walk.hint(app));
  await app.click('main button[type="submit"]');
  await app.waitForURL(`${walk.base}/sign-in/code?**`);
  await walk.giveCode(app, name);
  await app.waitForURL(`${walk.base}/sign-in/proof?**`);
  await app.fill("#key", await walk.hint(app));
  await app.click('main button[type="submit"]');
  await app.waitForURL(`${walk.base}/oauth/continue/**`);
  await walk.look(app, "consent-after-sign-in", { ends: true });
  await app.getByRole("button", { name: "Do not allow" }).click();
  await app.locator("main .leaked").waitFor();
  expect(/not|denied|refused/i.test(await text(app)), `a no is told as ${await text(app)}`);
}

async function standalone(walk, own, origin) {
  const { app, got } = await tab(walk, own, origin);
  await app.goto(`${origin}/index.html`);
  await app.click("text=See my results");
  await app.waitForURL(`${walk.base}/oauth/**`);
  await walk.look(app, "consent", { ends: true });
  const asked = await text(app);
  expect(/results/i.test(asked) && !/medicines|allerg/i.test(asked), `the page asks for ${asked}`);
  await app.getByRole("button", { name: "Allow", exact: true }).click();
  await shows(walk, app, "app-results");

  await app.goto(`${origin}/index.html?code=stolen&state=guessed&iss=${encodeURIComponent(walk.base)}`);
  await app.getByText("does not belong to what the app asked").waitFor();

  const ask = await isNarrow(walk, got.token);
  await walk.to(own, "/me/apps");
  await walk.look(own, "me-apps");
  await own.getByRole("button", { name: "Stop Results viewer" }).click();
  expect(/no app/.test(await text(own)), `the app was not stopped: ${await text(own)}`);
  const after = await ask("Observation?category=laboratory");
  expect(after.status === 401, `an app that was stopped got ${after.status}`);
}

async function fromTheRecord(walk, clinician, personUrl, origin) {
  const { app, got } = await tab(walk, clinician, origin);
  await app.goto(`${personUrl}/apps`);
  await walk.look(app, "launch");
  await app.locator('main form button[type="submit"]').first().click();
  await app.waitForURL((url) => url.href.startsWith(`${walk.base}/oauth/`) || url.href.startsWith(origin));
  const allow = app.getByRole("button", { name: "Allow", exact: true });
  await allow.or(app.locator("#done")).first().waitFor();
  if (await allow.isVisible()) {
    expect(/SHAH|Shah/.test(await text(app)), "the page does not say whose record it is");
    await allow.click();
  }
  await shows(walk, app, "app-from-record");
  await isNarrow(walk, got.token);
  // A launch of somebody else's server is not begun.
  await app.goto(`${origin}/launch.html?iss=${encodeURIComponent("http://evil.example/fhir")}&launch=x`);
  await app.getByText("This app works with").waitFor();
}

/** The app, served and registered. Before anybody signs in: the program that registers it keeps the time of
 * the wall, not the demonstration's, and takes sessions away that are over by it. */
export async function sampleApp(walk, demo) {
  const app = await served(walk.base);
  register(app.origin, demo);
  return app;
}

export async function smart(walk, { own, clinician, personUrl }, { origin, close }) {
  try {
    await notYetSignedIn(walk, NOT_YET_SIGNED_IN, origin);
    await standalone(walk, own, origin);
    await fromTheRecord(walk, clinician, personUrl, origin);
  } finally {
    close();
  }
}
