import type { Tensor } from "../../base/index.ts";
import type { Trace } from "../../model/index.ts";
import type { Course, GateSummary, LayerCourse } from "../explanation.ts";

/** What is shown of a layer: its gates, and its state where it has none. */
const shownOf = (values: Trace[string]): [string, Tensor][] => {
  const gates = Object.entries(values).filter(([name]) => !["candidate", "c", "h"].includes(name));
  return gates.length > 0 ? gates : Object.entries(values).filter(([name]) => name === "h");
};

/** The gates of one row over its steps. */
export function coursesOf(trace: Trace): LayerCourse[] {
  return Object.entries(trace).map(([layer, values]) => ({
    layer,
    gates: Object.fromEntries(shownOf(values).map(([name, tensor]) => [name, courseOf(tensor, name === "h")])),
  }));
}

function courseOf({ shape, data }: Tensor, state: boolean): Course {
  const [, steps, units] = shape;
  const rows = Array.from({ length: steps }, (_, t) => {
    const step = data.slice(t * units, (t + 1) * units).map((value) => (state ? Math.abs(value) : value));
    return Float64Array.from(step).sort();
  });
  const at = (sorted: Float64Array, share: number) => sorted[Math.round(share * (sorted.length - 1))];
  return {
    mean: rows.map((sorted) => rounded(sorted.reduce((sum, value) => sum + value, 0) / units)),
    low: rows.map((sorted) => rounded(at(sorted, 0.1))),
    high: rows.map((sorted) => rounded(at(sorted, 0.9))),
  };
}

const rounded = (value: number): number => Number(value.toPrecision(4));

/** What a gate of a layer has done so far, unit by unit. */
interface Tally {
  count: number;
  sum: number;
  closed: number;
  open: number;
  /** Of the gate that holds the state: the sum of its logarithms for each unit, and the steps. */
  readonly logs: Float64Array;
  steps: number;
}

/** The gate that says how much of the state stays. */
const HOLDS = ["z", "f"];

/** Longest half-life told apart from never. */
const FOR_EVER = 1e6;

/** Gathers what gates do over many rows. */
export class GateStatistics {
  private readonly layers = new Map<string, { readonly units: number; readonly gates: Map<string, Tally> }>();

  /** `skip`: steps of padding, which count for nothing. */
  add(trace: Trace, skip: (step: number) => boolean): void {
    for (const [layer, values] of Object.entries(trace)) {
      for (const [name, tensor] of shownOf(values)) this.count(layer, name, tensor, skip);
    }
  }

  private count(layer: string, name: string, { shape, data }: Tensor, skip: (step: number) => boolean): void {
    const [, steps, units] = shape;
    const { gates } = this.layers.get(layer) ?? { gates: new Map<string, Tally>() };
    this.layers.set(layer, { units, gates });
    const tally = gates.get(name) ?? { count: 0, sum: 0, closed: 0, open: 0, logs: new Float64Array(units), steps: 0 };
    gates.set(name, tally);
    for (let step = 0; step < steps; step++) {
      if (skip(step)) continue;
      tally.steps++;
      for (let unit = 0; unit < units; unit++) {
        const value = name === "h" ? Math.abs(data[step * units + unit]) : data[step * units + unit];
        tally.count++;
        tally.sum += value;
        if (value < 0.1) tally.closed++;
        if (value > 0.9) tally.open++;
        tally.logs[unit] += Math.log(Math.max(value, 1e-12));
      }
    }
  }

  summaries(): GateSummary[] {
    return Array.from(this.layers, ([layer, { units, gates }]) => {
      const holds = HOLDS.find((name) => gates.has(name));
      return {
        layer,
        units,
        gates: Array.from(gates, ([name, { count, sum, closed, open }]) => ({
          name,
          mean: sum / Math.max(1, count),
          closed: closed / Math.max(1, count),
          open: open / Math.max(1, count),
        })),
        ...(holds === undefined ? {} : { halfLives: { gate: holds, steps: halfLives(gates.get(holds)!) } }),
      };
    });
  }
}

/** ln 1/2 over the mean logarithm: the steps in which a unit that keeps this much at each has kept half. */
function halfLives({ logs, steps }: Tally): number[] {
  return Array.from(logs, (sum) => {
    const rate = sum / Math.max(1, steps);
    return rate > Math.log(0.5) / FOR_EVER ? FOR_EVER : Number((Math.log(0.5) / rate).toPrecision(4));
  }).sort((a, b) => a - b);
}
