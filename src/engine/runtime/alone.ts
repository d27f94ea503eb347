/** That a page could have more than one thread, and how. */
export function warnAlone(): void {
  console.warn(
    "Gruvy uses one thread: memory cannot be shared here. In a page, send the headers " +
      "Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp. Results are the same.",
  );
}
