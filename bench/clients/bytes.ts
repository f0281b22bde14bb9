/** Reads a stream with `fetch`, for the floors: the next chunk once the promise that `receive` may give has resolved. */

export function readBytes(url: string, receive: (chunk: Uint8Array) => unknown): () => void {
  const controller = new AbortController()
  const read = async () => {
    const { body } = await fetch(url, { signal: controller.signal, cache: 'no-store' })
    const reader = body!.getReader()
    for (let result = await reader.read(); !result.done; result = await reader.read()) {
      const following = receive(result.value)
      if (following) await following
    }
  }
  read().catch((error: unknown) => {
    if (!controller.signal.aborted) throw error
  })
  return () => controller.abort()
}
