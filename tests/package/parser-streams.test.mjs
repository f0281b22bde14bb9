/** The built `parser` entry over streams: EventSourceParserStream and events(). */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { events, EventSourceParserStream, ParseError } from '../../dist/parser.js'

const encode = (text) => new TextEncoder().encode(text)

/** A stream that makes chunk `n` when it is asked for, and tells how often it was. */
function asked(make, count = Infinity) {
  const state = { pulled: 0, canceled: undefined }
  state.stream = new ReadableStream(
    {
      pull(controller) {
        if (state.pulled === count) controller.close()
        else controller.enqueue(make(state.pulled++))
      },
      cancel(reason) {
        state.canceled = { reason }
      },
    },
    { highWaterMark: 0 },
  )
  return state
}

/** A stream that sends these chunks and then says no more. */
function silent(...chunks) {
  const state = asked((at) => chunks[at], chunks.length)
  state.stream = new ReadableStream(
    {
      start: (controller) => chunks.forEach((chunk) => controller.enqueue(chunk)),
      cancel: (reason) => void (state.canceled = { reason }),
    },
    { highWaterMark: 0 },
  )
  return state
}

const numbered = (at) => encode(`id: ${at}\ndata: ${at}\n\n`)

async function all(iterable) {
  const list = []
  for await (const each of iterable) list.push(each)
  return list
}

test('a body goes through the stream, as bytes and as text', async () => {
  const body = 'event: foo\nid: 1\ndata: é中😀\n\ndata: 2\n\ndata: unfinished'
  const expected = [
    { id: '1', event: 'foo', data: 'é中😀' },
    { id: undefined, event: undefined, data: '2' },
  ]
  assert.deepEqual(await all(new Response(body).body.pipeThrough(new EventSourceParserStream())), expected)
  const text = new Response(body).body.pipeThrough(new TextDecoderStream())
  assert.deepEqual(await all(text.pipeThrough(new EventSourceParserStream())), expected)
})

test('the stream calls back for ids, retries, comments and errors', async () => {
  const calls = []
  const note = (name) => (value) => calls.push([name, value.line ?? value])
  const stream = new EventSourceParserStream({
    onId: note('id'),
    onRetry: note('retry'),
    onComment: note('comment'),
    onError: note('error'),
  })
  const list = await all(new Response(': c\nretry: 1\nid: 7\nx: y\ndata: a\n\n').body.pipeThrough(stream))
  assert.deepEqual(calls, [
    ['comment', 'c'],
    ['retry', 1],
    ['error', 'x: y'],
    ['id', '7'],
  ])
  assert.equal(list.length, 1)
})

test('the stream ignores bad lines, unless it is told to terminate', async () => {
  const body = 'data: a\n\nx: y\ndata: b\n\n'
  assert.equal((await all(new Response(body).body.pipeThrough(new EventSourceParserStream()))).length, 2)
  const reader = new Response(body).body.pipeThrough(new EventSourceParserStream({ onError: 'terminate' })).getReader()
  await assert.rejects(
    async () => {
      while (!(await reader.read()).done);
    },
    (error) => error instanceof ParseError && error.type === 'unknown-field' && error.line === 'x: y',
  )
})

test('a full buffer fails the stream whatever onError is', async () => {
  for (const onError of [undefined, 'terminate', () => {}]) {
    const source = asked(() => encode('data: more\n'))
    const stream = source.stream.pipeThrough(new EventSourceParserStream({ maxBufferSize: 100, onError }))
    await assert.rejects(
      all(stream),
      (error) => error instanceof ParseError && error.type === 'max-buffer-size-exceeded',
    )
    assert.ok(source.pulled < 40 && source.canceled)
  }
})

test('an exception in a callback, and a chunk of another type, fail the stream with it', async () => {
  const fails = new EventSourceParserStream({
    onComment() {
      throw new RangeError('no comment')
    },
  })
  await assert.rejects(all(new Response(': c\n').body.pipeThrough(fails)), /no comment/)
  await assert.rejects(all(asked(() => 7).stream.pipeThrough(new EventSourceParserStream())), TypeError)
})

test('the stream asks for no more than is read', async () => {
  const source = asked(numbered)
  const reader = source.stream.pipeThrough(new EventSourceParserStream()).getReader()
  assert.equal((await reader.read()).value.data, '0')
  await sleep(20)
  const before = source.pulled
  assert.ok(before <= 4, `${before} chunks for one event`)
  for (let at = 1; at < 20; at++) assert.equal((await reader.read()).value.data, String(at))
  await sleep(20)
  assert.ok(source.pulled <= 20 + before, `${source.pulled} chunks for 20 events`)
  await reader.cancel('enough')
  await sleep(5)
  assert.deepEqual(source.canceled, { reason: 'enough' })
})

test('events() gives the events of a response and of a stream', async () => {
  const body = 'id: 1\ndata: é\n\nevent: e\ndata: b\n\ndata: unfinished\n'
  const expected = [
    { id: '1', event: undefined, data: 'é' },
    { id: undefined, event: 'e', data: 'b' },
  ]
  assert.deepEqual(await all(events(new Response(body))), expected)
  assert.deepEqual(await all(events(new Response(body).body)), expected)
  assert.deepEqual(
    await all(events(asked((at) => encode(body).slice(at, at + 1), encode(body).length).stream)),
    expected,
  )
  assert.deepEqual(await all(events(new Response(null))), [])
  assert.deepEqual(await all(events(new Response(''))), [])
})

test('events() says what is wrong with what it is given', async () => {
  const wrong = [
    [undefined, /events\(\) takes a Response or a ReadableStream of bytes, got undefined/],
    [null, /got null/],
    ['data: a\n\n', /got string/],
    [{}, /got an object \(Object\)/],
    [Promise.resolve(), /got a promise: await it first/],
  ]
  for (const [source, message] of wrong) assert.throws(() => events(source), { name: 'TypeError', message })
  assert.throws(() => events(new Response('x'), { signal: {} }), { name: 'TypeError', message: /AbortSignal/ })
})

test('events() refuses a stream that somebody else reads or read', async () => {
  const locked = new Response('data: a\n\n')
  locked.body.getReader()
  assert.throws(() => events(locked), { name: 'TypeError', message: /locked or was read already/ })
  assert.throws(() => events(locked.body), { name: 'TypeError', message: /locked or was read already/ })
  const used = new Response('data: a\n\n')
  await used.text()
  assert.throws(() => events(used), { name: 'TypeError', message: /locked or was read already/ })
})

test('events() reads no more than is asked for', async () => {
  const source = asked(numbered)
  const list = events(source.stream)
  await sleep(5)
  assert.equal(source.pulled, 0)
  for (let at = 0; at < 5; at++) assert.equal((await list.next()).value.data, String(at))
  await sleep(5)
  assert.equal(source.pulled, 5)
  await list.return()
})

test('leaving the loop cancels the stream and gives up the lock', async () => {
  const source = asked(numbered)
  for await (const { data } of events(source.stream)) if (data === '3') break
  assert.ok(source.canceled)
  assert.equal(source.stream.locked, false)
})

test('an exception in the loop cancels the stream and comes out as it is', async () => {
  const source = asked(numbered)
  await assert.rejects(async () => {
    for await (const { data } of events(source.stream)) if (data === '3') throw new RangeError('three')
  }, /three/)
  assert.ok(source.canceled)
})

test('a cancelation that fails or never ends holds nothing up', async () => {
  for (const cancel of [() => Promise.reject(new Error('cancel')), () => new Promise(() => {})]) {
    const stream = new ReadableStream({ start: (controller) => controller.enqueue(numbered(1)), cancel })
    for await (const { data } of events(stream)) {
      assert.equal(data, '1')
      break
    }
  }
})

test('the signal ends a read that is under way, with its reason', async () => {
  const source = silent(numbered(1))
  const controller = new AbortController()
  const reason = new Error('left')
  setTimeout(() => controller.abort(reason), 10)
  const seen = []
  await assert.rejects(
    async () => {
      for await (const event of events(source.stream, { signal: controller.signal })) seen.push(event.data)
    },
    (error) => error === reason,
  )
  assert.deepEqual(seen, ['1'])
  assert.deepEqual(source.canceled, { reason })
  assert.equal(source.stream.locked, false)
})

test('the signal stops the events of a chunk that was read already', async () => {
  const controller = new AbortController()
  const seen = []
  await assert.rejects(
    async () => {
      const body = new Response('data: 1\n\ndata: 2\n\ndata: 3\n\n')
      for await (const { data } of events(body, { signal: controller.signal })) {
        seen.push(data)
        if (data === '2') controller.abort()
      }
    },
    { name: 'AbortError' },
  )
  assert.deepEqual(seen, ['1', '2'])
})

test('a signal that is aborted already cancels the stream at once', async () => {
  const source = asked(numbered)
  await assert.rejects(events(source.stream, { signal: AbortSignal.abort() }).next(), { name: 'AbortError' })
  assert.ok(source.canceled)
  assert.equal(source.pulled, 0)
})

test('a stream that fails fails the loop, after the events before', async () => {
  const stream = new ReadableStream({
    pull(controller) {
      controller.enqueue(numbered(0))
      queueMicrotask(() => controller.error(new Error('connection reset')))
    },
  })
  const list = events(stream)
  await assert.rejects(all(list), /connection reset/)
  assert.deepEqual(await list.next(), { done: true, value: undefined })
  assert.equal(stream.locked, false)
})

test('a chunk that is neither bytes nor text fails the loop and cancels the stream', async () => {
  const source = asked(() => 7)
  await assert.rejects(all(events(source.stream)), { name: 'TypeError', message: /Uint8Array or a string, got number/ })
  assert.ok(source.canceled)
})

test('generators in plenty leave nothing behind', async () => {
  for (let count = 0; count < 2000; count++) {
    const source = asked(numbered)
    for await (const { data } of events(source.stream)) if (data === '1') break
    assert.equal(source.stream.locked, false)
  }
})
