import { GruvyError, refuseUnknown, shown } from "../../base/index.ts";
import {
  bad,
  type Condition,
  choice,
  fixed,
  type Parameter,
  type RangeOptions,
  range,
  type Value,
  type Values,
} from "./parameter.ts";
import { isActive, type Space, summarize } from "./space.ts";

/**
 * What a model is built from: each call names something that may vary, and gives its value in this trial. The names and
 * the order of the calls are those of Keras Tuner.
 *
 * @throws {GruvyError} from its calls, `usage/space` for ranges and values that make no sense, for one name with two
 *   ranges, and for a parent that was not named before.
 * @example
 * const hp = new HyperParameters();
 * hp.int("units", { minValue: 32, maxValue: 512, step: 32 }); // 32
 * hp.choice("learningRate", [1e-2, 1e-3, 1e-4]); // 0.01
 * hp.values; // {"units":32,"learningRate":0.01}
 */
export class HyperParameters {
  private readonly parameters: Parameter[];
  private readonly given: Values;
  private readonly used: Record<string, Value> = {};
  private readonly prefixes: string[] = [];
  private readonly conditions: Condition[] = [];

  /** `values` are those of a trial; what they lack gets its default. */
  constructor(space: Space = [], values: Values = {}) {
    this.parameters = [...space];
    this.given = values;
  }

  /** All that was named so far. */
  get space(): Space {
    return this.parameters;
  }

  /** The values in use, without those that do not apply. */
  get values(): Values {
    return { ...this.given, ...this.used };
  }

  /** A whole number; both bounds can be drawn. */
  int(name: string, options: RangeOptions): number {
    return Number(
      this.add(range("int", this.full(name), rangeOptions(options, `hp.int(${shown(name)})`), this.active())),
    );
  }

  /** A number. */
  float(name: string, options: RangeOptions): number {
    return Number(
      this.add(range("float", this.full(name), rangeOptions(options, `hp.float(${shown(name)})`), this.active())),
    );
  }

  /** One of several values. The default is the first. */
  choice<T extends Value>(name: string, values: readonly T[], options: { readonly default?: T } = {}): T {
    optionsOf(options, ["default"], `hp.choice(${shown(name)})`, "{ default: ... }");
    return this.add(choice(this.full(name), values, options.default, this.active())) as T;
  }

  /** Yes or no. The default is false. */
  boolean(name: string, options: { readonly default?: boolean } = {}): boolean {
    const { default: start = false } = optionsOf(
      options,
      ["default"],
      `hp.boolean(${shown(name)})`,
      "{ default: true }",
    );
    if (typeof start !== "boolean") {
      throw bad(`Expected the default of hp.boolean(${shown(name)}) to be true or false, found ${shown(start)}`);
    }
    const parameter = choice(this.full(name), [false, true], start, this.active());
    return this.add({ ...parameter, kind: "boolean" }) === true;
  }

  /** A value that does not vary, but is kept with the others. */
  fixed<T extends Value>(name: string, value: T): T {
    return this.add(fixed(this.full(name), value, this.active())) as T;
  }

  /** The value of something named before. */
  get(name: string): Value {
    const full = this.full(name);
    if (Object.hasOwn(this.values, full)) return this.values[full];
    throw new GruvyError(
      "usage/space",
      `No hyperparameter ${shown(full)} applies here`,
      `There are ${Object.keys(this.values).join(", ") || "none"}.`,
    );
  }

  /**
   * What `body` names exists only where `parent` has one of `values`; elsewhere the calls give their defaults, and the
   * values are absent from the trial.
   */
  conditionalScope<T>(parent: string, values: Value | readonly Value[], body: () => T): T {
    const full = this.full(parent);
    const known = this.parameters.find((one) => one.name === full);
    if (known === undefined) {
      throw bad(
        `Expected conditionalScope to depend on something named before, found ${shown(full)}`,
        "Call hp.choice for it first, and within the same nameScope.",
      );
    }
    const wanted = typeof values === "object" ? values : [values];
    const never = wanted.find((value) => known.values !== undefined && !known.values.includes(value));
    if (never !== undefined || wanted.length === 0) {
      throw bad(
        `Expected values of ${shown(full)} in conditionalScope, found ${shown(never ?? values)}`,
        `It can be ${known.values?.slice(0, 8).map(shown).join(", ")}.`,
      );
    }
    return within(this.conditions, { parent: full, values: [...wanted] }, body, "conditionalScope");
  }

  /** What `body` names gets `name/` in front. */
  nameScope<T>(name: string, body: () => T): T {
    if (typeof name !== "string" || name === "") throw bad(`Expected the name of a nameScope, found ${shown(name)}`);
    return within(this.prefixes, name, body, "nameScope");
  }

  /** A table of all that may vary. */
  summary(): string {
    return summarize(this.parameters);
  }

  private full(name: string): string {
    if (typeof name === "string" && name !== "" && name !== "__proto__") return [...this.prefixes, name].join("/");
    throw bad(`Expected the name of a hyperparameter, found ${shown(name)}`);
  }

  private active(): readonly Condition[] {
    return [...this.conditions];
  }

  /** Names a parameter, and gives its value. The same name may come again where it says the same. */
  private add(parameter: Parameter): Value {
    const { name } = parameter;
    const same = (one: Parameter): boolean => one.name === name && text(one.conditions) === text(parameter.conditions);
    const known = this.parameters.find(same);
    if (known === undefined) {
      if (this.parameters.some((one) => one.name === name && !exclusive(one, parameter))) throw twice(name);
      this.parameters.push(parameter);
    } else if (text(known) !== text(parameter)) throw twice(name);
    if (!isActive(parameter, this.values)) return parameter.default;
    const value = Object.hasOwn(this.given, name) ? this.given[name] : parameter.default;
    this.used[name] = value;
    return value;
  }
}

const text = (value: unknown): string => JSON.stringify(value);

/** Whether never both apply, since they ask for different values of one parent. */
const exclusive = (a: Parameter, b: Parameter): boolean =>
  a.conditions.some((one) =>
    b.conditions.some((two) => one.parent === two.parent && !one.values.some((value) => two.values.includes(value))),
  );

const twice = (name: string): GruvyError =>
  bad(
    `The hyperparameter ${shown(name)} is named twice, with different ranges`,
    "Give one of them another name, or use nameScope.",
  );

function within<S, T>(stack: S[], item: S, body: () => T, scope: string): T {
  stack.push(item);
  try {
    const result = body();
    if (!(result instanceof Promise)) return result;
    throw bad(`Expected a function that gives its result at once in ${scope}, found one that gives a promise`);
  } finally {
    stack.pop();
  }
}

const rangeOptions = (options: RangeOptions, call: string): RangeOptions =>
  optionsOf(options, ["minValue", "maxValue", "step", "sampling", "default"], call, "{ minValue: 32, maxValue: 512 }");

function optionsOf<T extends object>(options: T, known: readonly string[], call: string, example: string): T {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw bad(
      `Expected the options of ${call} as an object, found ${shown(options)}`,
      `Write ${call.replace(/\)$/, "")}, ${example}).`,
    );
  }
  refuseUnknown(options, known, call, "usage/space");
  return options;
}
