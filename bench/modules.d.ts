/** Modules that come without types, or that exist only while bundle.mjs bundles. */

declare module 'event-source-polyfill' {
  export class EventSourcePolyfill {
    constructor(url: string)
  }
}

declare module '*.wasm' {
  const bytes: Uint8Array<ArrayBuffer>
  export default bytes
}

declare module '*/shuffle.mjs' {
  export function shuffled<T>(list: Iterable<T>): T[]
}

declare module 'the-client' {
  export const client: import('./clients/client.js').Client
}
