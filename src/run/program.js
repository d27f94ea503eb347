/** Lays out the memory of a model's program, stages rows and reads answers. */
export function programOf({ inputs: [input], output, plan, stream }, { memory, lay, run, step }) {
  const { features, tokens } = input;
  let laid = "";
  let outputSteps;

  /** The steps of a row, once all its numbers have been looked at. */
  const check = (row, wanted) => {
    const steps = row.length / features;
    if (steps % 1 || steps < plan.least[0] || (wanted ?? steps) !== steps) {
      throw RangeError(`Expected ${wanted ?? `${plan.least} or more`} x ${features} numbers, found ${row.length}`);
    }
    for (const x of row) {
      if (tokens ? !(x >= 0 && x < tokens && x % 1 === 0) : typeof x !== "number" || !Number.isFinite(Math.fround(x))) {
        throw RangeError(`Expected ${tokens ? `a token below ${tokens}` : "a finite number"}, found ${x}`);
      }
    }
    return steps;
  };

  const call = (rows, steps, program, state) => {
    const { length } = rows;
    const shape = `${length} ${steps}`;
    if (shape !== laid) {
      const bytes = plan.fixed + length * (plan.row + steps * plan.step[0]);
      if (bytes >= 2 ** 31) throw RangeError(`Too many steps: ${steps}`);
      const missing = Math.ceil((bytes - memory.buffer.byteLength) / 65536);
      if (missing > 0) memory.grow(missing);
      outputSteps = lay(length, steps);
      laid = shape;
    }
    const words = new Int32Array(memory.buffer);
    const floats = new Float32Array(memory.buffer);
    rows.forEach((row, i) => {
      (tokens ? words : floats).set(row, words[plan.inputs / 4] / 4 + i * row.length);
    });
    if (state) floats.set(state, stream.address / 4);
    program();
    const width = output.features;
    const at = words[plan.output / 4] / 4;
    return rows.map((_, i) => {
      const answers = Array.from({ length: outputSteps }, (_, t) => {
        const begin = at + width * (i * outputSteps + t);
        return floats.slice(begin, begin + width);
      });
      return output.sequence ? answers : answers[0];
    });
  };

  return {
    /** The outputs of rows of any length, as many together as are alike. */
    run(rows) {
      const steps = rows.map((row) => check(row, input.kind === "vector" ? 1 : input.steps));
      const outputs = [];
      for (let begin = 0; begin < rows.length; ) {
        let end = begin;
        while (end < begin + plan.rows && steps[end] === steps[begin]) end++;
        outputs.push(...call(rows.slice(begin, end), steps[begin], run));
        begin = end;
      }
      return outputs;
    },
    /** The output of one step, and the state behind it. */
    step(x, state) {
      check(x, 1);
      const [answer] = call([x], 1, step, state);
      const next = new Float32Array(memory.buffer, stream.address, stream.floats).slice();
      return [output.sequence ? answer[0] : answer, next];
    },
  };
}
