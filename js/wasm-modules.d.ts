declare module '*.wasm' {
  /** The file's bytes: esbuild inlines them. */
  const bytes: Uint8Array<ArrayBuffer>
  export default bytes
}
