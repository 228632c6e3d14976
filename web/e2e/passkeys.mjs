// Passkeys, with Chromium's own authenticator: a person adds one, signs in with it at the level that they have
// proven, takes it away, and it lets them in no more. Browsers keep passkeys for names, so the walk goes to
// `localhost`.

import { expect, text } from "./browser.mjs";

/** An authenticator in the page's browser that recognises its person at once. */
async function authenticator(page) {
  const session = await page.context().newCDPSession(page);
  await session.send("WebAuthn.enable");
  const options = { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true };
  const { authenticatorId } = await session.send("WebAuthn.addVirtualAuthenticator", { options });
  return {
    recognises: (isUserVerified) => session.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified }),
    held: async () => (await session.send("WebAuthn.getCredentials", { authenticatorId })).credentials,
  };
}

export async function passkeys(walk, elsewhere) {
  await walk.to(elsewhere, "/account/passkeys");
  const said = elsewhere.locator("[data-passkey-said]");
  expect((await said.innerText()).includes("localhost"), `nothing is said of the address: ${await said.innerText()}`);
  await walk.named(async () => {
    const page = await walk.citizen("neighbour@example.test");
    const device = await authenticator(page);
    await walk.to(page, "/account/passkeys");
    await page.fill("#name", "My phone");
    await page.click("#passkey");
    await page.getByText("The passkey was added").waitFor();
    expect((await device.held()).length === 1, "the device holds no passkey");
    await walk.look(page, "passkeys", { ends: true });
    // The device has one for this account.
    await page.fill("#name", "Again");
    await page.click("#passkey");
    await page.getByText("has a passkey for your account already").waitFor();

    await walk.to(page, "/sign-out");
    await page.click('main button[type="submit"]');
    await walk.to(page, "/sign-in?to=/me/record");
    await page.click("text=Sign in with a passkey");
    await walk.look(page, "sign-in-passkey", { ends: true });
    await device.recognises(false);
    await page.click("#passkey");
    await page.getByText("Nothing was done").waitFor();
    await device.recognises(true);
    await page.click("#passkey");
    await page.waitForURL((url) => url.pathname === "/me/record");
    expect((await text(page)).includes("Medicines"), "a passkey does not open the record");

    await walk.to(page, "/account/passkeys");
    expect((await text(page)).includes("Last used"), "nothing says when it was used");
    await page.click('form[action="/account/passkeys/remove"] button');
    expect((await text(page)).includes("You have no passkey"), "it was not taken away");
    await walk.to(page, "/sign-out");
    await page.click('main button[type="submit"]');
    await walk.to(page, "/sign-in/passkey");
    await page.click("#passkey");
    await page.getByText("That passkey did not work").first().waitFor();
    await page.context().close();
  });
}
