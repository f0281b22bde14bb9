/** What streams leave in memory while their connections are still open. */
import type { Client } from '../clients/client.js'
import type { MemoryReading, Order, Outcome } from './order.js'
import { receive } from './receive.js'

const memories = new Set<WebAssembly.Memory>()

/** Packages keep their memory to themselves; whoever instantiates a module from here on shows it. */
export function watchWasm() {
  WebAssembly.Instance = new Proxy(WebAssembly.Instance, {
    construct(target, parameters, newTarget) {
      const instance = Reflect.construct(target, parameters, newTarget) as WebAssembly.Instance
      for (const value of Object.values(instance.exports)) if (value instanceof WebAssembly.Memory) memories.add(value)
      return instance
    },
  })
}

interface Chromium {
  gc(): void
  performance: { memory: { usedJSHeapSize: number } }
}

/** In tasks of their own, because listeners on the stack keep garbage; more than once, because wrappers die later. */
async function read(events: number): Promise<MemoryReading> {
  const { gc, performance } = globalThis as unknown as Chromium
  for (let times = 0; times < 3; times++) {
    await new Promise((resolve) => setTimeout(resolve, 50))
    gc()
  }
  const wasm = [...memories].reduce((sum, memory) => sum + memory.buffer.byteLength, 0)
  return { events, heap: performance.memory.usedJSHeapSize, wasm }
}

/** Reads in a fresh state and at the end of each of two streams, with nothing left to be delivered. */
export async function memory(client: Client, order: Order) {
  const readings = [await read(0)]
  const outcomes: Outcome[] = []
  for (let stream = 1; stream <= 2; stream++) {
    const atEnd = async () => {
      readings.push(await read(stream * order.events))
    }
    outcomes.push(await receive(client, order, { atEnd }))
  }
  return { outcomes, readings }
}
