// End to end in real Chromium, against `careloom demo`: staff follow one person from the search to the bytes
// of a value and a stranger breaks the glass; the person signs in at P5, proves who they are, reads a result
// and sees who looked, triages a sore throat to a booked slot and cancels it, and the one who waits gets it;
// the practice explains a slot that is not shown. Every page is looked at at three widths, in forced colours
// and without scripts: nothing sticks out, axe finds nothing, nothing leaves the machine.
//
//   CARELOOM_BINARY=… CARELOOM_DEMO=FOLDER node web/e2e/main.mjs BASE_URL [SHOTS_DIR]
//
// Liverpool's first person is in all four systems. To walk a new page, look at it in the walk that it
// belongs to; `coverage.mjs` says when one is missed.

import { Walk, expect } from "./browser.mjs";
import * as booking from "./booking.mjs";
import { coverage } from "./coverage.mjs";
import { messages } from "./messages.mjs";
import { passkeys } from "./passkeys.mjs";
import { person } from "./person.mjs";
import { sampleApp, smart } from "./smart.mjs";
import { staff } from "./staff.mjs";
import * as triage from "./triage.mjs";

const [base, shots] = process.argv.slice(2);
const demo = { binary: process.env.CARELOOM_BINARY, folder: process.env.CARELOOM_DEMO };
const walk = await Walk.begin(base, shots);
let part = "";

async function step(name, work) {
  part = name;
  const began = performance.now();
  const made = await work();
  console.log(`  ${name}: ${((performance.now() - began) / 1000).toFixed(1)} s`);
  return made;
}

try {
  const app = await step("registering an app", () => sampleApp(walk, demo));
  const { clinician, manager, marked, personUrl } = await step("staff", () => staff(walk));
  const own = await step("a person's record", () => person(walk));
  await step("111 to a slot", () => triage.toASlot(walk, own));
  await step("the waiting list", async () => {
    const neighbour = await walk.citizen("neighbour@example.test");
    await booking.waits(walk, neighbour);
    await booking.givesUp(walk, own);
    await booking.isOffered(walk, neighbour);
  });
  await step("booking", () => booking.books(walk, own));
  const reception = await walk.staff("reception");
  await step("a practice's day", () => booking.explained(walk, reception, manager));
  await step("messages", () => messages(walk, own, reception, manager));
  await step("an app", () => smart(walk, { own, clinician, personUrl }, app));
  await step("passkeys", () => passkeys(walk, own));
  await step("111 to a pharmacy", () => triage.toAPharmacy(walk, own));
  await step("111 at a danger sign", () => triage.danger(walk));
  await step("signing out", async () => {
    await walk.to(reception, "/sign-out");
    await walk.look(reception, "sign-out");
  });
  await step("programs", async () => {
    const refused = await fetch(`${base}/fhir/Patient`);
    expect(refused.status === 401, `FHIR without a token answered ${refused.status}`);
  });
  await step("without scripts", async () => {
    for (const [path, seen] of walk.seen) if (seen) await walk.plainly(path, seen);
  });
  const { count, seen, missed, stale } = coverage(walk.seen.keys());
  expect(missed.length === 0, `no walk reaches ${missed.join(", ")}`);
  expect(stale.length === 0, `coverage.mjs lists what is no route: ${stale.join(", ")}`);
  expect(walk.complaints.length === 0, `${walk.complaints.length} complaints of pages`);
  console.log(`end to end: ${walk.seen.size} addresses, ${seen} of ${count} routes, a value leads to its bytes (${JSON.stringify(marked.slice(0, 40))})`);
} catch (error) {
  console.error(`end to end failed in ${part}: ${error.message}`);
  for (const complaint of walk.complaints) console.error(`  ${complaint}`);
  for (const context of walk.browser.contexts()) {
    for (const [at, page] of context.pages().entries()) await walk.shot(page, `failure-${at}`).catch(() => {});
  }
  process.exitCode = 1;
} finally {
  await walk.end();
}
