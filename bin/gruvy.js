#!/usr/bin/env node
import { existsSync } from "node:fs";

const main = new URL("../dist/cli/main.js", import.meta.url);
if (existsSync(main)) {
  await import(main.href);
} else {
  console.error("gruvy is not built yet: dist/cli/main.js is missing. Run `npm run build`.");
  process.exitCode = 1;
}
