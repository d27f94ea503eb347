/**
 * Mistakes that someone could make in the engine: each replaces one piece of text, which must stand once in its file.
 *
 * @type {readonly { name: string, file: string, find: string, replace: string }[]}
 */
export const mutations = [
  // Gates and their order.
  {
    name: "GRU blends with update and its complement swapped",
    file: "kernels/gru-gates.ts",
    find: "const value = flush(fn, z.value.mulAdd(old.sub(c.value), c.value));",
    replace: "const value = flush(fn, z.value.mulAdd(c.value.sub(old), old));",
  },
  {
    name: "GRU's weights keep Keras's order of gates",
    file: "graph/ops/gru.ts",
    find: "  blocks: 3,\n  kernelOrder: [2, 0, 1],",
    replace: "  blocks: 3,\n  kernelOrder: [0, 1, 2],",
  },
  {
    name: "LSTM swaps input and forget gate on the way back",
    file: "kernels/lstm-gates.ts",
    find: "keptGate(fn, name, F32x4.load(at, index * G));",
    replace: "keptGate(fn, name, F32x4.load(at, (index < 2 ? 1 - index : index) * G));",
  },
  {
    name: "GRU's reset gradient forgets the slope of its gate",
    file: "kernels/gru-gates.ts",
    find: "fn.store(at, flush(fn, dc.mul(b).mul(r.slope)), 2 * G);",
    replace: "fn.store(at, flush(fn, dc.mul(b)), 2 * G);",
  },
  {
    name: "GRU loses the recurrent bias",
    file: "graph/ops/gru.ts",
    find: "    { gate: 1, bias: 3, count: 3 },\n",
    replace: "",
  },
  {
    name: "LSTM's cell gradient is not carried on",
    file: "kernels/lstm-gates.ts",
    find: "const carried = flush(fn, dCell.mul(f.value));",
    replace: "const carried = fn.splat(0);",
  },
  {
    name: "a softmax in a gate passes its gradient through as it is",
    file: "graph/ops/softmax-cells.ts",
    find: "  if (of.gates) blocks.backward(...Object.values(others));\n  code.addGradient",
    replace: "  code.addGradient",
  },
  {
    name: "the state's gradient starts anew at every step",
    file: "graph/ops/cell.ts",
    find: "accumulate: !drops && accumulate,",
    replace: "accumulate: false,",
  },
  // Masks.
  {
    name: "a masked step moves the GRU's state",
    file: "kernels/gru-gates.ts",
    find: "      fn.store(nextRow, alive ? alive.select(value, old) : value);",
    replace: "      fn.store(nextRow, value);",
  },
  {
    name: "a masked step takes gradient in the simple RNN",
    file: "kernels/rnn-gates.ts",
    find: "(alive ? alive.keep(all) : all).mul(slope)",
    replace: "all.mul(slope)",
  },
  {
    name: "masked steps count in the loss",
    file: "kernels/loss.ts",
    find: "(masked ? fn.if(I32.load(m), then) : then())",
    replace: "then()",
  },
  {
    name: "rows that a mask leaves out lose their state",
    file: "graph/ops/left-out.ts",
    find: "fn.call(this.copy(), at.next.add(done), at.h.add(done), left);",
    replace: "",
  },
  {
    name: "shared padding gives no gradient back",
    file: "graph/ops/left-out.ts",
    find: "this.build.fn.call(this.copy(true), to, gradient.add(row.mul(this.rowBytes)), I32.of(1));",
    replace: "void to;",
  },
  // Tails, tiles and chunks.
  {
    name: "a row that threads share lacks its last panels",
    file: "kernels/product-part.ts",
    find: "[...(wide ? [] : [7]), group, 1]",
    replace: "[...(wide ? [] : [7]), group]",
  },
  {
    name: "the product takes three rows for four",
    file: "kernels/product.ts",
    find: "rows.sub(sixes).and(-4)",
    replace: "rows.sub(sixes).and(-2)",
  },
  {
    name: "outer skips the last row of a weight",
    file: "kernels/outer.ts",
    find: "for (const some of [4, 3, 2, 1]) {",
    replace: "for (const some of [4, 3, 2]) {",
  },
  {
    name: "wide tiles of six rows take five",
    file: "kernels/product.ts",
    find: "return sixes.sub(fewer).mul(6);",
    replace: "return sixes.sub(fewer).mul(5);",
  },
  {
    name: "gathered rows lose their last features",
    file: "kernels/gather.ts",
    find: "for (let j = whole; j < features; j++) fn.store(row, normal(",
    replace: "for (let j = whole; j < features - 1; j++) fn.store(row, normal(",
  },
  {
    name: "softmax counts its pads",
    file: "kernels/softmax.ts",
    find: "body(fn.let(mask.select(F32x4.load(row, 4 * whole), pad)), I32.of(4 * whole));",
    replace: "body(fn.let(F32x4.load(row, 4 * whole)), I32.of(4 * whole));",
  },
  {
    name: "the last chunk of steps is as long as the others",
    file: "graph/ops/walk.ts",
    find: "const length = fn.let(steps.sub(first).min(most));",
    replace: "const length = fn.let(most);",
  },
  {
    name: "the transpose writes one panel where another belongs",
    file: "kernels/transpose.ts",
    find: "target.add(k.shiftRight(3).mul(4 * parts * columns * PANEL))",
    replace: "target.add(k.shiftRight(3).mul(4 * parts * rows * PANEL))",
  },
  {
    name: "transposes are not renewed after a step",
    file: "graph/finish.ts",
    find: "...turned.map((weight) => () => transposeWeight(module, fn, layout, weight)),",
    replace: "...turned.map(() => () => {}),",
  },
  // Formulas.
  {
    name: "a coefficient of exp is off in its fifth digit",
    file: "kernels/formulas.ts",
    find: "0.16666419",
    replace: "0.16667419",
  },
  {
    name: "nothing is flushed: denormals pass",
    file: "kernels/formulas.ts",
    find: "return value.abs().less(fn.splat(below)).drop(value);",
    replace: "return value;",
  },
  {
    name: "a NaN is clipped away",
    file: "kernels/optimizer.ts",
    find: "multiplied.min(fn.splat(clip)).max(fn.splat(-clip))",
    replace: "fn.splat(clip).min(multiplied).max(fn.splat(-clip))",
  },
  {
    name: "Adam's moments are not the last step's",
    file: "kernels/optimizer.ts",
    find: "const oldV = fn.let(slot(1).get);",
    replace: "const oldV = fn.splat(0);",
  },
  // Random numbers.
  {
    name: "dropout counts by the row in the slice",
    file: "kernels/dropout.ts",
    find: "const first = I32.load(number)",
    replace: "const first = I32.load(number).and(15)",
  },
  {
    name: "dropout draws the same at every step",
    file: "graph/program.ts",
    find: "fn.store(at, word(control.iteration).add(step.get), frame.iteration);",
    replace: "fn.store(at, I32.of(0), frame.iteration);",
  },
  // The whole batch, threads.
  {
    name: "the sum over slices leaves one out",
    file: "kernels/reduce.ts",
    find: "fn.loop(1, slices, 1, () => {",
    replace: "fn.loop(2, slices, 1, () => {",
  },
  {
    name: "the gradient is divided by the rows of a full batch",
    file: "graph/finish.ts",
    find: ".div(counted.max(F64.of(1e-300)))\n      .min(F64.of(1))",
    replace: ".div(I32.load(I32.of(control.batchSize)).toF64())\n      .min(F64.of(1))",
  },
  {
    name: "threads do not meet at the end of a phase",
    file: "graph/team.ts",
    find: "    this.meet();\n    fn.if(this.thread.isZero()",
    replace: "    fn.if(this.thread.isZero()",
  },
  {
    name: "the barrier lets everyone pass after the first sleep",
    file: "graph/team.ts",
    find: "            return missing(words, all);\n          }),",
    replace: "            return I32.of(0);\n          }),",
  },
  {
    name: "a run follows one that has not ended well",
    file: "graph/program.ts",
    find: "thread.isZero().and(ended().isZero())",
    replace: "thread.isZero()",
  },
  {
    name: "a loss that is not finite is trained on",
    file: "graph/finish.ts",
    find: "    fn.return();\n",
    replace: "",
  },
  {
    name: "a token's gate gradients are added from one place too few",
    file: "graph/ops/token-source.ts",
    find: "fn.call(add, from, to, sums.add(token.mul(sumBytes)), build.scale);",
    replace: "fn.call(add, from.add(4).min(to), to, sums.add(token.mul(sumBytes)), build.scale);",
  },
  {
    name: "the loss of a whole call forgets the last short batch's size",
    file: "graph/finish.ts",
    find: "add(cell, mean.mul(batchRows.toF64()));",
    replace: "add(cell, mean.mul(I32.load(I32.of(control.batchSize)).toF64()));",
  },
  {
    name: "gradients of a step that broke off stay",
    file: "runtime/executable.ts",
    find: "    if (this.memory.shared) this.memory.write(this.layout.gradients, new Uint8Array(this.layout.trainedBytes));\n",
    replace: "",
  },
  {
    name: "two buffers in use at once share a place",
    file: "graph/arena.ts",
    find: "other.buffer.first <= buffer.last && buffer.first <= other.buffer.last",
    replace: "other.buffer.first < buffer.last && buffer.first < other.buffer.last",
  },
  {
    name: "memory is given back twice",
    file: "runtime/executable.ts",
    find: "    if (this.#disposed) return;\n    this.#disposed = true;",
    replace: "    this.#disposed = true;",
  },
  // First weights.
  {
    name: "of two first weights that are taken together one keeps a share",
    file: "kernels/draw-blocks.ts",
    find: "sums[v][o].set(sums[v][o].get.add(own.mul(value)));",
    replace: "sums[v][o].set(sums[0][o].get.add(own.mul(value)));",
  },
  {
    name: "of many first weights every second block stays",
    file: "kernels/draw-blocks.ts",
    find: "before += BLOCK)",
    replace: "before += 2 * BLOCK)",
  },
];
