/**
 * The event stream format: lines, fields, dispatch, and that no cut of the bytes into chunks changes the events.
 * Encoding is in encoding.test.ts, what ids do to requests in last-event-id.test.ts.
 */
import { assert } from 'chai'
import { describe, it } from './harness/bdd'
import type { Bytes } from './harness/server'

/** type, data and lastEventId; a string alone is a message without an id. */
type Expected = string | [type: string, data: string, lastEventId?: string]

interface Case {
  title: string
  body: Bytes
  expected: Expected[]
}

const cases: Case[] = [
  { title: 'one line of data', body: 'data: a\n\n', expected: ['a'] },
  { title: 'LF, CR and CRLF end lines', body: 'data: a\n\ndata: b\r\rdata: c\r\n\r\n', expected: ['a', 'b', 'c'] },
  {
    title: 'line ends may be mixed',
    body: 'data: a\rdata: b\ndata: c\r\ndata: d\n\r\ndata: e\r\n\n',
    expected: ['a\nb\nc\nd', 'e'],
  },
  { title: 'LF CR is two line ends', body: 'data: a\n\rdata: b\n\n', expected: ['a', 'b'] },
  { title: 'CR CR LF is two line ends', body: 'data: a\r\r\ndata: b\r\r\n', expected: ['a', 'b'] },
  { title: 'CRLF CR is two line ends', body: 'data: a\r\n\rdata: b\r\n\r', expected: ['a', 'b'] },
  {
    title: 'other characters end no line',
    body: 'data: a\u000bb\u000cc\u0085d\u2028e\u2029f\u0000g\u001eh\n\n',
    expected: ['a\u000bb\u000cc\u0085d\u2028e\u2029f\u0000g\u001eh'],
  },
  { title: 'several lines of data are joined by LF', body: 'data: a\ndata: b\ndata: c\n\n', expected: ['a\nb\nc'] },
  { title: 'empty lines of data are lines', body: 'data:\ndata\ndata: \n\n', expected: ['\n\n'] },
  { title: 'only the last LF is taken away', body: 'data: a\ndata:\ndata:\n\n', expected: ['a\n\n'] },
  { title: 'data without value is an empty message', body: 'data\n\ndata:\n\ndata: \n\n', expected: ['', '', ''] },
  {
    title: 'one space after the colon is dropped, no more',
    body: 'data:a\n\ndata: b\n\ndata:  c\n\ndata:\td\n\n',
    expected: ['a', 'b', ' c', '\td'],
  },
  { title: 'spaces at the end stay', body: 'data: a  \n\ndata: b\t\n\n', expected: ['a  ', 'b\t'] },
  {
    title: 'colons in the value stay',
    body: 'data: a:b: c\n\ndata::\n\ndata: :x\n\n',
    expected: ['a:b: c', ':', ':x'],
  },
  { title: 'a no-break space after the colon stays', body: 'data:\u00a0a\n\n', expected: ['\u00a0a'] },
  { title: 'blank lines dispatch nothing', body: '\n\n\r\r\r\n\r\ndata: a\n\n\n\n', expected: ['a'] },
  {
    title: 'comments are ignored',
    body: ': c\n:\n:: x\ndata: a\n:data: b\n: data: c\ndata: d\n\n: end\n\n',
    expected: ['a\nd'],
  },
  { title: 'a comment may be long', body: `:${'x'.repeat(5000)}\ndata: a\n\n`, expected: ['a'] },
  {
    title: 'unknown fields are ignored',
    body: 'x: 1\ndata: a\nnothing\nfoo:bar\nDATA: b\n data: c\ndata : d\n\tdata: e\n\n',
    expected: ['a'],
  },
  {
    title: 'field names are exact',
    body: 'dat: a\ndataa: b\nDATA: c\nData: d\neventx: x\nEvent: y\nIDs: 3\ndata: z\n\n',
    expected: ['z'],
  },
  {
    title: 'names of object members are unknown fields',
    body: 'constructor: a\n__proto__: b\ntoString\ndata: c\n\n',
    expected: ['c'],
  },
  { title: 'event names the type', body: 'event: x\ndata: a\n\n', expected: [['x', 'a']] },
  { title: 'the last event field counts', body: 'event: y\nevent: x\ndata: a\n\n', expected: [['x', 'a']] },
  { title: 'an empty event field makes it a message again', body: 'event: x\nevent:\ndata: a\n\n', expected: ['a'] },
  {
    title: 'the type is forgotten after each event',
    body: 'event: x\ndata: a\n\ndata: b\n\n',
    expected: [['x', 'a'], 'b'],
  },
  { title: 'the type is forgotten after a block without data', body: 'event: x\n\ndata: b\n\n', expected: ['b'] },
  {
    title: 'event loses one space, no more',
    body: 'event:  x\ndata: a\n\nevent:x\ndata: b\n\n',
    expected: [
      [' x', 'a'],
      ['x', 'b'],
    ],
  },
  {
    title: 'the order of fields does not matter',
    body: 'data: a\nevent: x\nid: 1\ndata: b\n\n',
    expected: [['x', 'a\nb', '1']],
  },
  {
    title: 'a block without data dispatches nothing',
    body: 'event: x\nid: 1\nretry: 9000\n\nevent: x\n\ndata: a\n\n',
    expected: [['message', 'a', '1']],
  },
  { title: 'an unfinished event is dropped', body: 'data: a\n\ndata: b', expected: ['a'] },
  { title: 'an event without its blank line is dropped', body: 'data: a\n\ndata: b\n', expected: ['a'] },
  { title: 'an event without its blank line is dropped, with CR', body: 'data: a\r\rdata: b\r', expected: ['a'] },
  {
    title: 'an event without its blank line is dropped, with CRLF',
    body: 'data: a\r\n\r\ndata: b\r\n',
    expected: ['a'],
  },
  {
    title: 'id stays until another one comes',
    body: 'id: 1\ndata: a\n\ndata: b\n\nid: 2\ndata: c\n\n',
    expected: [
      ['message', 'a', '1'],
      ['message', 'b', '1'],
      ['message', 'c', '2'],
    ],
  },
  {
    title: 'an empty id resets it',
    body: 'id: 1\ndata: a\n\nid\ndata: b\n\nid: 2\ndata: c\n\nid:\ndata: d\n\n',
    expected: [['message', 'a', '1'], 'b', ['message', 'c', '2'], 'd'],
  },
  {
    title: 'an id with NUL is ignored',
    body: 'id: 1\ndata: a\n\nid: 2\u00003\ndata: b\n\nid: \u0000\ndata: c\n\n',
    expected: [
      ['message', 'a', '1'],
      ['message', 'b', '1'],
      ['message', 'c', '1'],
    ],
  },
  {
    title: 'an id with NUL leaves the one before it in the same block',
    body: 'id: 1\nid: 2\u0000\ndata: a\n\n',
    expected: [['message', 'a', '1']],
  },
  { title: 'the last id of a block counts', body: 'id: 1\ndata: a\nid: 2\n\n', expected: [['message', 'a', '2']] },
  {
    title: 'an id counts from the end of its block on, also without data',
    body: 'data: a\n\nid: 5\n\ndata: b\n\n',
    expected: ['a', ['message', 'b', '5']],
  },
  {
    title: 'ids are any text',
    body: 'id: a b:c ü✓💡\ndata: a\n\nid:  x \ndata: b\n\n',
    expected: [
      ['message', 'a', 'a b:c ü✓💡'],
      ['message', 'b', ' x '],
    ],
  },
  {
    title: 'NUL in data, event and names is a character',
    body: 'data: \u0000\n\ndata\u0000: a\n\nda\u0000ta: b\n\nevent: x\u0000\ndata: c\n\ndata: d\n\n',
    expected: ['\u0000', ['x\u0000', 'c'], 'd'],
  },
  { title: 'a colon alone is a comment', body: 'data: a\n:\ndata: b\n\n', expected: ['a\nb'] },
  {
    title: 'JSON comes through',
    body: 'data: {"a": [1, 2, "\\n"],\ndata:  "b": null}\n\n',
    expected: ['{"a": [1, 2, "\\n"],\n "b": null}'],
  },
  { title: 'nothing at all is no event', body: '', expected: [] },
  { title: 'a stream of one field name is no event', body: 'data', expected: [] },
]

const types = ['x', 'y', 'x\u0000', ' x']

function full(expected: Expected): { type: string; data: string; lastEventId: string } {
  const [type, data, lastEventId = ''] = typeof expected === 'string' ? ['message', expected] : expected
  return { type, data, lastEventId }
}

describe('the format', () => {
  for (const { title, body, expected } of cases) {
    it(title, async (trial) => {
      assert.deepEqual(await trial.messages(trial.at('/stream', { body }), ...types), expected.map(full))
    })
  }
})

describe('cut into chunks of', () => {
  const short = cases.filter(({ body }) => body.length > 0 && body.length < 200)
  for (const size of [1, 2, 3, 5]) {
    it(`${size} bytes, every stream gives the same events`, async (trial) => {
      const several = short.map(async ({ title, body, expected }) => {
        const messages = await trial.messages(trial.at('/stream', { body, size, pause: size === 1 ? 1 : 0 }), ...types)
        assert.deepEqual(messages, expected.map(full), title)
      })
      await Promise.all(several)
    })
  }

  it('two, at every byte in turn, it gives the same events', async (trial) => {
    const body = 'id: 1\r\nevent: x\rdata: ü✓💡\n: c\r\ndata\n\r\ndata: b\r\r'
    const { length } = new TextEncoder().encode(body)
    const expected = [
      { type: 'x', data: 'ü✓💡\n', lastEventId: '1' },
      { type: 'message', data: 'b', lastEventId: '1' },
    ]
    const cuts = Array.from({ length: length - 1 }, (_, n) => n + 1)
    for (let at = 0; at < cuts.length; at += 4) {
      const part = cuts.slice(at, at + 4).map(async (cut) => {
        const messages = await trial.messages(trial.at('/stream', { body, cuts: String(cut), pause: 4 }), 'x')
        assert.deepEqual(messages, expected, `cut at ${cut}`)
      })
      await Promise.all(part)
    }
  })

  it('a line end of CRLF torn apart, it ends one line', async (trial) => {
    const body = 'data: a\r\ndata: b\r\n\r\ndata: c\r\n\r\n'
    const messages = await trial.messages(trial.at('/stream', { body, cuts: '8,9,2,1,8', pause: 30 }))
    assert.deepEqual(
      messages.map(({ data }) => data),
      ['a\nb', 'c'],
    )
  })
})

describe('an event', () => {
  it('comes as soon as its blank line is there', async (trial) => {
    const { recorder } = trial.listen(
      trial.at('/stream', { body: 'data: a\n\ndata: b', cuts: '9', pause: 60, end: 'stall' }),
    )
    await recorder.until('message')
    assert.deepEqual(recorder.data, ['a'])
  })

  it('comes as soon as a CR at the end of what arrived ends its blank line', async (trial) => {
    const { recorder } = trial.listen(trial.at('/stream', { body: 'data: a\r\r', end: 'stall' }))
    await recorder.until('message')
  })

  it('comes once when the LF of that CR arrives later', async (trial) => {
    const body = 'data: a\r\n\r\ndata: b\r\n\r\n'
    const { recorder } = trial.listen(trial.at('/stream', { body, cuts: '10,1', pause: 80, end: 'stall' }))
    await recorder.until('message', 2)
    assert.deepEqual(recorder.data, ['a', 'b'])
  })

  it('waits for its blank line', async (trial) => {
    const { recorder } = trial.listen(trial.at('/stream', { body: 'data: a\n\n', cuts: '8', pause: 200, end: 'stall' }))
    await recorder.until('open')
    const opened = performance.now()
    await recorder.until('message')
    assert.isAbove(performance.now() - opened, 100)
  })
})
