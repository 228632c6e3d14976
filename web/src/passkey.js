// Passkeys: asks the browser for one when the form is sent, and sends what it says with it. Without scripts,
// or in a browser that keeps none, the form stays hidden and the page says what to do.
const form = document.querySelector("form[data-passkey]");
const said = document.querySelector("[data-passkey-said]");
const { origin } = form?.dataset ?? {};

if (form && said) {
  if (!globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON) {
    said.textContent = "This browser has no passkeys, or is too old. Use another way to sign in.";
  } else if (origin && origin !== location.origin) {
    const link = document.createElement("a");
    link.href = origin + location.pathname + location.search;
    link.textContent = `Go to ${origin}`;
    said.append("Passkeys do not work at this address. ", link);
  } else {
    form.hidden = false;
    form.addEventListener("submit", ask);
  }
}

async function ask(event) {
  const answer = form.elements.namedItem("answer");
  event.preventDefault();
  said.textContent = "";
  const button = form.querySelector('button[type="submit"]');
  button.disabled = true;
  try {
    const options = JSON.parse(form.dataset.passkey);
    const made = options.user
      ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
      : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
    answer.value = JSON.stringify(made.toJSON());
    form.submit();
  } catch (error) {
    button.disabled = false;
    said.textContent = words(error);
  }
}

function words(error) {
  switch (error.name) {
    case "InvalidStateError":
      return "This device has a passkey for your account already.";
    case "NotAllowedError":
      return "Nothing was done: it was stopped, took too long, or this device has no passkey for you.";
    default:
      return "Your device could not do this. Use another way to sign in.";
  }
}
