/** Time from the server's clock in each event to the listener. Both run on one machine. */
import type { Client } from '../clients/client.js'
import type { LatencyOutcome, Order } from './order.js'
import { receive } from './receive.js'

export async function latency(client: Client, order: Order): Promise<LatencyOutcome> {
  const latencies: number[] = []
  const outcome = await receive(client, order, {
    each: (data) => latencies.push(performance.timeOrigin + performance.now() - Number(data) / 1000),
  })
  return { ...outcome, latencies }
}
