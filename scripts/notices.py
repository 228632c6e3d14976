#!/usr/bin/env python3
"""Writes THIRD_PARTY.md from `cargo metadata`: every crate in the lock file with its licence."""
import json
import subprocess

raw = subprocess.run(["cargo", "metadata", "--format-version", "1"], capture_output=True, check=True)
packages = [p for p in json.loads(raw.stdout)["packages"] if p["source"]]
lines = [
    "# Third-party notices",
    "",
    "Careloom is built with these; each keeps its own licence. Made by `scripts/notices.py`.",
    "",
    "## Definitions and pages",
    "",
    "| what | version | licence | how it is used |",
    "|---|---|---|---|",
    "| HL7 FHIR R4 definitions (npm `hl7.fhir.r4.examples`) | 4.0.1 | CC0-1.0 | facts converted into `crates/definitions/assets` |",
    "| UK Core (`fhir.r4.ukcore.stu2`), NHS England | 2.0.2 | Apache-2.0 | facts converted into `crates/definitions/assets` |",
    "| UCUM 2.2, Regenstrief Institute | 2.2 | UCUM licence 1.1 | codes and sizes of units, as facts, in `crates/ucum/data/units.txt`; https://ucum.org/license |",
    "| nhsuk-frontend (npm), Crown copyright NHS England | 10.6.1 | MIT | styles and icons built into the binary; not committed |",
    "| DejaVu fonts (npm `dejavu-fonts-ttf`) | 2.37.3 | Bitstream Vera and public domain | Sans and Sans Bold built into the binary, for printed records; not committed |",
    "| axe-core (npm) | 4.14.1 | MPL-2.0 | tests only, not shipped |",
    "| playwright-core (npm) | 1.65.1 | Apache-2.0 | tests only, not shipped |",
    "",
    "The ready expansions in the FHIR package name SNOMED CT and LOINC codes as published there;",
    "use of SNOMED CT in live systems needs a licence (free in the UK), LOINC its own terms.",
    "",
    "## Rust crates",
    "",
    "| crate | version | licence |",
    "|---|---|---|",
]
for package in sorted(packages, key=lambda p: (p["name"], p["version"])):
    lines.append(f"| {package['name']} | {package['version']} | {package['license'] or 'see its files'} |")
open("THIRD_PARTY.md", "w", encoding="utf-8").write("\n".join(lines) + "\n")
