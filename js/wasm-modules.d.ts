declare module '*.wasm' {
  /** The file's bytes in hexadecimal digits, as the build inlines them. */
  const inlined: string
  export default inlined
}
