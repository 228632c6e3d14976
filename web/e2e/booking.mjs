// Appointments: a slot that one person gives up is offered to the one who waits; a person books by choosing;
// the practice's day, and why a person does not see a slot.

import { expect, text } from "./browser.mjs";

/** The kind of appointment of this name, among those that can be booked. */
async function kind(walk, own, name) {
  await walk.to(own, "/me/appointments/book");
  const link = own.locator("main a", { hasText: name });
  expect((await link.count()) > 0, `${name} can be booked: ${(await text(own)).slice(0, 300)}`);
  await link.first().click();
}

/** The neighbour joins the waiting list of what 111 booked, for as soon as can be. */
export async function waits(walk, neighbour) {
  await kind(walk, neighbour, "GP appointment");
  await walk.look(neighbour, "book-times");
  await neighbour.locator('main a[href^="/me/appointments/wait/"]').first().click();
  await walk.look(neighbour, "wait");
  await walk.submit(neighbour);
  await walk.to(neighbour, "/me/appointments");
  expect(/waiting list/i.test(await text(neighbour)), "the neighbour waits");
}

/** The person gives up what 111 booked. Answers when it was. */
export async function givesUp(walk, own) {
  await walk.to(own, "/me/appointments");
  const links = own.locator('main a[href$="/cancel"]');
  expect((await links.count()) > 0, `there is something to cancel: ${(await text(own)).slice(0, 400)}`);
  await links.first().click();
  await walk.look(own, "cancel");
  await own.locator('main input[type="radio"]').first().check();
  await walk.submit(own);
  await walk.look(own, "cancelled");
  expect(/cancelled/i.test(await text(own)), "it is cancelled");
}

/** What came free is the neighbour's to take. */
export async function isOffered(walk, neighbour) {
  await walk.to(neighbour, "/me/appointments");
  await walk.look(neighbour, "me-appointments-offer");
  const offer = neighbour.locator('main a[href$="/offer"]');
  const told = await text(neighbour);
  expect(/A time has come free for you/.test(told), `the freed time is offered: ${told.slice(0, 500)}`);
  expect((await offer.count()) > 0, `the freed time is offered: ${(await text(neighbour)).slice(0, 500)}`);
  await offer.first().click();
  await walk.look(neighbour, "offer");
  await neighbour.click('main button[name="answer"][value="take"]');
  await walk.look(neighbour, "offer-taken");
  expect(/Your appointment is booked/.test(await text(neighbour)), "the offer is taken");
}

/** Chooses, decides, books; moves it; reads it. */
export async function books(walk, own) {
  await walk.to(own, "/me/appointments/book");
  await walk.look(own, "book-kinds");
  await kind(walk, own, "Practice nurse");
  await own.locator(".app-slot").last().click();
  await walk.look(own, "book-reason");
  await own.fill("#reason", "My blood pressure check");
  await walk.submit(own);
  await walk.look(own, "book-check");
  await walk.submit(own);
  await walk.look(own, "booked");
  expect(/Your appointment is booked/.test(await text(own)), "it is booked");
}

/** A practice reads its day and why somebody cannot see a slot. */
export async function explained(walk, reception, manager) {
  await walk.to(reception, "/practice/appointments");
  await walk.look(reception, "practice-day");
  const why = reception.locator('main a[href^="/practice/appointments/slot/"]', { hasText: "Who can see it" });
  await why.last().click();
  await walk.look(reception, "practice-slot");
  expect(/To change this/.test(await reception.locator("main").innerHTML()), "each rule says what would change it");
  await reception.goBack();
  const book = reception.locator('main a[href$="/book"]');
  if ((await book.count()) > 0) {
    await book.first().click();
    await walk.look(reception, "practice-book");
  }
  await walk.to(manager, "/practice/sessions");
  await walk.look(manager, "practice-sessions");
  await manager.click('main form[action="/practice/sessions/plan"] button');
  await walk.look(manager, "practice-plan");
}
