/** Work that blocks is broken off for others after so long. */
const MILLISECONDS = 8;

/** Lets what waits have its turn (timers, signals, drawing) between two pieces of work that block. */
export const breathe = (): Promise<void> =>
  new Promise((resolve) => {
    // Timers of a page wait for 4 ms, and for a second where nobody sees it.
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(0);
  });

let since = 0;

/** Between pieces of work that together may be long: lets others have their turn if they have waited for some time. */
export async function breatheNow(): Promise<void> {
  if (performance.now() - since < MILLISECONDS) return;
  await breathe();
  since = performance.now();
}
