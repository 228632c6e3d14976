// First child of the body: tells the style sheet, before anything is drawn, that scripts work.
if ("noModule" in HTMLScriptElement.prototype) {
  document.body.classList.add("js-enabled", "nhsuk-frontend-supported");
}
