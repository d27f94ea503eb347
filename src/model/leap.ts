import type { LossWatch } from "./loss-watch.ts";

/** A loss so many times the first one is an explosion. */
export const LEAP = 100;

export const leapt = ({ first = 0, highest, highestAt }: LossWatch): string =>
  `The loss leapt to ${figure(highest)} at step ${highestAt + 1}, from ${figure(first)} at first: ` +
  "gradients explode. Try globalClipnorm: 1, or a smaller learningRate.";

export const figure = (value: number): string => String(Number(value.toPrecision(4)));
