/**
 * A floor of our own: the WebAssembly of the package's parser is compiled and goes over the bytes, and its batches are
 * left where they are. No string is made and nobody called: cold, this is what a parser in WebAssembly pays at least.
 */
import bytes from '../../build/wasm/npm-parser.wasm'
import type { Parser } from './parser.js'

/** Of what `src/web/parser.rs` exports, what it takes to parse. */
interface Exports {
  memory: WebAssembly.Memory
  create(verbose: boolean, comments: boolean, maxBufferSize: number, handsOver: boolean): number
  reserve(parser: number, length: number): number
  parse(parser: number, length: number, settled: boolean): void
}

let module: WebAssembly.Module | undefined

export const parser: Parser = {
  gives: 'nothing',
  start() {
    module ??= new WebAssembly.Module(bytes)
    const { memory, create, reserve, parse } = new WebAssembly.Instance(module).exports as unknown as Exports
    const address = create(false, false, -1, true)
    let view = new Uint8Array(memory.buffer)
    return (chunk) => {
      const place = reserve(address, chunk.length)
      // Memory that grew has left its old buffer without bytes.
      if (view.length === 0) view = new Uint8Array(memory.buffer)
      view.set(chunk, place)
      parse(address, chunk.length, true)
    }
  },
}
