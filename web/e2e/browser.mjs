// What every walk shares: Chromium, pages that complain, signing in, and looking at a page as people see it.

import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
/** Desktop, phone, and the least that WCAG asks for, which is also a desktop at 400 % zoom. */
export const WIDTHS = [1280, 375, 320];

export function expect(holds, words) {
  if (!holds) throw new Error(words);
}

export const text = (of) => of.locator("main").innerText();

/** Chromium with one server in it. */
export class Walk {
  /** Addresses that were looked at, each with the page whose cookies it needs. */
  seen = new Map();
  /** What browsers said on their consoles, requests that left the machine, what axe found, what sticks out. */
  complaints = [];
  #codes = new Map();

  static async begin(base, shots) {
    const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
    const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
    const walk = new Walk();
    walk.base = base;
    walk.shots = shots;
    if (shots) mkdirSync(shots, { recursive: true });
    walk.browser = await chromium.launch({ executablePath, args });
    return walk;
  }

  /** Does something at the server's name instead of its number. */
  async named(work) {
    const number = this.base;
    this.base = number.replace("127.0.0.1", "localhost");
    try {
      return await work();
    } finally {
      this.base = number;
    }
  }

  async end() {
    await this.browser.close();
  }

  /** A browser of its own: nobody has signed in. */
  async page({ width = 1280, scripts = true } = {}) {
    const base = this.base;
    const context = await this.browser.newContext({ viewport: { width, height: 900 }, javaScriptEnabled: scripts });
    const page = await context.newPage();
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) this.complaints.push(`${page.url()}: ${message.text()}`);
    });
    page.on("pageerror", (error) => this.complaints.push(`${page.url()}: ${error.message}`));
    page.on("request", (request) => {
      const url = request.url();
      if (!url.startsWith(base) && !url.startsWith("data:")) this.complaints.push(`request to ${url}`);
    });
    return page;
  }

  async to(page, path) {
    const response = await page.goto(`${this.base}${path}`);
    expect(response.status() < 400, `${path} answered ${response.status()}: ${(await page.innerText("body")).slice(0, 300)}`);
    return response;
  }

  async shot(page, name) {
    if (this.shots) await page.screenshot({ path: `${this.shots}/${name}.png`, fullPage: true });
  }

  /** Looks at a page at every width and in forced colours: what sticks out and what axe finds is a complaint. */
  async look(page, name, { ends = false, isOurs = true } = {}) {
    const url = page.url();
    const { pathname, search } = new URL(url);
    const seen = { page, name, search, base: this.base };
    // Where the session ends within the walk, the page is looked at without scripts at once.
    if (ends) await this.plainly(pathname, seen);
    if (isOurs) this.seen.set(pathname, ends ? undefined : seen);
    const { width, height } = page.viewportSize();
    for (const at of WIDTHS) {
      await page.setViewportSize({ width: at, height });
      await this.#fits(page, at);
      if (at !== 320) await this.shot(page, `${name}-${at}`);
      if (at !== 375) await this.#axe(page, `${at} px`);
    }
    await page.emulateMedia({ forcedColors: "active" });
    await this.#axe(page, "forced colours");
    await page.emulateMedia({ forcedColors: "none" });
    await page.setViewportSize({ width, height });
  }

  async #fits(page, at) {
    // The header arranges its menu anew after a change of width.
    await page.waitForTimeout(100);
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (over > 0) this.complaints.push(`${page.url()} is ${over} px too wide at ${at} px`);
  }

  async #axe(page, how) {
    const rules = how === "forced colours" ? { "color-contrast": { enabled: false } } : {};
    const options = JSON.stringify({ runOnly: TAGS, rules, resultTypes: ["violations"] });
    const found = await page.evaluate(
      `${axe}; axe.run(document, ${options}).then((all) => all.violations.map((v) => v.id + ": " + v.nodes[0].target + " (" + v.nodes[0].failureSummary.replace(/\\s+/g, " ") + ")"))`,
    );
    for (const each of found) this.complaints.push(`axe at ${page.url()}, ${how}: ${each}`);
  }

  /** The page again without scripts: it says the same and nothing sticks out. */
  async plainly(path, { page, search, base }) {
    const plain = await this.page({ width: 375, scripts: false });
    await plain.context().addCookies(await page.context().cookies());
    const response = await plain.goto(`${base}${path}${search}`);
    expect(response.status() < 400, `${path} answered ${response.status()} without scripts`);
    expect((await plain.locator("h1").count()) === 1, `${path} has not one heading without scripts`);
    await this.#fits(plain, 375);
    await plain.context().close();
  }

  async submit(page) {
    await page.click('main form button[type="submit"]:not([name]):not([formaction])');
  }

  /** What the page of this demonstration says is right. */
  async hint(page) {
    const hints = page.locator(".app-hints code");
    return hints.nth((await hints.count()) - 1).innerText();
  }

  async signIn(page, name) {
    await this.to(page, "/sign-in");
    await page.fill("#name", name);
    await page.fill("#password", await this.hint(page));
    await page.click('main button[type="submit"]');
  }

  /** Gives the one-time code of the page; each works once, so a second one is waited for. */
  async giveCode(page, name) {
    for (let tries = 0; tries < 40; tries += 1) {
      const code = await this.hint(page);
      if (code !== this.#codes.get(name)) {
        this.#codes.set(name, code);
        await page.fill("#code", code);
        return page.click('main button[type="submit"]');
      }
      await page.waitForTimeout(2000);
      await page.reload();
    }
    throw new Error("there is no new code after more than a minute");
  }

  /** Staff sign in with password and code. */
  async staff(name, options) {
    const page = await this.page(options);
    await this.signIn(page, name);
    if (!page.url().includes("/sign-in/code")) await this.to(page, "/sign-in/code");
    await this.giveCode(page, name);
    expect(!page.url().includes("/sign-in"), `${name} could not sign in: ${await text(page)}`);
    return page;
  }

  /** A person signs in and proves who they are. */
  async citizen(name) {
    const page = await this.page();
    await this.signIn(page, name);
    await this.to(page, "/sign-in/code");
    await this.giveCode(page, name);
    await this.to(page, "/sign-in/proof");
    await page.fill("#key", await this.hint(page));
    await page.click('main button[type="submit"]');
    expect(!page.url().includes("/sign-in"), `${name} could not sign in: ${await text(page)}`);
    return page;
  }
}
