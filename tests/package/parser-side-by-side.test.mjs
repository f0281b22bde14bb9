/**
 * The `parser` entry beside eventsource-parser itself: random streams, cut at random, must call back with the same in
 * the same order. A failure names the seed and stream; `SEED=… ROUNDS=1` repeats it.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createParser as theirs } from 'eventsource-parser'

import { createParser as ours } from '../../dist/parser.js'

const SEED = Number(process.env.SEED ?? 1)
const ROUNDS = Number(process.env.ROUNDS ?? 3000)

/** Numbers that follow from a seed (mulberry32). */
function random(seed) {
  let state = seed
  const below = (most) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % most
  }
  const one = (list) => list[below(list.length)]
  return { below, one }
}

const FIELDS = [
  'data',
  'data',
  'data',
  'data',
  'event',
  'id',
  'retry',
  '',
  'unknown',
  'dat',
  'dataa',
  'ids',
  'Data',
  ' data',
  'e',
  'retr',
  '中',
]
const ASCII_VALUES = [
  '',
  'a',
  ' a',
  'value',
  '12',
  '0250',
  '-1',
  '1.5',
  'a: b',
  ':',
  'a\u0000b',
  'x'.repeat(40),
  'message',
]
const VALUES = [...ASCII_VALUES, 'é中😀', '中', '😀'.repeat(9), '\uFEFF', '\u2028', 'ÿþ', '٣']

function lines({ below, one }, values, ends) {
  const line = () => one(FIELDS) + one([':', ': ', ': ', '']) + one(values) + one(ends)
  const block = () => Array.from({ length: below(5) }, line).join('') + one(ends).repeat(below(3))
  return (
    Array.from({ length: 1 + below(6) }, block).join('') +
    (below(3) === 0 ? [...line()].slice(0, below(12)).join('') : '')
  )
}

function cut({ below }, stream) {
  const chunks = []
  const most = 1 + below(40)
  for (let at = 0; at < stream.length;) {
    const length = below(10) === 0 ? 0 : 1 + below(most)
    chunks.push(stream.slice(at, at + length))
    at += length
  }
  return chunks
}

/** Whatever a parser calls back with and throws, as text that can be compared and read. */
function happenings(createParser, { without = [], maxBufferSize, consume }, feedAll) {
  const seen = []
  const callbacks = {}
  for (const name of ['onEvent', 'onId', 'onRetry', 'onComment', 'onError']) {
    if (without.includes(name)) continue
    callbacks[name] = (value) => {
      const { message, type, field, value: bad, line } = value
      seen.push([name, name === 'onError' ? { error: value.name, message, type, field, bad, line } : value])
    }
  }
  const parser = createParser({ ...callbacks, maxBufferSize })
  const feed = (chunk) => {
    try {
      parser.feed(chunk)
    } catch (error) {
      seen.push(['thrown', error.message])
    }
  }
  feedAll(feed)
  parser.reset({ consume })
  // A stream after the reset: nothing of the first is left.
  feed('\uFEFFdata: after\n\n')
  return seen
}

function assertSame(seed, options, theirChunks, ourChunks) {
  const expected = happenings(theirs, options, (feed) => theirChunks.forEach(feed))
  const actual = happenings(ours, options, (feed) => ourChunks.forEach(feed))
  assert.deepEqual(actual, expected, `seed ${seed}: ${JSON.stringify({ ...options, chunks: theirChunks })}`)
}

const NAMES = ['onEvent', 'onId', 'onRetry', 'onComment', 'onError']

function options({ below, one }) {
  return { without: below(2) ? [] : [one(NAMES), one(NAMES)], consume: below(2) === 0 }
}

test('strings, cut at random', () => {
  for (let seed = SEED; seed < SEED + ROUNDS; seed++) {
    const dice = random(seed)
    const ends = dice.one([['\n'], ['\r\n'], ['\r'], ['\n', '\r', '\r\n']])
    const stream = dice.one(['', '', '\uFEFF', '\xEF\xBB\xBF', '\xEF\xBB']) + lines(dice, VALUES, ends)
    // Between code points: half a character is a character to theirs.
    const chunks = cut(dice, [...stream]).map((characters) => characters.join(''))
    assertSame(seed, options(dice), chunks, chunks)
  }
})

test('strings, one event or a few in each chunk', () => {
  for (let seed = SEED; seed < SEED + ROUNDS; seed++) {
    const dice = random(seed)
    const chunks = Array.from({ length: 1 + dice.below(20) }, () => lines(dice, VALUES, ['\n']))
    assertSame(seed, options(dice), chunks, chunks)
  }
})

test('bytes, cut at random inside characters too, malformed ones among them', () => {
  for (let seed = SEED; seed < SEED + ROUNDS; seed++) {
    const dice = random(seed)
    const ends = dice.one([['\n'], ['\r\n'], ['\r'], ['\n', '\r', '\r\n']])
    const bytes = new TextEncoder().encode(dice.one(['', '\uFEFF']) + lines(dice, VALUES, ends))
    if (dice.below(3) === 0)
      for (let count = dice.below(4); count > 0; count--) bytes[dice.below(bytes.length)] = 0x80 + dice.below(0x80)
    const chunks = cut(dice, bytes)
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
    const decoded = chunks.map((chunk) => decoder.decode(chunk, { stream: true }))
    // A half character at the end is theirs to flush, and in no line that is consumed.
    const { without } = options(dice)
    assertSame(seed, { without, consume: decoder.decode() === '' && dice.below(2) === 0 }, decoded, chunks)
  }
})

test('strings and bytes in turn', () => {
  for (let seed = SEED; seed < SEED + ROUNDS; seed++) {
    const dice = random(seed)
    const stream = [...lines(dice, VALUES, ['\n', '\r\n'])]
    const chunks = cut(dice, stream).map((characters) => characters.join(''))
    const mixed = chunks.map((chunk) => (dice.below(2) ? chunk : new TextEncoder().encode(chunk)))
    assertSame(seed, options(dice), chunks, mixed)
  }
})

test('limits, in strings and in bytes', () => {
  for (let seed = SEED; seed < SEED + ROUNDS; seed++) {
    const dice = random(seed)
    const stream = [...lines(dice, VALUES, ['\n'])]
    const chunks = cut(dice, stream).map((characters) => characters.join(''))
    const limited = { ...options(dice), maxBufferSize: dice.below(60) }
    assertSame(seed, limited, chunks, chunks)
    assertSame(
      seed,
      limited,
      chunks,
      chunks.map((chunk) => new TextEncoder().encode(chunk)),
    )
  }
})
