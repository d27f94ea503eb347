// Reverse-mode differentiation on matrices of float64: every operation notes how its gradient goes back. Plain loops,
// for the tests to trust.

export interface Node {
  readonly rows: number;
  readonly columns: number;
  readonly value: Float64Array;
  readonly gradient: Float64Array;
}

export class Tape {
  private readonly steps: (() => void)[] = [];
  private readonly round: (x: number) => number;

  /** `round`: what becomes of every number computed, of the partial sums of products and gradients too. */
  constructor(round: (x: number) => number = (x) => x) {
    this.round = round;
  }

  node(rows: number, columns: number, value?: ArrayLike<number>): Node {
    const data = value ? Float64Array.from(value) : new Float64Array(rows * columns);
    return { rows, columns, value: data, gradient: new Float64Array(rows * columns) };
  }

  /** Writes an element from its row and column; `back` hands the element's gradient on. */
  private make(rows: number, columns: number, of: (i: number, j: number) => number, back: (node: Node) => void): Node {
    const node = this.node(rows, columns);
    for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) node.value[i * columns + j] = this.round(of(i, j));
    this.steps.push(() => back(node));
    return node;
  }

  private each(node: Node, body: (i: number, j: number, gradient: number) => void): void {
    for (let i = 0; i < node.rows; i++) {
      for (let j = 0; j < node.columns; j++) body(i, j, node.gradient[i * node.columns + j]);
    }
  }

  /** Adds a part to a gradient. */
  private give(gradient: Float64Array, at: number, part: number): void {
    gradient[at] = this.round(gradient[at] + part);
  }

  multiply(a: Node, b: Node): Node {
    const inner = a.columns;
    const sum = (i: number, j: number) => {
      let total = 0;
      for (let k = 0; k < inner; k++) total = this.round(total + a.value[i * inner + k] * b.value[k * b.columns + j]);
      return total;
    };
    return this.make(a.rows, b.columns, sum, (out) =>
      this.each(out, (i, j, g) => {
        if (g === 0) return;
        for (let k = 0; k < inner; k++) {
          this.give(a.gradient, i * inner + k, g * b.value[k * b.columns + j]);
          this.give(b.gradient, k * b.columns + j, g * a.value[i * inner + k]);
        }
      }),
    );
  }

  /** a + b; b may be one row, added to every row. */
  add(a: Node, b: Node): Node {
    const at = (i: number, j: number) => (b.rows === 1 ? 0 : i * b.columns) + j;
    return this.make(
      a.rows,
      a.columns,
      (i, j) => a.value[i * a.columns + j] + b.value[at(i, j)],
      (out) =>
        this.each(out, (i, j, g) => {
          this.give(a.gradient, i * a.columns + j, g);
          this.give(b.gradient, at(i, j), g);
        }),
    );
  }

  /** a * b element by element. */
  times(a: Node, b: Node): Node {
    const at = (i: number, j: number) => i * a.columns + j;
    return this.make(
      a.rows,
      a.columns,
      (i, j) => a.value[at(i, j)] * b.value[at(i, j)],
      (out) =>
        this.each(out, (i, j, g) => {
          this.give(a.gradient, at(i, j), g * b.value[at(i, j)]);
          this.give(b.gradient, at(i, j), g * a.value[at(i, j)]);
        }),
    );
  }

  /** The larger of two, element by element; a where they are equal. */
  larger(a: Node, b: Node): Node {
    const at = (i: number, j: number) => i * a.columns + j;
    const of = (i: number, j: number) => (b.value[at(i, j)] > a.value[at(i, j)] ? b : a);
    return this.make(
      a.rows,
      a.columns,
      (i, j) => of(i, j).value[at(i, j)],
      (out) =>
        this.each(out, (i, j, g) => {
          this.give(of(i, j).gradient, at(i, j), g);
        }),
    );
  }

  /** A function of each element and its derivative, both of the argument. */
  map(a: Node, f: (x: number) => number, slope: (x: number) => number): Node {
    return this.make(
      a.rows,
      a.columns,
      (i, j) => f(a.value[i * a.columns + j]),
      (out) =>
        this.each(out, (i, j, g) => {
          this.give(a.gradient, i * a.columns + j, g * slope(a.value[i * a.columns + j]));
        }),
    );
  }

  columns(a: Node, from: number, count: number): Node {
    return this.make(
      a.rows,
      count,
      (i, j) => a.value[i * a.columns + from + j],
      (out) =>
        this.each(out, (i, j, g) => {
          this.give(a.gradient, i * a.columns + from + j, g);
        }),
    );
  }

  /** One row of a matrix. */
  row(a: Node, index: number): Node {
    return this.rowsOf(a, [index]);
  }

  /** Rows by number, as often as they are named. */
  rowsOf(a: Node, numbers: readonly number[]): Node {
    return this.make(
      numbers.length,
      a.columns,
      (i, j) => a.value[numbers[i] * a.columns + j],
      (out) =>
        this.each(out, (i, j, g) => {
          this.give(a.gradient, numbers[i] * a.columns + j, g);
        }),
    );
  }

  /** The rows of `yes` where the row is alive, those of `no` elsewhere. */
  select(alive: readonly boolean[], yes: Node, no: Node): Node {
    return this.make(
      yes.rows,
      yes.columns,
      (i, j) => (alive[i] ? yes : no).value[i * yes.columns + j],
      (out) =>
        this.each(out, (i, j, g) => {
          this.give((alive[i] ? yes : no).gradient, i * yes.columns + j, g);
        }),
    );
  }

  /** Matrices side by side. */
  beside(parts: readonly Node[]): Node {
    const columns = parts.flatMap((part) => Array.from({ length: part.columns }, (_, column) => ({ part, column })));
    return this.make(
      parts[0].rows,
      columns.length,
      (i, j) => columns[j].part.value[i * columns[j].part.columns + columns[j].column],
      (out) =>
        this.each(out, (i, j, g) => {
          const { part, column } = columns[j];
          this.give(part.gradient, i * part.columns + column, g);
        }),
    );
  }

  /** Each row brought to mean 0 and variance 1, from means that are products with columns of equal shares. */
  normalized(x: Node, epsilon: number): Node {
    const shares = (rows: number, columns: number, value: number) =>
      this.node(rows, columns, new Float64Array(rows * columns).fill(value));
    const meanOf = (a: Node) =>
      this.multiply(this.multiply(a, shares(a.columns, 1, 1 / a.columns)), shares(1, a.columns, 1));
    const negated = (a: Node) =>
      this.map(
        a,
        (v) => -v,
        () => -1,
      );
    const centered = this.add(x, negated(meanOf(x)));
    const variance = meanOf(this.times(centered, centered));
    const inverse = this.map(
      variance,
      (v) => 1 / Math.sqrt(v + epsilon),
      (v) => -0.5 * (v + epsilon) ** -1.5,
    );
    return this.times(centered, inverse);
  }

  softmax(a: Node): Node {
    const rows = Array.from({ length: a.rows }, (_, i) => {
      const row = a.value.subarray(i * a.columns, (i + 1) * a.columns);
      const most = Math.max(...row);
      const shares = row.map((x) => Math.exp(x - most));
      const total = shares.reduce((sum, x) => this.round(sum + x), 0);
      return shares.map((x) => x / total);
    });
    return this.make(
      a.rows,
      a.columns,
      (i, j) => rows[i][j],
      (out) => {
        rows.forEach((y, i) => {
          const g = out.gradient.subarray(i * a.columns, (i + 1) * a.columns);
          const mean = y.reduce((sum, value, j) => this.round(sum + value * g[j]), 0);
          y.forEach((value, j) => {
            this.give(a.gradient, i * a.columns + j, value * this.round(g[j] - mean));
          });
        });
      },
    );
  }

  /** Takes the gradients that were written into nodes back to everything before them. */
  back(): void {
    for (const step of this.steps.reverse()) step();
    this.steps.length = 0;
  }
}
