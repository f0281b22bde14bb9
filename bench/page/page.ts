/** The page in which clients are measured: what the benchmark's process calls over the browser's protocol. */
import { burst } from './burst.js'
import { latency } from './latency.js'
import { memory, watchWasm } from './memory.js'
import type { Order } from './order.js'
import { parse } from './parse.js'
import { load, receive } from './receive.js'

const bench = {
  parse,
  /** Loads a client, so that a later call measures it alone. */
  async load(name: string) {
    await load(name)
  },
  async receive(order: Order) {
    return receive(await load(order.client), order)
  },
  async burst(order: Order) {
    return burst(await load(order.client), order)
  },
  async latency(order: Order) {
    return latency(await load(order.client), order)
  },
  async memory(order: Order) {
    watchWasm()
    return memory(await load(order.client), order)
  },
}

Object.assign(globalThis, { bench })
