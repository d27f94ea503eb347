// The page: trains, and sends what came out to the server that it came from.

import * as gruvy from "gruvy";
import { trainAll } from "./training.js";

const warnings = [];
console.warn = (...words) => warnings.push(words.join(" "));

/** The longest time for which the page could not have drawn. */
let longest = 0;
let last = performance.now();
setInterval(() => {
  longest = Math.max(longest, performance.now() - last);
  last = performance.now();
}, 5);

async function run() {
  const { fma } = gruvy.enableExperimentalSimd();
  const results = await trainAll(gruvy);
  return { isolated: crossOriginIsolated, fma, threads: gruvy.threadCount(), warnings, longest, results };
}

function show({ isolated, threads, results, error }) {
  const text = error ?? `${Object.keys(results).length} models trained on ${threads} thread(s), isolated: ${isolated}`;
  document.body.textContent = text;
  return text;
}

const outcome = await run().catch((error) => ({ error: String(error?.stack ?? error) }));
show(outcome);
await fetch("/result", { method: "POST", body: JSON.stringify(outcome) });
