// The page: trains, and sends what came out to the server that it came from.

import * as gruvy from "gruvy";
import { trainAll } from "./training.js";

const warnings = [];
console.warn = (...words) => warnings.push(words.join(" "));

/**
 * How often the page could draw, beside how often a thread could that does nothing else: a busy machine keeps both
 * waiting. Known only where memory is shared.
 */
function drawing() {
  if (!crossOriginIsolated) return () => undefined;
  const [mine, theirs] = [0, 1];
  const ticks = new Int32Array(new SharedArrayBuffer(8));
  const code = "onmessage = ({ data }) => setInterval(() => Atomics.add(data, 1, 1), 5)";
  new Worker(URL.createObjectURL(new Blob([code]))).postMessage(ticks);
  setInterval(() => {
    // From when the thread is there.
    if (Atomics.load(ticks, theirs) > 0) Atomics.add(ticks, mine, 1);
  }, 5);
  return () => [...ticks];
}

async function run() {
  const drawn = drawing();
  const { fma } = gruvy.enableExperimentalSimd();
  const results = await trainAll(gruvy);
  return { isolated: crossOriginIsolated, fma, threads: gruvy.threadCount(), warnings, ticks: drawn(), results };
}

function show({ isolated, threads, results, error }) {
  const text = error ?? `${Object.keys(results).length} models trained on ${threads} thread(s), isolated: ${isolated}`;
  document.body.textContent = text;
  return text;
}

const outcome = await run().catch((error) => ({ error: String(error?.stack ?? error) }));
show(outcome);
await fetch("/result", { method: "POST", body: JSON.stringify(outcome) });
