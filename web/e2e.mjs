// Follows one person from the search page to the bytes that a value came from, in real Chromium.
//
//   node web/e2e.mjs BASE_URL [SHOTS_DIR]
//
// The server is `careloom demo`; the person is Liverpool's hero, who is in all four systems.

import { mkdirSync } from "node:fs";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";

const [base, shots] = process.argv.slice(2);
const require = createRequire(import.meta.url);
const { chromium } = require("playwright-core");
const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
if (shots) mkdirSync(shots, { recursive: true });

const SYSTEMS = ["lvp-hospital", "lvp-gp", "lvp-community", "lvp-social-care"];
const NHS_NUMBER = "9990010005";

const browser = await chromium.launch({
  executablePath,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const complaints = [];
const page = await newPage({ width: 1280, height: 1000 }, true);

function expect(holds, words) {
  if (!holds) throw new Error(words);
}

async function newPage(viewport, javaScriptEnabled) {
  const context = await browser.newContext({ viewport, javaScriptEnabled });
  const opened = await context.newPage();
  opened.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(`${opened.url()}: ${message.text()}`);
  });
  opened.on("pageerror", (error) => complaints.push(`${opened.url()}: ${error.message}`));
  opened.on("request", (request) => {
    if (!request.url().startsWith(base) && !request.url().startsWith("data:")) complaints.push(`request to ${request.url()}`);
  });
  return opened;
}

async function shot(name, of = page) {
  if (shots) await of.screenshot({ path: `${shots}/${name}.png`, fullPage: true });
}

async function text(of = page) {
  return of.locator("main").innerText();
}

async function findPerson(of) {
  await of.goto(`${base}/clinician/find`);
  await of.fill('input[name="nhs-number"]', NHS_NUMBER.replace(/(...)(...)(....)/, "$1 $2 $3"));
  await of.click('main button[type="submit"], main button:not([type])');
  const links = of.locator('main a[href^="/clinician/person/"]');
  if (!/\/clinician\/person\//.test(of.url())) {
    expect((await links.count()) > 0, `the person was not found: ${(await text(of)).slice(0, 400)}`);
    await links.first().click();
  }
  expect(/\/clinician\/person\//.test(of.url()), `no person page but ${of.url()}`);
}

try {
  const home = await page.goto(`${base}/`);
  expect(home.status() === 200, `home answered ${home.status()}`);
  await shot("home");

  await findPerson(page);
  await shot("person");
  const personUrl = page.url();
  const banner = await page.locator("body").innerText();
  expect(/SHAH/.test(banner), "the banner shows the family name in capitals");
  expect(/999 001 0005/.test(banner), "the banner shows the NHS number in groups");

  // The joined record: something of each of the four systems.
  await page.goto(`${personUrl}/timeline`);
  await shot("timeline");
  const seen = new Set();
  for (let next = true, count = 0; next && count < 30; count += 1) {
    const html = await page.content();
    for (const system of SYSTEMS) if (html.includes(system)) seen.add(system);
    const more = page.locator('a[rel="next"]');
    next = seen.size < SYSTEMS.length && (await more.count()) > 0;
    if (next) await more.first().click();
  }
  expect(seen.size === SYSTEMS.length, `the timeline shows only ${[...seen].join(", ")}`);

  // One value to its bytes.
  await page.goto(personUrl);
  let lineage = page.locator('a[href*="/clinician/lineage/"]');
  if ((await lineage.count()) === 0) {
    await page.goto(`${personUrl}/results`);
    lineage = page.locator('a[href*="/clinician/lineage/"]');
  }
  expect((await lineage.count()) > 0, "values lead to their lineage");
  await lineage.first().click();
  await shot("lineage");
  const marks = page.locator("mark:visible");
  expect((await marks.count()) > 0, `the bytes are marked on ${page.url()}`);
  const marked = (await marks.first().innerText()).trim();
  expect(marked.length > 0, "the mark holds the bytes");

  // The ledger balances.
  await page.goto(`${base}/console/feeds`);
  await shot("feeds");
  const feeds = await text();
  for (const system of SYSTEMS) expect(feeds.includes(system), `the feeds page shows ${system}`);
  expect(!/does not balance/i.test(feeds), "every feed balances");
  await page.goto(`${base}/console/feeds/lvp-hospital`);
  await shot("feed");
  await page.locator('main a[href^="/console/items/"]').first().click();
  await shot("item");
  expect(/MSH/.test(await text()), "an item shows its message");
  await page.goto(`${base}/console/links`);
  await shot("links");

  // The same on a phone, without scripts.
  const phone = await newPage({ width: 390, height: 844 }, false);
  await findPerson(phone);
  await shot("person-phone", phone);
  await phone.goto(`${personUrl}/timeline`);
  await shot("timeline-phone", phone);
  const overflow = await phone.locator("html").boundingBox();
  expect(overflow.width <= 391, `the timeline is ${overflow.width} px wide on a phone`);

  // The same record over FHIR.
  const bundle = await (await fetch(`${base}/fhir/Patient?identifier=https://fhir.nhs.uk/Id/nhs-number|${NHS_NUMBER}`)).json();
  const sources = new Set(bundle.entry.map((entry) => entry.resource.meta.source));
  expect(sources.size === 4, `FHIR shows ${sources.size} sources of the person`);

  expect(complaints.length === 0, `the browser complained:\n${complaints.join("\n")}`);
  console.log(`end to end: the record of four systems is joined, and a value leads to its bytes (${JSON.stringify(marked.slice(0, 40))})`);
} catch (error) {
  await shot("failure");
  console.error(`end to end failed at ${page.url()}: ${error.message}`);
  process.exitCode = 1;
} finally {
  await browser.close();
}
