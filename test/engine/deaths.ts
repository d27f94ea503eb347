const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** So long may it take until work whose thread died ends with an error: a bound for the busiest machine. */
const HANGS = 60_000;

/** What a promise is rejected with; undefined when it is fulfilled. */
export async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise((resolve) => {
    timer = setTimeout(resolve, HANGS, "it hangs");
  });
  const error = await Promise.race([
    promise.then(
      () => undefined,
      (error: unknown) => error,
    ),
    limit,
  ]);
  clearTimeout(timer);
  return error;
}

/**
 * What work is rejected with that loses a thread so many milliseconds after its begin; tried again, each time sooner,
 * where the work was over by then. Before each try `prepare` is awaited.
 */
export async function errorAfterDeath(
  begin: () => Promise<unknown>,
  kill: () => unknown,
  delay: number,
  prepare: () => Promise<unknown> = async () => {},
): Promise<unknown> {
  for (let tries = 0; tries < 60; tries++) {
    await prepare();
    const outcome = errorOf(begin());
    await wait(delay / 2 ** (tries % 6));
    const ended = kill();
    const error = await outcome;
    await ended;
    if (error !== undefined) return error;
  }
  throw new Error("The work was over each time before its thread died.");
}
