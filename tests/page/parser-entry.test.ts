/**
 * The parser's entry in real engines: once it has seen enough text it makes strings in a way that only some of them have
 * (`js/parser/strings.wat`), and long lines reach JavaScript in parts. What comes out must be the same before and after.
 */
import { assert } from 'chai'
import type { createParser as CreateParser } from '../../js/parser'
import { describe, it } from './harness/bdd'

const shapes: [string, (number: number) => string][] = [
  ['short ASCII', (number) => `token ${number}`],
  ['Chinese', (number) => `第${number}个事件，流式传输的中文文本`.repeat(3)],
  ['emoji among ASCII', (number) => `say ${number} 😀 and 👩‍👩‍👧 é`.repeat(2)],
  ['what looks like byte order marks', (number) => `\ufeff${number}\ufeff`],
  ['long ASCII', (number) => `${number} `.repeat(3000)],
  ['lines of 100 KB', (number) => `${number % 10}`.repeat(100_000)],
]

describe.beyondNative('the parser’s entry', () => {
  if (typeof document === 'undefined') return

  for (const [shape, data] of shapes) {
    for (const size of [97, 1400, 65_536]) {
      it(`gives the same events however much it has seen: ${shape}, ${size} bytes at a time`, async () => {
        const address = '/dist/parser.js'
        const { createParser } = (await import(address)) as { createParser: typeof CreateParser }
        const expected: string[] = []
        // Well beyond what it takes until strings are made the other way.
        for (let units = 0; units < 600_000; units += expected.at(-1)!.length) expected.push(data(expected.length))
        const stream = new TextEncoder().encode(expected.map((text) => `event: t\ndata: ${text}\n\n`).join(''))
        let at = 0
        const parser = createParser({
          onEvent(event) {
            if (event.data !== expected[at]) assert.strictEqual(event.data, expected[at], `event ${at}`)
            assert.isTrue(event.event === 't')
            at++
          },
        })
        for (let from = 0; from < stream.length; from += size) parser.feed(stream.subarray(from, from + size))
        assert.strictEqual(at, expected.length)
      })
    }
  }

  it('takes shared memory, also in the middle of a long line', async () => {
    const address = '/dist/parser.js'
    const { createParser } = (await import(address)) as { createParser: typeof CreateParser }
    const data = 'x'.repeat(200_000)
    const stream = new TextEncoder().encode(`data: ${data}\n\n`)
    const { buffer } = new WebAssembly.Memory({ initial: 4, maximum: 4, shared: true })
    const shared = new Uint8Array(buffer).subarray(0, stream.length)
    shared.set(stream)
    const events: string[] = []
    const parser = createParser({ onEvent: (event) => events.push(event.data) })
    for (let at = 0; at < shared.length; at += 40_000) parser.feed(shared.subarray(at, at + 40_000))
    assert.isTrue(events.length === 1 && events[0] === data)
  })
})
