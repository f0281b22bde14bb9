/** The page in which clients are measured: what the benchmark's process calls over the browser's protocol. */
import type { Order } from './order.js'
import { load, receive } from './receive.js'

const bench = {
  async receive(order: Order) {
    return receive(await load(order.client), order)
  },
}

export type Bench = typeof bench

Object.assign(globalThis, { bench })
