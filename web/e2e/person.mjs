// A person: signs in at P5, proves who they are, reads a result and its trend, and sees who looked.

import { expect, text } from "./browser.mjs";
import { REASON } from "./staff.mjs";

export const AMINA = "amina.shah@example.test";

export async function person(walk) {
  const own = await walk.page();
  await walk.signIn(own, AMINA);
  expect(own.url().endsWith("/me"), `signed in, the person is at ${own.url()}`);
  await walk.look(own, "me-p5");
  await walk.to(own, "/me/record");
  expect(own.url().includes("/sign-in/code"), `the record asked for ${own.url()}`);
  await walk.look(own, "me-code");
  await walk.giveCode(own, AMINA);
  expect(own.url().includes("/sign-in/proof"), `after the code came ${own.url()}`);
  await walk.look(own, "me-proof");
  await own.fill("#key", await walk.hint(own));
  await own.click('main button[type="submit"]');
  expect(own.url().endsWith("/me/record"), `after the proof came ${own.url()}`);
  await walk.to(own, "/me");
  await walk.look(own, "me");
  for (const part of ["", "/results", "/medicines", "/allergies", "/conditions", "/documents"]) {
    await walk.to(own, `/me/record${part}`);
    await walk.look(own, `me-record${part.replace("/", "-")}`);
  }
  await walk.to(own, "/me/record/results");
  await own.locator("main a", { hasText: "Haemoglobin A1c" }).first().click();
  await walk.look(own, "me-result");
  expect((await own.locator("svg:visible").count()) > 0, `no trend on ${own.url()}`);
  expect((await text(own)).includes("average blood sugar"), "the result is not explained");
  for (const address of [
    "/me/sharing",
    "/me/people",
    "/me/apps",
    "/me/what-is-online",
    "/me/record/download",
  ]) {
    await walk.to(own, address);
    await walk.look(own, address.slice(1).replaceAll("/", "-"));
  }
  await tells(walk, own);
  await walk.to(own, "/me/who-looked");
  await walk.look(own, "me-who-looked");
  const looks = await text(own);
  for (const words of ["Dr Priya Nair", "Dr Hugh Penrose", REASON]) {
    expect(looks.includes(words), `who looked does not say ${words}`);
  }
  return own;
}

/** What somebody says of a page, first with nothing chosen. */
async function tells(walk, own) {
  await walk.to(own, "/me/feedback?about=record");
  await own.click('main button[type="submit"]');
  await walk.look(own, "me-feedback-wrong");
  expect(/Choose how easy it was/.test(await text(own)), "nothing says what was not chosen");
  await own.check('input[name="ease"][value="4"]');
  await own.fill("#words", "The chart of my results is easy to read");
  await own.click('main button[type="submit"]');
  expect(/done=yes/.test(own.url()), `after feedback came ${own.url()}`);
  await walk.look(own, "me-feedback-thanks");
}
