/**
 * maxEventSize: what a stream may make the page hold. Where exactly it begins to count is in tests/parser; here it is
 * the class that fails, and nothing else. Not run against native classes.
 */
import { assert } from 'chai'
import type { EventSourceErrorEvent } from '../../js/types'
import { describe, it } from './harness/bdd'
import type { Recorder } from './harness/recorder'
import { pause, type Trial } from './harness/trial'

type Ours = EventSource & { readonly lastEventId: string }
type Factory = { fromReadableStream(stream: ReadableStream<Uint8Array>, init?: object): EventSource }

const maxEventSize = 1000
const most = 'x'.repeat(maxEventSize)
const mebibyte = 2 ** 20

function open(trial: Trial, url: string, options: object = { maxEventSize }): { source: Ours; recorder: Recorder } {
  const source = trial.open(url, options) as Ours
  return { source, recorder: trial.record(source) }
}

/** Plays a stream that stays open. */
function play(trial: Trial, body: string, options?: object): { source: Ours; recorder: Recorder } {
  return open(trial, trial.at('/stream', { body, end: 'stall' }), options)
}

async function failsForGood(recorder: Recorder, limit = maxEventSize): Promise<EventSourceErrorEvent> {
  const event = (await recorder.until('error')) as unknown as EventSourceErrorEvent
  const { reason, message, attempt, reconnectIn } = event
  assert.deepEqual(
    { reason, message, attempt, reconnectIn },
    { reason: 'too-large', message: `an event is larger than ${limit} bytes`, attempt: 1, reconnectIn: null },
  )
  assert.strictEqual((event.target as EventSource).readyState, 2)
  return event
}

/** A server that sends one thing again and again, for as long as somebody reads; counts what it sent. */
function endless(
  head: string,
  part: string,
): { own: () => Promise<Response>; sent: () => number; ended: () => boolean } {
  const bytes = new TextEncoder().encode(part)
  let sent = 0
  let ended = false
  const own = async (): Promise<Response> => {
    const body = new ReadableStream(
      {
        start: (controller) => controller.enqueue(new TextEncoder().encode(head)),
        pull(controller) {
          sent += bytes.length
          controller.enqueue(bytes.slice())
        },
        cancel: () => void (ended = true),
      },
      { highWaterMark: 0 },
    )
    return new Response(body, { headers: { 'Content-Type': 'text/event-stream' } })
  }
  return { own, sent: () => sent, ended: () => ended }
}

describe.beyondNative('an event over maxEventSize', () => {
  const before = 'id: 1\ndata: a\n\n'
  const after = '\n\ndata: b\n\n'
  const over: [string, string][] = [
    ['by its data', `data: ${most}x`],
    ['by its data of many lines', `data: ${most.slice(500)}\ndata: ${most.slice(500)}`],
    ['by its data in characters of several bytes', `data: ${'€'.repeat(maxEventSize / 3 + 1)}`],
    ['by its type', `data: b\nevent: ${most}x`],
    ['by its id', `data: b\nid: ${most}x`],
  ]
  for (const [what, lines] of over) {
    it(`${what} fails for good, and what came before it is given`, async (trial) => {
      const { source, recorder } = play(trial, `${before}${lines}${after}`)
      const event = await failsForGood(recorder)
      assert.strictEqual(event.status, 200)
      assert.strictEqual(event.response!.status, 200)
      assert.isUndefined(event.error)
      await pause(50)
      assert.deepEqual(recorder.brief, ['open', 'message: a', 'error'])
      assert.strictEqual(source.lastEventId, '1')
      await trial.requestsUntil((all) => all.length === 1 && !all[0]!.open, 'the connection')
    })
  }

  for (const field of ['data', 'event', 'id']) {
    it(`fails before its line ends: ${field}`, async (trial) => {
      // The parser may see only by the rest of a chunk that the name and its colon are no part of the value.
      const { recorder } = play(trial, `${before}${field}: ${most}${'x'.repeat(20)}`)
      await failsForGood(recorder)
      assert.deepEqual(recorder.brief, ['open', 'message: a', 'error'])
    })
  }

  it('is let go of while the server goes on sending', async (trial) => {
    const { own, sent, ended } = endless('data: ', 'x'.repeat(1000))
    const { recorder } = open(trial, trial.at('/stream'), { fetch: own, maxEventSize: 10_000 })
    await failsForGood(recorder, 10_000)
    await pause(20)
    assert.isTrue(ended())
    assert.isAtMost(sent(), 13_000)
  })

  it('harms no other source', async (trial) => {
    const { recorder: other } = open(trial, trial.at('/subscribe', { topic: trial.key }), {})
    await trial.requestsUntil((all) => all.length === 1, 'the subscription')
    await pause(50)
    const { recorder } = play(trial, `data: ${most}x\n\n`)
    await failsForGood(recorder)
    await trial.publish(`data: ${most}x\n\n`)
    assert.strictEqual((await other.until('message')).data, `${most}x`)
    assert.notInclude(other.brief, 'error')
  })

  it('ends fromReadableStream, and cancels the stream', async (trial) => {
    let cancelled = false
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode(`data: a\n\ndata: ${most}x`)),
      cancel: () => void (cancelled = true),
    })
    const source = (EventSource as unknown as Factory).fromReadableStream(stream, { maxEventSize: 900 })
    trial.after(() => source.close())
    const recorder = trial.record(source)
    await failsForGood(recorder, 900)
    await pause(20)
    assert.isTrue(cancelled)
    assert.deepEqual(recorder.data, ['a'])
  })

  it('makes for await throw', async (trial) => {
    const { source } = play(trial, `data: a\n\ndata: ${most}x\n\n`)
    const seen: string[] = []
    try {
      for await (const { data } of source as unknown as AsyncIterable<MessageEvent<string>>) seen.push(data)
    } catch (error) {
      assert.include((error as Error).message, `larger than ${maxEventSize} bytes`)
      assert.deepEqual(seen, ['a'])
      return
    }
    assert.fail('it ended without an error')
  })
})

describe.beyondNative('an event within maxEventSize', () => {
  it('passes up to the last byte, each field by itself', async (trial) => {
    const { source, recorder } = play(trial, `id: ${most}\nevent: ${most}\ndata: ${most}\n\ndata: ${most}\n\n`)
    const own = trial.record(source, most)
    assert.strictEqual((await own.until(most)).data, most)
    assert.strictEqual((await recorder.until('message')).data, most)
    assert.strictEqual(source.lastEventId, most)
  })

  it('passes however many of them a chunk holds', async (trial) => {
    const { recorder } = play(trial, `data: ${most}\n\n`.repeat(50))
    await recorder.until('message', 50)
    assert.notInclude(recorder.brief, 'error')
  })

  it('does not count comments and fields that nobody knows', async (trial) => {
    const long = most.repeat(5)
    const { recorder } = play(trial, `:${long}\nx: ${long}\n${long}\ndata: a\n:${long}\n\n`)
    assert.strictEqual((await recorder.until('message')).data, 'a')
  })
})

describe.beyondNative('maxEventSize', () => {
  it.alone('unless told otherwise is 64 MiB', async (trial) => {
    const { own, sent } = endless('data: a\n\ndata: ', 'x'.repeat(mebibyte))
    const { recorder } = open(trial, trial.at('/stream'), { fetch: own })
    await failsForGood(recorder, 64 * mebibyte)
    assert.isAtLeast(sent(), 64 * mebibyte)
    assert.isAtMost(sent(), 67 * mebibyte)
    assert.deepEqual(recorder.data, ['a'])
  })

  for (const wrong of [0, -1, Number.NaN, '1000', null]) {
    it(`${typeof wrong} ${String(wrong)} throws an error that names it`, () => {
      const make = (): unknown => Reflect.construct(EventSource, ['/stream?end=stall', { maxEventSize: wrong }])
      assert.throws(make, Error, new RegExp(`maxEventSize.*${String(wrong)}`))
      const read = (): unknown =>
        (EventSource as unknown as Factory).fromReadableStream(new ReadableStream(), { maxEventSize: wrong as never })
      assert.throws(read, Error, new RegExp(`maxEventSize.*${String(wrong)}`))
    })
  }
})

describe.beyondNative('a stream of ever new types', () => {
  it('gives each event under its own', async (trial) => {
    const count = 5000
    const types = Array.from({ length: count }, (_, number) => `type ${number % 3 === 0 ? number : number % 100}`)
    const text = types.map((type, number) => `event: ${type}\ndata: ${number}\n\n`).join('')
    const own = async (): Promise<Response> => new Response(text, { headers: { 'Content-Type': 'text/event-stream' } })
    const { source } = open(trial, trial.at('/stream'), { fetch: own })
    const seen: string[] = []
    for await (const { type, data } of source as unknown as AsyncIterable<MessageEvent<string>>) {
      assert.strictEqual(data, String(seen.length))
      seen.push(type)
      if (seen.length === count) source.close()
    }
    assert.deepEqual(seen, types)
  })
})
