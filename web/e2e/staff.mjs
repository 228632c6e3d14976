// Staff: one person's joined record from the search to a value's bytes, a stranger who breaks the glass,
// what a practice decides, and the ledger.

import { expect, text } from "./browser.mjs";

const SYSTEMS = ["lvp-hospital", "lvp-gp", "lvp-community", "lvp-social-care"];
export const NHS_NUMBER = "9990010005";
export const REASON = "Collapsed in the street, allergies are needed";

async function findPerson(walk, page) {
  await walk.to(page, "/clinician/find");
  await page.fill('input[name="nhs-number"]', NHS_NUMBER.replace(/(...)(...)(....)/, "$1 $2 $3"));
  await page.click('main button[type="submit"], main button:not([type])');
  const links = page.locator('main a[href^="/clinician/person/"]');
  if (!/\/clinician\/person\//.test(page.url())) {
    expect((await links.count()) > 0, `the person was not found: ${(await text(page)).slice(0, 400)}`);
    await links.first().click();
  }
  expect(/\/clinician\/person\//.test(page.url()), `no person page but ${page.url()}`);
}

/** The joined record, and a value to its bytes; answers the words that were marked. */
async function record(walk, page) {
  await walk.to(page, "/clinician/find");
  await walk.look(page, "find");
  await findPerson(walk, page);
  await walk.look(page, "person");
  const personUrl = page.url();
  const banner = await page.locator("body").innerText();
  expect(/SHAH/.test(banner), "the banner shows the family name in capitals");
  expect(/999 001 0005/.test(banner), "the banner shows the NHS number in groups");

  // Something of each of the four systems.
  await page.goto(`${personUrl}/timeline`);
  await walk.look(page, "timeline");
  const seen = new Set();
  for (let next = true, count = 0; next && count < 30; count += 1) {
    const html = await page.content();
    for (const system of SYSTEMS) if (html.includes(system)) seen.add(system);
    const more = page.locator('a[rel="next"]');
    next = seen.size < SYSTEMS.length && (await more.count()) > 0;
    if (next) await more.first().click();
  }
  expect(seen.size === SYSTEMS.length, `the timeline shows only ${[...seen].join(", ")}`);

  await page.goto(personUrl);
  await page.locator('a[href$="/apps"]').click();
  await walk.look(page, "launch");
  await page.goto(`${personUrl}/results`);
  await walk.look(page, "results");
  await page.locator('main a[href*="/results/"]').first().click();
  await walk.look(page, "result");
  await page.goto(personUrl);
  let lineage = page.locator('a[href*="/clinician/lineage/"]');
  if ((await lineage.count()) === 0) {
    await page.goto(`${personUrl}/results`);
    lineage = page.locator('a[href*="/clinician/lineage/"]');
  }
  expect((await lineage.count()) > 0, "values lead to their lineage");
  await lineage.first().click();
  await walk.look(page, "lineage");
  const marks = page.locator("mark:visible");
  expect((await marks.count()) > 0, `the bytes are marked on ${page.url()}`);
  const marked = (await marks.first().innerText()).trim();
  expect(marked.length > 0, "the mark holds the bytes");
  await page.goto(`${personUrl}/allergies`);
  await page.locator('a[href*="/clinician/lineage/AllergyIntolerance"]').first().click();
  await page.locator('main a[href^="/clinician/hide/"]').first().click();
  await walk.look(page, "hide");
  return { personUrl, marked };
}

/** A clinician who does not know the person breaks the glass, and the privacy officer reads why. */
async function glass(walk, personUrl) {
  const far = await walk.staff("far");
  await far.goto(personUrl);
  expect(far.url().endsWith("/open"), `a stranger to the person came to ${far.url()}`);
  await walk.look(far, "break-glass");
  await far.fill("textarea", REASON);
  await far.click('main button[type="submit"]');
  expect(far.url() === personUrl, `the record did not open but ${far.url()}`);
  const privacy = await walk.staff("privacy");
  await walk.to(privacy, "/console/audit");
  await walk.look(privacy, "audit");
  expect((await text(privacy)).includes(REASON), "the privacy officer reads the reason");
  await privacy.locator('main a[href^="/console/audit/"]').first().click();
  await walk.look(privacy, "audit-opening");
  await walk.submit(privacy);
  expect(/Choose whether it was right/.test(await text(privacy)), "a review without a finding is refused");
  await privacy.locator('input[value="justified"]').check();
  await walk.submit(privacy);
  expect(/What you found is kept/.test(await text(privacy)), "the review is kept");
  await walk.look(privacy, "audit-reviewed");
}

/** What the practice decides of online access, and results that wait. */
async function practice(walk, clinician) {
  const manager = await walk.staff("manager");
  await walk.to(manager, "/practice/access");
  await walk.look(manager, "online-access");
  await manager.fill("#number", NHS_NUMBER);
  await manager.click('main button[type="submit"]');
  expect(/SHAH/.test(await text(manager)), `the manager found ${await text(manager)}`);
  await walk.look(manager, "online-access-person");
  await walk.to(clinician, "/practice/results");
  await walk.look(clinician, "reviews");
  const waiting = clinician.locator('main a[href^="/practice/results/"]');
  if ((await waiting.count()) > 0) {
    await waiting.first().click();
    await walk.look(clinician, "review");
  }
  return manager;
}

async function ledger(walk, personUrl) {
  const engineer = await walk.staff("engineer");
  await walk.to(engineer, "/console/feeds");
  await walk.look(engineer, "feeds");
  const feeds = await text(engineer);
  for (const system of SYSTEMS) expect(feeds.includes(system), `the feeds page shows ${system}`);
  expect(!/does not balance/i.test(feeds), "every feed balances");
  await walk.to(engineer, "/console/feeds/lvp-hospital");
  await walk.look(engineer, "feed");
  await engineer.locator('main a[href^="/console/items/"]').first().click();
  await walk.look(engineer, "item");
  expect(/MSH/.test(await text(engineer)), "an item shows its message");
  await walk.to(engineer, "/console/links");
  await walk.look(engineer, "links");
  await walk.to(engineer, "/console/system");
  await walk.look(engineer, "system");
  const denied = await engineer.request.get(personUrl);
  expect(denied.status() === 403, `an engineer was answered ${denied.status()} for a record`);
}

/** What is on at which site, and who sees what is off. */
async function sites(walk) {
  const admin = await walk.staff("admin");
  await walk.to(admin, "/console/sites");
  await walk.look(admin, "sites");
  await admin.locator('main a[href^="/console/sites/bristol/"]').first().click();
  await walk.look(admin, "site-feature");
  await walk.to(admin, "/console/research");
  await walk.look(admin, "research");
  const far = await walk.citizen("stanislaw.wojcik@example.test");
  await walk.to(far, "/me/appointments/book");
  await walk.look(far, "booking-is-off");
  expect(/starts this later/.test(await text(far)), "a site where booking is off says so");
}

export async function staff(walk) {
  const nobody = await walk.page();
  const home = await nobody.goto(`${walk.base}/`);
  expect(home.status() === 200 && nobody.url().endsWith("/sign-in"), `home led to ${nobody.url()}`);
  await walk.look(nobody, "sign-in");
  const clinician = await walk.staff("gp");
  const { personUrl, marked } = await record(walk, clinician);

  // The same on a phone, without scripts.
  const phone = await walk.staff("ward", { width: 390, scripts: false });
  await findPerson(walk, phone);
  await phone.goto(`${personUrl}/timeline`);

  await glass(walk, personUrl);
  const manager = await practice(walk, clinician);
  await ledger(walk, personUrl);
  await sites(walk);
  return { clinician, manager, marked, personUrl };
}
