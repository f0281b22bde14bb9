/** The built `parser` entry: what createParser documents, what callbacks may do, limits and errors. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { createParser, ParseError } from '../../dist/parser.js'

const encode = (text) => new TextEncoder().encode(text)

/** A parser that writes down what it is called back with. */
function recorder(options = {}) {
  const calls = []
  const note = (name) => (value) => void calls.push([name, value])
  const parser = createParser({
    onEvent: note('event'),
    onId: note('id'),
    onRetry: note('retry'),
    onComment: note('comment'),
    onError: note('error'),
    ...options,
  })
  return { calls, ...parser }
}

const event = (data, type, id) => ['event', { id, event: type, data }]
const told = (calls) =>
  calls.map(([name, value]) => (name === 'error' ? [name, value.type, value.line] : [name, value]))

for (const [kind, as] of [
  ['strings', (text) => text],
  ['bytes', encode],
]) {
  test(`${kind}: events, ids, types, retries and comments come in the order of the stream`, () => {
    const { calls, feed } = recorder()
    feed(as(': hello\nretry: 250\nevent: ping\nid: 7\ndata: a\ndata: b\n\nid\n\ndata: c\n\n'))
    assert.deepEqual(calls, [
      ['comment', 'hello'],
      ['retry', 250],
      ['id', '7'],
      event('a\nb', 'ping', '7'),
      ['id', ''],
      event('c', undefined, undefined),
    ])
  })

  test(`${kind}: an unfinished event waits for its blank line`, () => {
    const { calls, feed } = recorder()
    feed(as('data: hel'))
    feed(as('lo\n'))
    assert.deepEqual(calls, [])
    feed(as('\n'))
    assert.deepEqual(calls, [event('hello')])
  })

  test(`${kind}: an empty type is none, and "message" is a type like any other`, () => {
    const { calls, feed } = recorder()
    feed(as('event: a\nevent:\ndata: 1\n\nevent: message\ndata: 2\n\nevent: __proto__\ndata: 3\n\n'))
    assert.deepEqual(calls, [event('1'), event('2', 'message'), event('3', '__proto__')])
  })

  test(`${kind}: more types than are remembered keep their names`, () => {
    const { calls, feed } = recorder()
    for (let round = 0; round < 2; round++) {
      for (let type = 0; type < 200; type++) feed(as(`event: type-${type}\ndata: ${type}\n\n`))
    }
    assert.equal(calls.length, 400)
    for (const [index, call] of calls.entries())
      assert.deepEqual(call, event(String(index % 200), `type-${index % 200}`))
  })

  test(`${kind}: an id that holds U+0000 is ignored`, () => {
    const { calls, feed } = recorder()
    feed(as('id: 1\nid: 2\u0000\ndata: x\n\nid: \u0000\ndata: y\n\n'))
    assert.deepEqual(calls, [['id', '1'], event('x', undefined, '1'), event('y')])
  })

  test(`${kind}: lines that count for nothing are errors that tell field, value and line`, () => {
    const { calls, feed } = recorder()
    feed(as('nothing: of note\nbare\nretry: soon\nretry\na-name-that-is-longer-than-20: x\n'))
    const errors = calls.map(([, error]) => error)
    assert.ok(
      errors.every((error) => error instanceof ParseError && error instanceof Error && error.name === 'ParseError'),
    )
    assert.deepEqual(
      errors.map(({ message, type, field, value, line }) => ({ message, type, field, value, line })),
      [
        {
          message: 'Unknown field "nothing"',
          type: 'unknown-field',
          field: 'nothing',
          value: 'of note',
          line: 'nothing: of note',
        },
        { message: 'Unknown field "bare"', type: 'unknown-field', field: 'bare', value: '', line: 'bare' },
        {
          message: 'Invalid `retry` value: "soon"',
          type: 'invalid-retry',
          field: undefined,
          value: 'soon',
          line: 'retry: soon',
        },
        { message: 'Invalid `retry` value: ""', type: 'invalid-retry', field: undefined, value: '', line: 'retry' },
        {
          message: 'Unknown field "a-name-that-is-longe…"',
          type: 'unknown-field',
          field: 'a-name-that-is-longer-than-20',
          value: 'x',
          line: 'a-name-that-is-longer-than-20: x',
        },
      ],
    )
  })

  test(`${kind}: characters of every length, cut at every place, come whole`, () => {
    const text = 'event: é中😀\nid: 😀é\ndata: a中😀b\ndata: é\n\n'
    const whole = as(text)
    for (let cut = 0; cut <= whole.length; cut++) {
      const { calls, feed } = recorder()
      feed(whole.slice(0, cut))
      feed(whole.slice(cut))
      assert.deepEqual(calls, [['id', '😀é'], event('a中😀b\né', 'é中😀', '😀é')], `cut at ${cut}`)
    }
  })

  test(`${kind}: a chunk larger than the pieces that it is parsed in`, () => {
    for (const filling of ['x', '中', '😀']) {
      const { calls, feed } = recorder()
      const data = filling.repeat(1 << 20)
      feed(as(`data: first\n\ndata: ${data}\n\ndata: last\n\n`))
      assert.deepEqual(
        calls.map(([, { data }]) => data.length),
        [5, data.length, 4],
      )
      assert.equal(calls[1][1].data, data)
    }
  })

  test(`${kind}: long lines in chunks of any length`, () => {
    const long = '0123456789abcdef '.repeat(10_000)
    const stream = `event: x\ndata:${long}\n\ndata: next\n\ndata: ${long}é\ndata: ${long}\n\ndata: last\n\n`
    for (const length of [1000, 17_000, 32_768, 40_000, stream.length]) {
      const { calls, feed } = recorder()
      // 17 characters are repeated: a chunk begins with each of them, the space as well.
      for (let at = 0; at < stream.length; at += length) feed(as(stream.slice(at, at + length)))
      assert.deepEqual(calls, [event(long, 'x'), event('next'), event(`${long}é\n${long}`), event('last')])
    }
  })

  test(`${kind}: a long unfinished line is dropped by reset`, () => {
    const { calls, feed, reset } = recorder()
    feed(as(`data: ${'x'.repeat(50_000)}`))
    feed(as('y'.repeat(50_000)))
    reset()
    feed(as('data: z\n\n'))
    assert.deepEqual(calls, [event('z')])
  })

  test(`${kind}: one byte order mark is dropped at the beginning of each stream, wherever it is cut`, () => {
    const mark = as('\uFEFF')
    for (let cut = 0; cut <= mark.length; cut++) {
      const { calls, feed, reset } = recorder()
      for (let stream = 0; stream < 2; stream++) {
        feed(mark.slice(0, cut))
        feed(mark.slice(cut))
        feed(as('data: a\n\n\uFEFFdata: b\n\n'))
        reset()
      }
      const once = [event('a'), ['error', 'unknown-field', '\uFEFFdata: b']]
      assert.deepEqual(told(calls), [...once, ...once], `cut at ${cut}`)
    }
  })
}

test('bytes in the middle of a long line are what they would be anywhere', () => {
  const long = 'x'.repeat(40_000)
  const [before, after] = [encode('y'.repeat(3000)), encode('z'.repeat(3000))]
  const middles = [
    '',
    '\n\ndata: b\n\ndata: ',
    '\r\rdata: b\r\rdata: ',
    '\r\n\r\ndata:c\r\n\r\ndata: ',
    '\n',
    '\r',
    'é',
    '😀',
    '\uFEFF',
    '\0',
  ]
  for (const middle of [
    ...middles.map((text) => encode(text)),
    Uint8Array.of(0xff),
    Uint8Array.of(0xe4, 0xb8),
    Uint8Array.of(0xc3),
  ]) {
    for (const place of ['first', 'between', 'last', 'shared']) {
      const chunk = new Uint8Array(before.length + middle.length + after.length)
      if (place === 'first') chunk.set([...middle, ...before, ...after])
      else if (place === 'last') chunk.set([...before, ...after, ...middle])
      else chunk.set([...before, ...middle, ...after])
      const whole = [
        encode(`id: 1\nevent: t\ndata: ${long}`),
        chunk,
        encode('x'.repeat(5000)),
        encode('\n\ndata: last\n\n'),
      ]
      const expected = recorder()
      // In chunks too small to be taken for the middle of a line.
      for (const part of whole) for (let at = 0; at < part.length; at += 999) expected.feed(part.subarray(at, at + 999))
      const { calls, feed } = recorder()
      for (const part of whole) {
        const given = place === 'shared' ? new Uint8Array(new SharedArrayBuffer(part.length)) : part
        given.set(part)
        feed(given)
      }
      assert.ok(calls.length >= 3)
      assert.deepEqual(calls, expected.calls, `${middle} ${place}`)
    }
  }
})

test('a character that is cut in the middle of a long line is whole', () => {
  const filling = 'x'.repeat(40_000)
  for (const character of ['é', '中', '😀']) {
    const stream = encode(`data: ${filling}${filling}${character}${filling}\n\n`)
    const start = 6 + 2 * filling.length
    for (let cut = start; cut <= start + encode(character).length; cut++) {
      const { calls, feed } = recorder()
      for (const [from, to] of [
        [0, filling.length],
        [filling.length, cut],
        [cut, stream.length],
      ])
        feed(stream.subarray(from, to))
      assert.deepEqual(calls, [event(filling + filling + character + filling)], `${character} at ${cut - start}`)
    }
  }
})

test('the raw bytes of a byte order mark, taken for characters, are one too', () => {
  for (const chunks of [
    ['\xEF\xBB\xBFdata: a\n\n'],
    ['\xEF', '', '\xBB', '\xBFdata: a\n\n'],
    ['\xEF\xBB', '\xBFdata: a\n\n'],
  ]) {
    const { calls, feed } = recorder()
    chunks.forEach(feed)
    assert.deepEqual(calls, [event('a')])
  }
  const { calls, feed } = recorder()
  feed('\xEF')
  feed('\xBBx: a\n')
  assert.equal(calls[0][1].line, '\xEF\xBBx: a')
})

test('strings and bytes may follow each other', () => {
  const { calls, feed } = recorder()
  feed('data: a\uD83D')
  feed('\uDE00')
  feed(encode('b中').slice(0, 2))
  feed(encode('b中').slice(2))
  feed('c\n')
  feed(encode('\n'))
  assert.deepEqual(calls, [event('a😀b中c')])
})

test('a lone surrogate becomes U+FFFD, as it does wherever text is encoded', () => {
  const { calls, feed } = recorder()
  feed('data: a\uD83Db\uDE00\n\ndata: c\uD83D')
  feed('\n\ndata: \uD83D')
  feed(encode('d\n\n'))
  assert.deepEqual(
    calls.map(([, { data }]) => data),
    ['a\uFFFDb\uFFFD', 'c\uFFFD', '\uFFFDd'],
  )
})

test('malformed bytes become U+FFFD as TextDecoder does it', () => {
  const { calls, feed } = recorder()
  const bytes = Uint8Array.of(0xff, 0xe4, 0xb8, 0x80, 0xf0, 0x9f, 0xc3, 0x28, 0x80)
  feed(encode('data: '))
  for (const byte of bytes) feed(Uint8Array.of(byte))
  feed(encode('\n\n'))
  assert.deepEqual(calls, [event(new TextDecoder().decode(bytes))])
})

test('any view of bytes is taken, and its buffer may be used again', () => {
  const { calls, feed } = recorder()
  const buffer = encode('..data: a\n\n..').buffer
  feed(new DataView(buffer, 2, 9))
  feed(Buffer.from('data: b\n\n'))
  const reused = encode('data: c\n')
  feed(reused)
  reused.fill(0)
  feed(encode('\n'))
  assert.deepEqual(calls, [event('a'), event('b'), event('c')])
})

test('what is neither bytes nor string is refused, and nothing is harmed', () => {
  const { calls, feed } = recorder()
  feed('data: a\n')
  for (const [chunk, named] of [
    [undefined, 'undefined'],
    [null, 'null'],
    [1, 'number'],
    [{}, 'object'],
    [[1], 'object'],
  ]) {
    assert.throws(() => feed(chunk), {
      name: 'TypeError',
      message: `feed() takes a Uint8Array or a string, got ${named}`,
    })
  }
  feed('\n')
  assert.deepEqual(calls, [event('a')])
})

test('a function in place of callbacks is refused with a hint', () => {
  assert.throws(() => createParser(() => {}), {
    name: 'TypeError',
    message: '`config` must be an object, got a function instead. Did you mean `createParser({onEvent: fn})`?',
  })
})

test('callbacks that are not given are not missed', () => {
  const { feed, reset } = createParser({})
  feed(': c\nretry: 1\nid: 1\nx\nretry: x\ndata: a\n\n')
  reset({ consume: true })
})

test('reset drops what is unfinished', () => {
  const { calls, feed, reset } = recorder()
  feed('id: 1\nevent: e\ndata: a\ndata: b')
  reset()
  feed('data: c\n\n')
  assert.deepEqual(calls, [event('c')])
})

test('reset drops a half character and a line that is being skipped', () => {
  const { calls, feed, reset } = recorder()
  feed('x\uD83D')
  reset()
  feed('data: a\n\n')
  feed('\uD83D')
  reset()
  feed('\uFEFFdata: b\n\n')
  assert.deepEqual(calls, [event('a'), event('b')])
})

test('reset with consume takes an unfinished line as if it had ended, and dispatches no event', () => {
  const { calls, feed, reset } = recorder()
  for (const unfinished of ['retry: 20', ': note', 'retry: x', 'dat', 'id: 1\ndata: a', '{"error"', 'x\n']) {
    feed(unfinished)
    reset({ consume: true })
  }
  feed('data: b\n\n')
  assert.deepEqual(told(calls), [
    ['retry', 20],
    ['comment', 'note'],
    ['error', 'invalid-retry', 'retry: x'],
    ['error', 'unknown-field', 'dat'],
    ['error', 'unknown-field', 'x'],
    event('b'),
  ])
})

test('a callback that feeds has its chunk parsed after the one at hand', () => {
  const order = []
  const own = encode('data: own\n\n')
  const parser = createParser({
    onEvent({ data }) {
      order.push(data)
      if (data !== 'a') return
      parser.feed('data: nested\n\ndata: unfin')
      parser.feed('ished\n\n')
      parser.feed(own)
      own.fill(0)
      order.push('fed')
    },
  })
  parser.feed('data: a\n\ndata: b\n\n')
  assert.deepEqual(order, ['a', 'fed', 'b', 'nested', 'unfinished', 'own'])
})

test('a parser may feed itself without end of stack', () => {
  let count = 0
  const parser = createParser({
    onEvent() {
      if (++count < 100_000) parser.feed('data\n\n')
    },
  })
  parser.feed('data\n\n')
  assert.equal(count, 100_000)
})

test('reset in a callback drops what is left of the chunk and what callbacks fed', () => {
  for (const chunk of ['data: a\n\ndata: b\n\ndata: c', encode('data: a\n\ndata: b\n\ndata: c')]) {
    const order = []
    const parser = createParser({
      onEvent({ data }) {
        order.push(data)
        if (data !== 'a') return
        parser.feed('data: dropped\n\n')
        parser.reset({ consume: true })
        parser.feed('\uFEFFdata: new\n\n')
      },
    })
    parser.feed(chunk)
    parser.feed('data: later\n\n')
    assert.deepEqual(order, ['a', 'new', 'later'])
  }
})

test('reset in a callback ends a chunk of many pieces', () => {
  let count = 0
  const parser = createParser({
    onEvent() {
      count++
      parser.reset()
    },
  })
  parser.feed(encode('data: x\n\n'.repeat(200_000)))
  assert.equal(count, 1)
})

test('an exception comes out of feed, and what is left of the chunk is delivered by the next call', () => {
  for (const name of ['onEvent', 'onId', 'onRetry', 'onComment', 'onError']) {
    const seen = []
    let armed = true
    const callback = (kind) => (value) => {
      seen.push(kind)
      if (kind === name && armed) {
        armed = false
        throw new RangeError(`from ${kind}`, { cause: value })
      }
    }
    const names = ['onComment', 'onRetry', 'onError', 'onId', 'onEvent']
    const parser = createParser(Object.fromEntries(names.map((kind) => [kind, callback(kind)])))
    const chunk = encode(': c\nretry: 1\nx: y\nid: 1\ndata: a\n\n')
    assert.throws(() => parser.feed(chunk), { name: 'RangeError', message: `from ${name}` })
    chunk.fill(0)
    assert.deepEqual(seen, names.slice(0, names.indexOf(name) + 1))
    parser.feed('data: b\n\n')
    assert.deepEqual(seen, [...names, 'onEvent'])
  }
})

test('after an exception an empty chunk delivers the rest, and each exception comes out once', () => {
  const seen = []
  const parser = createParser({
    onEvent({ data }) {
      seen.push(data)
      throw new Error(data)
    },
  })
  assert.throws(() => parser.feed('data: 1\n\ndata: 2\n\n'), /^Error: 1$/)
  assert.throws(() => parser.feed(encode('data: 3\n\n')), /^Error: 2$/)
  assert.throws(() => parser.feed(''), /^Error: 3$/)
  parser.feed('')
  assert.deepEqual(seen, ['1', '2', '3'])
})

test('an exception in a chunk of many pieces loses nothing', () => {
  let count = 0
  const parser = createParser({
    onEvent() {
      if (++count === 10) throw new Error('ten')
    },
  })
  const chunk = encode('data: x\n\n'.repeat(200_000))
  assert.throws(() => parser.feed(chunk), /ten/)
  chunk.fill(0)
  parser.feed('')
  assert.equal(count, 200_000)
})

test('reset after an exception drops the rest', () => {
  const seen = []
  const parser = createParser({
    onEvent({ data }) {
      seen.push(data)
      if (data === 'a') throw new Error(data)
    },
  })
  assert.throws(() => parser.feed('data: a\n\ndata: b\n\ndata: c'), /a/)
  parser.reset({ consume: true })
  parser.feed('data: d\n\n')
  assert.deepEqual(seen, ['a', 'd'])
})

test('an exception while an unfinished line is consumed leaves a parser that is reset', () => {
  const parser = createParser({
    onRetry() {
      throw new Error('retry')
    },
  })
  parser.feed('data: a\nretry: 1')
  assert.throws(() => parser.reset({ consume: true }), /retry/)
  const { calls, feed } = recorder()
  feed('data: b\n\n')
  assert.deepEqual(calls, [event('b')])
})

test('parsers that are fed in each other’s callbacks, while the memory grows, do not mix', () => {
  const inner = recorder()
  const outer = []
  const large = encode(`data: ${'y'.repeat(3 << 20)}\n\n`)
  const parser = createParser({
    onEvent({ data }) {
      outer.push(data)
      inner.feed(large)
      createParser({}).feed(large.subarray(0, 2 << 20))
    },
  })
  parser.feed(encode('data: 1\n\ndata: 2\n\ndata: 3\n\n'))
  assert.deepEqual(outer, ['1', '2', '3'])
  assert.deepEqual(
    inner.calls.map(([, { data }]) => data.length),
    [3 << 20, 3 << 20, 3 << 20],
  )
})

const OVER =
  /Cannot feed parser: it was terminated after exceeding the configured max buffer size. Call `reset\(\)` to resume parsing./

test('a line that outgrows maxBufferSize terminates the parser until reset', () => {
  for (const as of [(text) => text, encode]) {
    const { calls, feed, reset } = recorder({ maxBufferSize: 10 })
    feed(as('data: a\n\ndata: 1234'))
    feed(as(''))
    assert.deepEqual(calls, [event('a')])
    feed(as('5'))
    const [, [name, error]] = calls
    assert.equal(name, 'error')
    assert.ok(error instanceof ParseError)
    assert.equal(error.type, 'max-buffer-size-exceeded')
    assert.equal(error.message, 'Buffered data exceeded max buffer size of 10 characters')
    assert.throws(() => feed(as('\n\n')), OVER)
    assert.throws(() => feed(as('')), OVER)
    reset()
    feed(as('data: b\n\n'))
    assert.deepEqual(calls.slice(2), [event('b')])
  }
})

test('data of an unfinished event counts, in one chunk or in many', () => {
  const lines = 'data: 12345\ndata: 12345\ndata: 1\n'
  const many = recorder({ maxBufferSize: 12 })
  assert.throws(() => {
    for (const character of lines) many.feed(character)
  }, OVER)
  const one = recorder({ maxBufferSize: 12 })
  one.feed(`data: before\n\n${lines}\ndata: after\n\n`)
  assert.deepEqual(told(one.calls), [event('before'), ['error', 'max-buffer-size-exceeded', undefined]])
  assert.throws(() => one.feed(''), OVER)
})

test('maxBufferSize counts characters, not bytes', () => {
  for (const as of [(text) => text, encode]) {
    const fits = recorder({ maxBufferSize: 12 })
    fits.feed(as('data: 中文é😀')) // 6 + 3 + 2
    fits.feed(as('中')) // 12
    assert.deepEqual(fits.calls, [])
    fits.feed(as('\n\n'))
    assert.deepEqual(fits.calls, [event('中文é😀中')])
    const over = recorder({ maxBufferSize: 11 })
    over.feed(as('data: 中文é😀中'))
    assert.deepEqual(told(over.calls), [['error', 'max-buffer-size-exceeded', undefined]])
  }
})

test('events that are complete, and lines that count for nothing, are not buffered', () => {
  const { calls, feed } = recorder({ maxBufferSize: 8, onComment: undefined })
  feed(`data: ${'x'.repeat(1000)}\n\n`)
  for (let chunk = 0; chunk < 1000; chunk++) feed('{"no": "field", ')
  feed('\n')
  for (let chunk = 0; chunk < 1000; chunk++) feed(chunk === 0 ? ': a comment' : ' that nobody wants')
  feed('\ndata: a\n\n')
  assert.deepEqual(
    calls.map(([, { data }]) => data.length),
    [1000, 1],
  )
})

test('a wanted comment counts', () => {
  const { calls, feed } = recorder({ maxBufferSize: 8 })
  feed(': 1234567')
  assert.deepEqual(told(calls), [['error', 'max-buffer-size-exceeded', undefined]])
})

test('without a limit a stream may buffer long', () => {
  for (const maxBufferSize of [undefined, Infinity, 2 ** 40]) {
    const { calls, feed } = recorder({ maxBufferSize })
    feed('data: ')
    const part = 'x'.repeat(1 << 20)
    for (let round = 0; round < 8; round++) feed(part)
    feed('\n\n')
    assert.equal(calls[0][1].data.length, 8 << 20)
  }
})

test('reset in onError goes on after an overflow', () => {
  const events = []
  const parser = createParser({
    maxBufferSize: 10,
    onEvent: ({ data }) => events.push(data),
    onError(error) {
      if (error.type === 'max-buffer-size-exceeded') parser.reset()
    },
  })
  parser.feed('data: 123456789')
  parser.feed('data: a\n\n')
  assert.deepEqual(events, ['a'])
})

test('feeding in onError after an overflow throws', () => {
  const parser = createParser({ maxBufferSize: 1, onError: () => parser.feed('data: a\n\n') })
  assert.throws(() => parser.feed('data: a'), OVER)
})

test('a long line in small chunks costs time that is linear in its length', () => {
  const duration = (chunks, chunk) => {
    const { feed } = createParser({ maxBufferSize: 1 << 30, onEvent() {} })
    feed(chunk.length ? (typeof chunk === 'string' ? 'data: ' : encode('data: ')) : '')
    const start = performance.now()
    for (let count = 0; count < chunks; count++) feed(chunk)
    feed('\n\n')
    return performance.now() - start
  }
  for (const chunk of ['中'.repeat(16), encode('x'.repeat(48))]) {
    duration(1000, chunk)
    const small = Math.min(...[1, 2, 3].map(() => duration(20_000, chunk)))
    const large = Math.min(...[1, 2, 3].map(() => duration(160_000, chunk)))
    // Eight times the length: squared it would be 64 times the time.
    assert.ok(large < 24 * small + 20, `${small} ms, then ${large} ms`)
  }
})
