// Opens every page of the gallery in Chromium and checks what a browser alone can see.
//
//   cargo run -p portals --example gallery -- DIR
//   node web/check.mjs DIR [SHOTS_DIR] [NAME…]
//
// For each page at three widths, with and without scripts: no axe violation, no console message,
// no request to another host, nothing blocked by the content security policy, no sideways scroll.
// With SHOTS_DIR it also writes a picture of each page at desktop and phone width.

import { createServer } from "node:http";
import { existsSync, mkdirSync, readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const [folder, shots, ...names] = process.argv.slice(2);
const chromium = process.env.CHROMIUM ?? "/usr/bin/chromium";
if (!folder || !existsSync(folder)) fail("say where the gallery is: node web/check.mjs DIR");
if (!existsSync(chromium)) fail(`no Chromium at ${chromium}: install it or set CHROMIUM`);
const require = createRequire(import.meta.url);
let playwright;
try {
  playwright = require("playwright-core");
} catch {
  fail("playwright-core is missing: run `npm ci --ignore-scripts` in web/");
}
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
if (shots) mkdirSync(shots, { recursive: true });

// The same policy as portals::layout::SECURITY_HEADERS, read from there so that they cannot differ.
const source = readFileSync(new URL("../crates/portals/src/layout/mod.rs", import.meta.url), "utf8");
const policy = source.match(/"content-security-policy",\s*"([^"]*)"/)[1].replace(/\\\s+/g, "");

const TYPES = { html: "text/html; charset=utf-8", css: "text/css", js: "text/javascript", svg: "image/svg+xml" };
const server = createServer((request, response) => {
  const path = join(folder, decodeURIComponent(new URL(request.url, "http://x").pathname));
  if (!existsSync(path)) return response.writeHead(404).end();
  const type = TYPES[path.split(".").pop()] ?? "application/octet-stream";
  response.writeHead(200, { "content-type": type, "content-security-policy": policy });
  response.end(readFileSync(path));
});
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const base = `http://127.0.0.1:${server.address().port}`;

const pages = readdirSync(folder)
  .filter((file) => file.endsWith(".html"))
  .map((file) => file.slice(0, -5))
  .filter((name) => names.length === 0 || names.includes(name));
const browser = await playwright.chromium.launch({
  executablePath: chromium,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
let problems = 0;
for (const [width, javaScriptEnabled] of [[1280, true], [390, true], [320, true], [1280, false]]) {
  const context = await browser.newContext({ viewport: { width, height: 900 }, javaScriptEnabled });
  for (const name of pages) await check(context, name, width, javaScriptEnabled);
  await context.close();
}
await browser.close();
server.close();
console.log(`${pages.length} pages, ${problems} problems`);
process.exit(problems === 0 ? 0 : 1);

async function check(context, name, width, scripts) {
  const page = await context.newPage();
  const say = (text) => {
    problems += 1;
    console.error(`${name} at ${width}${scripts ? "" : " without scripts"}: ${text}`);
  };
  page.on("console", (message) => say(`console: ${message.text()}`));
  page.on("pageerror", (error) => say(`error: ${error.message}`));
  page.on("dialog", (dialog) => { say("a dialog opened"); dialog.dismiss(); });
  page.on("request", (request) => { if (!request.url().startsWith(base)) say(`asks ${request.url()}`); });
  page.on("requestfailed", (request) => say(`failed: ${request.url()}`));
  page.on("response", (response) => { if (response.status() >= 400) say(`${response.status()} ${response.url()}`); });
  await page.goto(`${base}/${name}.html`, { waitUntil: "networkidle" });
  if (scripts) {
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    if (wide > 0) say(`scrolls sideways by ${wide} px`);
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() =>
      globalThis.axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
    for (const { id, nodes } of violations) {
      say(`axe ${id}: ${nodes.length} × ${nodes[0].target.join(" ")}: ${nodes[0].failureSummary.replace(/\s+/g, " ")}`);
    }
  }
  if (shots && scripts && width !== 320) {
    await page.screenshot({ path: join(shots, `${name}-${width}.png`), fullPage: true });
  }
  await page.close();
}

function fail(message) {
  console.error(`check: ${message}`);
  process.exit(1);
}
