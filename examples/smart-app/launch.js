// Opened from a record: the server says who it is (iss) and what was opened (launch).

import { begin } from "./smart.js";

const query = new URLSearchParams(location.search);
begin(query.get("iss"), query.get("launch") ?? "").catch((error) => {
  const said = document.createElement("p");
  said.textContent = error.message;
  said.className = "leaked";
  said.setAttribute("role", "alert");
  document.querySelector("main").append(said);
});
