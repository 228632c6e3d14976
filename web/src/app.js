// Starts the nhsuk-frontend components; every page works without it.
import { initAll } from "./nhsuk.js";

initAll();
