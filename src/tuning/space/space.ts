import { counted, GruvyError, inert, type Random, shown } from "../../base/index.ts";
import { type Parameter, type Value, type Values, valueAt } from "./parameter.ts";

/** More configurations are not counted. */
const MOST_COUNTED = 20_000;

/** What may vary, parents before those that depend on them. */
export type Space = readonly Parameter[];

/** Whether a parameter applies where the others have these values. */
export function isActive({ conditions }: Parameter, values: Values): boolean {
  return conditions.every(({ parent, values: wanted }) => {
    return Object.hasOwn(values, parent) && wanted.includes(values[parent]);
  });
}

/** Values in the order of the space, each decided once those before it are known. */
export function decide(space: Space, pick: (parameter: Parameter, index: number) => Value): Values {
  const values: Record<string, Value> = {};
  space.forEach((parameter, index) => {
    if (isActive(parameter, values)) values[parameter.name] = pick(parameter, index);
  });
  return values;
}

/** One configuration at random; `first` is the number of its first random element. */
export const sample = (space: Space, source: Random, first = 0): Values =>
  decide(space, (parameter, index) => valueAt(parameter, source.uniform(first + index)));

export const defaults = (space: Space): Values => decide(space, (parameter) => parameter.default);

/** A text that two configurations share when they are the same. */
export const configuration = (values: Values): string =>
  JSON.stringify(
    Object.keys(values)
      .sort()
      .map((name) => [name, values[name]]),
  );

/** All configurations in their order, the last parameter changing first; `listed` gives the values of each parameter. */
export function* enumerate(
  space: Space,
  listed: (parameter: Parameter) => readonly Value[] = ({ values = [] }) => values,
  from = 0,
  chosen: Values = {},
): Generator<Values> {
  if (from === space.length) {
    yield chosen;
    return;
  }
  const parameter = space[from];
  if (!isActive(parameter, chosen)) yield* enumerate(space, listed, from + 1, chosen);
  else {
    for (const value of listed(parameter)) {
      yield* enumerate(space, listed, from + 1, { ...chosen, [parameter.name]: value });
    }
  }
}

/** Counted once for each space, and again when it has grown. */
const counts = new WeakMap<Space, { readonly parameters: number; readonly count: number }>();

/** How many configurations there are; Infinity when a number may be anything between its bounds, or beyond 20,000. */
export function countConfigurations(space: Space): number {
  const known = counts.get(space);
  if (known?.parameters === space.length) return known.count;
  const made = { parameters: space.length, count: countOf(space) };
  counts.set(space, made);
  return made.count;
}

function countOf(space: Space): number {
  if (space.some(({ values }) => values === undefined)) return Number.POSITIVE_INFINITY;
  let count = 0;
  for (const _ of enumerate(space)) if (++count > MOST_COUNTED) return Number.POSITIVE_INFINITY;
  return count;
}

/** One line a parameter, for people. */
export function summarize(space: Space): string {
  const size = countConfigurations(space);
  const title = `Search space: ${counted(space.length, "hyperparameter")}, ${
    Number.isFinite(size) ? counted(size, "configuration") : "more configurations than can be tried"
  }`;
  const names = space.map(({ name }) => inert(name));
  const width = Math.max(...names.map(({ length }) => length), 0);
  return [title, ...space.map((parameter, i) => `  ${names[i].padEnd(width)}  ${described(parameter)}`)].join("\n");
}

/** What one may be, for people. */
export function described(parameter: Parameter): string {
  const { kind, values = [], minValue, maxValue, sampling, conditions } = parameter;
  const scale = sampling === "log" ? ", by factors" : "";
  const some = values.length > 8 || (kind !== "choice" && values.length > 1);
  const what =
    kind === "fixed"
      ? `always ${shown(values[0])}`
      : kind === "boolean"
        ? "true or false"
        : some || values.length === 0
          ? kind === "choice"
            ? `one of ${values.length} values`
            : `${kind} from ${minValue} to ${maxValue}${values.length > 0 ? `, ${values.length} values` : ""}${scale}`
          : `one of ${values.map(shown).join(", ")}`;
  const when = conditions.map(({ parent, values: of }) => `${inert(parent)} is ${of.map(shown).join(" or ")}`);
  const start = kind === "fixed" ? "" : `, default ${shown(parameter.default)}`;
  return `${what}${start}${when.length > 0 ? `, if ${when.join(" and ")}` : ""}`;
}

/** Refuses a space in which nothing varies. */
export function requireVariety(space: Space): void {
  if (space.some(({ values }) => values === undefined || values.length > 1)) return;
  throw new GruvyError(
    "usage/space",
    "Expected at least one hyperparameter with several values, found none",
    'Use hp.int, hp.float or hp.choice where the model is built: hp.int("units", { minValue: 32, maxValue: 512 }).',
  );
}
