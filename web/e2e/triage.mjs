// 111 online: a person triages a sore throat to a slot at their own practice; to a pharmacy; somebody without
// an account is told to call 999 at a danger sign.

import { expect, text } from "./browser.mjs";

/** Four of the five signs of FeverPAIN: a GP within a day. */
const DOCTOR = { "throat-fever": "yes", "throat-pus": "yes", "throat-red": "yes", "throat-days": "short", "throat-cough": "yes" };
/** Two: a pharmacist can help. */
const PHARMACY = { "throat-fever": "yes", "throat-pus": "yes" };

/** Answers questions: the calm answer, or what `answers` holds for the question's id. */
async function answer(walk, page, answers, name) {
  for (let count = 0; /\/111\/question\//.test(page.url()); count += 1) {
    expect(count < 60, "the questions do not end");
    const question = await page.inputValue('input[name="question"]');
    const radios = page.locator('input[name="answer"]');
    if (name && count === 0) await walk.look(page, `${name}-question`);
    if (answers[question]) await page.check(`input[name="answer"][value="${answers[question]}"]`);
    else await radios.nth((await radios.count()) - 2).check();
    await walk.submit(page);
  }
}

async function start(walk, page, name) {
  await walk.to(page, "/111");
  if (name) await walk.look(page, `${name}-start`);
  await page.click('main form[action="/111"] button');
}

async function choose(walk, page, field, value) {
  await page.check(`input[name="${field}"][value="${value}"]`);
  await walk.submit(page);
}

/** Goes to the outcome of a sore throat about the person's own record. */
async function soreThroat(walk, own, answers, name) {
  await start(walk, own, name);
  if (name) await walk.look(own, `${name}-who`);
  await choose(walk, own, "who", "record");
  if (name) await walk.look(own, `${name}-topic`);
  await own.fill("#words", "my throat hurts");
  await own.click('button[name="find"]');
  expect(/Sore throat/.test(await text(own)), "words of people find the topic");
  await own.check('input[name="topic"][value="sore-throat"]');
  await own.locator('form button[type="submit"]:not([name])').last().click();
  await answer(walk, own, answers, name);
  expect(own.url().endsWith("/111/check"), `the answers are looked over, not at ${own.url()}`);
  if (name) await walk.look(own, `${name}-check`);
  await walk.submit(own);
  expect(/not clinically assured/.test(await text(own)), "the page says that it is not clinically assured");
}

/** A sore throat to a booked slot. Answers when it is, in words. */
export async function toASlot(walk, own) {
  await soreThroat(walk, own, DOCTOR, "111");
  await walk.look(own, "111-result");
  const told = await text(own);
  expect(/24 hours/i.test(told), `a GP within a day: ${told.slice(0, 300)}`);
  await own.locator('a[href^="/111/times/"]').first().click();
  await walk.look(own, "111-times");
  expect(!/Blood test/.test(await text(own)), "only times for what 111 has found");
  // Nothing chosen is said kindly.
  await walk.submit(own);
  await walk.look(own, "111-times-none-chosen");
  expect(/Choose a time/.test(await text(own)), "the page asks for a time");
  const times = new URL(own.url()).pathname;
  await walk.to(own, times);
  await own.locator("label", { hasText: "face to face" }).last().click();
  await walk.submit(own);
  expect(own.url().endsWith("/111/arranged"), `booked, but at ${own.url()}`);
  await walk.look(own, "111-booked");
  expect(/Your appointment is booked/.test(await text(own)), "it is booked");
  // Sent again by the back button, it is one appointment still.
  await own.goBack();
  expect(own.url().endsWith("/111/arranged"), `what is booked is not booked again, at ${own.url()}`);
  await walk.to(own, "/me/appointments");
  await walk.look(own, "me-appointments");
}

export async function toAPharmacy(walk, own) {
  await soreThroat(walk, own, PHARMACY, "");
  const told = await text(own);
  expect(/pharmacist within 24 hours/i.test(told), `a pharmacist can help: ${told.slice(0, 300)}`);
  await own.locator('a[href^="/111/arrange/"]', { hasText: "Send your answers" }).first().click();
  await walk.look(own, "111-arrange");
  await walk.submit(own);
  await walk.look(own, "111-arranged");
  expect(/Your answers are sent/.test(await text(own)), "the pharmacy has the answers");
  await own.click('form[action="/111/cancel"] button');
  expect(/You cancelled your request/.test(await text(own)), "it is taken back");
}

export async function danger(walk) {
  const other = await walk.page({ width: 375 });
  await start(walk, other, "");
  await choose(walk, other, "who", "other");
  await walk.look(other, "111-age");
  await other.fill("#years", "61");
  await walk.submit(other);
  await walk.look(other, "111-sex");
  await choose(walk, other, "sex", "male");
  await other.check('input[name="topic"][value="chest-pain"]');
  await other.locator('form button[type="submit"]:not([name])').last().click();
  await other.locator('input[name="answer"]').first().check();
  await walk.submit(other);
  await walk.look(other, "111-emergency");
  const told = await text(other);
  expect(/Call 999 now/.test(told) && !/Who can help/.test(told), `999 alone: ${told.slice(0, 300)}`);
  // Back and another answer do not take it away.
  await other.goBack();
  await other.goto(`${walk.base}/111/result`);
  expect(/Call 999 now/.test(await text(other)), "a danger sign stays");
  for (const page of ["/111/about", "/111/about/sore-throat"]) {
    await walk.to(other, page);
    await walk.look(other, page.slice(1).replaceAll("/", "-"));
  }
}
