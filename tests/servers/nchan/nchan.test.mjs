/** A client of two nchan servers that are reloaded, stopped and killed in turn, while somebody publishes. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'

import { EventSource } from '../../../dist/index.js'
import { missing, startCluster } from './cluster.mjs'

/** Milliseconds between two messages. */
const INTERVAL = 4
/** Milliseconds of quiet operation before and after each disturbance. */
const QUIET = 250

/** What is done to a server. Each leaves it running again. */
const DISTURBANCES = {
  reload: async (server) => {
    server.signal('SIGHUP')
    await setTimeout(QUIET)
    await server.untilReady()
  },
  'stop and start': async (server) => {
    await server.end('SIGTERM')
    await setTimeout(QUIET)
    await server.start()
  },
  'kill and start': async (server) => {
    await server.kill()
    await setTimeout(QUIET)
    await server.start()
  },
}

/** Publishes numbers, one after the other, through the servers that are not being disturbed. */
class Publisher {
  published = 0
  spared
  #cluster
  #stopped = false

  constructor(cluster) {
    this.#cluster = cluster
    this.done = this.#run()
  }

  async #run() {
    for (let turn = 0; !this.#stopped; turn++) {
      const servers = this.#cluster.servers.filter((server) => server !== this.spared)
      const server = servers[turn % servers.length]
      // Sent once: a number whose fate is unknown could be there twice.
      const status = await this.#cluster.publish(server, `${this.published}: Größe 🎉`)
      assert.ok(status < 300, `${server.name} answered ${status}`)
      this.published++
      await setTimeout(INTERVAL)
    }
  }

  stop() {
    this.#stopped = true
    return this.done
  }
}

/** Receives numbers and remembers on what connections. */
function subscribe(address) {
  const seen = { received: [], ids: new Set(), attempts: [], failures: [], servedBy: [] }
  const source = new EventSource(`${address}/subscribe`, {
    reconnectionTime: 20,
    retry: { maxDelay: 200, statuses: [500, 502, 503, 504] },
    headers: ({ lastEventId, previous }) => {
      seen.attempts.push({ lastEventId, previous: previous?.reason, after: seen.received.length })
      return {}
    },
  })
  source.onopen = ({ response }) => seen.servedBy.push(response.headers.get('x-served-by'))
  source.onmessage = ({ data, lastEventId }) => {
    seen.received.push(data)
    seen.ids.add(lastEventId)
  }
  source.onerror = ({ message, reconnectIn }) => seen.failures.push({ message, reconnectIn })
  return { source, seen }
}

test(
  'nothing is lost and nothing comes twice over two nchan servers',
  { skip: missing(), timeout: 60_000 },
  async () => {
    const cluster = await startCluster()
    const publisher = new Publisher(cluster)
    const clients = Array.from({ length: 4 }, () => subscribe(cluster.address))
    try {
      await setTimeout(QUIET)
      for (const disturb of Object.values(DISTURBANCES)) {
        for (const server of cluster.servers) {
          publisher.spared = server
          // A message that is under way to the server that is about to go arrives first.
          await setTimeout(10 * INTERVAL)
          await disturb(server)
          publisher.spared = undefined
          await setTimeout(QUIET)
        }
      }
      await publisher.stop()
      const { published } = publisher
      assert.ok(published > 100, `only ${published} messages`)
      for (let waits = 0; waits < 100 && clients.some(({ seen }) => seen.received.length < published); waits++) {
        await setTimeout(50)
      }
      for (const { source, seen } of clients) judge(source, seen, published)
    } finally {
      for (const { source } of clients) source.close()
      await publisher.stop().catch(() => {})
      await cluster.stop()
    }
  },
)

function judge(source, seen, published) {
  const expected = Array.from({ length: published }, (_, number) => `${number}: Größe 🎉`)
  const wrong = seen.received.findIndex((data, index) => data !== expected[index])
  const around = seen.received.slice(Math.max(0, wrong - 2), wrong + 3)
  assert.equal(wrong, -1, `message ${wrong} is out of place: ${around.join(', ')}; ${JSON.stringify(seen.attempts)}`)
  assert.equal(seen.received.length, published)
  assert.equal(seen.ids.size, published, 'each message has an id of its own')
  assert.notEqual(source.readyState, EventSource.CLOSED)
  assert.ok(
    seen.failures.every(({ reconnectIn }) => reconnectIn !== null),
    JSON.stringify(seen.failures),
  )
  // Each server went several times, and this client was on one of them each time.
  assert.ok(seen.attempts.length > 3, `it connected only ${seen.attempts.length} times`)
  assert.deepEqual([...new Set(seen.servedBy)].sort(), ['one', 'two'], 'both servers served it')
  for (const { lastEventId, after } of seen.attempts) assert.equal(lastEventId !== '', after > 0, 'it resumes by id')
}
