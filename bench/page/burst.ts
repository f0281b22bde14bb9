/** Watches with a heartbeat how long other tasks have to wait while a stream comes in. */
import type { Client } from '../clients/client.js'
import type { BurstOutcome, Order } from './order.js'
import { receive } from './receive.js'

/** Beats through a message channel: timers are held back to one in four milliseconds. */
class Heartbeat {
  longest = 0
  above16 = 0
  above50 = 0
  #channel = new MessageChannel()
  #last = performance.now()

  constructor() {
    const { port1, port2 } = this.#channel
    port1.onmessage = () => {
      const now = performance.now()
      const gap = now - this.#last
      this.#last = now
      this.longest = Math.max(this.longest, gap)
      if (gap > 16) this.above16++
      if (gap > 50) this.above50++
      port2.postMessage(0)
    }
    port2.postMessage(0)
  }

  stop() {
    this.#channel.port1.close()
  }
}

export async function burst(client: Client, order: Order): Promise<BurstOutcome> {
  const heartbeat = new Heartbeat()
  const outcome = await receive(client, order)
  heartbeat.stop()
  const { longest, above16, above50 } = heartbeat
  return { ...outcome, longest, above16, above50 }
}
