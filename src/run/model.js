import { programOf } from "./program.js";

/** Opens a model, whose preprocessing says which codec it needs. `kind`: the only preprocessing that is known. */
export async function open(source, codecFor, kind) {
  const given = await source;
  if (given.ok === false) throw Error(`Cannot fetch the model: ${given.status} ${given.url}`);
  const module = await WebAssembly.compile(given.arrayBuffer ? await given.arrayBuffer() : given);
  const [section] = WebAssembly.Module.customSections(module, "gruvy");
  const about = section && JSON.parse(new TextDecoder().decode(section));
  const { gruvy, preprocessing, stream } = about ?? {};
  if (gruvy !== 1 || (kind && kind !== (preprocessing?.kind ?? "plain")))
    throw Error("No model that this loader knows");
  const program = programOf(about, (await WebAssembly.instantiate(module)).exports);
  const { encode, decode, steps } = codecFor(preprocessing);
  return {
    about,
    predict(rows) {
      const encoded = Array.from(rows, encode);
      const outputs = program.run(encoded.flat());
      return encoded.map((some, i) => decode(outputs.splice(0, some.length), rows[i]));
    },
    step(state, x) {
      if (!stream.floats || !steps)
        throw Error(`This model cannot go step by step: ${steps ? stream : "it takes windows"}`);
      let next = state ?? new Float32Array(stream.floats);
      if (next.length !== stream.floats) throw RangeError("The state is that of another model");
      let output;
      for (const one of steps(x, !state)) [output, next] = program.step(one, next);
      return { output: decode([output]), state: next };
    },
  };
}
