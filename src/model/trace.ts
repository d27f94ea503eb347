import { Tensor } from "../base/index.ts";
import { type Executable, traceRows } from "../engine/index.ts";
import { type Rows, workOf } from "./rows.ts";

/**
 * What recurrent layers compute at each step, by layer and name: tensors [rows, steps, units]. A GRU has the update gate
 * `z`, the reset gate `r`, the `candidate` and the state `h`; an LSTM the gates `i`, `f` and `o`, the `candidate` and the
 * states `c` and `h`; a simple RNN `h`; cells that are formulas (`layerNormGruCell`, those of your own) their states, `state0`
 * being the output. At a masked step gates and candidate are 0, and states stay as they were.
 */
export type Trace = Readonly<Record<string, Readonly<Record<string, Tensor>>>>;

export async function traceModel(engine: Executable, rows: Rows): Promise<Trace> {
  const layers = new Map<string, Record<string, Tensor>>();
  for (const traced of await traceRows(engine, workOf(rows))) {
    const layer = traced.path.slice(0, traced.path.lastIndexOf("/"));
    const values = traced.values.map(
      ({ name, units, data }) => [name, new Tensor([rows.rows, traced.steps, units], data)] as const,
    );
    layers.set(nameFor(layer, layers), Object.fromEntries(values));
  }
  return Object.fromEntries(layers);
}

/** A layer that stands in several places of a model has a number behind its name from the second on. */
function nameFor(layer: string, taken: ReadonlyMap<string, unknown>): string {
  let name = layer;
  for (let n = 2; taken.has(name); n++) name = `${layer} ${n}`;
  return name;
}
