/** A client of better-sse under Node: its sessions, channels, batches and streams, and what resumes a session. */

import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { afterEach, beforeEach, test } from 'node:test'
import { createChannel, createEventBuffer, createSession } from 'better-sse'

import { EventSource } from '../../dist/index.js'

const timeout = 10_000

let server
let sources

beforeEach(() => {
  sources = []
})

afterEach(async () => {
  for (const source of sources) source.close()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

/** Starts a server whose requests `handle` answers. Gives its address. */
async function serve(handle) {
  server = createServer((request, response) => {
    handle(request, response).catch((error) => response.destroy(error))
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${server.address().port}/`
}

function connect(address, init) {
  const source = new EventSource(address, init)
  sources.push(source)
  return source
}

/** The first `count` events of some types, as type, id and data. */
function take(source, count, types = ['message']) {
  const taken = []
  return new Promise((resolve, reject) => {
    const listen = (event) => {
      taken.push([event.type, event.lastEventId, JSON.parse(event.data)])
      if (taken.length === count) resolve(taken)
    }
    for (const type of types) source.addEventListener(type, listen)
    source.addEventListener('error', ({ message, reconnectIn }) => {
      if (reconnectIn === null) reject(new Error(message))
    })
  })
}

test('events of a session come with type, id and data', { timeout }, async () => {
  const address = await serve(async (request, response) => {
    const session = await createSession(request, response)
    session.push('Größe 🎉', 'greeting', 'first')
    session.push({ lines: 'one\ntwo\r\nthree' }, undefined, '日本')
    session.push([1, null, true], 'constructor', '3')
  })
  const events = await take(connect(address), 3, ['greeting', 'message', 'constructor'])
  assert.deepEqual(events, [
    ['greeting', 'first', 'Größe 🎉'],
    ['message', '日本', { lines: 'one\ntwo\r\nthree' }],
    ['constructor', '3', [1, null, true]],
  ])
})

test('its reconnection time is taken over', { timeout }, async () => {
  const address = await serve(async (request, response) => {
    const session = await createSession(request, response, { retry: 1234 })
    session.push('there')
  })
  const source = connect(address)
  assert.equal(source.reconnectionTime, 3000)
  await take(source, 1)
  assert.equal(source.reconnectionTime, 1234)
})

test('comments that keep a session alive are no events, and keep the heartbeat', { timeout }, async () => {
  const address = await serve(async (request, response) => {
    const session = await createSession(request, response, { keepAlive: 50 })
    setTimeout(() => session.push('late'), 1000)
  })
  const source = connect(address, { heartbeatTimeout: 500 })
  const failures = []
  source.addEventListener('error', ({ reason }) => failures.push(reason))
  assert.deepEqual((await take(source, 1))[0][2], 'late')
  assert.deepEqual(failures, [])
})

test('a session without comments is given up after the heartbeat timeout', { timeout }, async () => {
  let sessions = 0
  const address = await serve(async (request, response) => {
    sessions++
    const session = await createSession(request, response, { keepAlive: null, retry: null })
    if (sessions === 2) session.push('again')
  })
  const source = connect(address, { heartbeatTimeout: 300, reconnectionTime: 10 })
  const failures = []
  source.addEventListener('error', ({ reason }) => failures.push(reason))
  assert.equal((await take(source, 1))[0][2], 'again')
  assert.deepEqual(failures, ['heartbeat'])
})

test('a session that was interrupted is resumed by its last id, nothing lost, nothing twice', { timeout }, async () => {
  const history = Array.from({ length: 200 }, (_, number) => ({ id: `n${number}`, number }))
  const lastIds = []
  const address = await serve(async (request, response) => {
    const session = await createSession(request, response, { retry: 5 })
    lastIds.push(session.lastId)
    const next = history.findIndex(({ id }) => id === session.lastId) + 1
    // Each connection ends in another way, somewhere among the events.
    const part = history.slice(next, next + 17)
    for (const { id, number } of part) session.push(number, undefined, id)
    setTimeout(() => (lastIds.length % 2 === 0 ? response.end() : request.socket.resetAndDestroy()), 10)
  })
  const events = await take(connect(address), history.length)
  assert.deepEqual(
    events,
    history.map(({ id, number }) => ['message', id, number]),
  )
  assert.equal(lastIds[0], '')
  assert.ok(lastIds.length >= 12)
  // Each later session began where the client had come to.
  for (const id of lastIds.slice(1)) assert.match(id, /^n\d+$/)
})

test('a batch comes as the events that were put into the buffer', { timeout }, async () => {
  const address = await serve(async (request, response) => {
    const session = await createSession(request, response)
    const buffer = createEventBuffer()
    buffer.push('pushed', 'kind', 'a').comment('between').event('kind').data('by hand').id('b').dispatch()
    buffer.retry(77).dispatch()
    await session.batch(buffer)
    await session.batch(async (inner) => {
      await inner.iterate([1, 2, 3], { eventName: 'number' })
    })
  })
  const source = connect(address)
  const events = await take(source, 5, ['kind', 'number'])
  assert.deepEqual(events.slice(0, 2), [
    ['kind', 'a', 'pushed'],
    ['kind', 'b', 'by hand'],
  ])
  assert.deepEqual(
    events.slice(2).map(([type, , data]) => [type, data]),
    [
      ['number', 1],
      ['number', 2],
      ['number', 3],
    ],
  )
  assert.equal(source.reconnectionTime, 77)
})

test('what a session iterates over comes in order', { timeout }, async () => {
  async function* numbers() {
    for (let number = 0; number < 500; number++) {
      if (number % 100 === 0) await new Promise(setImmediate)
      yield number
    }
  }
  const address = await serve(async (request, response) => {
    const session = await createSession(request, response)
    await session.iterate(numbers(), { eventName: 'number' })
  })
  const events = await take(connect(address), 500, ['number'])
  assert.deepEqual(
    events.map(([, , data]) => data),
    Array.from({ length: 500 }, (_, number) => number),
  )
})

test('all clients of a channel get a broadcast, and a closed one leaves it', { timeout }, async () => {
  const channel = createChannel()
  const address = await serve(async (request, response) => {
    channel.register(await createSession(request, response))
  })
  const clients = Array.from({ length: 5 }, () => connect(address))
  await Promise.all(clients.map((source) => new Promise((resolve) => (source.onopen = resolve))))
  assert.equal(channel.sessionCount, 5)
  const taking = clients.map((source) => take(source, 1, ['news']))
  channel.broadcast('hello', 'news', { eventId: 'id' })
  for (const events of await Promise.all(taking)) assert.deepEqual(events, [['news', 'id', 'hello']])
  const left = new Promise((resolve) => channel.once('session-disconnected', resolve))
  clients[0].close()
  await left
  assert.equal(channel.sessionCount, 4)
})

test('204 ends it for good', { timeout }, async () => {
  const statuses = []
  const address = await serve(async (request, response) => {
    statuses.push(200)
    if (statuses.length > 1) return void response.writeHead(204).end()
    const session = await createSession(request, response, { retry: 5 })
    session.push('only')
    setTimeout(() => response.end(), 10)
  })
  const source = connect(address)
  const last = await new Promise((resolve) => {
    source.onerror = (event) => {
      if (source.readyState === EventSource.CLOSED) resolve(event)
    }
  })
  assert.deepEqual([last.reason, last.status, statuses.length], ['status', 204, 2])
})

test('a POST with a body gets a stream', { timeout }, async () => {
  const address = await serve(async (request, response) => {
    const pieces = []
    for await (const piece of request) pieces.push(piece)
    const session = await createSession(request, response)
    session.push(JSON.parse(Buffer.concat(pieces)))
  })
  const prompt = { prompt: 'say 🎉' }
  const source = connect(address, { method: 'POST', body: JSON.stringify(prompt) })
  assert.deepEqual((await take(source, 1))[0][2], prompt)
})
