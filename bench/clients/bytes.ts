/** Reads a stream with `fetch`, for the floors. */

export function readBytes(url: string, receive: (chunk: Uint8Array) => void): () => void {
  const controller = new AbortController()
  const read = async () => {
    const { body } = await fetch(url, { signal: controller.signal, cache: 'no-store' })
    const reader = body!.getReader()
    for (let result = await reader.read(); !result.done; result = await reader.read()) receive(result.value)
  }
  read().catch((error: unknown) => {
    if (!controller.signal.aborted) throw error
  })
  return () => controller.abort()
}
