import { traceRectified } from "../engine/index.ts";
import type { Model } from "./model.ts";
import { Gatherer, type Rows, workOf } from "./rows.ts";

/** Rows that are looked at: at most so many, and fewer where they have many steps. */
const MOST_ROWS = 256;
const LEAST_ROWS = 32;
const STEPS = 32_768;

/** Networks that learn well have lost up to a third of the units of a layer; at this share it is no longer usual. */
export const MANY = 0.5;

/** Some rows of the data, spread evenly over them: enough to tell a unit that is dead from one that seldom speaks. */
export function sampleOf(data: Rows, { steps = STEPS, least = LEAST_ROWS } = {}): Rows {
  const most = Math.max(least, Math.min(MOST_ROWS, Math.floor(steps / Math.max(1, ...data.steps))));
  const count = Math.min(most, data.rows);
  const numbers = Uint32Array.from({ length: count }, (_, i) => Math.floor((i * data.rows) / count));
  return new Gatherer().gather(data, numbers);
}

/**
 * Which layers with relu have units that give 0 for all of these rows, in plain words: from this share of a layer's units
 * on.
 */
export async function deadRelus(model: Model<unknown>, rows: Rows, share = MANY): Promise<string[]> {
  const engine = await model.engine();
  const alive = new Map<string, Uint8Array>();
  for (const { path, values } of await traceRectified(engine, workOf(rows))) {
    const [{ units, data }] = values;
    // A layer that stands in several places is dead where it is so in all.
    const speaks = alive.get(path) ?? new Uint8Array(units);
    alive.set(path, speaks);
    data.forEach((value, i) => {
      if (value > 0) speaks[i % units] = 1;
    });
  }
  return [...alive].flatMap(([layer, speaks]) => {
    const dead = speaks.reduce((count, one) => count - one, speaks.length);
    if (dead === 0 || dead < share * speaks.length) return [];
    return [
      `${dead} of ${speaks.length} units of layer ${layer} are dead: behind their relu was 0 for each of ${rows.rows} rows looked at, ` +
        'so they no longer learn. Try a smaller learningRate, kernelInitializer: "heUniform", or activation: "leakyRelu".',
    ];
  });
}
