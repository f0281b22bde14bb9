/**
 * Reads a stream with `fetch`, for the floors: the next chunk once the promise that `receive` may give has resolved. Where
 * the engine can be told to, chunks are written to one piece of memory, one after the other.
 */

/** Bytes of it. */
const SPACE = 65_536

type Read = () => Promise<{ done: boolean; value?: Uint8Array | undefined }>

function reading(body: ReadableStream<Uint8Array>): Read {
  let reader: ReadableStreamBYOBReader
  try {
    reader = body.getReader({ mode: 'byob' })
  } catch {
    const simple = body.getReader()
    return () => simple.read()
  }
  let space = new ArrayBuffer(SPACE)
  return async () => {
    const result = await reader.read(new Uint8Array(space))
    if (result.value) space = result.value.buffer
    return result
  }
}

export function readBytes(url: string, receive: (chunk: Uint8Array) => unknown): () => void {
  const controller = new AbortController()
  const start = async () => {
    const { body } = await fetch(url, { signal: controller.signal, cache: 'no-store' })
    const read = reading(body!)
    for (let result = await read(); !result.done; result = await read()) {
      const following = receive(result.value!)
      if (following) await following
    }
  }
  start().catch((error: unknown) => {
    if (!controller.signal.aborted) throw error
  })
  return () => controller.abort()
}
