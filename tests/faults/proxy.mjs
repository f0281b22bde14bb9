/**
 * Stands between a client and the example server's `/numbered` and does what a bad network and a bad server do, as a
 * plan says. It knows the numbered events only well enough to break off at a named place of a named event; a request
 * for anything else is passed on untouched.
 */

import http from 'node:http'
import net from 'node:net'
import { setTimeout } from 'node:timers/promises'

import { Body } from './body.mjs'
import { seeded } from './random.mjs'

const HTML = '<!DOCTYPE html><title>Error</title><h1>Something is wrong</h1>\n\ndata: this is no event\n\n'
const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-str'
const LARGEST_HEAD = 64 * 1024

/** Starts a proxy before `target`, the server's origin. `plan` is used up from its beginning. */
export async function startProxy({ target, plan, seed = 1 }) {
  const proxy = new Proxy(new URL(target), plan, seeded(seed))
  await proxy.listen()
  return proxy
}

class Proxy {
  #target
  #plan
  #random
  #server
  #sockets = new Set()
  #used = 0
  #patience = 0
  #expectedId
  #streams = 0
  /** What the client did that it must not; tests want this empty. */
  violations = []
  /** Requests for the stream, redirected ones included. */
  requests = 0
  /** Streams that came to their own end. */
  ended = 0
  /** How long each silence lasted before the client gave up, in milliseconds. */
  stallsEnded = []

  constructor(target, plan, random) {
    this.#target = target
    this.#plan = plan
    this.#random = random
    this.#server = net.createServer({ noDelay: true }, (socket) => this.#accept(socket))
  }

  /** How many faults of the plan have happened. */
  get used() {
    return this.#used
  }

  /** How many of the client's connections are open. */
  get open() {
    return this.#sockets.size
  }

  get origin() {
    return `http://127.0.0.1:${this.#server.address().port}`
  }

  listen() {
    return new Promise((resolve, reject) => this.#server.once('error', reject).listen(0, '127.0.0.1', resolve))
  }

  stop() {
    for (const socket of this.#sockets) socket.destroy()
    return new Promise((resolve) => this.#server.close(resolve))
  }

  #accept(socket) {
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
    // A client that goes away is no news; what it then does is.
    socket.on('error', () => {})
    let head = Buffer.alloc(0)
    socket.on('data', (bytes) => {
      if (head === undefined) return
      head = Buffer.concat([head, bytes])
      const end = head.indexOf('\r\n\r\n')
      if (end < 0 && head.length < LARGEST_HEAD) return
      const request = readHead(head.subarray(0, end).toString('latin1'))
      // One request for each connection: a second one on it would be the browser's own retry, not the client's.
      head = undefined
      this.#answer(socket, request).catch((error) => this.violations.push(`the proxy failed: ${error.stack}`))
    })
  }

  async #answer(socket, request) {
    // A HEAD is the client's own question whether the server is there; no fault is spent on it.
    if (!request.path.startsWith('/numbered') || request.method === 'HEAD') return this.#passOn(socket, request)
    this.requests++
    this.#check(request)
    while (this.#plan[this.#used]?.answer) {
      const fault = this.#plan[this.#used++]
      if (fault.answer !== 'delay') return this.#refuse(socket, request, fault)
      await setTimeout(fault.milliseconds)
    }
    this.#streams++
    try {
      await this.#stream(socket, request)
    } finally {
      this.#streams--
    }
  }

  /** What a client may ask for, and when. */
  #check(request) {
    const now = Date.now()
    // Timers may fire within the millisecond before.
    if (now < this.#patience - 1) this.violations.push(`asked again ${this.#patience - now} ms before Retry-After`)
    this.#patience = 0
    if (this.#streams > 0) {
      const last = JSON.stringify(this.#plan[this.#used - 1])
      this.violations.push(
        `asked while another of its connections was open; the last of ${this.#used} faults was ${last}`,
      )
    }
    const id = request.headers.get('last-event-id')
    if (this.#expectedId !== undefined && id !== this.#expectedId) {
      this.violations.push(`asked for what follows ${id} after the stream had ended whole at ${this.#expectedId}`)
    }
    this.#expectedId = undefined
  }

  #refuse(socket, request, fault) {
    switch (fault.answer) {
      case 'reset':
        return socket.resetAndDestroy()
      case 'close':
        return socket.end()
      case 'cut head':
        // By a reset: Chromium takes a head that an end of the connection cuts off as if it were whole.
        return socket.write(HEAD.slice(0, this.#random.between(1, HEAD.length)), () => socket.resetAndDestroy())
      case 'redirect': {
        const location = new URL(request.path, this.origin)
        location.searchParams.set('hop', String(this.#used))
        return respond(socket, fault.status, { Location: location.pathname + location.search }, HTML)
      }
      case 'status': {
        const headers = { 'Content-Type': 'text/html; charset=utf-8' }
        if (fault.retryAfter) headers['Retry-After'] = this.#retryAfter(fault.retryAfter)
        return respond(socket, fault.status, headers, HTML)
      }
      case 'page':
        return respond(socket, 200, { 'Content-Type': 'text/html; charset=utf-8' }, HTML)
      default:
        throw new Error(`no such answer: ${fault.answer}`)
    }
  }

  #retryAfter(value) {
    if (value === 'date') {
      // A date has no milliseconds: two seconds ahead is at least one.
      const date = new Date(Math.floor(Date.now() / 1000 + 2) * 1000)
      this.#patience = date.getTime()
      return date.toUTCString()
    }
    this.#patience = Date.now() + Number(value) * 1000
    return value
  }

  /** Passes the stream on, up to the event that the next fault hits. */
  async #stream(socket, request) {
    const response = await this.#ask(request)
    if (response.statusCode !== 200) return this.#respondLike(socket, response)
    const until = this.#plan[this.#used]
    // A body that comes to its end would leave a connection that takes another request. Where it breaks off, Node's
    // fetch takes it for whole if it is told that the connection closes.
    const close = until === undefined || until.way === 'end' ? 'Connection: close\r\n' : ''
    socket.write(`HTTP/1.1 200 OK\r\n${headerLines(response.headers)}Transfer-Encoding: chunked\r\n${close}\r\n`)
    const body = new Body(socket, this.#random)
    const id = request.headers.get('last-event-id')
    let next =
      id === undefined ? Number(new URLSearchParams(request.path.split('?')[1]).get('from') ?? 0) : Number(id) + 1
    let rest = Buffer.alloc(0)
    for await (const bytes of response) {
      if (!body.isOpen) return
      rest = Buffer.concat([rest, bytes])
      const fault = this.#plan[this.#used]
      const target = fault && 'event' in fault ? fault.event : Infinity
      let whole = 0
      for (let end; next < target && (end = rest.indexOf('\n\n', whole)) >= 0; next++) whole = end + 2
      if (whole > 0) await body.write(rest.subarray(0, whole))
      rest = rest.subarray(whole)
      const end = rest.indexOf('\n\n')
      if (next >= target && end >= 0) {
        this.#used++
        return this.#breakOff(body, rest.subarray(0, end + 2), fault)
      }
    }
    await body.write(rest)
    this.ended++
    await body.finish('end')
  }

  async #breakOff(body, event, fault) {
    if (fault.place.includes('chunk')) {
      await body.writeUnfinished(event.subarray(0, this.#random.between(1, event.length)), fault.place)
    } else {
      await body.write(event.subarray(0, offsetIn(event, fault.place, this.#random)))
    }
    if (fault.way === 'end') {
      // Nothing is lost where a body ends whole, so the next request says exactly what came.
      this.#expectedId = String(fault.place === 'after the event' ? fault.event : fault.event - 1)
      if (this.#expectedId === '-1') this.#expectedId = undefined
    }
    const stalled = Date.now()
    await body.finish(fault.way)
    if (fault.way === 'stall') this.stallsEnded.push(Date.now() - stalled)
  }

  #ask(request) {
    const headers = Object.fromEntries(request.headers)
    headers.connection = 'close'
    return new Promise((resolve, reject) => {
      const { hostname, port } = this.#target
      const { method, path } = request
      http.request({ hostname, port, method, path, headers, agent: false }, resolve).on('error', reject).end()
    })
  }

  async #passOn(socket, request) {
    return this.#respondLike(socket, await this.#ask(request))
  }

  async #respondLike(socket, response) {
    const pieces = []
    for await (const piece of response) pieces.push(piece)
    respond(socket, response.statusCode, response.headers, Buffer.concat(pieces))
  }
}

/** Where in an event's bytes a place is. */
function offsetIn(event, place, random) {
  const id = event.indexOf('\n') + 1
  switch (place) {
    case 'before the event':
      return 0
    case 'in the id':
      return random.between(1, id - 1)
    case 'after the id':
      return id
    case 'in the data':
      return random.between(id + 1, event.length - 3)
    case 'in a character': {
      const inside = [...event.keys()].filter((at) => (event[at] & 0xc0) === 0x80)
      if (inside.length === 0) throw new Error('the event has no character of several bytes')
      return random.pick(inside)
    }
    case 'before the empty line':
      return event.length - 1
    case 'after the event':
      return event.length
    default:
      throw new Error(`no place in an event: ${place}`)
  }
}

function readHead(text) {
  const [start, ...lines] = text.split('\r\n')
  const [method, path] = start.split(' ')
  const headers = lines.map((line) => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
  })
  return { method, path, headers: new Map(headers) }
}

function headerLines(headers) {
  return Object.entries(headers)
    .filter(
      ([name]) => !['connection', 'content-length', 'transfer-encoding', 'keep-alive'].includes(name.toLowerCase()),
    )
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')
}

function respond(socket, status, headers, body) {
  const hasBody = status !== 204 && status !== 304
  const length = hasBody ? `Content-Length: ${Buffer.byteLength(body)}\r\n` : ''
  socket.write(
    `HTTP/1.1 ${status} ${http.STATUS_CODES[status]}\r\n${headerLines(headers)}${length}Connection: close\r\n\r\n`,
  )
  socket.end(hasBody ? body : undefined)
}
