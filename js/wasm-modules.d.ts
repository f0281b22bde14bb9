declare module '*/strings.wasm' {
  /** The file's bytes in base64. */
  const inlined: string
  export default inlined
}

declare module '*/npm.wasm' {
  /** The file, as the build inlines it. */
  const inlined: import('./inlined.js').Inlined
  export default inlined
}

declare module '*/npm-parser.wasm' {
  /** The file's bytes in base64. */
  const inlined: string
  export default inlined
}
