declare module '*.wasm' {
  /** The file's bytes, as the build inlines them. */
  const inlined: import('./inlined.js').Inlined
  export default inlined
}
