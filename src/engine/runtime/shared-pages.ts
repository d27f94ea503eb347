/** What is used here of a `WebAssembly.Memory`, whose type comes with the DOM: the package's types must do without. */
export interface SharedPages {
  readonly buffer: ArrayBufferLike;
  grow(pages: number): number;
}
