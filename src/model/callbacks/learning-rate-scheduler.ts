import { finiteNumber, GruvyError, shown } from "../../base/index.ts";
import type { Callback } from "./callback.ts";

/**
 * Sets the learning rate at the beginning of every epoch: `schedule` is given the epoch (from 0) and the rate, and
 * returns the new rate.
 *
 * @throws {GruvyError} `usage/option` when `schedule` is no function; from `fit`, when it returns a rate that is below
 *   0 or not finite.
 * @example
 * const model = sequential([input({ shape: [1] }), dense({ units: 1 })]);
 * model.compile({ optimizer: sgd({ learningRate: 0.5 }), loss: "meanSquaredError" });
 * const halving = learningRateScheduler((epoch, rate) => (epoch < 2 ? rate : rate / 2));
 * const { history } = await model.fit([[1]], [[2]], { epochs: 4, callbacks: [halving] });
 * history.learningRate; // [0.5, 0.5, 0.25, 0.125]
 */
export function learningRateScheduler(schedule: (epoch: number, learningRate: number) => number): Callback {
  if (typeof schedule !== "function") {
    throw new GruvyError("usage/option", `Expected a function from epoch and rate to a rate, found ${shown(schedule)}`);
  }
  // The rate it set last is part of every training's state; its own says that there was one.
  return {
    name: "learningRateScheduler",
    onEpochBegin(epoch, trainer) {
      const rate = schedule(epoch, trainer.learningRate);
      trainer.learningRate = finiteNumber(rate, `the rate of learningRateScheduler for epoch ${epoch}`, { min: 0 });
    },
    getState: () => ({}),
  };
}
