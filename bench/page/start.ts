/** A page as a user would write it: import a client, connect, wait for the first event. */
import { client } from 'the-client'

declare global {
  /** Set by the page's own inline script, before the module is even asked for. */
  var scriptStart: number
}

const first = new Promise<number>((resolve) => {
  const close = client.open('/bench?shape=tick30&count=1', ['message'], () => {
    resolve(performance.now() - scriptStart)
    close()
  })
})

Object.assign(globalThis, { bench: { first: () => first } })
