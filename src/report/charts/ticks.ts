import { columnFormat, type Format, fixed, count as whole } from "../numbers.ts";

/** An axis worked out before drawing: its ends, its ticks, and how ticks are written. */
export interface Axis {
  readonly domain: readonly [number, number];
  readonly ticks: readonly number[];
  readonly format: Format;
  readonly log: boolean;
  /** Where a value lies between the ends: 0 at the lower, 1 at the upper. */
  share(value: number): number;
}

/**
 * Ticks at 1, 2 or 5 times a power of ten. An end is moved out to a tick where that wastes little room, else a little
 * beyond the data; with `tight` the ends are the data's own.
 */
export function linearAxis(values: Iterable<number>, { count = 5, tight = false, zero = false } = {}): Axis {
  let [low, high] = extent(values);
  if (zero) [low, high] = [Math.min(0, low), Math.max(0, high)];
  const greatest = Math.max(Math.abs(low), Math.abs(high));
  // As good as one value: its own size, or one, is room enough around it.
  if (!(high - low > Math.max(1e-11 * greatest, 1e-290))) {
    const room = greatest > 1e-280 ? greatest / 2 : 1;
    [low, high] = [low - room, high + room];
  }
  const step = stepFor((high - low) / count);
  if (!tight) [low, high] = [0 - outward(-low, -high, step), outward(high, low, step)];
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
  const size = Math.max(Math.abs(low), Math.abs(high));
  const small = size < 1e-3 || size >= 1e9;
  const decimals = Math.max(0, -Number(step.toExponential().split("e")[1]));
  return {
    domain: [low, high],
    ticks,
    format: small ? columnFormat([size]) : (value) => fixed(value, decimals),
    log: false,
    share: (value) => (value - low) / (high - low),
  };
}

/** An axis of epochs, from the first to the last: ticks at whole ones, the first always among them. */
export function epochAxis(last: number, count: number): Axis {
  const axis = linearAxis([1, last], { count, tight: true });
  const ticks = [1, ...axis.ticks.filter((tick) => Number.isInteger(tick) && tick > 1 + last / 12)];
  return { ...axis, ticks, format: whole };
}

/** An axis that ends where values must. */
export function within(axis: Axis, least: number, most: number): Axis {
  const [low, high] = [Math.max(least, axis.domain[0]), Math.min(most, axis.domain[1])];
  const ticks = axis.ticks.filter((tick) => tick >= low && tick <= high);
  return { ...axis, domain: [low, high], ticks, share: (value) => (value - low) / (high - low) };
}

function outward(end: number, other: number, step: number): number {
  const tick = Math.ceil(end / step - 1e-9) * step;
  return tick - end <= 0.4 * step ? Number(tick.toPrecision(12)) : end + 0.05 * (end - other);
}

/** As `linearAxis` for positive values, or a logarithmic axis where they span more than `ratio`. */
export function positiveAxis(values: readonly number[], { count = 5, ratio = 25 } = {}): Axis {
  const [low, high] = extent(values);
  if (!(low > 0 && high / low > ratio)) return linearAxis(values, { count, zero: low >= 0 });
  const ticks: number[] = [];
  let power = powerBelow(low);
  for (; power < high * 1.0001; power = Number((power * 10).toPrecision(3))) ticks.push(power);
  ticks.push(power);
  const thin = Math.max(1, Math.ceil((ticks.length - 1) / count));
  const plain = (value: number) => (value >= 1e-3 && value < 1e6 ? String(value) : value.toExponential(0));
  const ends = [low * 0.9, high * 1.1] as const;
  const among = (list: readonly number[]) => list.filter((tick) => tick >= ends[0] && tick <= ends[1]);
  const powers = among(ticks.filter((_, i) => i % thin === 0));
  // Between two powers of ten there may be one alone, which would not say how far it is to anywhere.
  const halves = ticks.flatMap((tick) => [1, 2, 5].map((times) => Number((times * tick).toPrecision(3))));
  return {
    domain: ends,
    ticks: powers.length > 1 ? powers : among(halves),
    format: (value) => plain(value).replace("-", "\u2212"),
    log: true,
    share: (value) => Math.log(value / ends[0]) / Math.log(ends[1] / ends[0]),
  };
}

/** The least and the greatest finite value; 0 and 0 when there is none. */
export function extent(values: Iterable<number>): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low <= high ? [low, high] : [0, 0];
}

function powerBelow(value: number): number {
  return Number(`1e${value.toExponential().split("e")[1]}`);
}

function stepFor(rough: number): number {
  const power = powerBelow(rough);
  const lead = rough / power;
  return Number((power * (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10)).toPrecision(3));
}
