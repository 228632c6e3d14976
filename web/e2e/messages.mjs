// A person writes to their practice, the practice answers, the person reads the answer.

import { expect, text } from "./browser.mjs";

const ASKED = "Can I take my tablets in the evening instead?";
const ANSWER = "Yes, you can take them in the evening.";

export async function messages(walk, own, reception, manager) {
  await walk.to(manager, "/practice/messages/settings");
  await walk.look(manager, "practice-messages-settings");

  await walk.to(own, "/me/messages");
  await walk.look(own, "me-messages");
  await own.locator('main a[href="/me/messages/new"]').click();
  await walk.look(own, "me-message-new");
  // Sent empty, it says what is missing.
  await walk.submit(own);
  expect(/There is a problem/.test(await text(own)), "an empty message is not sent");
  await walk.to(own, "/me/messages/new");
  await own.locator('input[name="subject"]').nth(1).check();
  await own.fill("textarea", ASKED);
  await walk.submit(own);
  const sent = own.locator("main a", { hasText: /./ });
  expect((await sent.count()) > 0 && (await own.locator("body").innerText()).includes("surgery"), `the message is sent, at ${own.url()}`);
  await walk.look(own, "me-message");
  const thread = new URL(own.url()).pathname;

  await walk.to(reception, "/practice/messages");
  await walk.look(reception, "practice-messages");
  await reception.locator('main a[href^="/practice/messages/"]', { hasText: "Amina" }).last().click();
  await walk.look(reception, "practice-message");
  expect((await text(reception)).includes(ASKED), "the practice reads the question");
  await reception.fill("textarea", ANSWER);
  await reception.click('main form:has(input[name="do"][value="answer"]) button[type="submit"]');
  expect((await text(reception)).includes(ANSWER), "the answer is sent");

  await walk.to(own, "/me/messages");
  expect(/surgery/i.test(await text(own)), "the person has an answer");
  await walk.to(own, thread.startsWith("/me/messages/") ? thread : "/me/messages");
  expect((await text(own)).includes(ANSWER), "the person reads the answer");
}
