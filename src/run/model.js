import { programOf } from "./program.js";
import { list } from "./refuse.js";

/** Opens a model, whose preprocessing says which of the codecs it needs. */
export async function open(source, codecs) {
  const given = await source;
  if (given?.ok === false) throw Error(`Cannot fetch the model: ${given.status} ${given.url}`);
  const module = await WebAssembly.compile(await (given?.arrayBuffer?.() ?? given));
  const [section] = WebAssembly.Module.customSections(module, "gruvy");
  const about = (section && JSON.parse(new TextDecoder().decode(section))) ?? {};
  const kind = about.preprocessing?.kind ?? "plain";
  if (about.gruvy !== 2 || !Object.hasOwn(codecs, kind)) throw Error("No model that this loader knows");
  const program = programOf(about, (await WebAssembly.instantiate(module)).exports);
  const { encode, decode, step } = codecs[kind](about, program);
  return {
    about,
    predict(rows) {
      const encoded = Array.from(list(rows), (row, i) => {
        try {
          return encode(row).map((one) => program.check(one));
        } catch ({ message }) {
          throw RangeError(`Row at index ${i}: ${message}`);
        }
      });
      const given = program.run(encoded.flat());
      let at = 0;
      return encoded.map((some, i) => {
        at += some.length;
        return decode(given.slice(at - some.length, at), rows[i]);
      });
    },
    step,
  };
}
