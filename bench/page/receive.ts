/** Has a client receive one stream to its end. */
import type { Client } from '../clients/client.js'
import type { Order, Outcome } from './order.js'
import { Tally } from './tally.js'

export async function load(name: string): Promise<Client> {
  const { client } = (await import(new URL(`./clients/${name}.js`, import.meta.url).href)) as { client: Client }
  return client
}

/** Who wants to look on: at each event, and at the end while the connection is still open. */
export interface Watch {
  each?(data: string): void
  atEnd?(): Promise<void>
}

/** Milliseconds of silence after which nothing more will come. */
const SILENCE = 2500

/** Whether nothing comes any more though the page has nothing to do: then a client has lost something. */
async function isSilent(tally: Tally): Promise<boolean> {
  const { units } = tally
  const step = 100
  for (let waited = 0; waited < SILENCE; waited += step) {
    const start = performance.now()
    await new Promise((resolve) => setTimeout(resolve, step))
    if (tally.units !== units || performance.now() - start > 3 * step) return false
  }
  return true
}

export async function receive(client: Client, order: Order, watch: Watch = {}): Promise<Outcome> {
  const { each } = watch
  const tally = new Tally(order.full)
  let close = () => {}
  const start = performance.now()
  const timedOut = await new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => resolve(true), order.limit)
    const finish = () => {
      clearTimeout(timer)
      resolve(false)
    }
    let left = client.gives === 'events' ? order.events : order.bytes
    const onEvent = (data: string) => {
      tally.add(data)
      each?.(data)
      if (--left === 0) finish()
    }
    const onText = (_: string, bytes = 0) => {
      tally.units++
      left -= bytes
      if (left === 0) finish()
    }
    close = client.open(order.url, order.types, client.gives === 'events' ? onEvent : onText)
  })
  const milliseconds = performance.now() - start
  const lost = timedOut && (await isSilent(tally))
  await watch.atEnd?.()
  close()
  return { units: tally.units, quick: tally.quick, checksum: tally.full?.toString(), milliseconds, timedOut, lost }
}
